package probe

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/sample"
)

func TestCasesAreNamedAndDocumented(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+[a-z0-9]*(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, c := range Cases() {
		if !name.MatchString(c.Name) || seen[c.Name] || len(c.Name) > 19 {
			t.Errorf("name %q", c.Name)
		}
		seen[c.Name] = true
		if c.Level != Must && c.Level != Should {
			t.Errorf("%s: level %q", c.Name, c.Level)
		}
		for _, short := range []string{c.Sends, c.Expects} {
			if short == "" || len(short) > 60 || strings.HasSuffix(short, ".") {
				t.Errorf("%s: %q", c.Name, short)
			}
		}
		if !strings.HasSuffix(c.Why, ".") || c.Mend == "" || strings.HasSuffix(c.Mend, ".") || c.try == nil {
			t.Errorf("%s: why %q, mend %q", c.Name, c.Why, c.Mend)
		}
		if c.choice != strings.HasPrefix(c.Expects, answered().text) || c.choice && c.refusal {
			t.Errorf("%s: expects %s, choice %t", c.Name, c.Expects, c.choice)
		}
		if got, ok := Lookup(c.Name); !ok || got.Sends != c.Sends {
			t.Errorf("%s is not found", c.Name)
		}
	}
	if _, ok := Lookup("nothing"); ok {
		t.Error("a case that does not exist was found")
	}
}

// TestEveryWrongIsACase: what sample --invalid makes can be tried by its name.
func TestEveryWrongIsACase(t *testing.T) {
	refusals := 0
	for _, w := range sample.Wrongs() {
		c, ok := Lookup(w.Name)
		if !ok || c.Level != Must {
			t.Errorf("no case for %s", w.Name)
		}
		if c.refusal {
			refusals++
		}
	}
	if refusals != 12 {
		t.Errorf("%d kinds have to be refused", refusals)
	}
	for _, name := range []string{"empty", "cut", "null", "number", "array", "string", "no-type", "no-body", "no-occured-at", "occurred-at"} {
		if c, _ := Lookup(name); !c.refusal {
			t.Errorf("%s may be taken", name)
		}
	}
}

func TestExpectsWithin(t *testing.T) {
	c, _ := Lookup("latency")
	if got := c.ExpectsWithin(1500 * time.Millisecond); got != "2xx within 1.5 s" {
		t.Error(got)
	}
}
