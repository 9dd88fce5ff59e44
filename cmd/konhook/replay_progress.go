package main

import (
	"fmt"
	"io"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/render"
)

// replayProgress shows on a terminal how far a replay is whose report goes
// elsewhere.
type replayProgress struct {
	replayReport
	err          io.Writer
	sent, failed int
	shown        time.Time
}

// progressEvery is how often the line of the progress is written again.
const progressEvery = 200 * time.Millisecond

// withProgress adds the progress to a report where somebody sees it.
func (r *replay) withProgress(report replayReport) replayReport {
	if !r.a.errTTY || r.a.outTTY || r.a.settings.Quiet {
		return report
	}
	return &replayProgress{replayReport: report, err: r.a.err}
}

func (p *replayProgress) result(r deliver.Result) error {
	if r.Final {
		p.sent++
		if !r.OK {
			p.failed++
		}
	}
	if now := time.Now(); now.Sub(p.shown) >= progressEvery {
		p.shown = now
		fmt.Fprintf(p.err, "\r%s sent, %s failed", render.Count(p.sent), render.Count(p.failed))
	}
	return p.replayReport.result(r)
}

func (p *replayProgress) end(s deliver.Summary) error {
	if !p.shown.IsZero() {
		fmt.Fprintf(p.err, "\r%60s\r", "")
	}
	return p.replayReport.end(s)
}
