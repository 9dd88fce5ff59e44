package capture

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/konhook/konhook/pkg/event"
)

func TestRecover(t *testing.T) {
	a, b := line("a"), line("b")
	holed := b[:20] + "\x00\x00\x00" + b[23:]
	tests := []struct {
		name, before string
		after        string // what is there when "new" was appended, without it
		want         Repairs
		aside        string
	}{
		{"nothing", "", "", Repairs{}, ""},
		{"all well", a + b, a + b, Repairs{}, ""},
		{"blank lines", a + "\n \n" + b, a + "\n \n" + b, Repairs{}, ""},
		{"plain events", a + "{}\n" + `{"type":"User/Created"}` + "\n", a + "{}\n" + `{"type":"User/Created"}` + "\n", Repairs{}, ""},
		{"a newer version", `{"konhook":2,"body":""}` + "\n", `{"konhook":2,"body":""}` + "\n", Repairs{}, ""},
		{"byte order mark", "\ufeff" + a, "\ufeff" + a, Repairs{}, ""},
		{"line ends of Windows", a + "{}\r\n{}\r\n", a + "{}\r\n{}\r\n", Repairs{}, ""},
		{"no last line break", a + b[:len(b)-1], a + b, Repairs{}, ""},
		{"torn", a + b[:40], a, Repairs{Torn: 40}, ""},
		{"torn after a byte", a + b[:1], a, Repairs{Torn: 1}, ""},
		{"torn, the only line", b[:len(b)-2], "", Repairs{Torn: int64(len(b) - 2)}, ""},
		{"zeros of a power cut", a + "\x00\x00\x00", a, Repairs{Torn: 3}, ""},
		{"zeros within the last line", a + "\x00\x00" + b[2:9], a, Repairs{Torn: 9}, ""},
		{"zeros within the last lines", a + holed + "\x00\x00\n" + b[:9], a, Repairs{Torn: int64(len(holed) + 3 + 9), TornAside: "1"}, holed + "\x00\x00\n"},
		{"zeros within the last whole line", a + holed, a, Repairs{Torn: int64(len(holed)), TornAside: "1"}, holed},
		{"zeros further up", a + holed + b, a + holed + b, Repairs{Damaged: 1, FirstDamaged: 2}, holed},
		{"damage and zeros", "x\n" + a + holed, "x\n" + a, Repairs{Damaged: 1, FirstDamaged: 1, Torn: int64(len(holed)), TornAside: "2"}, "x\n"},
		{"other end", a + "hello", a + "hello\n", Repairs{Damaged: 1, FirstDamaged: 2}, "hello\n"},
		{"damage in the middle", a + "x\n" + b, a + "x\n" + b, Repairs{Damaged: 1, FirstDamaged: 2}, "x\n"},
		{"torn in the middle", a + b[:40] + "\n" + b, a + b[:40] + "\n" + b, Repairs{Damaged: 1, FirstDamaged: 2}, b[:40] + "\n"},
		{"glued", a + b[:40] + b, a + b[:40] + b, Repairs{Damaged: 1, FirstDamaged: 2}, b[:40] + b},
		{"damage and torn", "\x00\n" + a + "{\"konhook\":1}\n" + b[:9], "\x00\n" + a + "{\"konhook\":1}\n",
			Repairs{Damaged: 2, FirstDamaged: 1, Torn: 9}, "\x00\n{\"konhook\":1}\n"},
		{"capture of a wrong kind", a + `{"konhook":1,"at":"never","body":""}` + "\n", a + `{"konhook":1,"at":"never","body":""}` + "\n",
			Repairs{Damaged: 1, FirstDamaged: 2}, `{"konhook":1,"at":"never","body":""}` + "\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := put(t, tt.before)
			tt.want.Path = path
			if tt.want.Damaged > 0 {
				tt.want.Aside = path + ".damaged-1"
			}
			if tt.want.TornAside != "" {
				tt.want.TornAside = path + ".damaged-" + tt.want.TornAside
			}
			last := max(tt.want.Aside, tt.want.TornAside)
			for range 2 { // the second time there is nothing left to mend
				f := open(t, path)
				if got := f.Repairs(); got != tt.want {
					t.Errorf("got %+v; want %+v", got, tt.want)
				}
				f.Close()
				tt.want.Torn, tt.want.TornAside = 0, ""
			}
			f := open(t, path)
			appendAll(t, f, "new")
			if got, want := text(t, path), tt.after+line("new"); got != want {
				t.Errorf("the file holds\n%q; want\n%q", got, want)
			}
			if tt.aside != "" && text(t, path+".damaged-1") != tt.aside {
				t.Errorf("set aside %q; want %q", text(t, path+".damaged-1"), tt.aside)
			}
			if files, err := filepath.Glob(path + ".damaged-*"); err != nil || len(files) > 0 && files[len(files)-1] != last {
				t.Errorf("there are %q, %v; want none behind %q", files, err, last)
			}
		})
	}
}

func TestDamageIsNeverOverwritten(t *testing.T) {
	path := put(t, line("a")+"first\n")
	open(t, path).Close()
	if err := os.WriteFile(path, []byte(line("a")+"second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	if got := text(t, path+".damaged-1"); got != "first\n" {
		t.Errorf("the first damage became %q", got)
	}
	if got := text(t, path+".damaged-2"); got != "second\n" || f.Repairs().Aside != path+".damaged-2" {
		t.Errorf("the second damage is %q in %s", got, f.Repairs().Aside)
	}
}

func TestForeignFilesStayAsTheyAre(t *testing.T) {
	for name, before := range map[string]string{
		"text":             "Dear diary\nToday\n",
		"text, one line":   "Dear diary",
		"indented JSON":    "{\n  \"type\": \"User/Created\"\n}\n",
		"an event":         `{"type":"User/Created"}`,
		"events":           "{\"type\":\"User/Created\"}\n{}\n",
		"other JSON":       "\n[1]\n",
		"JSON in text":     "# Title\n{}\n",
		"gzip":             "\x1f\x8b\x08\x00\n\x00\x00",
		"zeros and others": "\x00\x00x",
	} {
		t.Run(name, func(t *testing.T) {
			path := put(t, before)
			f, err := Open(path)
			var foreign *ForeignError
			if !errors.As(err, &foreign) || foreign.Path != path {
				t.Errorf("got %v, %v; want a ForeignError", f, err)
			}
			if got := text(t, path); got != before {
				t.Errorf("the file holds %q", got)
			}
			if _, err := os.Stat(path + ".damaged-1"); err == nil {
				t.Error("something was set aside")
			}
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			open(t, path) // the lock was given up
		})
	}
}

func TestNotes(t *testing.T) {
	tests := []struct {
		repairs Repairs
		want    string
	}{
		{Repairs{Path: "x"}, ""},
		{Repairs{Path: "x", Torn: 12}, "x: repaired: the last capture was incomplete, its 12 bytes were cut off"},
		{Repairs{Path: "x", Torn: 12, TornAside: "y"}, "x: repaired: the end was lost in a power cut, its last 12 bytes were cut off, the lines among them copied to y"},
		{Repairs{Path: "x", Damaged: 1, FirstDamaged: 7, Aside: "y"}, "x: line 7 is damaged: it was left there and copied to y"},
		{Repairs{Path: "x", Damaged: 2, FirstDamaged: 7, Aside: "y"}, "x: 2 lines are damaged, the first is line 7: they were left there and copied to y"},
	}
	for _, tt := range tests {
		if got := strings.Join(tt.repairs.Notes(), "\n"); got != tt.want {
			t.Errorf("got %q; want %q", got, tt.want)
		}
	}
}

func TestLongLines(t *testing.T) {
	d := delivery("long")
	d.Body = bytes.Repeat([]byte("x"), 3<<20)
	path := put(t, line("a")+string(d.AppendJSON(nil))+line("b"))
	if got := open(t, path).Repairs(); got != (Repairs{Path: path}) {
		t.Errorf("got %+v", got)
	}
}

// FuzzRecover opens a file of any content. Sound lines never change, and what is
// appended can be read back.
func FuzzRecover(f *testing.F) {
	a := line("a")
	for _, seed := range []string{a + "\x00\x00\n\x00", a + "x\n" + a[:9] + "\x00\n", "", a, a + a[:50], a[:50] + "\n" + a, "x\n" + a, "{}\n{", "\x00", "\ufeff{}\n", a + "\x00\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, before []byte) {
		path := put(t, string(before))
		file, err := Open(path)
		if err != nil {
			var foreign *ForeignError
			if !errors.As(err, &foreign) || text(t, path) != string(before) {
				t.Fatal(err)
			}
			return
		}
		defer file.Close()
		whole := before[:bytes.LastIndexByte(before, '\n')+1]
		if r := file.Repairs(); r.TornAside != "" {
			whole = before[:len(before)-int(r.Torn)]
			if lost := before[len(whole):]; !bytes.HasPrefix(lost, []byte(strings.TrimSuffix(text(t, r.TornAside), "\n"))) {
				t.Errorf("%q were cut off, %q copied", lost, text(t, r.TornAside))
			}
		}
		appendAll(t, file, "new")
		after := text(t, path)
		if !strings.HasPrefix(after, string(whole)) || !strings.HasSuffix(after, "\n"+line("new")) && after != line("new") {
			t.Fatalf("%q became %q", before, after)
		}
		file.Close()
		again := open(t, path)
		if r := again.Repairs(); r.Torn != 0 || r.Damaged != file.Repairs().Damaged {
			t.Errorf("%+v after %+v", r, file.Repairs())
		}
		last := after[len(after)-len(line("new")):]
		if d, err := event.ParseDelivery([]byte(last)); err != nil || d.ID != "new" {
			t.Error(d, err)
		}
	})
}
