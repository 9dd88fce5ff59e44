package listen

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/konhook/konhook/pkg/capture"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
	"github.com/konhook/konhook/pkg/internal/packed"
)

// exchange is one request and its answer.
type exchange struct {
	Observed
	r       *Receiver
	w       http.ResponseWriter
	req     *http.Request
	conn    *conn // nil when another server runs the handler
	serving *serving
	began   time.Time
	headers []event.Header // with their secrets
	ticket  *ticket
	reply   *reply // the answer of another receiver, nil when there is none
}

func (r *Receiver) newExchange(w http.ResponseWriter, req *http.Request) *exchange {
	x := &exchange{r: r, w: w, req: req, conn: connOf(req), serving: servingOf(req), began: r.o.Now()}
	x.headers = x.conn.headers(req)
	x.Delivery = &event.Delivery{
		ID: event.NewID(x.began), At: x.began, Via: event.ViaListen, Method: req.Method, URL: req.RequestURI,
		Headers: capture.Redact(x.headers), Remote: req.RemoteAddr,
	}
	return x
}

// refuse answers what is no delivery.
func (x *exchange) refuse(no *refusal) {
	x.Status, x.Refused = no.status, no.reason
	x.Event, x.Verdict, x.Err, x.Counted = nil, nil, nil, false
	if x.ticket == nil {
		x.ticket = x.r.queue.draw()
	}
	if no.status == http.StatusMethodNotAllowed {
		x.w.Header().Set("Allow", http.MethodPost)
	}
	x.say(no.reason)
	x.tell()
}

// deliver takes a delivery, the body of which has come.
func (x *exchange) deliver(body []byte) {
	plain, err := packed.Unpack(body, x.req.Header["Content-Encoding"], x.r.o.MaxBody)
	if errors.Is(err, packed.ErrTooLarge) {
		x.refuse(x.r.tooLarge())
		return
	}
	if x.r.isFull() {
		x.refuse(full())
		return
	}
	x.Err = err
	x.Delivery.Body = body
	x.Event = event.New(plain)
	x.Delivery.Type = x.Event.Type
	x.check()
	x.verify(body, plain)
	x.decide()
	x.wait()
	x.Counted = x.Delivery.Refused == "" && (x.r.o.Counts == nil || x.r.o.Counts(x.Event))
	stored := x.r.reserve(x)
	if stored == nil {
		x.refuse(full())
		return
	}
	if err := stored(); err != nil {
		x.unsaved(err)
	}
	x.finish()
}

func full() *refusal {
	return &refusal{http.StatusServiceUnavailable, "all deliveries have come that were asked for"}
}

// check asks for the verdict.
func (x *exchange) check() {
	if x.r.o.Check == nil {
		return
	}
	x.Verdict = x.r.o.Check(x.Event)
	if x.Verdict != nil {
		valid := x.Verdict.Valid()
		x.Delivery.Valid = &valid
	}
}

// verify asks whether the delivery is signed as it should be: as it was sent, or
// as it was before it was packed.
func (x *exchange) verify(body, plain []byte) {
	if x.r.o.Verify == nil {
		return
	}
	err := x.r.o.Verify(x.headers, body, x.began)
	if err != nil && !bytes.Equal(body, plain) {
		err = x.r.o.Verify(x.headers, plain, x.began)
	}
	x.Signed = err == nil
	if err != nil {
		x.Err = &SignatureError{err}
		x.Status, x.Delivery.Refused = http.StatusUnauthorized, event.RefusedSignature
	}
}

// decide chooses the answer.
func (x *exchange) decide() {
	switch target := x.r.targets.of(x.Event.Type); {
	case x.Delivery.Refused != "":
	case x.r.o.RejectInvalid && x.Verdict != nil && !x.Verdict.Valid():
		x.Status, x.Delivery.Refused = http.StatusUnprocessableEntity, event.RefusedInvalid
	case target != nil:
		x.passOn(target)
	default:
		x.Status = int(x.r.answer())
	}
}

// passOn forwards the delivery and takes over the answer.
func (x *exchange) passOn(t *target) {
	x.Target = t.url
	began := x.r.o.Now()
	reply, failed := x.r.targets.send(x.serving.work, t, x.headers, x.Delivery.Body)
	now := x.r.o.Now()
	x.Forwarded = now.Sub(began)
	if x.serving.work.Err() == nil { // else it is the receiver that broke off
		if news := t.note(failed, now); news != nil {
			x.r.notify(x.serving, *news)
		}
	}
	if failed != nil {
		x.Status, x.Err = failed.Status, failed
		return
	}
	x.Status, x.reply = reply.status, reply
}

// wait holds the answer back.
func (x *exchange) wait() {
	d := x.r.o.Delay
	if more := x.r.o.MaxDelay - d; more > 0 {
		var b [8]byte
		rand.Read(b[:]) // never fails: crypto/rand ends the program instead
		d += time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(more+1))
	}
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-x.serving.stopping:
	}
}

// unsaved turns the answer into one that says that nothing is stored.
func (x *exchange) unsaved(err error) {
	x.Err = &SaveError{err}
	x.reply = nil
	if x.Status != int(Drop) {
		x.Status = http.StatusServiceUnavailable
	}
	if x.Counted {
		x.Counted = false
		x.r.unreserve()
	}
}

// finish answers and tells.
func (x *exchange) finish() {
	switch {
	case x.Status == int(Drop):
		x.tell()
		panic(http.ErrAbortHandler) // net/http closes the connection
	case x.reply != nil:
		x.reply.copyHeader(x.w.Header())
		x.write(x.reply.body)
	case x.Delivery.Refused == event.RefusedSignature && x.Status == http.StatusUnauthorized:
		x.say("the signature of the delivery is missing, out of date or wrong")
	case x.Delivery.Refused == event.RefusedInvalid && x.Status == http.StatusUnprocessableEntity:
		x.say("the event is not valid")
	case x.Status >= 500 && x.Err != nil:
		x.say(publicText(x.Err))
	default:
		x.sayBody()
	}
	x.tell()
}

// broken answers after a panic, which is a bug but no reason to stop.
func (x *exchange) broken(v any) {
	x.Status, x.Err = http.StatusInternalServerError, &PanicError{v, debug.Stack()}
	x.Counted = false
	if x.ticket == nil {
		x.ticket = x.r.queue.draw()
	}
	x.say("the listener failed")
	x.tell()
}

// publicText is what a sender is told of an error. What exactly is wrong with
// this machine is none of its business.
func publicText(err error) string {
	if _, failed := errors.AsType[*SaveError](err); failed {
		return "the delivery could not be stored"
	}
	if failed, ok := errors.AsType[*ForwardError](err); ok {
		switch failed.Status {
		case http.StatusGatewayTimeout:
			return "the receiver behind this one did not answer in time"
		case http.StatusServiceUnavailable:
			return "too many deliveries wait for the receiver behind this one"
		}
	}
	return "the receiver behind this one could not be reached"
}

// say answers with the status and a sentence.
func (x *exchange) say(text string) {
	h := x.w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	x.write([]byte(text + "\n"))
}

// sayBody answers with the status and the text that was asked for.
func (x *exchange) sayBody() {
	if x.r.o.Body != "" {
		kind := "text/plain; charset=utf-8"
		if jsonscan.Valid([]byte(x.r.o.Body)) == nil {
			kind = "application/json"
		}
		x.w.Header().Set("Content-Type", kind)
	}
	x.write([]byte(x.r.o.Body))
}

// write sends the answer, the whole of it: what is to be done after it may take
// its time.
func (x *exchange) write(body []byte) {
	x.conn.writeBy(time.Now().Add(writeTimeout))
	h := x.w.Header()
	if bodyAllowed(x.Status) {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	if isClosed(x.serving.stopping) || x.conn.leaves() {
		h.Set("Connection", "close")
	}
	x.w.WriteHeader(x.Status)
	// A client that has gone misses the answer, which is its own affair.
	_, _ = x.w.Write(body)
	// Writers that cannot flush, as in tests, need not.
	_ = http.NewResponseController(x.w).Flush()
}

// bodyAllowed reports whether an answer may have a body (RFC 9110, section
// 6.4.1).
func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// tell hands on what became of the request.
func (x *exchange) tell() { x.r.queue.tell(x.serving.work, x.ticket, x.Observed) }
