// Receiver is a webhook receiver on net/http that answers with the hash of what
// it got.
package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"
)

func main() {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", cmp.Or(os.Getenv("PORT"), "5000")))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /webhook", webhook)
	fmt.Printf("ready on http://%s\n", l.Addr())
	server := &http.Server{ReadTimeout: 10 * time.Second}
	log.Fatal(server.Serve(l))
}

func webhook(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		http.Error(w, `{"error":"no body"}`, http.StatusBadRequest)
		return
	}
	var event struct{ Type string }
	if json.Unmarshal(raw, &event) != nil || event.Type == "" {
		http.Error(w, `{"error":"no event"}`, http.StatusBadRequest)
		return
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(raw))
	if err := note(digest); err != nil {
		http.Error(w, `{"error":"not stored"}`, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"sha256":%q,"bytes":%d}`, digest, len(raw))
}

// note appends a hash to the file that RECEIVED names, if it names one.
func note(digest string) error {
	name := os.Getenv("RECEIVED")
	if name == "" {
		return nil
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, digest); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
