package main

import "github.com/konhook/konhook/pkg/deliver"

// replayProgress shows on a terminal how far a replay is.
type replayProgress struct {
	replayReport
	line   *progress
	state  progressState
	failed int
}

func (p *replayProgress) result(r deliver.Result) error {
	if r.Final {
		p.state.done++
		if !r.OK {
			p.failed++
		}
		p.state.found = many(p.failed, "failure", "failures")
		p.line.set(p.state)
	}
	return p.replayReport.result(r)
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
