package render

import (
	"strconv"
	"time"
)

// Count returns a number with commas between its thousands: "1,000".
func Count(n int) string {
	digits := strconv.Itoa(n)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Bytes returns a size: "512 B", "1.5 KiB", "64 MiB". A unit is 1024 times the
// one before.
func Bytes(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + " B"
	}
	size, unit := float64(n)/1024, 0
	for ; size >= 1023.95 && unit < len(units)-1; unit++ {
		size /= 1024
	}
	return threeDigits(size) + " " + units[unit]
}

var units = [...]string{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}

// Latency returns how long something took: "0.4 ms", "12 ms", "1.2 s", "3 min".
func Latency(d time.Duration) string {
	switch {
	case d < 999500*time.Microsecond:
		return threeDigits(float64(d.Microseconds())/1000) + " ms"
	case d < 2*time.Minute:
		return threeDigits(d.Seconds()) + " s"
	default:
		return strconv.FormatInt(int64(d/time.Minute), 10) + " min"
	}
}

// Ago returns how long ago something happened, in its largest unit: "just now",
// "40 s ago", "5 min ago", "3 h ago", "2 d ago". What lies ahead is "in 5 min".
func Ago(d time.Duration) string {
	age := d.Abs()
	var text string
	switch {
	case age < 2*time.Second:
		return "just now"
	case age < 2*time.Minute:
		text = strconv.FormatInt(int64(age/time.Second), 10) + " s"
	case age < 2*time.Hour:
		text = strconv.FormatInt(int64(age/time.Minute), 10) + " min"
	case age < 48*time.Hour:
		text = strconv.FormatInt(int64(age/time.Hour), 10) + " h"
	default:
		text = strconv.FormatInt(int64(age/(24*time.Hour)), 10) + " d"
	}
	if d < 0 {
		return "in " + text
	}
	return text + " ago"
}

// threeDigits shows one digit behind the point, none from 10 upwards and none
// that is zero.
func threeDigits(v float64) string {
	if v >= 9.95 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if s[len(s)-1] == '0' {
		return s[:len(s)-2]
	}
	return s
}
