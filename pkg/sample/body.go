package sample

import (
	"fmt"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// The shapes of the payload, in the order of the vendor's documentation: see
// docs.konstantly.com, section "Webhooks". Times are Unix seconds.
type (
	envelope struct {
		OccuredAt int64  `json:"occuredAt"`
		Type      string `json:"type"`
		Body      body   `json:"body"`
	}
	// body holds what its type needs: what is nil is left out.
	body struct {
		Course        *course   `json:"course,omitempty"`
		User          *user     `json:"user,omitempty"`
		Group         *group    `json:"group,omitempty"`
		AssignedAt    *int64    `json:"assignedAt,omitempty"`
		DeadlineAt    *int64    `json:"deadlineAt,omitempty"`
		StartedAt     *int64    `json:"startedAt,omitempty"`
		FinishedAt    *int64    `json:"finishedAt,omitempty"`
		ProgressValue *int      `json:"progressValue,omitempty"`
		CourseElement *struct{} `json:"courseElement,omitempty"`
		ResultValue   *int      `json:"resultValue,omitempty"`
	}
	course struct {
		ID          int       `json:"id"`
		Name        string    `json:"name"`
		Annotation  string    `json:"annotation"`
		IsDraft     bool      `json:"isDraft"`
		Image       *struct{} `json:"image"`
		CreatedAt   int64     `json:"createdAt"`
		UpdatedAt   int64     `json:"updatedAt"`
		PublishedAt int64     `json:"publishedAt"`
	}
	user struct {
		ID             string    `json:"id"`
		Name           string    `json:"name"`
		Email          string    `json:"email"`
		Language       string    `json:"language"`
		Timezone       string    `json:"timezone"`
		Role           role      `json:"role"`
		Occupation     string    `json:"occupation"`
		Location       string    `json:"location"`
		IsBanned       bool      `json:"isBanned"`
		FromAPI        bool      `json:"fromApi"`
		Image          *struct{} `json:"image"`
		UserAttributes any       `json:"userAttributes"`
	}
	role struct {
		Alias string `json:"alias"`
	}
	attribute struct {
		APIID string `json:"apiId"`
		Name  string `json:"name"`
		Type  int    `json:"type"`
		Value string `json:"value"`
	}
	group struct {
		ID          int    `json:"id"`
		Name        string `json:"name"`
		Description string `json:"description"`
	}
)

const day = 24 * time.Hour

// body makes what an event of type t that happened at the given time tells.
func (g *Generator) body(t event.Type, at time.Time) (b body) {
	switch t.Slug {
	case "course.published":
		b.Course = g.course(at)
		b.Course.PublishedAt = at.Unix()
	case "course.unpublished":
		b.Course = g.course(at)
		b.Course.IsDraft = true
	case "course.assigned":
		b.Course, b.User = g.course(at.Add(-day)), g.user()
		b.assign(g, at, at)
	case "course.started":
		b.Course, b.User = g.course(at.Add(-30*day)), g.user()
		b.assign(g, g.before(at, 20*day), at)
		b.StartedAt, b.FinishedAt = new(at.Unix()), new(int64(0))
	case "course.progress":
		b.Course, b.User = g.course(at.Add(-30*day)), g.user()
		b.ProgressValue, b.CourseElement = new(g.random.IntN(101)), &struct{}{}
	case "course.finished":
		b.Course, b.User = g.course(at.Add(-30*day)), g.user()
		b.ResultValue = new(g.result())
	case "user.created", "user.edited":
		b.User = g.user()
	case "group.user.created":
		b.User, b.Group = g.user(), g.group()
	}
	return b
}

// assign notes an assignment with a deadline behind now, or with none.
func (b *body) assign(g *Generator, assigned, now time.Time) {
	deadline := int64(0)
	if g.chance(75) {
		deadline = now.Add(7*day + g.upTo(60*day)).Unix()
	}
	b.AssignedAt, b.DeadlineAt = new(assigned.Unix()), &deadline
}

// course makes one that was published before the given time.
func (g *Generator) course(before time.Time) *course {
	published := g.before(before, 200*day)
	updated := g.before(published, 10*day)
	title := pick(g, courses)
	return &course{
		ID: 1 + g.random.IntN(900_000), Name: title.name, Annotation: title.annotation, Image: g.image(),
		CreatedAt: g.before(updated, 300*day).Unix(), UpdatedAt: updated.Unix(), PublishedAt: published.Unix(),
	}
}

func (g *Generator) user() *user {
	p := pick(g, people)
	n := g.random.IntN(1000)
	return &user{
		ID:   fmt.Sprintf("%016x", g.random.Uint64()),
		Name: p.name, Email: fmt.Sprintf("%s%d@example.com", p.mail, n),
		Language: p.language, Timezone: p.timezone, Role: role{pick(g, roles)},
		Occupation: pick(g, occupations), Location: p.location,
		IsBanned: g.chance(3), FromAPI: g.chance(30), Image: g.image(),
		UserAttributes: g.attributes(),
	}
}

// attributes returns them in one of the two shapes that the vendor shows.
func (g *Generator) attributes() any {
	department, number := pick(g, departments), fmt.Sprintf("EMP%04d", g.random.IntN(10_000))
	if g.chance(40) {
		return map[string]string{"department": department, "employeeId": number}
	}
	return []attribute{
		{"department", "Department", 1, department},
		{"employee_id", "Employee ID", 1, number},
	}
}

func (g *Generator) group() *group {
	title := pick(g, groups)
	return &group{ID: 1 + g.random.IntN(40_000), Name: title.name, Description: title.annotation}
}

// result is a test's result in percent; most people do well.
func (g *Generator) result() int { return 100 - min(g.random.IntN(60), g.random.IntN(101)) }

// image is nobody's half of the time. What is in one is documented nowhere.
func (g *Generator) image() *struct{} {
	if g.chance(50) {
		return nil
	}
	return &struct{}{}
}
