package curl

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func delivery(body string, headers ...event.Header) *event.Delivery {
	return &event.Delivery{Method: "POST", URL: "/webhook", Headers: headers, Body: []byte(body)}
}

var jsonType = event.Header{Name: "Content-Type", Value: "application/json"}

func TestCommand(t *testing.T) {
	const base = "http://127.0.0.1:5000"
	for _, c := range []struct {
		name string
		d    *event.Delivery
		want string
	}{
		{"plain", delivery(`{"name":"Größe"}`, jsonType), "curl http://127.0.0.1:5000/webhook \\\n  -H 'Content-Type: application/json' \\\n  --data-binary '{\"name\":\"Größe\"}'\n"},
		{"quotes", delivery(`"it's"`, jsonType), "curl http://127.0.0.1:5000/webhook \\\n  -H 'Content-Type: application/json' \\\n  --data-binary '\"it'\\''s\"'\n"},
		{"bytes", delivery("-%\\\x00\xff\x1b0", jsonType), "printf '\\055%%\\134\\000\\377\\0330' | curl http://127.0.0.1:5000/webhook \\\n  -H 'Content-Type: application/json' \\\n  --data-binary @-\n"},
		{"no type", delivery("1"), "curl http://127.0.0.1:5000/webhook \\\n  -H Content-Type: \\\n  --data-binary 1\n"},
		{"a body like the name of a file", delivery("@/etc/passwd", jsonType), "printf '@/etc/passwd' | curl http://127.0.0.1:5000/webhook \\\n  -H 'Content-Type: application/json' \\\n  --data-binary @-\n"},
		{"empty", delivery("", jsonType), "curl http://127.0.0.1:5000/webhook \\\n  -H 'Content-Type: application/json' \\\n  --data-binary ''\n"},
	} {
		if diff := cmp.Diff(c.want, Command(base, c.d)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestTarget(t *testing.T) {
	for in, want := range map[string]string{
		"/hook?a=1&b=$(id)": "curl 'http://h/hook?a=1&b=$(id)'",
		"":                  "curl http://h/webhook",
		"@evil.example/x":   "curl http://h/webhook",
		".evil.example/":    "curl http://h/webhook",
		"https://a.b/c?d":   "curl 'http://h/c?d'",
		"/a[1]{x}":          "curl --globoff 'http://h/a[1]{x}'",
		"/a?b[]=1":          "curl --globoff 'http://h/a?b[]=1'",
		"/a/../b":           "curl --path-as-is http://h/a/../b",
		"mailto:x@y":        "curl http://h/webhook",
		"/\x1b":             "curl http://h/webhook",
		"//evil.example/x":  "curl http://h//evil.example/x",
	} {
		d := delivery("1", jsonType)
		d.URL = in
		got, _, _ := strings.Cut(Command("http://h", d), " \\")
		if got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestHeadersThatAreLeftOut(t *testing.T) {
	d := delivery("1", jsonType,
		event.Header{Name: "Host", Value: "x"}, event.Header{Name: "content-length", Value: "9"},
		event.Header{Name: "Transfer-Encoding", Value: "chunked"}, event.Header{Name: "Authorization", Value: event.Redacted},
		event.Header{Name: "@/etc/passwd", Value: "x"}, event.Header{Name: "", Value: "x"},
		event.Header{Name: "X-A", Value: "a\r\nX-B: b"}, event.Header{Name: "X-Kept", Value: "yes"},
	)
	want := "curl http://h/webhook \\\n  -H 'Content-Type: application/json' \\\n  -H 'X-Kept: yes' \\\n  --data-binary 1\n"
	if diff := cmp.Diff(want, Command("http://h", d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestShellsSendTheExactBytes runs commands in the shells that are there.
func TestShellsSendTheExactBytes(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is missing")
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	bodies := []string{
		`{"a":"it's $HOME \"x\" \\ ` + "`id`" + ` !! %s Größe 👍"}`, "{\n  \"a\":\t1\r\n}\n", "\x1b[31m\u202e", string(every), "",
		"-n", "@nope", "\x007", strings.Repeat("x'", 50_000), "a\n\n",
	}
	odd := event.Header{Name: "X-Odd", Value: "a'b $(id) \u202e\xe9"}
	for _, shell := range []string{"sh", "dash", "bash", "zsh", "busybox"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		t.Run(shell, func(t *testing.T) {
			for _, body := range bodies {
				got := receive(t, path, delivery(body, jsonType, odd, event.Header{Name: "X-Empty", Value: ""}))
				if got.body != body {
					t.Errorf("%.60q arrives as %.60q", body, got.body)
				}
				if got.header.Get("X-Odd") != odd.Value || got.header.Get("Content-Type") != jsonType.Value || len(got.header["X-Empty"]) != 1 {
					t.Errorf("headers %v", got.header)
				}
			}
		})
	}
}

type received struct {
	header http.Header
	body   string
}

// receive runs the command for d in a shell and returns what arrived.
func receive(t *testing.T, shell string, d *event.Delivery) (got received) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = received{r.Header, string(body)}
	}))
	defer server.Close()
	args := []string{}
	if strings.HasSuffix(shell, "busybox") {
		args = append(args, "sh")
	}
	cmd := exec.CommandContext(t.Context(), shell, args...)
	// -q and no proxy: what the user's own curl is set to does not matter here.
	script := strings.ReplaceAll(Command(server.URL, d), "curl http", "curl -q -sS --noproxy '*' http")
	cmd.Stdin = strings.NewReader(script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%.500s", err, out, script)
	}
	return got
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte(`{"a":1}`), "X-A", "b", "/webhook?x=1")
	f.Add([]byte("'\x00%\\\u202e"), "@x", "a\r\nb\x1b", "@evil")
	f.Fuzz(func(t *testing.T, body []byte, name, value, target string) {
		d := &event.Delivery{URL: target, Headers: []event.Header{{Name: name, Value: value}}, Body: body}
		text := Command("http://127.0.0.1:1", d)
		if !plain(text, "\n\t") {
			t.Errorf("%q could drive a terminal", text)
		}
		words, err := split(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if words[0] == "printf" {
			if got := formatted(words[1]); !bytes.Equal(got, body) {
				t.Errorf("%q becomes %q", body, got)
			}
		} else if got := words[len(words)-1]; got != string(body) || bytes.HasPrefix(body, []byte("@")) {
			t.Errorf("%q becomes %q", body, got)
		}
	})
}

// split cuts a command into its words as a shell does that knows single quotes
// and the backslash only.
func split(text string) (words []string, err error) {
	var word strings.Builder
	started, text := false, strings.TrimSuffix(text, "\n")
	flush := func() {
		if started {
			words = append(words, word.String())
		}
		word.Reset()
		started = false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ':
			flush()
		case '\\':
			i++
			if text[i] != '\n' {
				started = true
				word.WriteByte(text[i])
			}
		case '\'':
			end := strings.IndexByte(text[i+1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("a quote at %d is not closed", i)
			}
			started = true
			word.WriteString(text[i+1 : i+1+end])
			i += end + 1
		case '\n', ';', '&', '<', '>', '`':
			return nil, fmt.Errorf("%q at %d outside of quotes", c, i)
		default:
			started = true
			word.WriteByte(c)
		}
	}
	flush()
	return words, nil
}

// formatted returns what printf makes of a format that octal made.
func formatted(format string) (out []byte) {
	for i := 0; i < len(format); i++ {
		switch {
		case format[i] == '%':
			i++
			out = append(out, '%')
		case format[i] == '\\':
			out = append(out, (format[i+1]-'0')<<6|(format[i+2]-'0')<<3|(format[i+3]-'0'))
			i += 3
		default:
			out = append(out, format[i])
		}
	}
	return out
}
