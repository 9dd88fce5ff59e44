package batch

import (
	"bytes"
	"errors"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
	"github.com/konhook/konhook/pkg/schema"
)

// checker checks documents, one at a time.
type checker struct {
	options Options
	quick   *schema.Quick // nil when the library judges alone
	capture event.QuickCapture
	scan    jsonscan.Scanner

	part *Part
	// seen maps what a note is about to the item of the part that tells of it.
	seen map[schema.QuickKind]int
}

func newChecker(o Options) *checker {
	c := &checker{options: o, seen: map[schema.QuickKind]int{}}
	if !o.LibraryOnly {
		c.quick, _ = o.Validator.Quick() // without one the library judges alone
	}
	return c
}

// serve checks the blocks that come.
func (c *checker) serve(work <-chan *job) {
	for j := range work {
		c.block(j)
		close(j.done)
	}
}

// begin makes c tell of what follows in p.
func (c *checker) begin(p *Part) {
	c.part = p
	clear(c.seen)
}

// block checks the lines of a block until one of them is no document.
func (c *checker) block(j *job) {
	c.begin(&j.part)
	if j.left { // it may end inside a line
		j.irregular = 0
		return
	}
	data, at := j.data, 0
	if j.opens && bytes.HasPrefix(data, mark) {
		at = len(mark)
		c.remark(event.Place{File: j.source.name, Line: 1, Column: 1}, "a byte order mark was skipped")
	}
	for at < len(data) && !c.ended() {
		end := bytes.IndexByte(data[at:], '\n')
		last := end < 0
		if last {
			end = len(data)
		} else {
			end += at
		}
		if !c.line(j, data[at:end], data[end:]) {
			if !j.opens || !j.ends || j.err != nil {
				j.irregular = at
				break
			}
			c.rest(j, data[at:])
			at = len(data)
			break
		}
		j.lines++
		at = end + 1
	}
	j.part.Bytes = int64(min(at, len(data)))
}

// ended reports whether no more is wanted of the part.
func (c *checker) ended() bool { return c.options.FailFast && c.part.Invalid > 0 }

var mark = []byte("\ufeff")

// line checks one line; rest is what follows it in the block, from its line
// break on. It reports false when the line is not one document, or is broken so
// that it is not clear where the next one begins.
func (c *checker) line(j *job, line, rest []byte) bool {
	start := jsonscan.SkipSpace(line, 0)
	if start == len(line) {
		return true
	}
	if c.quick != nil && c.quickly(j, line) {
		return true
	}
	if line[start] == '[' && !c.options.Read.Whole {
		return false
	}
	c.scan.Reset()
	text := line[start:]
	n, err := c.scan.Scan(text, false)
	if n == 0 && err == nil { // the line break may end a number or break a string
		n, err = c.scan.Scan(append(bytes.Clone(text), '\n'), false)
	}
	sound := err == nil && jsonscan.SkipSpace(text, n) == len(text)
	switch {
	case n == 0 && err == nil:
		return false
	case !sound && (c.options.FailFast || !clearlyBegins(rest)): // it is no end before it is clear that it is no capture
		return false
	case sound && bytes.Contains(line, captureName) && event.IsPartOfCapture(line): // damage if a capture came before
		return false
	}
	c.part.Documents++
	c.told(j, line[:len(line)+min(1, len(rest))]) // with its line break
	return true
}

// quickly checks a line that surely holds a valid payload, or a sound capture of
// one. It reports false of all others.
func (c *checker) quickly(j *job, line []byte) bool {
	payload, captured := line, false
	ok := c.quick.Accept(line)
	// Where members are noted, those that make a capture are.
	if (!ok || !c.quick.NotesMembers() || c.quick.Noted() > 0) && bytes.Contains(line, captureName) {
		if body, sound := c.capture.Body(line); sound {
			payload, captured = body, true
		} else if event.IsCapture(line) || event.IsPartOfCapture(line) {
			return false
		}
		ok = c.quick.Accept(payload)
	}
	if !ok {
		return false
	}
	c.part.Documents++
	c.part.captures = c.part.captures || captured
	c.accepted(payload, func() *event.Event { return c.parse(j, line) })
	return true
}

// captureName is in every capture, see [event.IsCapture].
var captureName = []byte("konhook")

// clearlyBegins reports whether reading goes on at the start of the line behind
// a broken one, as package event goes on: where that is no rest of the broken
// document.
func clearlyBegins(rest []byte) bool {
	return len(rest) > 1 && rest[1] != ' ' && rest[1] != '\t' && rest[1] != '}' && rest[1] != ']'
}

// read are the options for a line of a block, whose places count from the start
// of the block.
func (c *checker) read(j *job) event.ReadOptions {
	o := c.options.Read
	o.Note = c.remark
	o.Skipped = event.Position{Lines: j.lines + 1, Documents: c.part.Documents - 1, Captures: c.part.captures}
	return o
}

// rest checks what is left of a file of which the block holds all, one document
// after the other.
func (c *checker) rest(j *job, text []byte) {
	o := c.read(j)
	o.Skipped.Lines, o.Skipped.Documents = j.lines, c.part.Documents
	c.part.framed = true
	for e, err := range event.ReadBytes(text, j.source.name, o) {
		if counts(err) {
			c.part.Documents++
		}
		if c.event(e, err); c.ended() {
			return
		}
	}
}

// parse makes an event of a line that is sound.
func (c *checker) parse(j *job, line []byte) *event.Event {
	for e, err := range event.ReadBytes(line, j.source.name, c.read(j)) {
		if err == nil {
			e.Place.Line--
			return e
		}
	}
	return nil
}

// told tells what is to be told of a line.
func (c *checker) told(j *job, line []byte) {
	for e, err := range event.ReadBytes(line, j.source.name, c.read(j)) {
		if e != nil {
			e.Place.Line--
		}
		if err == nil && e.Delivery == nil {
			c.judged(e) // it was asked for quickly already
			continue
		}
		c.event(e, lower(err))
	}
}

// lower moves the place of an error one line up.
func lower(err error) error {
	var (
		syntax *event.SyntaxError
		damage *event.DamageError
	)
	switch {
	case errors.As(err, &syntax):
		syntax.Place.Line--
	case errors.As(err, &damage):
		damage.Place.Line--
	}
	return err
}

// event tells what is to be told of a document, or of what is none. It does not
// count it.
func (c *checker) event(e *event.Event, err error) {
	var syntax *event.SyntaxError
	c.part.captures = c.part.captures || e != nil && e.Delivery != nil
	switch {
	case errors.As(err, &syntax):
		f := schema.FromSyntax(syntax)
		c.part.Invalid++
		c.part.Items = append(c.part.Items, Item{Finding: &f, broken: syntax})
	case err != nil:
		var damage *event.DamageError
		item := Item{Err: err}
		if errors.As(err, &damage) {
			c.part.captures = true
			c.part.Damaged++
			item.Document = c.part.Documents
		}
		c.part.Items = append(c.part.Items, item)
	case c.quick != nil && c.quick.Accept(e.Body):
		c.accepted(e.Body, func() *event.Event { return e })
	default:
		c.judged(e)
	}
}

// judged asks the whole validator.
func (c *checker) judged(e *event.Event) {
	findings := c.options.Validator.Check(e)
	if schema.Invalid(findings) {
		c.part.Invalid++
	}
	for i := range findings {
		c.part.Items = append(c.part.Items, Item{Finding: &findings[i]})
	}
}

// accepted counts a document that took the quick way and tells of its notes;
// parse makes an event of it where that is needed.
func (c *checker) accepted(payload []byte, parse func() *event.Event) {
	c.part.Quick++
	notes := c.quick.Noted()
	if notes == 0 {
		return
	}
	if c.options.EveryNote {
		c.judged(parse())
		return
	}
	var e *event.Event
	var findings []schema.Finding
	for i := range notes {
		n := c.quick.Note(payload, i)
		if at, known := c.seen[n.Kind]; known {
			c.part.Items[at].More++
			continue
		}
		if e == nil {
			e = parse()
			findings = c.options.Validator.Check(e)
		}
		c.first(n, e.At(n.Offset), findings)
	}
}

// first tells of the first note about something: the finding at its place.
func (c *checker) first(n schema.QuickNote, at event.Place, findings []schema.Finding) {
	for i := range findings {
		if findings[i].Place() == at {
			c.seen[n.Kind] = len(c.part.Items)
			c.part.Items = append(c.part.Items, Item{Finding: &findings[i], Kind: n.Kind})
			return
		}
	}
}

func (c *checker) remark(at event.Place, text string) {
	c.part.Items = append(c.part.Items, Item{Remark: text, Place: at})
}
