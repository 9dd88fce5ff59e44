package watch

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
)

// reply is what a request came to.
type reply struct {
	kind   event.Type
	answer *api.Answer // nil: there is no event, or err
	err    error
}

// errGivenUp ends the requests beside one whose failure would be theirs too.
var errGivenUp = errors.New("given up")

// sweep is what came of asking for some types.
type sweep struct {
	replies []reply // in the order of the types
	heard   bool    // some request was answered as it should be
	failed  int     // requests that were not
	worst   error   // the error that says most about those
	all     bool    // with it, every type was asked for since the last such sweep
}

// ask asks for types at once. It gives up where one request tells that the
// others would fail, too.
func ask(ctx context.Context, a API, types []event.Type) *sweep {
	asking, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	s := &sweep{replies: make([]reply, len(types))}
	var all sync.WaitGroup
	for i, t := range types {
		all.Go(func() {
			answer, err := a.Last(asking, t)
			var none *api.NoEventError
			if errors.As(err, &none) {
				err = nil
			}
			if errors.Is(err, context.Canceled) && errors.Is(context.Cause(asking), errGivenUp) {
				err = errGivenUp
			}
			s.replies[i] = reply{t, answer, err}
			if hopeless(err) {
				giveUp(errGivenUp)
			}
		})
	}
	all.Wait()
	s.judge()
	return s
}

func (s *sweep) judge() {
	for _, r := range s.replies {
		if r.err == nil {
			s.heard = true
			continue
		}
		s.failed++
		if s.worst == nil || classOf(r.err) < classOf(s.worst) {
			s.worst = r.err
		}
	}
}

// and adds what another sweep of the same beat came to.
func (s *sweep) and(other *sweep) {
	s.replies = append(s.replies, other.replies...)
	s.heard, s.failed, s.worst = false, 0, nil
	s.judge()
}

// class is a kind of trouble: those that say most come first.
type class int

const (
	noTrouble class = iota
	keyRefused
	rateLimited
	failing
	givenUp
)

func classOf(err error) class {
	var (
		key   *api.KeyError
		limit *api.RateLimitError
	)
	switch {
	case err == nil:
		return noTrouble
	case errors.As(err, &key):
		return keyRefused
	case errors.As(err, &limit):
		return rateLimited
	case errors.Is(err, errGivenUp):
		return givenUp
	}
	return failing
}

// hopeless reports whether a request failed in a way that others would, too.
func hopeless(err error) bool {
	var (
		redirect *api.RedirectError
		remote   *api.RemoteError
	)
	switch classOf(err) {
	case keyRefused, rateLimited:
		return true
	case failing:
		return errors.As(err, &redirect) || errors.As(err, &remote) && remote.Unreachable
	}
	return false
}

// found is an answer that was not there before, if sum is not that of nothing.
type found struct {
	*Found
	sum sum
}

// inOrder returns the events of a sweep in the order in which they happened.
func (s *sweep) inOrder() []*found {
	var all []*found
	for _, r := range s.replies {
		if r.answer == nil {
			continue
		}
		e := r.answer.Event
		all = append(all, &found{&Found{Kind: r.kind, Event: e, Delivery: delivery(r.answer)}, sha256.Sum256(e.Body)})
	}
	slices.SortStableFunc(all, func(a, b *found) int { return a.compare(b.Found) })
	return all
}

// at is when an event happened. Of one that does not say so, the time of the
// answer counts.
func (f *Found) at() time.Time {
	if at, ok := f.Event.Occurred(); ok {
		return at
	}
	return f.Delivery.At
}

// compare puts what happened earlier first.
func (f *Found) compare(other *Found) int {
	return cmp.Compare(f.at().UnixNano(), other.at().UnixNano())
}

func delivery(a *api.Answer) *event.Delivery {
	d := event.NewDelivery(event.ViaWatch, a.At, a.Event.Body)
	if a.ContentType != "" {
		d.Headers = []event.Header{{Name: "Content-Type", Value: a.ContentType}}
	}
	return d
}
