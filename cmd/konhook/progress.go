package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/render"
)

// progressState is how far some work is.
type progressState struct {
	done, total int64  // total is 0 when it is not known
	unit        string // what is counted, such as "files"; empty for bytes
	found       string // what else is worth telling, such as "3 findings"
}

// line tells of the state after so long.
func (s progressState) line(elapsed time.Duration) string {
	known := s.total > 0 && s.done <= s.total // a file may grow while it is read
	perSecond := float64(s.done) / elapsed.Seconds()
	var parts []string
	if known {
		parts = append(parts, fmt.Sprintf("%d%%", s.done*100/s.total), s.ofTotal())
	} else {
		parts = append(parts, s.count(s.done))
	}
	parts = append(parts, s.rate(perSecond))
	if s.found != "" {
		parts = append(parts, s.found)
	}
	if known && s.done > 0 && s.done < s.total {
		parts = append(parts, left(float64(s.total-s.done)/perSecond))
	}
	return strings.Join(parts, ", ")
}

func (s progressState) count(n int64) string {
	if s.unit == "" {
		return render.Bytes(n)
	}
	return render.Count(int(n)) + " " + s.unit
}

func (s progressState) ofTotal() string {
	if s.unit == "" {
		return render.Bytes(s.done) + " of " + render.Bytes(s.total)
	}
	return render.Count(int(s.done)) + " of " + s.count(s.total)
}

func (s progressState) rate(perSecond float64) string {
	if s.unit != "" && perSecond < 10 {
		return strconv.FormatFloat(perSecond, 'f', 1, 64) + " " + s.unit + "/s"
	}
	return s.count(int64(perSecond)) + "/s"
}

// left says how long something takes yet, rounded up.
func left(seconds float64) string {
	switch {
	case seconds <= 90:
		return fmt.Sprintf("%.0f s left", math.Ceil(seconds))
	case seconds <= 90*60:
		return fmt.Sprintf("%.0f min left", math.Ceil(seconds/60))
	default:
		return fmt.Sprintf("%.0f h left", math.Ceil(seconds/3600))
	}
}

const (
	// progressAfter is how long work takes before its progress is shown.
	progressAfter = time.Second
	// progressEvery is how often that is drawn again.
	progressEvery = 100 * time.Millisecond
	// echoed is how many cells a terminal writes behind the line at Ctrl-C: ^C.
	echoed = 2
)

// progress shows how far a command is in one line of standard error, which it
// draws again in its place and takes away before anything else is written to the
// terminal. A nil progress shows nothing.
type progress struct {
	app      *app
	out, err io.Writer // of the app, before progress came between
	start    time.Time
	quit     chan struct{}
	ended    sync.WaitGroup

	mu    sync.Mutex
	state progressState
	drawn string // the line that is there
	// inLine says that something else was written that has not come to the end of
	// its line: the progress would overwrite it.
	inLine bool
}

// startProgress shows the progress where somebody sees it, until stop.
func (a *app) startProgress() *progress {
	if !a.errTTY || a.settings.Quiet || os.Getenv("TERM") == "dumb" {
		return nil
	}
	p := &progress{app: a, out: a.out, err: a.err, start: time.Now(), quit: make(chan struct{})}
	a.err = &besideProgress{p, p.err}
	if a.outTTY {
		a.out = &besideProgress{p, p.out}
	}
	p.ended.Go(p.run)
	return p
}

// set tells how far the work is now.
func (p *progress) set(s progressState) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = s
}

// stop takes the line away and shows none any more.
func (p *progress) stop() {
	if p == nil || p.app == nil {
		return
	}
	close(p.quit)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	p.app.out, p.app.err, p.app = p.out, p.err, nil
}

func (p *progress) run() {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			p.draw(time.Since(p.start))
		case <-p.quit:
			return
		}
	}
}

// draw shows the state as it is after so long.
func (p *progress) draw(elapsed time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if elapsed < progressAfter || p.inLine {
		return
	}
	line := render.Truncate(p.state.line(elapsed), p.app.width-echoed-1)
	if line == p.drawn {
		return
	}
	rest := max(render.Width(p.drawn)-render.Width(line), 0)
	fmt.Fprint(p.err, "\r", line, strings.Repeat(" ", rest), strings.Repeat("\b", rest))
	p.drawn = line
}

func (p *progress) erase() {
	if p.drawn == "" {
		return
	}
	fmt.Fprintf(p.err, "\r%*s\r", render.Width(p.drawn)+echoed, "")
	p.drawn = ""
}

// besideProgress writes to the terminal that shows the progress.
type besideProgress struct {
	progress *progress
	w        io.Writer
}

func (b *besideProgress) Write(text []byte) (int, error) {
	p := b.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	if len(text) > 0 {
		p.inLine = !bytes.HasSuffix(text, []byte("\n"))
	}
	return b.w.Write(text)
}
