// Good is a webhook receiver on net/http that keeps to the vendor's advice.
package main

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	tolerance = 5 * time.Minute
	limit     = 1 << 20 // bytes
)

// object is what courses, users and groups have in common. A course and a group
// have a number for an id, a user a text.
type object struct {
	ID   any     `json:"id"`
	Name *string `json:"name"`
}

func (o *object) isSound(isUser bool) bool {
	if o == nil || o.Name == nil {
		return false
	}
	if isUser {
		_, ok := o.ID.(string)
		return ok
	}
	id, ok := o.ID.(float64)
	return ok && id == float64(int64(id))
}

type webhook struct {
	OccuredAt *int64  `json:"occuredAt"`
	Type      *string `json:"type"`
	Body      *struct {
		Course *object `json:"course"`
		User   *object `json:"user"`
		Group  *object `json:"group"`
	} `json:"body"`
}

// refusedError is why a delivery is not taken.
type refusedError struct {
	status int
	reason string
}

func (e *refusedError) Error() string { return e.reason }

func main() {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", cmp.Or(os.Getenv("PORT"), "5000")))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /webhook", receive)
	fmt.Printf("ready on http://%s\n", l.Addr())
	server := &http.Server{ReadTimeout: 10 * time.Second}
	log.Fatal(server.Serve(l))
}

func receive(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit)) // the bytes: what is signed, and what is kept
	if err == nil {
		err = take(r.Header, raw)
	}
	var refused *refusedError
	var large *http.MaxBytesError
	switch {
	case err == nil:
		fmt.Fprintf(w, `{"sha256":"%x","bytes":%d}`, sha256.Sum256(raw), len(raw))
	case errors.As(err, &large):
		answer(w, http.StatusRequestEntityTooLarge, "too large")
	case errors.As(err, &refused):
		answer(w, refused.status, refused.reason)
	default:
		log.Print(err)
		answer(w, http.StatusInternalServerError, "failed")
	}
}

func answer(w http.ResponseWriter, status int, reason string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q}`, reason)
}

func take(header http.Header, raw []byte) error {
	if secret := os.Getenv("SECRET"); secret != "" {
		if err := checkSignature(secret, header, raw); err != nil {
			return err
		}
	}
	var event webhook
	if !utf8.Valid(raw) || json.Unmarshal(raw, &event) != nil || !event.isSound() {
		return &refusedError{http.StatusBadRequest, "no event"}
	}
	return note(fmt.Sprintf("%x", sha256.Sum256(raw)))
}

func (w webhook) isSound() bool {
	if w.OccuredAt == nil || w.Type == nil || w.Body == nil {
		return false
	}
	course, user := w.Body.Course.isSound(false), w.Body.User.isSound(true)
	switch *w.Type {
	case "Course/Published", "Course/Unpublished":
		return course
	case "Course/Assigned", "Course/Started", "Course/Progress", "Course/Finished":
		return course && user
	case "User/Created", "User/Edited":
		return user
	case "Group/User/Created":
		return user && w.Body.Group.isSound(false)
	}
	return true // types that nobody knows are taken
}

// checkSignature is Standard Webhooks, version v1.
func checkSignature(secret string, header http.Header, raw []byte) error {
	sentAt := header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(sentAt, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > tolerance {
		return &refusedError{http.StatusUnauthorized, "signed too long ago, or never"}
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return errors.New("SECRET is no base64")
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", header.Get("webhook-id"), sentAt, raw)
	right := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for signature := range strings.FieldsSeq(header.Get("webhook-signature")) {
		if hmac.Equal([]byte(signature), []byte(right)) {
			return nil
		}
	}
	return &refusedError{http.StatusUnauthorized, "wrong signature"}
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
