package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/event"
)

// enumFlag adds a flag that takes one of a few words; the first is not the
// default unless def says so.
func enumFlag(fs *pflag.FlagSet, p *string, name, short, def string, allowed []string, usage string) {
	*p = def
	fs.VarP(&enumValue{p, allowed}, name, short, usage+": "+strings.Join(allowed, "|"))
}

type enumValue struct {
	p       *string
	allowed []string
}

func (v *enumValue) String() string { return *v.p }
func (v *enumValue) Type() string   { return "WORD" }
func (v *enumValue) Set(s string) error {
	if !slices.Contains(v.allowed, s) {
		return notAmong(s, v.allowed)
	}
	*v.p = s
	return nil
}

// sizeFlag adds a flag that takes a number of bytes: 512, 64KiB, 1MiB, 2GB.
func sizeFlag(fs *pflag.FlagSet, p *int64, name string, def int64, usage string) {
	*p = def
	fs.Var((*sizeValue)(p), name, usage)
}

type sizeValue int64

var sizeUnits = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1}, {"", 1}}

func (v *sizeValue) Type() string { return "SIZE" }

func (v *sizeValue) String() string {
	for _, u := range sizeUnits[:3] {
		if n := int64(*v) / u.bytes; n*u.bytes == int64(*v) && n > 0 && n < 1024 {
			return strconv.FormatInt(n, 10) + u.suffix
		}
	}
	return strconv.FormatInt(int64(*v), 10)
}

func (v *sizeValue) Set(s string) error {
	for _, u := range sizeUnits {
		digits, ok := strings.CutSuffix(s, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > 1<<40/u.bytes {
			break
		}
		*v = sizeValue(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q is no size: write 512, 64KiB or 1MiB", s)
}

// wrongValue says in our own words what is wrong with the value of a flag: those
// of the standard library are about Go.
func wrongValue(err *pflag.InvalidValueError) string {
	value := err.GetValue()
	switch err.GetFlag().Value.Type() {
	case "duration":
		return checkDuration(value).Error()
	case "bool":
		return checkBool(value).Error()
	case "int", "uint64":
		switch {
		case errors.Is(err, strconv.ErrRange):
			return fmt.Sprintf("%q is too large", value)
		case strings.HasPrefix(value, "-"):
			return fmt.Sprintf("%q is no whole number from 0", value)
		}
		return fmt.Sprintf("%q is no whole number", value)
	}
	return err.Unwrap().Error()
}

// betterValue is the flag with the value that was probably meant, if there is one.
func betterValue(err *pflag.InvalidValueError) string {
	f, value := err.GetFlag(), err.GetValue()
	if f.Shorthand+value == f.Name { // -format is -f with the value ormat
		return "--" + f.Name
	}
	if words, ok := f.Value.(*enumValue); ok {
		if near := nearestWord(value, words.allowed); near != "" {
			return "--" + f.Name + " " + near
		}
	}
	if f.Value.Type() == "duration" && isNumber(value) {
		return "--" + f.Name + " " + value + "s"
	}
	return ""
}

// checkFilled refuses flags that were given an empty value where that says nothing.
// Flags of other types, and lists, do so themselves.
func checkFilled(fs *pflag.FlagSet) (err error) {
	fs.Visit(func(f *pflag.Flag) {
		if err != nil || f.Value.Type() != "string" || f.Value.String() != "" || mayBeEmpty(f.Name) {
			return
		}
		value, _ := pflag.UnquoteUsage(f)
		between := " "
		if f.NoOptDefVal != "" {
			between = "="
		}
		err = usageError("--"+f.Name+between+value, "--%s: its value is empty", f.Name)
	})
	return err
}

// mayBeEmpty names the flags whose value is text as it is: an empty one is what they
// stand for without a value.
func mayBeEmpty(flag string) bool { return flag == "body" || flag == "signature-prefix" }

// exits notes the exit codes of a command for its help.
func exits(cmd *cobra.Command, codes ...int) *cobra.Command {
	words := make([]string, len(codes))
	for i, c := range codes {
		words[i] = strconv.Itoa(c)
	}
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[exitsKey] = strings.Join(words, ",")
	return cmd
}

// exitsOfCommand notes that a command can end with any code of another program.
func exitsOfCommand(cmd *cobra.Command) *cobra.Command {
	cmd.Annotations[exitsOfCommandKey] = "that of CMD, or 128 and the signal that ended it"
	return cmd
}

const (
	exitsKey          = "exits"
	exitsOfCommandKey = "exits of another"
)

// completeEvents offers the slugs that are not on the command line yet.
func completeEvents(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var words []string
	for _, t := range event.Types() {
		if !slices.Contains(args, t.Slug) {
			words = append(words, t.Slug+"\t"+t.Description)
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
