package main

import "github.com/konhook/konhook/pkg/deliver"

// replayProgress shows on a terminal how far a replay is whose report goes
// elsewhere.
type replayProgress struct {
	replayReport
	line   *progress
	state  progressState
	failed int
}

// withProgress adds the progress to a report where somebody sees it.
func (r *replay) withProgress(report replayReport, input *replayInput) *replayProgress {
	p := &replayProgress{replayReport: report}
	if !r.a.outTTY { // where the report itself shows it
		p.line = r.a.startProgress()
	}
	p.state = progressState{total: input.known(), unit: "events"}
	return p
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
	n := len(in.last)
	for _, file := range in.files {
		if file.stream || in.only != nil {
			return 0
		}
		n += file.documents
	}
	return int64(n)
}
