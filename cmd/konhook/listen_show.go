package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/query"
)

// listening is a run of the command. What is shown is shown from one goroutine
// at a time.
type listening struct {
	a      *app
	o      listenOptions
	only   map[event.Type]bool // nil: everything
	query  *query.Query        // nil: none
	keep   *keeping
	shower *shower
	stop   context.CancelCauseFunc

	polls bool // nobody sends: what comes was asked for

	expected expectations
	command  *command      // nil: none
	came     chan struct{} // closed when all has come that was asked for
	allCame  func()        // closes it

	url, port string // where deliveries are taken

	over    bool    // it ended because its time was over
	failed  error   // why the command could not be run
	counted int     // deliveries that count towards --count
	silent  bool    // standard output is closed, or nothing goes there
	unsent  []byte  // what was printed and is not written yet
	summary summary // of everything that came
	seen    seen    // what came last
	reasons once    // of refusals that were told in full
	keys    *keys   // nil: none

	certificate *tls.Certificate // nil: plain HTTP
}

func newListening(a *app, o listenOptions) (s *listening, err error) {
	s = &listening{a: a, o: o, keep: &keeping{a: a, path: o.save, dir: o.saveDir}, shower: newShower()}
	s.silent = a.settings.Quiet && o.format != "ndjson"
	s.reasons = once{}
	s.summary.began = time.Now()
	if s.only, err = parseFilter(o.events); err != nil {
		return nil, err
	}
	if s.query, err = compileJQ(o.jq); err != nil {
		return nil, err
	}
	if s.expected, err = parseExpectations(o.expect, o.expectJQ); err != nil {
		return nil, err
	}
	s.came = make(chan struct{})
	s.allCame = sync.OnceFunc(func() { close(s.came) })
	s.command, err = newCommand(a, o.format, o.command)
	return s, err
}

// ready says where deliveries are taken.
func (s *listening) ready(at net.Addr) {
	path := s.o.path
	if path == "" {
		path = "/"
	}
	s.url = s.o.tls.scheme() + "://" + reachable(at) + path
	if _, port, err := net.SplitHostPort(at.String()); err == nil {
		s.port = port
	}
	s.announce(s.url)
	if !isLoopbackAddr(at.String()) {
		s.a.warn("other machines can reach %s, and whoever does can send to it", at)
	}
	s.a.note("ready: %s", s.url)
	if s.keys != nil {
		s.a.note("press ? for the keys")
	}
}

// announce tells machines where events come from or to.
func (s *listening) announce(url string) {
	if s.o.format != "ndjson" {
		return
	}
	line, err := json.Marshal(map[string]any{"ready": map[string]string{"url": url}})
	if err == nil {
		s.printed(s.a.printBytes(append(line, '\n')))
	}
}

// observe shows what came.
func (s *listening) observe(x listen.Observed) {
	defer s.mend()
	if s.polls && x.Target == "" && x.Status == 0 {
		x.Status = statusNew
	}
	now := &seeing{Observed: x}
	if x.Event != nil {
		now.marks = s.seen.mark(x)
	}
	s.summary.add(x, now.marks)
	s.report(x)
	s.show(now)
	s.expect(x)
}

// report tells of what went wrong. What could not be stored was answered with an
// error, so the sender still has it, and the listener goes on.
func (s *listening) report(x listen.Observed) {
	if x.Err == nil && x.Refused == "" {
		return
	}
	var (
		unsaved *listen.SaveError
		bug     *listen.PanicError
		forward *listen.ForwardError
		signed  *listen.SignatureError
	)
	switch {
	case errors.As(x.Err, &bug):
		s.a.panicked(bug.Value)
		s.a.detail("%s", bug.Stack)
	case errors.As(x.Err, &unsaved) && s.polls: // ends the command
	case errors.As(x.Err, &unsaved):
		what := classify(unsaved.Err)
		did := "dropped"
		if x.Status != int(listen.Drop) {
			did = fmt.Sprintf("answered %d", x.Status)
		}
		what.err = fmt.Errorf("a delivery was %s and not stored: %w", did, what.err)
		fmt.Fprintln(s.a.err, s.a.describe(what))
	case errors.As(x.Err, &forward): // told when it began, see notice
	case errors.As(x.Err, &signed):
		if s.o.format == "ndjson" {
			s.a.note("note: refused %s: %d: %s", nameOf(x), x.Status, x.Err)
		}
	case x.Err != nil:
		s.a.warn("%s: %s", nameOf(x), x.Err)
	case x.Refused != "" && s.o.format == "ndjson":
		s.a.note("note: refused %s: %d: %s", nameOf(x), x.Status, x.Refused)
	}
}

// show prints what came, when it is wanted.
func (s *listening) show(x *seeing) {
	machine := s.o.format == "ndjson"
	switch {
	case s.silent, machine && !x.Stored():
		return
	case x.Event == nil:
		s.showRefused(x.Observed)
		return
	case !s.ofType(x.Event):
		return
	}
	var asked bool
	if x.results, asked = s.ask(x.Event); asked && len(x.results) == 0 {
		return
	}
	s.keys.last(x)
	switch {
	case machine && !asked && !s.a.outTTY:
		s.unsent = x.Delivery.AppendJSON(s.unsent)
		s.print(nil)
	case machine && !asked:
		s.printed(s.a.printCapture(x.Delivery))
	case machine:
		p := jsonPrinter{a: s.a, format: "ndjson"}
		for _, r := range x.results {
			s.printed(p.print(r))
		}
	case s.o.format == "compact":
		s.print([]byte(s.compact(x)))
	default:
		s.print([]byte(s.pretty(x)))
	}
}

// maxUnsent is how many bytes are gathered before they are written.
const maxUnsent = 32 << 10

// print writes to standard output. Where no person looks, what comes in quick
// succession is written together.
func (s *listening) print(text []byte) {
	s.unsent = append(s.unsent, text...)
	if s.a.outTTY || len(s.unsent) > maxUnsent {
		s.flush()
	}
}

// flush writes what print has gathered.
func (s *listening) flush() {
	if len(s.unsent) > 0 && !s.silent {
		s.printed(s.a.printBytes(s.unsent))
	}
	s.unsent = s.unsent[:0]
	if cap(s.unsent) > 2*maxUnsent {
		s.unsent = nil
	}
}

// printed looks at the error of a write to standard output. Without a reader the
// listener goes on as long as it has something else to do.
func (s *listening) printed(err error) {
	if err == nil || s.silent {
		return
	}
	s.silent = true
	if !errors.Is(err, errStdoutClosed) {
		s.a.tell(err)
	}
	if !s.busy() {
		s.stop(errStdoutClosed)
	}
}

func (s *listening) ofType(e *event.Event) bool { return s.only == nil || s.only[e.Type] }

// wanted reports whether a delivery counts: whether it is one that is shown.
func (s *listening) wanted(e *event.Event) bool {
	if !s.ofType(e) {
		return false
	}
	results, asked := s.ask(e)
	return !asked || len(results) > 0
}

// What a query may take for one event, and how many results it may make of it.
const (
	maxAsk     = 5 * time.Second
	maxResults = 1000
)

// ask returns what the query makes of an event; asked is false without a query.
// Of what a query fails on it makes what it had made before.
func (s *listening) ask(e *event.Event) (results [][]byte, asked bool) {
	if s.query == nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxAsk)
	defer cancel()
	for result, err := range s.query.Run(ctx, e.Body) {
		if err != nil || len(results) == maxResults {
			break
		}
		results = append(results, result)
	}
	return results, true
}

// nameOf is what a delivery is called: its event, or the request.
func nameOf(x listen.Observed) string {
	switch {
	case x.Delivery.Method == "":
		return "no request"
	case x.Event == nil:
		return x.Delivery.Method + " " + x.Delivery.URL
	}
	if x.Event.Type.Known() {
		return x.Event.Type.Slug
	}
	if name, ok := event.TypeName(x.Event.Body); ok {
		return strings.ToValidUTF8(string(name[:min(len(name), 60)]), "\uFFFD")
	}
	return x.Event.Type.String()
}
