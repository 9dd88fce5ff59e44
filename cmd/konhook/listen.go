package main

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/listen"
)

type listenOptions struct {
	addr         string
	path         string
	format       string
	save         string
	saveDir      string
	fsync        bool
	forward      string
	routes       []string
	respond      string
	body         string
	delay        string
	events       []string
	jq           string
	validate     string
	expect       []string
	expectJQ     []string
	count        int
	period       time.Duration
	periodGiven  bool // --for was given
	command      []string
	maxBody      int64
	allowHosts   []string
	allowOrigins []string
	verify       signatureOptions
	tls          tlsOptions
}

func (o *listenOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.addr, "addr", listenAddr, "listen on `HOST:PORT`; port 0 picks a free one")
	fs.StringVar(&o.path, "path", "", "take deliveries at `PATH` only, such as /webhook (default any)")
	enumFlag(fs, &o.format, "format", "f", "", []string{"pretty", "compact", "ndjson"}, "how to show them (default pretty on a terminal, else ndjson)")
	fs.StringVar(&o.save, "save", "", "append the deliveries to the capture `FILE`, before they are answered")
	fs.StringVar(&o.saveDir, "save-dir", "", "write each payload into a file of its own in `DIR`")
	fs.BoolVar(&o.fsync, "fsync", false, "with --save: answer when the delivery is on the disk, not only in the file: it survives a power cut")
	fs.StringVar(&o.forward, "forward-to", "", "pass the deliveries on to `URL`, and its answers back")
	fs.StringArrayVar(&o.routes, "route", nil, "pass events of the type EVENT, a pattern or a list, on to URL: `EVENT=URL`; may be repeated")
	fs.StringVar(&o.respond, "respond", "", "answer the statuses of `LIST` in turn; drop closes the connection: 500,drop,200 (default 200)")
	fs.StringVar(&o.body, "body", "", "answer with `TEXT`")
	fs.StringVar(&o.delay, "delay", "", "answer after `DUR`, or DUR..DUR for any time in between")
	fs.StringArrayVar(&o.events, "event", nil, "show only events of the type `EVENT`, a pattern or a list; may be repeated")
	fs.StringVar(&o.jq, "jq", "", "show what the jq expression `EXPR` makes of each event, and only those of which it makes something")
	enumFlag(fs, &o.validate, "validate", "", "warn", []string{"warn", "error", "off"}, "check the events against their schema; error answers 422")
	fs.StringArrayVar(&o.expect, "expect", nil, "wait for a delivery of `EVENT[=N]`, a pattern or a list, or for N of them; may be repeated")
	fs.StringArrayVar(&o.expectJQ, "expect-jq", nil, "wait for a delivery of which the jq expression `EXPR` makes something; may be repeated")
	fs.IntVar(&o.count, "count", 0, "end after `N` deliveries; with --expect or CMD wait for so many (default never)")
	fs.DurationVar(&o.period, "for", 0, "end after `DUR`, or wait for so long after the command (default never, or 2s)")
	sizeFlag(fs, &o.maxBody, "max-body", listen.DefaultMaxBody, "answer 413 to bodies over this size")
	fs.StringArrayVar(&o.allowHosts, "allow-host", nil, "take requests that were sent to the host `NAME`; may be repeated")
	fs.StringArrayVar(&o.allowOrigins, "allow-origin", nil, "take requests from pages of the website `URL`; may be repeated")
	o.verify.addFlags(fs, "verify", "answer 401 to deliveries that are not signed so", "of which any may have signed")
	o.tls.addFlags(fs)
}

func newListenCommand(a *app) *cobra.Command {
	var o listenOptions
	cmd := &cobra.Command{
		Use:   "listen [flags] [-- CMD ARG...]",
		Short: "Receive deliveries: show, check, store and forward them",
		Long: "listen is a webhook endpoint on this machine. It shows every delivery, checks it against its schema and\n" +
			"answers 200. With --save a delivery is in the file before it is answered. That survives whatever kills this\n" +
			"program; with --fsync it survives a power cut, too, and so do the files of --save-dir. Deliveries that wait\n" +
			"share a write to the disk. What cannot be stored is answered 503, and the listener goes on.\n\n" +
			"  pretty   the delivery, its headers and body, and what is wrong with it\n" +
			"  compact  a line for each: time, event, answer, how long it took, size, the end of its id, valid or not\n" +
			"  ndjson   {\"ready\":{\"url\":...}}, then the lines of a capture file; with --jq its results\n\n" +
			"\"out of order\" is what happened, as its occuredAt says, before something that came earlier: those of\n" +
			"konhook sample come in no order of time. A \"duplicate\" has the very bytes of another one.\n\n" +
			"On a terminal single keys act on the delivery that was shown last: r replays it to the receiver of\n" +
			"--forward-to, p prints it whole, c prints it as a curl command. q quits, ? lists the keys.\n\n" +
			"--event and --jq choose what is shown and what --count counts. Everything is stored and forwarded.\n\n" +
			"--expect and --expect-jq end it as soon as all has come that they name, and with exit code 1 when it has\n" +
			"not by the end of --for. They look at all deliveries, shown or not, repeats included, but not at what was\n" +
			"refused or could not be stored. course.*=6 are six of all that match together; a,b=2 is a and two of b;\n" +
			"one delivery may meet several. EXPR has to give something other than null and false. With --count, that\n" +
			"has to be reached as well.\n\n" +
			"CMD runs with KONHOOK_URL, where to send to, and KONHOOK_PORT in its environment, and with the streams of\n" +
			"konhook; with ndjson its output goes to standard error. When it ends well, listen waits for what has not\n" +
			"come yet, for as long as --for says. Its own exit code, or 128 and the number of the signal that ended it,\n" +
			"comes before 1, and after the other codes. Ctrl-C and SIGTERM reach it, and it is killed 2 s later.\n\n" +
			"--respond plays a bad receiver: its answers are taken in turn, and drop reads the whole request and closes the\n" +
			"connection (FIN) without an answer. --forward-to and --route answer what the receiver behind answers, 502 when\n" +
			"it fails, 504 when it takes longer than --timeout, 503 when 64 deliveries wait for it. Of several routes for\n" +
			"an event the one for the fewest events counts; what has none goes to --forward-to, or is answered here.\n" +
			"Redirects are not followed. That a receiver is on another machine is no error but warned of.\n\n" +
			"--verify standard is Standard Webhooks: webhook-id, webhook-timestamp (at most 5 minutes off) and\n" +
			"webhook-signature. hmac-sha256 is the HMAC of the body in one header. What is not signed so is answered 401,\n" +
			"stored as refused, not forwarded and not counted.\n\n" +
			"Only POST is a delivery. Ctrl-C answers what is under way and ends it; a second one leaves at once. What nobody\n" +
			"reads from standard output for 10 s after Ctrl-C is given up, with exit code 6.",
		Example: "  konhook listen\n" +
			"  konhook listen --save week.ndjson\n" +
			"  konhook listen --forward-to http://localhost:5000/webhook\n" +
			"  konhook listen --respond 500,500,200 --delay 100ms..2s\n" +
			"  konhook listen --route 'course.*=http://localhost:3000/courses'\n" +
			"  konhook listen --verify hmac-sha256 --secret-file secret.txt\n" +
			"  konhook listen --tls\n" +
			"  konhook listen --event user.created --count 1 --for 30s -f ndjson\n" +
			"  konhook listen --addr 127.0.0.1:0 --expect 'course.*=2' -- npm test",
		Args: commandArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.periodGiven, o.command = cmd.Flags().Changed("for"), args
			return runListen(cmd.Context(), a, o)
		},
	}
	o.addFlags(cmd.Flags())
	return exitsOfCommand(exits(cmd, exitOK, exitNo, exitUsage, exitMachine))
}

// runListen serves until a signal, or until there is nothing left to do.
func runListen(ctx context.Context, a *app, o listenOptions) error {
	if o.format == "" {
		o.format = map[bool]string{true: "pretty", false: "ndjson"}[a.outTTY]
	}
	s, err := newListening(a, o)
	if err != nil {
		return err
	}
	receiver, err := s.receiver()
	if err != nil {
		return err
	}
	s.keep.fsync = o.fsync
	if err := s.keep.open(); err != nil {
		return err
	}
	l, err := s.open(ctx)
	if err != nil {
		return errors.Join(err, s.keep.close())
	}
	o.tls.announce(a, s.certificate)
	s.announceTargets(ctx, receiver)
	defer collectRarely()()
	err = s.serve(ctx, receiver, l)
	if err := errors.Join(err, s.keep.close()); err != nil {
		return err
	}
	s.summary.print(a, o)
	return s.outcome()
}

// open opens the port, once it is clear that deliveries are not to be forwarded
// to it.
func (s *listening) open(ctx context.Context) (net.Listener, error) {
	l, err := listenOn(ctx, s.o.addr)
	if err != nil {
		return nil, err
	}
	for _, to := range s.targets() {
		if !leadsTo(to, l.Addr()) {
			continue
		}
		name, hint := s.flagOf(to)
		return nil, errors.Join(usageError(hint+" to another port", "%s: leads to this listener itself", name), l.Close())
	}
	return l, nil
}
