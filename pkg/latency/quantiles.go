// Package latency counts how long things took, any number of them in little
// memory, and tells how the times are spread.
//
// A [Histogram] takes durations, its [Quantiles] sum them up. It is for reports at
// the end of a run, not for rates or for times that are to be forgotten.
package latency

import (
	"encoding/json"
	"time"
)

// Quantiles of durations: at least so many per cent of them are not above. All
// are 0 when there was none. Of up to 4,096 durations they are exact, of more
// they are within 1/128 (0.8 %), and Max is always exact.
type Quantiles struct {
	P50, P90, P99, Max time.Duration
}

// MarshalJSON writes the quantiles in milliseconds: p50, p90, p99 and max.
func (q Quantiles) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		P50 float64 `json:"p50"`
		P90 float64 `json:"p90"`
		P99 float64 `json:"p99"`
		Max float64 `json:"max"`
	}{milliseconds(q.P50), milliseconds(q.P90), milliseconds(q.P99), milliseconds(q.Max)})
}

// milliseconds keeps the microseconds and no more.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}
