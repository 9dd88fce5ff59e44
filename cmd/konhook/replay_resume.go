package main

import (
	"fmt"
	"math"
	"math/bits"
	"net/url"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/capture"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// done knows how many events from the first on are done. Several are under way at
// a time, and one of them may be tried for long while thousands pass it: a bit for
// each is all that is kept of those. The zero done is ready.
type done struct {
	full  int      // words of bits that are all set, and not kept
	words []uint64 // a bit for each event behind those
}

// add marks the event with a number, from 1.
func (d *done) add(number int) {
	word, bit := (number-1)/64-d.full, (number-1)%64
	for len(d.words) <= word {
		d.words = append(d.words, 0)
	}
	if word >= 0 {
		d.words[word] |= 1 << bit
	}
	for len(d.words) > 0 && d.words[0] == math.MaxUint64 {
		d.words = d.words[1:]
		d.full++
	}
}

// first is how many are done before the first that is not.
func (d *done) first() int {
	n := 64 * d.full
	if len(d.words) > 0 {
		n += bits.TrailingZeros64(^d.words[0])
	}
	return n
}

// tellResume tells how far a replay came that ended early, and how it goes on. n
// is how many events are done, beside those that were skipped.
func (r *replay) tellResume(input *replayInput, n int) {
	n += r.skip
	of := ""
	if known := input.known(); known > 0 {
		of = " of " + render.Count(int(known)+r.skip)
	}
	r.a.note("stopped after %s%s", many(n, "event", "events"), of)
	for _, file := range input.files {
		if file.stream {
			r.a.note("  to go on, give it the same input again%s", skipping(n, " and add --skip=%d"))
			return
		}
	}
	r.a.note("  to go on: %s", r.again(n))
}

// againFrom is the command that was given, but that it skips so many events. What
// may be a secret is left out, for the user to fill in.
func againFrom(cmd *cobra.Command, args []string, skip int) string {
	words := strings.Fields(cmd.CommandPath())
	for _, arg := range args {
		words = append(words, shellWord(arg))
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == "skip" {
			return
		}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			for _, value := range list.GetSlice() {
				words = append(words, "--"+f.Name+"="+shellWord(withoutSecret(f.Name, value)))
			}
			return
		}
		if f.Value.Type() == "bool" && f.Value.String() == "true" {
			words = append(words, "--"+f.Name)
			return
		}
		words = append(words, "--"+f.Name+"="+shellWord(withoutSecret(f.Name, f.Value.String())))
	})
	return strings.Join(words, " ") + skipping(skip, " --skip=%d")
}

// skipping is how to skip events, empty when there are none to be skipped.
func skipping(n int, format string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(format, n)
}

// withoutSecret is the value of a flag with dots where a secret may be.
func withoutSecret(flag, value string) string {
	const dots = "..."
	switch flag {
	case "header":
		name, text, _ := strings.Cut(value, ":")
		h := capture.Redact([]event.Header{{Name: strings.TrimSpace(name), Value: strings.TrimSpace(text)}})
		if h[0].Value == event.Redacted {
			return name + ": " + dots
		}
	case "to", "base-url":
		return urlWithoutSecret(value)
	case "route":
		events, to, _ := strings.Cut(value, "=")
		return events + "=" + urlWithoutSecret(to)
	}
	return value
}

func urlWithoutSecret(text string) string {
	const dots = "..."
	u, err := url.Parse(text)
	if err != nil {
		return dots
	}
	shown := shownURL(u)
	if u.User != nil {
		shown = strings.Replace(shown, "://", "://"+dots+"@", 1)
	}
	if u.RawQuery != "" {
		shown += "?" + dots
	}
	return shown
}
