package report

import (
	"strings"

	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// notes gathers notes, or errors: what most events have in common is worth one line, not
// one for each of them.
type notes struct {
	kinds []*noteKind // in the order in which they came first
	byKey map[string]*noteKind
	other int // notes of kinds beyond maxKinds
}

// noteKind stands for all notes that say the same of the same member.
type noteKind struct {
	first schema.Finding
	count int
}

// maxKinds bounds what events that are all different can make of it.
const maxKinds = 1000

func (n *notes) add(f schema.Finding, times int) {
	n.addAs(f.Keyword+" "+general(f.Pointer), f, times)
}

// addAs adds a finding that is about the same as all with its key.
func (n *notes) addAs(key string, f schema.Finding, times int) {
	if kind := n.byKey[key]; kind != nil {
		kind.count += times
		return
	}
	if len(n.kinds) == maxKinds {
		n.other += times
		return
	}
	if n.byKey == nil {
		n.byKey = map[string]*noteKind{}
	}
	n.byKey[key] = &noteKind{withoutSource(f), times}
	n.kinds = append(n.kinds, n.byKey[key])
}

// withoutSource lets go of the event that a finding is about.
func withoutSource(f schema.Finding) schema.Finding {
	return schema.Finding{
		File: f.File, Line: f.Line, Column: f.Column, Document: f.Document, Event: f.Event,
		Pointer: f.Pointer, Keyword: f.Keyword, Severity: f.Severity, Message: f.Message, Hint: f.Hint,
	}
}

// uncounted returns how many notes there are besides the first n kinds.
func (n *notes) uncounted(first int) int {
	count := n.other
	for _, kind := range n.kinds[min(first, len(n.kinds)):] {
		count += kind.count
	}
	return count
}

// where says which value the notes are about.
func (k *noteKind) where() string {
	if k.count > 1 {
		return shownPointer(k.first)
	}
	return where(k.first)
}

// times says how often a note came, empty when it did once.
func (k *noteKind) times() string {
	switch k.count {
	case 1:
		return ""
	case 2:
		return ", and once more"
	default:
		return ", and " + render.Count(k.count-1) + " more times"
	}
}

// line is the kind for people.
func (k *noteKind) line(p *render.Palette) string {
	text := p.Warn("note:") + " " + render.CleanLine(k.first.Place().String()) + ": " +
		render.CleanLine(k.first.Message) + " " + p.Dim("at "+k.where()) + k.times()
	if k.first.Hint != nil {
		text += "; " + render.CleanLine(*k.first.Hint)
	}
	return text
}

// general writes a pointer with * for the places of items.
func general(pointer string) string {
	if !strings.ContainsAny(pointer, "0123456789") {
		return pointer
	}
	names := strings.Split(pointer, "/")
	for i, name := range names {
		if name != "" && strings.Trim(name, "0123456789") == "" {
			names[i] = "*"
		}
	}
	return strings.Join(names, "/")
}
