package main

import "github.com/konhook/konhook/pkg/deliver"

// replayProgress shows on a terminal how far a replay is.
type replayProgress struct {
	replayReport
	line    *progress
	state   progressState
	failed  int
	waiting map[int]bool // numbers of the events that wait for a further attempt
}

func (p *replayProgress) result(r deliver.Result) error {
	if r.Final {
		delete(p.waiting, r.Number)
		p.ended(r)
	} else {
		p.waiting[r.Number] = true
	}
	return p.replayReport.result(r)
}

// gaveUp takes the last result of an event that was not delivered. Where the run
// ended while it waited for a further attempt, the result came as one that is not
// the last.
func (p *replayProgress) gaveUp(last deliver.Result) error {
	if !p.waiting[last.Number] {
		return nil
	}
	delete(p.waiting, last.Number)
	p.ended(last)
	if tests, ok := p.replayReport.(*junitReplay); ok {
		return tests.result(last)
	}
	return nil
}

func (p *replayProgress) ended(last deliver.Result) {
	p.state.done++
	if !last.OK {
		p.failed++
	}
	p.state.found = many(p.failed, "failure", "failures")
	p.line.set(p.state)
}

func (p *replayProgress) end(s deliver.Summary) error {
	p.line.stop()
	return p.replayReport.end(s)
}

// known returns how many events are sent, 0 when that is not known before.
func (in *replayInput) known() int64 {
	all := in.total()
	return int64(all - in.skip.upTo(all))
}

// total is how many events there are, those that are skipped too; 0 when that is
// not known before.
func (in *replayInput) total() int {
	n := len(in.last)
	for _, file := range in.files {
		if file.stream || in.only != nil {
			return 0
		}
		n += file.documents
	}
	return n
}
