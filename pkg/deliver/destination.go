package deliver

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode"
)

// destination is where requests go, taken from a URL.
type destination struct {
	Endpoint
	url *url.URL
	// through says that net/http has to carry requests: it speaks with proxies,
	// and knows how to write names beyond ASCII.
	through bool
	// ownHost says that no other Host can be sent: the proxy would take the request
	// to that one.
	ownHost bool
}

func newDestination(text string) (*destination, error) {
	u, e, err := parseEndpoint(text)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFor(&http.Request{URL: u})
	if err != nil {
		return nil, err
	}
	isASCII := !strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII })
	t := &destination{Endpoint: e, url: u, through: proxy != nil || !isASCII}
	if proxy != nil && !e.Secure && strings.HasPrefix(proxy.Scheme, "http") {
		t.ownHost = !isASCII // net/http alone knows how to write it
		if isASCII {
			t.url = absolute(u)
		}
	}
	return t, nil
}

// absolute is a URL of which net/http makes the target of a request to a proxy
// whatever the header Host says: else the body would go to the host named there.
func absolute(u *url.URL) *url.URL {
	to := *u
	to.Opaque = "//" + to.Host + cmp.Or(to.EscapedPath(), "/")
	to.RawQuery = strings.ReplaceAll(to.RawQuery, " ", "%20")
	return &to
}

// place is what connections to a destination are kept for.
func (t *destination) place() place { return place{t.Addr, t.Name, t.Secure} }

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
