package main

import (
	"math/rand/v2"
	"testing"
)

func TestParseSkip(t *testing.T) {
	tests := []struct {
		text, want string
		wrong      bool
	}{
		{"", "", false}, {"0", "", false}, {"1", "1", false}, {"9", "9", false},
		{"9,11-40,52-60", "9,11-40,52-60", false}, {"9,11", "9,11", false}, {"11-11", "11-11", false},
		{"1-1", "1", false}, {"2-2,4", "2-2,4", false}, {"9, 10-12", "12", false}, {"3,2", "3", false},
		{"60-70,1-5,8", "5,8,60-70", false}, {"5-9,1-20", "20", false},
		{"-1", "", true}, {"9,", "", true}, {",9", "", true}, {"9-", "", true}, {"-9", "", true}, {"9-8", "", true},
		{"0,5", "", true}, {"0-5", "", true}, {"5,0", "", true}, {"a", "", true}, {"1-2-3", "", true}, {"+1", "", true},
		{"99999999999999999999", "", true}, {"2147483647", "", true},
	}
	for _, tt := range tests {
		n, err := parseSkip(tt.text)
		if (err != nil) != tt.wrong || n.String() != tt.want {
			t.Errorf("parseSkip(%q) = %q, %v; want %q", tt.text, n, err, tt.want)
		}
	}
}

// TestNumbers holds the ranges against a plain set, and what they are written as
// against what is read of it.
func TestNumbers(t *testing.T) {
	const most = 80
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		var n numbers
		in := map[int]bool{}
		for range random.IntN(12) {
			first := 1 + random.IntN(most)
			last := min(most, first+random.IntN(6))
			n.add(first, last)
			for i := first; i <= last; i++ {
				in[i] = true
			}
		}
		for i := 1; i < len(n); i++ {
			if n[i].first <= n[i-1].last+1 {
				t.Fatalf("%v is not merged", n)
			}
		}
		k, count := 0, 0
		for i := 1; i <= most+5; i++ {
			if n.has(i) != in[i] {
				t.Fatalf("%v has %d: %v", n, i, !in[i])
			}
			if in[i] {
				count++
			} else if k++; n.outside(k) != i {
				t.Fatalf("%v: number %d outside is %d, want %d", n, k, n.outside(k), i)
			}
			if got := n.upTo(i); got != count {
				t.Fatalf("%v: %d up to %d, want %d", n, got, i, count)
			}
		}
		if again, err := parseSkip(n.String()); err != nil || again.String() != n.String() {
			t.Fatalf("%v was read as %v, %v", n, again, err)
		}
	}
}

// TestNumbersOfSeveralRuns: each run counts what the ones before have left.
func TestNumbersOfSeveralRuns(t *testing.T) {
	const most = 60
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		var skip numbers
		done := map[int]bool{}
		for range 5 {
			var run numbers
			k := 0
			for i := 1; i <= most; i++ {
				if done[i] {
					continue
				}
				if k++; random.IntN(3) == 0 {
					run.add(k, k)
					done[i] = true
				}
			}
			skip = skip.with(run)
			for i := 1; i <= most; i++ {
				if skip.has(i) != done[i] {
					t.Fatalf("after %v: %d is wrong in %v", run, i, skip)
				}
			}
		}
	}
}
