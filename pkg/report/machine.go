package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// version is that of the shape of the JSON report.
const version = "1"

// NewNDJSON writes each finding as a line of JSON, and no summary.
func NewNDJSON(w io.Writer) Reporter { return ndjsonReporter{w} }

type ndjsonReporter struct{ w io.Writer }

func (r ndjsonReporter) Finding(f schema.Finding, _ int) error {
	_, err := r.w.Write(encode(f))
	return err
}

func (r ndjsonReporter) Close(Summary) error { return nil }

// NewJSON writes one JSON document: {"konhook":1,"findings":[...],"summary":{...}}.
func NewJSON(w io.Writer) Reporter { return &jsonReporter{w: w} }

type jsonReporter struct {
	w     io.Writer
	begun bool
}

func (r *jsonReporter) Finding(f schema.Finding, _ int) error {
	before := ",\n"
	if !r.begun {
		before = head + "\n"
	}
	r.begun = true
	_, err := r.w.Write(append([]byte(before), bytes.TrimSuffix(encode(f), []byte("\n"))...))
	return err
}

const head = `{"konhook":` + version + `,"findings":[`

func (r *jsonReporter) Close(s Summary) error {
	before := "\n"
	if !r.begun {
		before = head
	}
	text := append([]byte(before+`],"summary":`), bytes.TrimSuffix(encode(s), []byte("\n"))...)
	_, err := r.w.Write(append(text, '}', '\n'))
	return err
}

// encode writes a value as a line of JSON that is safe to show on a terminal.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err) // texts and numbers always marshal
	}
	return render.Safe(b.Bytes())
}
