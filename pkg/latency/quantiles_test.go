package latency

import (
	"encoding/json"
	"testing"
	"time"
)

// Reports have milliseconds with three places, rounded and not cut off.
func TestQuantilesJSON(t *testing.T) {
	q := Quantiles{P50: 1499, P90: 1500, P99: 12*time.Millisecond + 345678, Max: time.Minute}
	const want = `{"p50":0.001,"p90":0.002,"p99":12.346,"max":60000}`
	if got, err := json.Marshal(q); err != nil || string(got) != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
