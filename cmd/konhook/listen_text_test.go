package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// came is a delivery that took 412 µs and was answered 200.
func came(id, body string) listen.Observed {
	d := &event.Delivery{
		ID: id, At: time.Date(2026, 11, 1, 15, 4, 5, 123e6, time.Local), Method: "POST", URL: "/x", Remote: "127.0.0.1:1",
		Body: []byte(body), Response: &event.Response{Status: 200, Took: 412 * time.Microsecond},
	}
	e := event.New(d.Body)
	d.Type = e.Type
	return listen.Observed{Delivery: d, Event: e, Status: 200, Verdict: verdict(nil)}
}

func judged(x listen.Observed, message, hint string) listen.Observed {
	f := schema.Finding{Severity: schema.Error, Pointer: "/body", Message: message}
	if hint != "" {
		f.Hint = &hint
	}
	x.Verdict = verdict{f}
	return x
}

// onScreen is a listener whose terminal has so many cells; 0: none.
func onScreen(cells, rows int, color string) (*listening, *bytes.Buffer) {
	var out bytes.Buffer
	a := newApp(&streams{out: &out, err: &out, outTTY: cells > 0, errTTY: cells > 0, width: 80})
	a.size = func() (int, int, error) { return cells, rows, nil }
	a.settings.Color = color
	return &listening{a: a, reasons: once{}}, &out
}

func TestCompactLines(t *testing.T) {
	const course, progress = `{"type":"Course/Published"}`, `{"type":"Group/User/Created","body":{}}`
	dropped := came("00003f9a", course)
	dropped.Status, dropped.Delivery.Response.Took = 0, 119*time.Second
	shortlyDropped := came("00003f9a", course)
	shortlyDropped.Status = 0
	wide := judged(came("00003f9a", `{"type":"山田太郎山田太郎山田太郎"}`), "必須の値がありません、値を入れてください", "")
	passedOn := judged(came("00003f9a", course), `missing "id"`, "")
	passedOn.Forwarded, passedOn.Target, passedOn.Status = 1300*time.Microsecond, "http://127.0.0.1:5000", 404
	lost := came("00003f9a", course)
	lost.Err = &listen.SaveError{Err: errors.New("full")}
	for _, c := range []struct {
		name    string
		x       seeing
		w0, w80 string
		w40     string
	}{
		{"valid", seeing{Observed: came("00003f9a", course)},
			"15:04:05.123 course.published   200 0.4ms    27B #3f9a valid", "=", "15:04:05.123 course.published   200 0.4…"},
		{"longest name", seeing{Observed: came("00003f9b", progress)},
			"15:04:05.123 group.user.created 200 0.4ms    39B #3f9b valid", "=", "15:04:05.123 group.user.created 200 0.4…"},
		{"duplicate", seeing{Observed: came("00003f9a", course), marks: marks{duplicate: "#8287"}},
			"15:04:05.123 course.published   200 0.4ms    27B #3f9a valid, duplicate of #8287", "=", "15:04:05.123 course.published   200 0.4…"},
		{"out of order", seeing{Observed: came("00003f9a", course), marks: marks{late: true}},
			"15:04:05.123 course.published   200 0.4ms    27B #3f9a valid, out of order", "=", "15:04:05.123 course.published   200 0.4…"},
		{"dropped", seeing{Observed: dropped},
			"15:04:05.123 course.published   drop 119s    27B #3f9a valid", "=", "15:04:05.123 course.published   drop 11…"},
		{"dropped, with all digits", seeing{Observed: shortlyDropped},
			"15:04:05.123 course.published   drop 0.4ms    27B #3f9a valid", "=", "15:04:05.123 course.published   drop 0.…"},
		{"not stored", seeing{Observed: lost},
			"15:04:05.123 course.published   200 0.4ms    27B #3f9a valid, not stored", "=", "15:04:05.123 course.published   200 0.4…"},
		{"invalid", seeing{Observed: judged(came("00003f9a", course), `missing "id"`, "the course needs one")},
			`15:04:05.123 course.published   200 0.4ms    27B #3f9a invalid: /body: missing "id" (the course needs one)`,
			"15:04:05.123 course.published   200 0.4ms    27B #3f9a invalid: /body: missing …", "15:04:05.123 course.published   200 0.4…"},
		{"invalid and forwarded", seeing{Observed: passedOn},
			`15:04:05.123 course.published   404 0.4ms    27B #3f9a invalid, forwarded in 1.3 ms, 404 from your handler: is the path right?; /body: missing "id"`,
			"15:04:05.123 course.published   404 0.4ms    27B #3f9a invalid, forwarded in 1.…", "15:04:05.123 course.published   404 0.4…"},
		{"wide", seeing{Observed: wide},
			"15:04:05.123 山田太郎山田太郎…  200 0.4ms    47B #3f9a invalid: /body: 必須の値がありません、値を入れてください",
			"15:04:05.123 山田太郎山田太郎…  200 0.4ms    47B #3f9a invalid: /body: 必須の値…", "15:04:05.123 山田太郎山田太郎…  200 0.4…"},
	} {
		for cells, want := range map[int]string{0: c.w0, 80: c.w80, 40: c.w40} {
			if want == "=" {
				want = c.w0
			}
			s, _ := onScreen(cells, 25, "never")
			if diff := cmp.Diff(want+"\n", s.compact(&c.x)); diff != "" {
				t.Errorf("%s, %d cells: (-want +got)\n%s", c.name, cells, diff)
			}
			s, _ = onScreen(cells, 25, "always")
			coloured := s.compact(&c.x)
			if got := colours.ReplaceAllString(coloured, ""); got != want+"\n" || got == coloured {
				t.Errorf("%s, %d cells, in colour: %q", c.name, cells, coloured)
			}
			if got := render.Width(want); cells > 0 && got > cells {
				t.Errorf("%s: %d of %d cells", c.name, got, cells)
			}
		}
	}
}

func TestColoursOfALine(t *testing.T) {
	s, _ := onScreen(0, 0, "always")
	p := s.a.outPalette()
	bad := judged(came("00003f9a", "{}"), "m", "h")
	bad.Status = 422
	line := s.compact(&seeing{Observed: bad, marks: marks{duplicate: "#8287"}})
	for _, want := range []string{p.Bad("422"), p.Warn("duplicate of #8287"), p.Bad("invalid"), p.Accent(" (h)")} {
		if !strings.Contains(line, want) {
			t.Errorf("no %q in %q", want, line)
		}
	}
	line = s.compact(&seeing{Observed: came("00003f9a", "{}")})
	for _, want := range []string{p.Good("200"), p.Good("valid"), p.Dim("#3f9a")} {
		if !strings.Contains(line, want) {
			t.Errorf("no %q in %q", want, line)
		}
	}
}

func TestResultsAreCut(t *testing.T) {
	s, _ := onScreen(20, 25, "always")
	x := &seeing{Observed: came("00003f9a", "{}"), results: [][]byte{[]byte(`"` + strings.Repeat("x", 30) + `"`), []byte("1")}}
	lines := strings.Split(s.compact(x), "\n")
	if lines[1] != `  "`+strings.Repeat("x", 16)+"…" || colours.ReplaceAllString(lines[2], "") != "  1" {
		t.Errorf("%q", lines)
	}
}

// TestRefusedLineTellsWhatHelps has a reason that does not fit: it is told in full
// once, below the first line.
func TestRefusedLineTellsWhatHelps(t *testing.T) {
	x := listen.Observed{Delivery: came("00003f9a", "").Delivery, Status: 403, Refused: "a page of https://evil.example must not send here: konhook listen --allow-origin"}
	s, out := onScreen(80, 25, "never")
	s.showRefused(x)
	s.showRefused(x)
	line := "15:04:05.123 POST /x            403 refused: a page of https://evil.example mus…\n"
	if diff := cmp.Diff(line+"note: "+x.Refused+"\n"+line, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	s, out = onScreen(0, 0, "never")
	s.showRefused(x)
	s.flush()
	if want := "15:04:05.123 POST /x            403 refused: " + x.Refused + "\n"; out.String() != want {
		t.Errorf("%q", out)
	}
}

func TestPrettyIsFolded(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, `,"k%d":%d`, i, i)
	}
	long := came("00003f9a", "{"+b.String()[1:]+"}")
	oneLine := came("00003f9a", `{"a":"`+strings.Repeat("x", 5000)+`"}`)
	for _, c := range []struct {
		name        string
		x           listen.Observed
		cells, rows int
		save, more  string
	}{
		{"long", long, 80, 20, "", "… 87 lines more: konhook show shows it whole, with --save FILE"},
		{"saved", long, 80, 20, "my week.ndjson", "… 87 lines more: konhook show 'my week.ndjson' shows it whole"},
		{"tiny", long, 80, 3, "", "… 97 lines more: konhook show shows it whole, with --save FILE"},
		{"no terminal", long, 0, 0, "", ""},
		{"tall", long, 80, 120, "", ""},
		{"one line", oneLine, 80, 20, "", "… 2 lines more: konhook show shows it whole, with --save FILE"},
	} {
		s, _ := onScreen(c.cells, c.rows, "never")
		s.o.save = c.save
		text := s.pretty(&seeing{Observed: c.x})
		if c.more == "" && strings.Contains(text, "…") || !strings.Contains(text, c.more) {
			t.Errorf("%s: %s", c.name, text)
		}
		rows := 0
		for line := range strings.Lines(text) {
			rows += max(1, (render.Width(strings.TrimSuffix(line, "\n"))+79)/80)
		}
		if c.rows > 10 && rows > c.rows {
			t.Errorf("%s: %d rows of %d", c.name, rows, c.rows)
		}
		s, _ = onScreen(c.cells, c.rows, "always")
		s.o.save = c.save
		if got := colours.ReplaceAllString(s.pretty(&seeing{Observed: c.x}), ""); got != text {
			t.Errorf("%s: in colour %s", c.name, cmp.Diff(text, got))
		}
		if whole := s.whole(&seeing{Observed: c.x}); strings.Contains(whole, "…") {
			t.Errorf("%s: not whole: %s", c.name, whole)
		}
	}
}

func TestClock(t *testing.T) {
	for _, at := range []time.Time{
		{}, time.Date(2026, 1, 2, 3, 4, 5, 6_999_999, time.Local), time.Date(2026, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
	} {
		if got, want := clock(at), at.Local().Format("15:04:05.000"); got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
}

func BenchmarkCompact(b *testing.B) {
	s, _ := onScreen(0, 0, "never")
	x := &seeing{Observed: came("00003f9a", `{"type":"Course/Published"}`), marks: marks{duplicate: "#8287"}}
	b.ReportAllocs()
	for b.Loop() {
		s.compact(x)
	}
}
