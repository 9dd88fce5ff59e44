package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/mock"
	"github.com/konhook/konhook/pkg/render"
)

// demoKey is the key that a mock takes when it is given none. It opens nothing
// else and is no secret.
const demoKey = "demo-key-of-konhook-mock-32chars"

type mockOptions struct {
	addr      string
	from      string
	rateLimit int
	seed      uint64
	faults    []string
	every     time.Duration
	count     int
}

func (o *mockOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.addr, "addr", "127.0.0.1:8911", "listen on `HOST:PORT`; port 0 picks a free one")
	fs.StringVar(&o.from, "from", "", "serve the last event of each type in `SOURCE` instead of samples")
	fs.IntVar(&o.rateLimit, "rate-limit", mock.DefaultRateLimit, "answer `N` requests a minute; 0 is no limit")
	fs.DurationVar(&o.every, "every", 0, "let a new event happen every `DUR` (default never)")
	fs.IntVar(&o.count, "count", 0, "end that after `N` events, and go on serving (default never)")
	fs.Uint64Var(&o.seed, "seed", 1, "make the samples with seed `N`: the same seed, the same samples")
	fs.StringArrayVar(&o.faults, "fault", nil, "fail in the way of `KIND[=P]`, with probability P; may be repeated")
}

func newMockCommand(a *app) *cobra.Command {
	var o mockOptions
	cmd := &cobra.Command{
		Use:   "mock",
		Short: "Stand in for the API of Konstantly on this machine",
		Long: "mock answers like the API: the last event of each type, for a key, within a rate limit. It serves\n" +
			"samples, or the events of a SOURCE: a file, a folder, a glob or -.\n\n" +
			"Without --api-key-file it takes a key that everybody knows, and prints it. It runs until Ctrl-C.\n\n" +
			"With --every new events happen while it runs, which is what konhook watch is for: samples of any type, or\n" +
			"those of the SOURCE, one after the other.\n\n" +
			"With --fault requests fail, all of them or, with =P, as many as 0.1 or 0.5 of them say:\n" + faultKinds(),
		Example: "  konhook mock\n" +
			"  konhook mock --from week.ndjson --rate-limit 5\n" +
			"  konhook mock --every 5s\n" +
			"  konhook mock --fault 503=0.2 --fault cut=0.1\n" +
			"  konhook mock --api-key-file key.txt",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runMock(cmd.Context(), a, o) },
	}
	o.addFlags(cmd.Flags())
	_ = cmd.RegisterFlagCompletionFunc("fault", completeFaults) // the flag is there
	return exits(cmd, exitOK, exitNo, exitUsage, exitKey, exitMachine)
}

func faultKinds() string {
	var b strings.Builder
	for _, k := range mock.FaultKinds() {
		fmt.Fprintf(&b, "\n  %-10s %s", k.Name, k.Description)
	}
	return b.String()
}

func faultNames() (names []string) {
	for _, k := range mock.FaultKinds() {
		names = append(names, k.Name)
	}
	return names
}

func completeFaults(*cobra.Command, []string, string) (words []string, _ cobra.ShellCompDirective) {
	for _, k := range mock.FaultKinds() {
		words = append(words, k.Name+"\t"+k.Description)
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}

func parseFaults(texts []string) (faults []mock.Fault, err error) {
	for _, text := range texts {
		f, err := mock.ParseFault(text)
		if kind, _, _ := strings.Cut(text, "="); err != nil && !slices.Contains(faultNames(), kind) {
			err = errors.New(unknownWord("kind", kind, faultNames()))
		}
		if err != nil {
			return nil, usageError("konhook mock --help", "--fault: %s", err)
		}
		faults = append(faults, f)
	}
	return faults, nil
}

func runMock(ctx context.Context, a *app, o mockOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	faults, err := parseFaults(o.faults)
	if err != nil {
		return err
	}
	key, try, err := a.mockKey()
	if err != nil {
		return err
	}
	events, coming, err := mockEvents(ctx, a, o)
	if err != nil {
		return err
	}
	l, err := listenOn(ctx, o.addr)
	if err != nil {
		return err
	}
	limit := o.rateLimit
	if limit == 0 {
		limit = -1 // none, where zero stands for the default
	}
	var mu sync.Mutex
	handler := mock.New(mock.Options{Key: key, Events: events, RateLimit: limit, Faults: faults, Seed: o.seed, Log: func(r mock.Request) {
		mu.Lock()
		defer mu.Unlock()
		a.logRequest(r)
	}})
	a.mockReady(l.Addr(), o, len(handler.Types()), try)
	happening, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		coming.happen(happening, o, func(e *event.Event) {
			mu.Lock()
			defer mu.Unlock()
			handler.Put(e)
			a.note("%s new %s, %s", time.Now().Format("15:04:05"), e.Type, render.Bytes(int64(len(e.Body))))
		})
	})
	err = serveUntil(ctx, l, handler)
	stop()
	done.Wait()
	return err
}

// mockKey returns the key that a mock takes, and what to put before and behind
// konhook fetch to send it. Only the flag counts: the key of the settings is that
// of the real API.
func (a *app) mockKey() (key string, try [2]string, err error) {
	if a.settings.origins["api-key-file"].rank != fromFlag || a.settings.APIKeyFile == "" {
		return demoKey, [2]string{"KONHOOK_API_KEY=" + demoKey + " ", ""}, nil
	}
	text, err := a.readKeyFile(a.settings.APIKeyFile)
	if err != nil {
		return "", try, err
	}
	parsed, notes, err := api.ParseKey(text)
	for _, n := range notes {
		a.note("note: --api-key-file: %s", n)
	}
	if err != nil {
		return "", try, err
	}
	return parsed.Reveal(), [2]string{"", " --api-key-file FILE"}, nil
}

// mockReady says where the mock is and how to try it.
func (a *app) mockReady(at net.Addr, o mockOptions, types int, key [2]string) {
	limit := "no rate limit"
	if o.rateLimit > 0 {
		limit = many(o.rateLimit, "request", "requests") + " a minute"
	}
	try := "fetch --all"
	if o.every > 0 {
		limit += fmt.Sprintf(", a new event every %s", o.every)
		try = "watch"
	}
	base := "http://" + reachable(at) + mock.BasePath
	if !isLoopbackAddr(at.String()) {
		a.warn("other machines can reach %s, and what it serves", at)
	}
	a.note("ready: %s", base)
	a.note("serving %d of %d event types, %s; Ctrl-C ends it", types, len(event.Types()), limit)
	a.note("  try: KONHOOK_BASE_URL=%s %skonhook %s%s", base, key[0], try, key[1])
}

// reachable returns HOST:PORT for clients on this machine: a listener on all
// addresses has none that they could name.
func reachable(at net.Addr) string {
	tcp, ok := at.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
	}
	return at.String()
}

func (a *app) logRequest(r mock.Request) {
	fault := ""
	if r.Fault != "" {
		fault = ", fault " + r.Fault
	}
	a.note("%s %03d %s %s, %s%s", time.Now().Format("15:04:05"), r.Status, r.Method, r.Path, render.Bytes(int64(r.Bytes)), fault)
}

// serveUntil serves until ctx ends, then answers what is on its way for a few
// seconds more.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler: h, ErrorLog: log.New(io.Discard, "", 0),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10,
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	select {
	case err := <-served:
		return codeError(exitMachine, "serve", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		_ = s.Close() // whoever has not got an answer by now does not wait for one
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return codeError(exitMachine, "serve", err)
	}
	return nil
}
