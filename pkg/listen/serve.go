package listen

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Serve takes deliveries on a listener, which it closes, until ctx is done. Then
// it takes no new connection, answers what is under way for as long as [Grace],
// cuts off the rest, and returns nil when everything was told to [Options.On], or
// [Options.Abandon] is closed. Another error is that of the listener.
//
// Serve may be called once.
func (r *Receiver) Serve(ctx context.Context, l net.Listener) error {
	// Requests outlive ctx by the grace.
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	s := &serving{work, ctx.Done()}
	g := newGate(l, secureWith(r.o.Certificate), watcher{r, s})
	base := context.WithValue(work, servingKey{}, s)
	server := r.newServer(base)
	if r.o.Certificate == nil {
		g.plain = &plainServer{handler: r, server: server, base: base}
	}
	r.queue.last(true)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(g) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		_ = g.Close()
		<-failed //nolint:errcheck // it says that the listener is closed
		g.drain(r.grace)
	}
	cut()
	g.cutAll()         // at once: net/http waits for the goodbyes of TLS, one after the other
	_ = server.Close() // the listener and the connections are done with
	r.end()
	g.work.Wait()
	r.queue.last(false)
	r.queue.drain(r.o.Abandon)
	r.targets.close()
	return err
}

// drain waits until all that is under way is answered, or the grace is over. The
// Shutdown of net/http will not do: it drops requests that are not there in full
// when it begins.
func (g *gate) drain(grace time.Duration) {
	over := time.After(grace)
	// What clients have sent already may still be on its way to us.
	for wait := settle; ; wait = settle / 5 {
		select {
		case <-over:
			return
		case <-time.After(wait):
		}
		if g.closeIdle() == 0 {
			return
		}
	}
}

// settle is how long a connection is left open after the receiver begins to
// stop, though nothing has come on it.
const settle = 50 * time.Millisecond

// serving is what handlers know of the server that they run in.
type serving struct {
	// work ends when what is under way is cut off. Unlike the context of a
	// request it outlives the client: what has come is stored and forwarded even
	// when nobody waits for the answer any more.
	work     context.Context
	stopping <-chan struct{} // closed when the receiver begins to stop
}

type servingKey struct{}

// servingOf returns what a request is served by.
func servingOf(req *http.Request) *serving {
	if s, ok := req.Context().Value(servingKey{}).(*serving); ok {
		return s
	}
	return &serving{work: context.WithoutCancel(req.Context())}
}

func (r *Receiver) newServer(base context.Context) *http.Server {
	return &http.Server{
		Handler:                      r,
		ReadHeaderTimeout:            readHeaderTimeout,
		ReadTimeout:                  readTimeout,
		IdleTimeout:                  idleTimeout,
		MaxHeaderBytes:               MaxHeader,
		ErrorLog:                     log.New(io.Discard, "", 0),
		BaseContext:                  func(net.Listener) context.Context { return base },
		ConnContext:                  withConn,
		DisableGeneralOptionsHandler: true, // every request has to take its head
	}
}
