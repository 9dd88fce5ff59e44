package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/render"
)

// numbers is a set of numbers from 1 on: ranges in their order, with a gap between
// two. So it is small where most numbers up to some are in it, however many they
// are. The zero value is empty.
type numbers []span

type span struct{ first, last int }

// add adds the numbers from first to last.
func (n *numbers) add(first, last int) {
	from := n.from(first - 1)
	to := from
	for to < len(*n) && (*n)[to].first-1 <= last {
		first, last = min(first, (*n)[to].first), max(last, (*n)[to].last)
		to++
	}
	if to == from+1 {
		(*n)[from] = span{first, last} // most often the one before has grown
		return
	}
	rest := append(numbers{{first, last}}, (*n)[to:]...)
	*n = append((*n)[:from], rest...)
}

// from is the first range that does not end before a number.
func (n numbers) from(number int) int {
	i, _ := slices.BinarySearchFunc(n, number, func(s span, number int) int {
		if s.last < number {
			return -1
		}
		return 1
	})
	return i
}

// has reports whether a number is in the set.
func (n numbers) has(number int) bool {
	i := n.from(number)
	return i < len(n) && n[i].first <= number
}

// upTo is how many numbers of the set there are up to one.
func (n numbers) upTo(number int) (count int) {
	for _, s := range n {
		count += max(0, min(s.last, number)-s.first+1)
	}
	return count
}

// outside is the k-th number, from 1, that is not in the set.
func (n numbers) outside(k int) int {
	for _, s := range n {
		if s.first > k {
			break
		}
		k += s.last - s.first + 1
	}
	return k
}

// with is the set and others besides: others counts what is not in n alone, from 1.
func (n numbers) with(others numbers) numbers {
	all := slices.Clone(n)
	for _, s := range others { // what lies between the two ends is in n, or in others
		all.add(n.outside(s.first), n.outside(s.last))
	}
	return all
}

// String writes the set as parseSkip reads it.
func (n numbers) String() string {
	words := make([]string, len(n))
	for i, s := range n {
		switch {
		case i == 0 && s.first == 1:
			words[i] = strconv.Itoa(s.last)
		case i > 0 && s.first == s.last:
			words[i] = strconv.Itoa(s.first)
		default:
			words[i] = strconv.Itoa(s.first) + "-" + strconv.Itoa(s.last)
		}
	}
	return strings.Join(words, ",")
}

// parseSkip reads 9, which stands for the first 9, or a list such as 9,11-40,52:
// the first 9, then 11 to 40, and the 52nd.
func parseSkip(text string) (numbers, error) {
	const most = 1 << 30
	var n numbers
	for i, word := range strings.Split(text, ",") {
		begin, end, isRange := strings.Cut(strings.TrimSpace(word), "-")
		if !isRange {
			end = begin
		}
		first, err := strconv.ParseUint(begin, 10, 31)
		last, alsoWrong := strconv.ParseUint(end, 10, 31)
		switch {
		case text == "" || text == "0":
			return nil, nil
		case err != nil || alsoWrong != nil || first < 1 || last < first || last > most:
			return nil, usageError("--skip 100, or --skip 9,11-40",
				"--skip %q: write 100 for the first 100, or 9,11-40 for the first 9 and 11 to 40", text)
		case i == 0 && !isRange:
			first = 1
		}
		n.add(int(first), int(last))
	}
	return n, nil
}

// passes says what a set of events to be skipped passes over.
func (n numbers) passes() string {
	if len(n) == 1 && n[0].first == 1 {
		return render.Count(n[0].last)
	}
	return n.String()
}
