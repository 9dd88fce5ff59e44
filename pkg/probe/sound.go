package probe

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// soundEvents are the cases of events as the vendor sends them, or may.
func soundEvents() []Case { return slices.Concat(shapes(), texts(), traffic()) }

// shapes are the cases of what an event may hold.
func shapes() []Case {
	return []Case{
		{
			Name: "event-types", Level: Must,
			Sends: "an event of each of the nine types", Expects: "2xx for each",
			Why:  "What is answered with anything else counts as not delivered and is sent again.",
			Mend: "answer 2xx to every type of event, also to those that you do nothing with",
			try:  posting(taken(), oneOfEach),
		}, {
			Name: "attributes-array", Level: Must,
			Sends: "userAttributes as an array of objects", Expects: "2xx",
			Why:  "The vendor documents two shapes of userAttributes.",
			Mend: "read userAttributes as an array of {apiId, name, type, value} and as an object of name to value",
			try: posting(taken(), single(func(s *session) []byte {
				return with(s.event("user.edited"), "/body/user/userAttributes", attributeArray)
			})),
		}, {
			Name: "attributes-object", Level: Must,
			Sends: "userAttributes as an object", Expects: "2xx",
			Why:  "The vendor documents two shapes of userAttributes.",
			Mend: "read userAttributes as an array of {apiId, name, type, value} and as an object of name to value",
			try: posting(taken(), single(func(s *session) []byte {
				return with(s.event("user.edited"), "/body/user/userAttributes", `{"department":"Sales"}`)
			})),
		}, {
			Name: "optional-absent", Level: Must,
			Sends: "events without what is optional", Expects: "2xx for each",
			Why:  "Of a user only id and name are in every sample of the vendor.",
			Mend: "have a default for every member of a user but id and name, for a group's description and for images",
			try:  posting(taken(), bareEvents),
		}, {
			Name: "optional-null", Level: Must,
			Sends: "null for images", Expects: "2xx for each",
			Why:  "The vendor documents null for the image of a course or a user that has none.",
			Mend: "look whether an image is null before you read what is in it",
			try:  posting(taken(), nullImages),
		}, {
			Name: "members-null", Level: Must, choice: true,
			Sends: "null for members of a user", Expects: "2xx or 4xx",
			Why:  "Nobody documents null there, and nobody rules it out.",
			Mend: "look whether a member is null before you use it",
			try:  posting(answered(), single(nullMembers)),
		}, {
			Name: "unknown-fields", Level: Must,
			Sends: "members that nobody has documented", Expects: "2xx",
			Why:  "The API is a beta: members are added without notice.",
			Mend: "ignore members that you do not know",
			try: posting(taken(), single(func(s *session) []byte {
				return with(s.event("course.finished"), "/new", `{"a":[1,null]}`, "/body/new", `"x"`, "/body/course/new", "true", "/body/user/new", "1.5")
			})),
		},
	}
}

// texts are the cases of how an event may be written.
func texts() []Case {
	return []Case{
		{
			Name: "unicode", Level: Must,
			Sends: "names in many scripts, and emoji", Expects: "2xx for each",
			Why:  "People and courses have names in any language.",
			Mend: "use UTF-8 throughout, in a database such as MySQL with utf8mb4",
			try: posting(taken(), func(s *session) []message {
				return names(s, "Zoë Müller-Ångström", "Владимир", "李小龍", "محمد", "👩🏽‍🚀 Åsa\u0301")
			}),
		}, {
			Name: "escapes", Level: Must,
			Sends: "JSON with escapes, spaces and line breaks", Expects: "2xx",
			Why:  "The same event may be written in many ways.",
			Mend: "read the body with a JSON parser and with nothing else",
			try: posting(taken(), single(func(s *session) []byte {
				body := with(s.event("user.created"), "/body/user/name", `"\u0041n\u006e \"O\u0027Neil\" \u00e9 \ud83d\ude00 a\/b \\ \t"`)
				return []byte("\r\n " + strings.ReplaceAll(string(body), `,"body":`, ",\n\t\"\\u0062ody\" : ") + " \n")
			})),
		}, {
			Name: "long-names", Level: Must, choice: true,
			Sends: "a name of 10,000 characters", Expects: "2xx or 4xx",
			Why:  "No limit is documented; what breaks at a long one is sent again and again.",
			Mend: "cut what is too long for your database, or store the raw event",
			try: posting(answered(), single(func(s *session) []byte {
				return with(s.event("user.created"), "/body/user/name", `"`+strings.Repeat("Maximilian", 1000)+`"`)
			})),
		},
	}
}

// traffic are the cases of several events.
func traffic() []Case {
	return []Case{
		{
			Name: "duplicate", Level: Must,
			Sends: "the same event twice", Expects: "2xx for both",
			Why:  "Failed deliveries are repeated, also when only the answer was lost.",
			Mend: "process events idempotently, and answer 2xx to one that you have already",
			try: posting(taken(), func(s *session) []message {
				m := message{of: "the first", body: s.event("user.created"), id: event.NewID(s.o.Now())}
				again := m
				again.of = "the second"
				return []message{m, again}
			}),
		}, {
			Name: "out-of-order", Level: Must,
			Sends: "course.finished before started and assigned", Expects: "2xx for each",
			Why:  "A delivery that is repeated comes after those that were not.",
			Mend: "order events by occuredAt, and take one whose predecessor you have not seen",
			try:  posting(taken(), backwards),
		}, {
			Name: "concurrent", Level: Must,
			Sends: "20 events at once", Expects: "2xx for each",
			Why:  "An import or a deadline concerns many people at the same moment.",
			Mend: "serve several requests at a time, or let them wait instead of refusing them",
			try:  atOnce,
		}, {
			Name: "latency", Level: Must,
			Sends: "an event of each type, against the clock", Expects: "2xx within " + maxLatencyMark,
			Why:  "A sender gives up on a slow receiver and sends again.",
			Mend: "put the event into a queue, answer 2xx at once, and do the work afterwards",
			try:  quickly,
		},
	}
}

// single makes the only message of a case.
func single(body func(*session) []byte) func(*session) []message {
	return func(s *session) []message { return []message{named("", body(s))} }
}

func oneOfEach(s *session) (all []message) {
	for _, t := range event.Types() {
		all = append(all, named(t.Slug, s.event(t.Slug)))
	}
	return all
}

// optionalOfUser are the members of a user that need not be there.
func optionalOfUser() []string {
	return []string{"email", "language", "timezone", "role", "occupation", "location", "isBanned", "fromApi", "image", "userAttributes"}
}

func bareEvents(s *session) []message {
	bareUser := func(slug string) []byte {
		body := s.event(slug)
		for _, member := range optionalOfUser() {
			body = without(body, "/body/user/"+member)
		}
		return body
	}
	return []message{
		named("user.created", bareUser("user.created")),
		named("group.user.created", without(bareUser("group.user.created"), "/body/group/description")),
		named("course.finished", without(bareUser("course.finished"), "/body/course/image")),
	}
}

func nullImages(s *session) []message {
	return []message{
		named("course.published", with(s.event("course.published"), "/body/course/image", "null")),
		named("user.created", with(s.event("user.created"), "/body/user/image", "null")),
	}
}

func nullMembers(s *session) []byte {
	body := s.event("user.edited")
	for _, member := range optionalOfUser() {
		body = with(body, "/body/user/"+member, "null")
	}
	return body
}

func names(s *session, all ...string) (messages []message) {
	for _, name := range all {
		messages = append(messages, named("", with(s.event("user.created"), "/body/user/name", `"`+name+`"`)))
	}
	return messages
}

// backwards makes what happened to one person in a course, the last first. The
// times in the events agree with each other.
func backwards(s *session) (messages []message) {
	course, user := `{"id":7001,"name":"Safety at Work","annotation":"","isDraft":false,"createdAt":1,"updatedAt":1,"publishedAt":1}`,
		`{"id":"a1b2c3","name":"Ann Example"}`
	at := func(ago time.Duration) string { return strconv.FormatInt(s.o.Now().Add(-ago).Unix(), 10) }
	started, assigned := at(2*time.Hour), at(3*time.Hour)
	for _, step := range []struct {
		slug, occured string
		times         []string
	}{
		{"course.finished", at(0), nil},
		{"course.progress", at(time.Hour), nil},
		{"course.started", started, []string{"/body/startedAt", started, "/body/assignedAt", assigned, "/body/deadlineAt", "0"}},
		{"course.assigned", assigned, []string{"/body/assignedAt", assigned, "/body/deadlineAt", "0"}},
	} {
		body := with(s.event(step.slug), "/occuredAt", step.occured, "/body/course", course, "/body/user", user)
		messages = append(messages, named(step.slug, with(body, step.times...)))
	}
	return messages
}

// crowd is how many events come at once.
const crowd = 20

func atOnce(ctx context.Context, s *session, _ *Case) verdict {
	var all [crowd]answer
	var ended sync.WaitGroup
	for i := range all {
		m := named("", s.event("course.assigned"))
		ended.Go(func() { all[i] = s.exchange(ctx, m) })
	}
	ended.Wait()
	var got answers
	for _, a := range all {
		s.note(a)
		got.add("", a, taken())
	}
	v := got.verdict(s)
	if !v.ok {
		v.got = fmt.Sprintf("%d of %d not taken, the first: %s", got.failed, crowd, v.got)
	}
	return v
}

func quickly(ctx context.Context, s *session, _ *Case) verdict {
	var got answers
	var slowest answer
	of := ""
	for m, a := range s.sendAll(ctx, oneOfEach(s)) {
		got.add(m.of, a, taken())
		if a.took >= slowest.took {
			slowest, of = a, m.of
		}
	}
	v := got.verdict(s)
	if v.ok {
		v.got = fmt.Sprintf("%s at most, for %s", render.Latency(slowest.took), of)
		v.ok = slowest.took <= s.o.MaxLatency
	}
	return v
}
