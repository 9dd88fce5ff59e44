package deliver

import (
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode"
)

// destination is where requests go, taken from a URL.
type destination struct {
	url    *url.URL
	uri    string // what stands in the first line of a request
	host   string // for the header Host
	addr   string // to connect to
	name   string // that the certificate has to be for
	auth   string // value of Authorization, from the user and password of the URL
	secure bool
	// through says that net/http has to carry requests: it speaks with proxies,
	// and knows how to write names beyond ASCII.
	through bool
}

// errNoURL does not show the URL, which may have a password in it.
var errNoURL = errors.New("the URL of the receiver is no http or https URL")

func newDestination(text string) (*destination, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errNoURL
	}
	t := &destination{url: u, secure: u.Scheme == "https", name: u.Hostname()}
	if t.through, err = isThrough(u); err != nil {
		return nil, err
	}
	// A space would end the target in the first line.
	t.uri = strings.ReplaceAll(u.RequestURI(), " ", "%20")
	t.addr = addrOf(u)
	t.host = hostOf(u)
	if u.User != nil {
		password, _ := u.User.Password()
		t.auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
	return t, nil
}

// isThrough reports whether net/http has to carry the requests to a URL.
func isThrough(u *url.URL) (bool, error) {
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return true, nil
	}
	proxy, err := proxyFor(&http.Request{URL: u})
	return proxy != nil, err
}

// hostOf is the value of Host: without the zone of an address, which only this
// machine knows, and without the colon of a port that is not there.
func hostOf(u *url.URL) string {
	host := strings.TrimSuffix(u.Host, ":")
	if from := strings.IndexByte(host, '%'); from >= 0 && host[0] == '[' {
		host = host[:from] + host[strings.LastIndexByte(host, ']'):]
	}
	return host
}

// addrOf returns the host and port that a URL leads to.
func addrOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// mostDestinations is how many are remembered.
const mostDestinations = 64

// destinations remembers what URLs mean: most requests go where the one before went.
type destinations struct {
	mu    sync.Mutex
	known map[string]*destination
}

func (t *destinations) find(text string) (*destination, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.known[text]; one != nil {
		return one, nil
	}
	one, err := newDestination(text)
	if err != nil {
		return nil, err
	}
	if t.known == nil || len(t.known) >= mostDestinations {
		t.known = make(map[string]*destination)
	}
	t.known[text] = one
	return one, nil
}
