package drift

import (
	"cmp"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// Kind says in what way events are different.
type Kind string

// The kinds.
const (
	Unknown Kind = "unknown" // a member that the schema does not know
	Missing Kind = "missing" // a member that the schema requires
	Type    Kind = "type"    // a value of another JSON type
	Value   Kind = "value"   // a value of the right type that the schema does not allow
	Event   Kind = "event"   // an event type that nobody documents
)

// DefaultPlaces is how many differences are told apart.
const DefaultPlaces = 1000

// What is kept of one difference, in bytes.
const (
	maxExample = 200
	maxName    = 100
)

// maxEvents is how many names of events are told apart.
const maxEvents = 200

// Others is the name that stands for the events of all types beyond those.
const Others = "(others)"

// Options are how events are compared. The zero value is ready to use.
type Options struct {
	// Redact replaces the strings and numbers of examples.
	Redact bool
	// Places is how many differences are told apart; the rest is only counted.
	// Zero: [DefaultPlaces].
	Places int
}

// Difference is one way in which events of a type are different at one place.
// Encoded as JSON it has the shape that scripts rely on.
type Difference struct {
	// Event is the slug of the type; for a type that is new, what the events call
	// it; empty for events that name none.
	Event string `json:"event"`
	// Pointer is the JSON Pointer of the value, with a star for every index.
	Pointer string `json:"pointer"`
	Kind    Kind   `json:"kind"`
	// Keyword is the keyword of JSON Schema that is not met.
	Keyword string `json:"keyword"`
	// Expected says what is documented, empty where Kind says it all.
	Expected string `json:"expected"`
	// Found counts the JSON types of the values there, empty for a missing one.
	Found map[string]int `json:"found"`
	// Count is how many events are different there.
	Count int `json:"count"`
	// Example is the text of the first value, at most 200 bytes, redacted when
	// that was asked for; empty for a missing one.
	Example string `json:"example"`
	// First is where that is, as FILE:LINE:COLUMN.
	First string `json:"first"`

	last int // the event that was counted last
}

// Events counts the events of one type.
type Events struct {
	Events    int `json:"events"`
	Different int `json:"different"` // of them
}

// Report is what was found.
type Report struct {
	// Differences are sorted by event, in the order of [event.Types], and by
	// pointer.
	Differences []Difference
	// Events are the counts for each event that Difference.Event may name.
	Events map[string]Events
	// Total is the sum of Events.
	Total Events
	// More is how often a difference was found that is not in Differences, as
	// there were too many.
	More int
}

// Collector compares events. Make one with [New]. It is for one goroutine.
type Collector struct {
	o         Options
	validator *schema.Validator
	events    map[string]*Events
	places    map[place]*Difference
	total     Events
	more      int
}

type place struct {
	event, pointer, keyword string
}

// New makes a collector that compares with the built-in schemas.
func New(o Options) (*Collector, error) {
	v, err := schema.NewValidator(schema.Options{Strict: true})
	if err != nil {
		return nil, err
	}
	if o.Places == 0 {
		o.Places = DefaultPlaces
	}
	return &Collector{o: o, validator: v, events: map[string]*Events{}, places: map[place]*Difference{}}, nil
}

// Add compares one event. It keeps nothing of it. The error says why its body is
// no JSON or too large, in which case it is not counted.
func (c *Collector) Add(e *event.Event) error {
	differences, err := c.validator.Differences(e)
	if err != nil {
		return err
	}
	name := nameOf(e)
	count := c.count(&name)
	c.total.Events++
	count.Events++
	if len(differences) > 0 {
		c.total.Different++
		count.Different++
	}
	for _, d := range differences {
		c.add(e, name, d)
	}
	return nil
}

// Total returns the counts so far.
func (c *Collector) Total() Events { return c.total }

// nameOf returns what the type of an event is called in a report.
func nameOf(e *event.Event) string {
	if e.Type.Known() {
		return e.Type.Slug
	}
	name, _ := event.TypeName(e.Body)
	return cut(string(name), maxName)
}

// count returns the counts of a name, which becomes that of all others when
// there are too many.
func (c *Collector) count(name *string) *Events {
	if c.events[*name] == nil {
		if len(c.events) >= maxEvents {
			*name = Others
		}
		if c.events[*name] == nil {
			c.events[*name] = &Events{}
		}
	}
	return c.events[*name]
}

func (c *Collector) add(e *event.Event, name string, from schema.Difference) {
	at := place{name, from.Pointer, from.Keyword}
	d := c.places[at]
	if d == nil {
		if len(c.places) >= c.o.Places {
			c.more++
			return
		}
		d = &Difference{
			Event: name, Pointer: from.Pointer, Keyword: from.Keyword, Expected: from.Expected,
			Kind: kindOf(e, from), Found: map[string]int{}, Example: c.example(from.Value), First: e.At(from.Offset).String(),
		}
		c.places[at] = d
	}
	if d.last != c.total.Events {
		d.last = c.total.Events
		d.Count++
	}
	if from.Value != nil {
		d.Found[typeOf(from.Value)]++
	}
}

func kindOf(e *event.Event, d schema.Difference) Kind {
	switch d.Keyword {
	case "additionalProperties":
		return Unknown
	case "required":
		return Missing
	case "type":
		return Type
	case "enum":
		if d.Pointer == "/type" && !e.Type.Known() && typeOf(d.Value) == "string" {
			return Event
		}
	}
	return Value
}

func (c *Collector) example(value []byte) string {
	if c.o.Redact {
		value = redacted(value)
	}
	return cut(string(value), maxExample)
}

// cut shortens s to at most n bytes, an ellipsis included, at the boundary of a
// character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const ellipsis = "…"
	n -= len(ellipsis)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + ellipsis
}

// Report returns what was found so far.
func (c *Collector) Report() Report {
	r := Report{Differences: []Difference{}, Events: map[string]Events{}, Total: c.total, More: c.more}
	for name, e := range c.events {
		r.Events[name] = *e
	}
	sorted := slices.SortedFunc(maps.Values(c.places), func(a, b *Difference) int {
		return cmp.Or(cmp.Compare(rank(a.Event), rank(b.Event)), cmp.Compare(a.Event, b.Event),
			cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword))
	})
	for _, d := range sorted {
		r.Differences = append(r.Differences, *d)
	}
	return r
}

// rank is the place of an event in the registry, behind which the others come.
func rank(name string) int {
	types := event.Types()
	if i := slices.IndexFunc(types, func(t event.Type) bool { return t.Slug == name }); i >= 0 {
		return i
	}
	return len(types)
}
