package listen

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// plainWriter answers plain requests, as net/http does. It gathers the answer and
// sends it with one write.
type plainWriter struct {
	conn   *conn
	header http.Header // used again
	status int         // 0: not given yet
	body   []byte
	out    []byte // used again
	date   []byte // as sent, of the second in at
	at     int64  // Unix time
	sent   bool
	broken bool // the client has gone
}

func (w *plainWriter) begin() {
	clear(w.header)
	w.status, w.body, w.sent = 0, w.body[:0], false
}

// Header is that of [http.ResponseWriter].
func (w *plainWriter) Header() http.Header { return w.header }

// WriteHeader is that of [http.ResponseWriter]. The first call counts.
func (w *plainWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

// Write gathers a part of the body.
func (w *plainWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	switch {
	case !bodyAllowed(w.status):
		return 0, http.ErrBodyNotAllowed
	case w.sent:
		return 0, http.ErrContentLength
	}
	w.body = append(w.body, b...)
	return len(b), nil
}

// FlushError sends the answer, the whole of it.
func (w *plainWriter) FlushError() error {
	if w.sent {
		return nil
	}
	w.sent = true
	w.WriteHeader(http.StatusOK)
	w.out = append(w.appendHead(w.out[:0]), w.body...)
	_, err := w.conn.Write(w.out)
	w.broken = w.broken || err != nil
	return err
}

// end sends what was not sent. It returns false when the connection is over.
func (w *plainWriter) end() (more bool) {
	_ = w.FlushError() // see broken
	return !w.broken && !strings.EqualFold(w.header.Get("Connection"), "close")
}

// appendHead appends the status line and the headers.
func (w *plainWriter) appendHead(out []byte) []byte {
	out = strconv.AppendInt(append(out, "HTTP/1.1 "...), int64(w.status), 10)
	text := http.StatusText(w.status)
	if text == "" {
		text = "status code " + strconv.Itoa(w.status)
	}
	out = append(append(append(out, ' '), text...), "\r\n"...)
	if bodyAllowed(w.status) {
		w.header["Content-Length"] = []string{strconv.Itoa(len(w.body))}
		if len(w.body) > 0 && w.header["Content-Type"] == nil && w.header["Content-Encoding"] == nil {
			w.header.Set("Content-Type", http.DetectContentType(w.body))
		}
	}
	if w.header["Date"] == nil {
		out = w.appendDate(out)
	}
	lines := appender{out}
	_ = w.header.Write(&lines) // an appender never fails
	return append(lines.b, "\r\n"...)
}

func (w *plainWriter) appendDate(out []byte) []byte {
	now := time.Now()
	if w.at != now.Unix() || w.date == nil {
		w.at = now.Unix()
		w.date = now.UTC().AppendFormat(append(w.date[:0], "Date: "...), http.TimeFormat)
	}
	return append(append(out, w.date...), "\r\n"...)
}

// appender is a writer into memory.
type appender struct{ b []byte }

// Write is that of [io.Writer] and never fails.
func (a *appender) Write(b []byte) (int, error) {
	a.b = append(a.b, b...)
	return len(b), nil
}

// WriteString is that of [io.StringWriter] and never fails.
func (a *appender) WriteString(s string) (int, error) {
	a.b = append(a.b, s...)
	return len(s), nil
}
