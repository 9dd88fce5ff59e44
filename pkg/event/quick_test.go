package event

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// a capture as people see them, and as other programs write them.
const quickCapture = `{"konhook":1,"id":"i","at":"2026-11-01T12:00:00.123456789Z","via":"listen","event":null,"method":"POST","url":"/",` +
	`"headers":[["Content-Type","application/json"],["X-A","\u00e9"]],"remote":null,"body":"{\"type\":\"User/Created\"}","valid":true,"refused":null,` +
	`"response":{"status":200,"ms":0.41}}`

func TestQuickCaptureTakes(t *testing.T) {
	var q QuickCapture
	for line, want := range map[string]string{
		quickCapture:                       `{"type":"User/Created"}`,
		" \t" + quickCapture + " \r":       `{"type":"User/Created"}`,
		`{"konhook":1,"body":""}`:          "",
		`{"body":"é\n","konhook":1}`:       "é\n",
		`{ "body" : "x" , "konhook" : 1 }`: "x",
		`{"konhook":1,"body":"x","id":null,"at":null,"headers":null,"valid":null,"response":null}`:                                  "x",
		`{"konhook":1,"body":"x","headers":[],"valid":false,"response":{"ms":12,"status":null}}`:                                    "x",
		`{"konhook":1,"body":"x","headers":[ [ "a" , "b" ] , ["c","d"] ],"at":"2026-11-01T12:00:00+01:00","response":{"status":0}}`: "x",
	} {
		body, ok := q.Body([]byte(line))
		if !ok || string(body) != want {
			t.Errorf("%s: %q, %v", line, body, ok)
		}
	}
}

func TestQuickCaptureTakesWhatIsWritten(t *testing.T) {
	var q QuickCapture
	yes := true
	d := NewDelivery(ViaFetch, noon, []byte(`{"type":"User/Created","name":"é \"x\""}`))
	for range 2 {
		body, ok := q.Body(d.AppendJSON(nil))
		if !ok || !bytes.Equal(body, d.Body) {
			t.Errorf("%q, %v", body, ok)
		}
		d.Valid, d.Refused, d.Remote, d.Response = &yes, RefusedInvalid, "127.0.0.1:1", &Response{200, 12345 * time.Microsecond}
	}
	line := d.AppendJSON(nil)
	if n := testing.AllocsPerRun(100, func() { _, _ = q.Body(line) }); n != 0 {
		t.Errorf("%v allocations a line", n)
	}
}

func TestQuickCaptureLeaves(t *testing.T) {
	const end = `,"body":"x"}`
	lines := []string{
		``, ` `, `[]`, `{}`, `{`, `{"konhook":1}`, `{"body":"x"}`, `{"konhook":1` + end + `x`, `{"konhook":1` + end + end, `{"konhook":1,"body":"x",}`,
		`{"konhook":1,"body":"x"`, `{"konhook":1,"body":"x`, `{"konhook":1,"body"`, `{"konhook":1,"body":`, `{"konhook":1 "body":"x"}`, `{"konhook" 1,"body":"x"}`,
		`{"konhook":0` + end, `{"konhook":2` + end, `{"konhook":11` + end, `{"konhook":1.0` + end, `{"konhook":1e0` + end, `{"konhook":"1"` + end, `{"konhook":-1` + end,
		`{"konhook":1,"konhook":1` + end, `{"konhook":1,"body":"y"` + end, `{"konhook":1,"body64":"eA=="}`, `{"konhook":1,"body64":"eA=="` + end,
		`{"konh\u006fok":1` + end, `{"konhook":1,"later":1` + end, `{"konhook":1,"body":{}}`, `{"konhook":1,"body":null}`, `{"konhook":1,"body":"\ud800"}`,
		"{\"konhook\":1,\"body\":\"\xff\"}", "{\"konhook\":1,\"body\":\"\n\"}",
	}
	for _, member := range []string{
		`"id":1`, `"id":nul`, `"id":tru`, `"at":"yesterday"`, `"at":"2026-11-01"`, `"at":"2026-02-30T12:00:00Z"`, `"at":5`, `"valid":"true"`, `"valid":truefalse`,
		`"headers":[["a"]]`, `"headers":[["a","b","c"]]`, `"headers":[["a",null]]`, `"headers":[["a","b"],]`, `"headers":[["a","b"]`, `"headers":{}`, `"headers":[,]`,
		`"response":{}`, `"response":{"status":1.5}`, `"response":{"status":-1}`, `"response":{"status":01}`, `"response":{"status":1234567890}`, `"response":{"Status":1}`,
		`"response":{"ms":1e999}`, `"response":{"ms":1.}`, `"response":{"ms":.5}`, `"response":{"ms":00.5}`, `"response":{"ms":"1"}`, `"response":[]`,
	} {
		lines = append(lines, `{"konhook":1,`+member+end)
	}
	var q QuickCapture
	for _, line := range lines {
		if body, ok := q.Body([]byte(line)); ok {
			t.Errorf("%s: %q", line, body)
		}
	}
}

// FuzzQuickCapture proves that what is taken quickly is a capture to the reader
// too, with the same body.
func FuzzQuickCapture(f *testing.F) {
	for _, line := range []string{
		quickCapture, `{"konhook":1,"body":""}`, `{"body":"x","body":"y","konhook":1}`, `{"konhook":1,"body":"\ud83d\ude00","headers":[["a","b"]]}`,
		strings.Replace(quickCapture, "0.41", "1e400", 1), strings.Replace(quickCapture, "12:00", "24:00", 1), strings.Replace(quickCapture, "status", "Status", 1),
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var q QuickCapture
		body, ok := q.Body(line)
		if !ok {
			return
		}
		n := 0
		for e, err := range ReadBytes(line, "f", ReadOptions{Skipped: Position{Lines: 1}}) {
			n++
			if err != nil || e.Delivery == nil || !bytes.Equal(e.Body, body) {
				t.Fatalf("%q: %q, read as %+v, %v", line, body, e, err)
			}
		}
		if n != 1 {
			t.Fatalf("%q: %d documents", line, n)
		}
	})
}

func BenchmarkQuickCapture(b *testing.B) {
	line := []byte(quickCapture)
	var q QuickCapture
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := q.Body(line); !ok {
			b.Fatal("left")
		}
	}
}
