package holder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	own, err := Text("konhook listen")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text string
		want       Holder
		says       string
	}{
		{"this process", string(own), Holder{os.Getpid(), "konhook listen"}, ""},
		{"another", `{"pid":12,"command":"konhook watch"}`, Holder{12, "konhook watch"}, "konhook watch (process 12)"},
		{"without a command", `{"pid":12}`, Holder{PID: 12}, "another program (process 12)"},
		{"without a process", `{"command":"a"}`, Holder{Command: "a"}, "a"},
		{"half of it", `{"pid":12,`, Holder{}, "another program"},
		{"something else", `[1]`, Holder{}, "another program"},
		{"nothing", ``, Holder{}, "another program"},
		{"endless", `{"command":"` + strings.Repeat("x", most) + `"}`, Holder{}, "another program"},
	}
	for _, tt := range tests {
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got := Read(path)
		if got != tt.want || tt.says != "" && got.String() != tt.says {
			t.Errorf("%s: %+v, %q", tt.name, got, got)
		}
	}
	for _, none := range []string{path + "x", t.TempDir()} {
		if got := Read(none); got != (Holder{}) {
			t.Errorf("%s: %+v", none, got)
		}
	}
}
