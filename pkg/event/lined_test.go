package event

import (
	"strings"
	"testing"
	"testing/iotest"
)

// Where every document is a line, reading with Lined gives the same events.
func TestLinedReadsTheSame(t *testing.T) {
	line := `{"occuredAt":1,"type":"User/Created","body":{"name":"` + strings.Repeat("\u00e4", 300) + `"}}`
	captured := NewDelivery(ViaListen, noon, []byte("{\n}")).AppendJSON(nil)
	text := line + "\n\n  " + line + " \t\r\n" + string(captured) + "\n" + strings.Repeat(line+"\n", 500) + line
	count := 0
	var want []*Event
	for e, err := range ReadFrom(t.Context(), strings.NewReader(text), "x", ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, e)
	}
	for e, err := range ReadFrom(t.Context(), iotest.HalfReader(strings.NewReader(text)), "x", ReadOptions{Lined: true}) {
		if err != nil {
			t.Fatal(err)
		}
		w := want[count]
		if string(e.Body) != string(w.Body) || e.Place != w.Place || e.Document != w.Document || e.Type != w.Type || (e.Delivery == nil) != (w.Delivery == nil) {
			t.Errorf("event %d: %+v, want %+v", count+1, e, w)
		}
		count++
	}
	if count != len(want) || count != 504 {
		t.Errorf("%d events, want %d", count, len(want))
	}
}

// A file that is no longer what it was is read as it is.
func TestLinedOfWhatHasChanged(t *testing.T) {
	text := "{\"type\":\n\"x\"}\n[{},\n{}]\n{}\n"
	var bodies []string
	for e, err := range ReadFrom(t.Context(), strings.NewReader(text), "x", ReadOptions{Lined: true}) {
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(e.Body))
	}
	if got := strings.Join(bodies, "|"); got != "{\"type\":\n\"x\"}|{}|{}|{}" {
		t.Errorf("read %q", got)
	}
}
