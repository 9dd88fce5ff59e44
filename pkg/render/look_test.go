package render

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestPalette(t *testing.T) {
	t.Setenv("NO_COLOR", "1") // decided by whoever makes the palette, not here
	on, off := NewPalette(true), NewPalette(false)
	for name, f := range map[string]func(*Palette) func(string) string{
		"Good":   func(p *Palette) func(string) string { return p.Good },
		"Bad":    func(p *Palette) func(string) string { return p.Bad },
		"Warn":   func(p *Palette) func(string) string { return p.Warn },
		"Dim":    func(p *Palette) func(string) string { return p.Dim },
		"Bold":   func(p *Palette) func(string) string { return p.Bold },
		"Key":    func(p *Palette) func(string) string { return p.Key },
		"Accent": func(p *Palette) func(string) string { return p.Accent },
	} {
		got := f(on)("100 %s")
		if !strings.HasPrefix(got, "\x1b[") || !strings.HasSuffix(got, "m") || sgr.ReplaceAllString(got, "") != "100 %s" {
			t.Errorf("%s on: %q", name, got)
		}
		for _, p := range []*Palette{off, nil} {
			if got := f(p)("100 %s"); got != "100 %s" {
				t.Errorf("%s off: %q", name, got)
			}
		}
		if got := f(on)(""); got != "" {
			t.Errorf("%s of nothing: %q", name, got)
		}
	}
	if !on.On() || off.On() || (*Palette)(nil).On() {
		t.Error("On")
	}
}

func TestWidthAndTruncate(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		to    int
		want  string
	}{
		{"", 0, 5, ""},
		{"hello", 5, 5, "hello"},
		{"hello", 5, 4, "hel…"},
		{"hello", 5, 1, "…"},
		{"hello", 5, 0, ""},
		{"hello", 5, -1, ""},
		{"山田太郎", 8, 8, "山田太郎"},
		{"山田太郎", 8, 7, "山田太…"},
		{"山田太郎", 8, 6, "山田…"},
		{"Größe", 5, 5, "Größe"},
		{"e\u0301te\u0301", 3, 3, "e\u0301te\u0301"},
		{"e\u0301te\u0301s", 4, 3, "e\u0301t…"},
		{"👍👍", 4, 3, "👍…"},
		{"ＡＢ", 4, 4, "ＡＢ"},
	} {
		if got := Width(c.in); got != c.width {
			t.Errorf("Width(%q) = %d, want %d", c.in, got, c.width)
		}
		got := Truncate(c.in, c.to)
		if got != c.want || Width(got) > max(c.to, 0) {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.in, c.to, got, c.want)
		}
	}
}

func TestUnits(t *testing.T) {
	for want, got := range map[string]string{
		"0": Count(0), "999": Count(999), "1,000": Count(1000), "-1,234,567": Count(-1234567), "-999": Count(-999),
		"0 B": Bytes(0), "1023 B": Bytes(1023), "1 KiB": Bytes(1024), "1.5 KiB": Bytes(1536), "10 KiB": Bytes(10 << 10),
		"64 MiB": Bytes(64 << 20), "1 GiB": Bytes(1<<30 - 1), "8 EiB": Bytes(math.MaxInt64),
		"0 ms": Latency(0), "0.4 ms": Latency(412 * time.Microsecond), "9.9 ms": Latency(9900 * time.Microsecond), "12 ms": Latency(12340 * time.Microsecond),
		"1 s": Latency(999500 * time.Microsecond), "1.2 s": Latency(1230 * time.Millisecond), "30 s": Latency(30 * time.Second), "3 min": Latency(3*time.Minute + time.Second),
		"just now": Ago(time.Second), "40 s ago": Ago(40 * time.Second), "5 min ago": Ago(5 * time.Minute), "3 h ago": Ago(3 * time.Hour),
		"2 d ago": Ago(50 * time.Hour), "in 5 min": Ago(-5 * time.Minute),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
