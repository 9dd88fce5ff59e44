package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// errorKind is what errors have in common that are most likely one mistake.
func errorKind(f schema.Finding) string {
	return f.Keyword + " " + general(f.Pointer) + " " + withoutValue(f.Message)
}

// withoutValue cuts the value that was found out of a message, and keeps its
// type.
func withoutValue(message string) string {
	const found = ", found "
	before, after, ok := strings.Cut(message, found)
	if !ok {
		return message
	}
	words := strings.SplitN(strings.Replace(after, "an empty ", "an ", 1), " ", 3)
	switch kind := words[0]; {
	case len(words) > 1 && (kind == "a" || kind == "an"):
		return before + found + kind + " " + words[1]
	case strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz") == "":
		return before + found + kind
	}
	return before
}

// table tells how often each kind of error came, the most frequent first, then
// the one that came first.
func (n *notes) table(p *render.Palette) string {
	kinds := slices.Clone(n.kinds)
	slices.SortStableFunc(kinds, func(a, b *noteKind) int { return cmp.Compare(b.count, a.count) })
	sorted := notes{kinds: kinds, other: n.other}
	shown := kinds[:min(len(kinds), shownNotes)]
	var b strings.Builder
	for _, k := range shown {
		width := len(render.Count(shown[0].count))
		fmt.Fprintf(&b, "%s x %s%s; first at %s\n", p.Bold(fmt.Sprintf("%*s", width, render.Count(k.count))),
			k.general(), render.CleanLine(withoutValue(k.first.Message)), render.CleanLine(k.first.Place().String()))
	}
	if more := sorted.uncounted(shownNotes); more > 0 {
		fmt.Fprintf(&b, "%s of other kinds\n", plural(more, "finding"))
	}
	return b.String()
}

// general names the values that the errors are about. What is no JSON has none.
func (k *noteKind) general() string {
	f := k.first
	if f.Keyword == schema.KeywordSyntax {
		return ""
	}
	f.Pointer = general(f.Pointer)
	return shownPointer(f) + ": "
}
