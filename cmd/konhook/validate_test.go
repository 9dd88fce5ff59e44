package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"syscall"
	"testing"
)

// hangUp is a stream that interrupts the program when it is written to.
type hangUp struct {
	text      bytes.Buffer
	interrupt func(written []byte)
}

func (w *hangUp) Write(p []byte) (int, error) {
	w.interrupt(p)
	return w.text.Write(p)
}

// A report that was interrupted has an end, and tells what was found so far.
func TestValidateInterrupted(t *testing.T) {
	for format, check := range map[string]func(report string) bool{
		"text": func(report string) bool {
			return strings.HasPrefix(report, "<stdin>:2:1: ") && strings.HasSuffix(report, "\n2 documents in 1 file: 1 valid, 1 invalid; 1 finding\n")
		},
		"github": func(report string) bool {
			return strings.HasSuffix(report, "\n2 documents in 1 file: 1 valid, 1 invalid; 1 finding\n")
		},
		"json": func(report string) bool {
			return json.Valid([]byte(report)) && strings.Contains(report, `"summary":{"files":1,"documents":2,"valid":1,"invalid":1,"findings":1,`)
		},
		"ndjson": func(report string) bool { return json.Valid([]byte(report)) },
		"sarif": func(report string) bool {
			return json.Valid([]byte(report)) && strings.Contains(report, `"executionSuccessful":false,"toolExecutionNotifications":[{"level":"error","message":{"text":"interrupted"}`)
		},
		"junit": func(report string) bool {
			return xml.Unmarshal([]byte(report), new(struct{})) == nil
		},
	} {
		t.Run(format, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			in, feed := io.Pipe()
			defer feed.Close()
			const valid = `{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n"}}}`
			go func() {
				_, _ = io.WriteString(feed, valid+"\n"+strings.Replace(valid, "type", "typo", 1)+"\n")
				if format == "junit" { // which holds its suites until they end
					cancel(&signalError{syscall.SIGINT})
				}
			}()
			out := &hangUp{interrupt: func([]byte) { cancel(&signalError{syscall.SIGINT}) }}
			var stderr bytes.Buffer
			code := run(ctx, []string{"validate", "-f", format, "-"}, &streams{in: in, out: out, err: &stderr, width: 80})
			if code != exitInterrupted || !check(out.text.String()) || !strings.Contains(stderr.String(), "interrupted") {
				t.Errorf("exit %d, %s\n%s", code, out.text.String(), &stderr)
			}
		})
	}
}
