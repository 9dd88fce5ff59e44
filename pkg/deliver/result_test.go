package deliver

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/konhook/konhook/pkg/render"
)

// TestResultsDriveNoTerminal: names of files and reasons are the same text to who
// reads the JSON, and show nothing but what they are.
func TestResultsDriveNoTerminal(t *testing.T) {
	const hostile = "a\u202e\u200d\u2028\u2029\u009b\x7f\x1b[31m\n\t\ue000\U000e0041<é>\"\\"
	r := Result{Source: hostile, Err: errors.New(hostile)}
	text := r.AppendJSON(nil)
	if clean := render.CleanLine(string(text)); clean != string(text) {
		t.Errorf("not clean: %q", text)
	}
	var got struct{ Source, Error string }
	if err := json.Unmarshal(text, &got); err != nil || got.Source != hostile || got.Error != hostile {
		t.Errorf("%v: %q", err, got)
	}
}
