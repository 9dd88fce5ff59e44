package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptReceiver starts a receiver that lives as long as the script: receiver
// NAME [ANSWER,...]. It sets NAME_URL and NAME_PORT. The answers are taken in
// turn, and the last one from then on: a status, "drop" for a connection that is
// closed instead, "hang" for none at all.
//
// What came is in files, a line for each request: the SHA-256 of the body in
// NAME.sums, the body in NAME.bodies, and the header in NAME.headers, there a
// line for each of its lines.
func scriptReceiver(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: receiver NAME [ANSWER,...]")
	}
	r := &receiver{file: func(suffix string) string { return ts.MkAbs(args[0] + "." + suffix) }}
	if len(args) == 2 {
		r.answers = strings.Split(args[1], ",")
	}
	for _, suffix := range []string{"sums", "bodies", "headers"} {
		ts.Check(os.WriteFile(r.file(suffix), nil, 0o600))
	}
	server := httptest.NewServer(r)
	ts.Defer(server.Close)
	ts.Setenv(args[0]+"_URL", server.URL)
	ts.Setenv(args[0]+"_PORT", server.URL[strings.LastIndexByte(server.URL, ':')+1:])
}

type receiver struct {
	file func(suffix string) string

	mu      sync.Mutex
	answers []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	switch answer := r.record(req.Header, body); answer {
	case "drop":
		panic(http.ErrAbortHandler)
	case "hang":
		<-req.Context().Done()
	default:
		status, err := strconv.Atoi(answer)
		if err != nil {
			status = http.StatusNotImplemented
		}
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		if status >= 400 {
			fmt.Fprintf(w, "no \x1b[31mluck\x1b[0m with %d\n", status)
		}
	}
}

// record writes down a request and returns the answer to it.
func (r *receiver) record(header http.Header, body []byte) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for name, values := range header {
		for _, v := range values {
			lines = append(lines, name+": "+v+"\n")
		}
	}
	slices.Sort(lines)
	r.add("sums", fmt.Sprintf("%x\n", sha256.Sum256(body)))
	r.add("bodies", string(body)+"\n")
	r.add("headers", strings.Join(lines, ""))
	if len(r.answers) == 0 {
		return "200"
	}
	answer := r.answers[0]
	if len(r.answers) > 1 {
		r.answers = r.answers[1:]
	}
	return answer
}

func (r *receiver) add(suffix, text string) {
	f, err := os.OpenFile(r.file(suffix), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	io.WriteString(f, text)
}
