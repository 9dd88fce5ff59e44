package batch

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/konhook/konhook/pkg/event"
)

// gatherer takes the parts in their order, counts lines and documents through
// them, and reads what is not one document a line.
type gatherer struct {
	ctx        context.Context
	dispatcher *dispatcher
	checker    *checker
	each       func(*Part) bool
	at         event.Position // in the present file
}

// run goes on until the dispatcher has no more, or nobody wants more.
func (g *gatherer) run() {
	for {
		j := g.next()
		if j == nil {
			return
		}
		if j.opens {
			g.at = event.Position{}
		}
		if j.irregular >= 0 || j.left {
			if !g.onward(j) {
				return
			}
			continue
		}
		ok := g.tell(j)
		g.dispatcher.release(j)
		if !ok {
			return
		}
	}
}

// next returns the next job, checked, or nil when there is none or ctx is done.
func (g *gatherer) next() *job {
	select {
	case j, more := <-g.dispatcher.ordered:
		if !more {
			return nil
		}
		select {
		case <-j.done:
			return j
		case <-g.ctx.Done():
			return nil
		}
	case <-g.ctx.Done():
		return nil
	}
}

// tell hands on the part of a job, with places that count from the start of the
// file.
func (g *gatherer) tell(j *job) bool {
	p := &j.part
	p.File, p.Opens = j.source.name, j.opens
	p.Ends = j.ends && j.irregular < 0
	for i := range p.Items {
		g.place(&p.Items[i])
	}
	if g.at.Captures {
		damaged(p)
	}
	g.at.Lines += j.lines
	g.at.Documents += p.Documents
	g.at.Captures = g.at.Captures || p.captures
	if p.Ends {
		g.end(p, j.err)
	}
	return g.each(p)
}

// end adds what is to be told at the end of a file. Package event says itself of
// what it read whether there was a document.
func (g *gatherer) end(p *Part, err error) {
	switch {
	case err != nil:
		p.Items = append(p.Items, Item{Err: err})
	case g.at.Documents == 0 && !p.framed:
		p.Items = append(p.Items, Item{Err: &event.EmptyError{File: p.File}})
	}
}

// place moves the places of an item behind what came before.
func (g *gatherer) place(item *Item) {
	var damage *event.DamageError
	if errors.As(item.Err, &damage) {
		damage.Place.Line += g.at.Lines
		item.Document += g.at.Documents
	}
	item.Place.Line += g.at.Lines
	if item.Finding != nil {
		item.Finding.Line += g.at.Lines
		item.Finding.Document += g.at.Documents
	}
}

// damaged makes damage of what is no JSON: the file turned out to be one of
// captures before the part of the item.
func damaged(p *Part) {
	for i, item := range p.Items {
		if item.broken != nil {
			damage := &event.DamageError{Place: item.Finding.Place(), Reason: item.broken.Reason}
			p.Items[i] = Item{Err: damage, Document: item.Finding.Document}
			p.Invalid--
			p.Damaged++
		}
	}
}

// onward reads the rest of the file of a job one document after the other: from
// where the job came upon what is no line of its own.
func (g *gatherer) onward(j *job) bool {
	s := j.source
	s.takeOver()
	from := max(j.irregular, 0)
	if j.irregular < 0 { // the block is sound, what follows it is left to us
		from = len(j.data)
	}
	rest := []io.Reader{bytes.NewReader(j.data[from:])}
	jobs := []*job{j}
	last := j
	for !last.left && !last.ends {
		if last = g.next(); last == nil {
			return false
		}
		jobs = append(jobs, last)
		rest = append(rest, bytes.NewReader(last.data))
	}
	switch {
	case !last.ends:
		rest = append(rest, s.reader)
		defer s.reader.Close()
	case last.err != nil:
		rest = append(rest, failing{errors.Unwrap(last.err)}) // so that it is not taken for the end of a document
	}
	j.ends = false
	ok := g.tell(j) && g.read(s.name, io.MultiReader(rest...))
	for _, j := range jobs {
		g.dispatcher.release(j)
	}
	return ok
}

// number makes the numbers of documents that cannot be read, which count from
// the start of the part, count from the start of the file.
func (g *gatherer) number(p *Part) {
	for i, item := range p.Items {
		if item.Document > 0 {
			p.Items[i].Document += g.at.Documents - p.Documents
		}
	}
}

// maxItems is how much is told at a time of a file that is read one document
// after the other.
const maxItems = 64

// read checks the documents of r, which goes on where g is in its file.
func (g *gatherer) read(name string, r io.Reader) bool {
	counted := &counter{r: r}
	part := &Part{File: name, framed: true}
	g.checker.begin(part)
	o := g.dispatcher.options.Read
	o.Skipped = g.at
	o.Note = g.checker.remark
	flush := func() bool {
		part.Bytes, counted.n = counted.n, 0
		g.number(part)
		if !g.each(part) {
			return false
		}
		part = &Part{File: name, framed: true}
		g.checker.begin(part)
		return true
	}
	for e, err := range event.ReadText(g.ctx, counted, name, o) {
		if g.ctx.Err() != nil {
			return false
		}
		if counts(err) {
			part.Documents++
			g.at.Documents++
		}
		g.checker.event(e, err)
		ended := g.checker.ended()
		if (ended || len(part.Items) >= maxItems || counted.n >= blockSize) && !flush() || ended {
			return false
		}
	}
	part.Ends = true
	return flush()
}

// counts reports whether what came was a document, sound or not.
func counts(err error) bool {
	var (
		syntax *event.SyntaxError
		damage *event.DamageError
	)
	return err == nil || errors.As(err, &syntax) || errors.As(err, &damage)
}

// failing is a reader of nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// counter counts the bytes that are read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
