package listen

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/deliver"
)

// refusal is why a request is not taken.
type refusal struct {
	status int
	reason string
}

// guard refuses what is no delivery. It looks at the head of a request only.
//
// A page of a website can make a browser send requests to this machine, and a
// name of the website can be made to lead to this machine ("DNS rebinding"). The
// browser then sends the Origin of the page, or the name as the Host.
func (r *Receiver) guard(req *http.Request) *refusal {
	if origin := req.Header.Get("Origin"); origin != "" && !r.originAllowed(req, origin) {
		return &refusal{http.StatusForbidden, fmt.Sprintf(
			"a page of %s must not send here: konhook listen --allow-origin %s allows it", origin, origin)}
	}
	if name := hostName(req.Host); name != "" && !r.hostAllowed(req, name) {
		return &refusal{http.StatusForbidden, fmt.Sprintf(
			"%s is not a name of this listener: konhook listen --allow-host %s allows it", name, name)}
	}
	if req.Method != http.MethodPost {
		return &refusal{http.StatusMethodNotAllowed, "konhook listens here: deliveries are sent with POST"}
	}
	if r.o.Path != "" && req.URL.Path != r.o.Path {
		return &refusal{http.StatusNotFound, "deliveries are sent to " + r.o.Path}
	}
	if req.ContentLength > r.o.MaxBody {
		return r.tooLarge()
	}
	return nil
}

func (r *Receiver) tooLarge() *refusal {
	return &refusal{http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than %d bytes: konhook listen --max-body allows more", r.o.MaxBody)}
}

// originAllowed reports whether a page of this origin may send.
func (r *Receiver) originAllowed(req *http.Request, origin string) bool {
	if r.originNamed(origin) {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && r.hostAllowed(req, hostName(u.Host))
}

// originNamed reports whether an origin is one of Options.AllowOrigins.
func (r *Receiver) originNamed(origin string) bool {
	return slices.ContainsFunc(r.o.AllowOrigins, func(allowed string) bool {
		return strings.EqualFold(strings.TrimRight(allowed, "/"), origin)
	})
}

// hostAllowed reports whether a name is one of this machine, of the address that
// took the connection, or of Options.AllowHosts.
func (r *Receiver) hostAllowed(req *http.Request, name string) bool {
	if deliver.Loopback(name) {
		return true
	}
	if ip, err := netip.ParseAddr(name); err == nil && ip.Unmap() == localIP(req) {
		return true
	}
	return slices.ContainsFunc(r.o.AllowHosts, func(allowed string) bool {
		return strings.EqualFold(hostName(allowed), name)
	})
}

// localIP returns the address that a request came to.
func localIP(req *http.Request) netip.Addr {
	addr, ok := req.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return addr.AddrPort().Addr().Unmap()
}

// hostName returns the name of HOST or HOST:PORT, in lower case and without the
// brackets of an address and the dot at the end of a full name.
func hostName(host string) string {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.TrimSuffix(strings.TrimPrefix(name, "["), "]")
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// cors answers the questions that the browser asks before a page of an allowed
// website may send. It reports whether that was all there was to answer.
func (r *Receiver) cors(w http.ResponseWriter, req *http.Request) bool {
	origin := req.Header.Get("Origin")
	if !r.originNamed(origin) {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Vary", "Origin")
	if req.Method != http.MethodOptions || req.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", http.MethodPost)
	h.Set("Access-Control-Allow-Headers", req.Header.Get("Access-Control-Request-Headers"))
	w.WriteHeader(http.StatusNoContent)
	return true
}
