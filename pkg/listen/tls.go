package listen

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"time"
)

// SelfSigned makes a certificate, with its key, that nobody has vouched for, for
// names and IP addresses. It is valid for a while from now on, and an hour back
// for clocks that are late. Its Leaf is set.
func SelfSigned(hosts []string, now time.Time, valid time.Duration) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "konhook listen"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(valid),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

// secureWith is nil without a certificate.
func secureWith(certificate *tls.Certificate) *tls.Config {
	if certificate == nil {
		return nil
	}
	return &tls.Config{
		Certificates: []tls.Certificate{*certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"}, // the recorder of heads reads nothing else
	}
}

// recordHandshake begins the first record of a TLS client (RFC 8446, section
// 5.1).
const recordHandshake = 0x16

// handshake makes sure that the TLS handshake is over. net/http has set the
// deadline for reading, which holds for it too.
func (c *conn) handshake() error {
	if c.shaken {
		return c.tls.HandshakeContext(context.Background()) // done, or failed as before
	}
	c.shaken = true
	_ = c.socket.SetWriteDeadline(time.Now().Add(readHeaderTimeout)) // fails when it is closed
	err := c.tls.HandshakeContext(context.Background())
	_ = c.socket.SetWriteDeadline(time.Time{})
	if wrong, ok := errors.AsType[tls.RecordHeaderError](err); ok && wrong.Conn != nil && looksLikeHTTP(wrong.RecordHeader) {
		c.gate.tell.plain(c.RemoteAddr().String())
		c.answerPlain()
		return err
	}
	c.gate.tell.shaken(c.RemoteAddr().String(), err)
	return err
}

// looksLikeHTTP reports whether the first bytes of a connection begin a request
// line: a method, a space and a path, as far as they go.
func looksLikeHTTP(first [5]byte) bool {
	for i, b := range first {
		switch {
		case b >= 'A' && b <= 'Z':
		case b == ' ' && i > 0:
			return true
		default:
			return false
		}
	}
	return true
}

// answerPlain answers a request that came without TLS.
func (c *conn) answerPlain() {
	const answer = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n" +
		"konhook listens here for https: the URL begins with https://, not http://\n"
	_ = c.socket.SetDeadline(time.Now().Add(writeTimeout))
	if _, err := io.WriteString(c.socket, answer); err != nil {
		return
	}
	// A connection that is closed with bytes unread is reset, and the answer lost.
	if half, ok := c.socket.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.CopyN(io.Discard, c.socket, maxHead)
	}
}

// plain tells of HTTP where TLS is spoken, once.
func (w watcher) plain(remote string) {
	if w.r.sawPlain.CompareAndSwap(false, true) {
		w.r.notify(w.s, Notice{Kind: PlainHTTP, Remote: remote})
	}
}

// shaken tells of a handshake that failed, unless the client just went away.
func (w watcher) shaken(remote string, err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) {
		return
	}
	state := up
	if err != nil {
		state = err.Error()
		if slow := net.Error(nil); errors.As(err, &slow) && slow.Timeout() {
			err = errors.New("it did not end in time")
			state = err.Error()
		}
	}
	if _, tell := w.r.shakes.change(state, w.r.o.Now()); tell && err != nil {
		w.r.notify(w.s, Notice{Kind: HandshakeFailed, Remote: remote, Err: err})
	}
}
