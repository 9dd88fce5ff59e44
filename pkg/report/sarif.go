package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// NewSARIF writes a log in the Static Analysis Results Interchange Format 2.1.0
// with one run of konhook in the given version: a result for each error, and one
// for notes that say the same, with their number. Results are written as they
// come, what is known of their rules behind them. Source: the OASIS standard
// "SARIF Version 2.1.0".
func NewSARIF(w io.Writer, version string) Reporter {
	return &sarifReporter{w: w, version: version, rules: map[string]int{}}
}

type sarifReporter struct {
	w       io.Writer
	version string
	begun   bool
	notes   notes
	ids     []string       // of the rules, in the order in which they came first
	rules   map[string]int // their places in ids
	failed  []sarifNotification
	more    int // failures that are only counted
}

const sarifHead = `{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",` +
	`"version":"2.1.0","runs":[{"columnKind":"unicodeCodePoints","results":[`

func (r *sarifReporter) Finding(f schema.Finding, more int) error {
	if f.Severity == schema.Note {
		r.notes.add(f, 1+more)
		return nil
	}
	return r.result(f, 1)
}

func (r *sarifReporter) Close(Summary) error {
	for _, n := range r.notes.kinds {
		if err := r.result(n.first, n.count); err != nil {
			return err
		}
	}
	before := "\n"
	if !r.begun {
		before = sarifHead
	}
	tool := bytes.TrimSuffix(encode(r.tool()), []byte("\n"))
	done := bytes.TrimSuffix(encode(r.invocation()), []byte("\n"))
	_, err := io.WriteString(r.w, before+`],"invocations":[`+string(done)+`],"tool":`+string(tool)+"}]}\n")
	return err
}

// maxFailures bounds how many failures are kept until the results are written.
const maxFailures = 100

// Failed takes what could not be read: it is no result, but without it a log
// that holds none would say that all is well.
func (r *sarifReporter) Failed(file string, err error) error {
	if len(r.failed) == maxFailures {
		r.more++
		return nil
	}
	n := sarifNotification{Level: schema.Error, Message: sarifMessage{withoutLinks(render.CleanLine(err.Error()))}}
	if file != "" {
		n.Locations = []sarifLocation{{Physical: sarifPhysical{Artifact: artifact(file)}}}
	}
	r.failed = append(r.failed, n)
	return nil
}

// invocation says whether all could be read.
func (r *sarifReporter) invocation() sarifInvocation {
	failed := r.failed
	if r.more > 0 {
		failed = append(failed, sarifNotification{Level: schema.Error, Message: sarifMessage{plural(r.more, "more failure")}})
	}
	return sarifInvocation{Successful: len(failed) == 0, Failed: failed}
}

// result writes what was found count times.
func (r *sarifReporter) result(f schema.Finding, count int) error {
	before := ",\n"
	if !r.begun {
		before = sarifHead + "\n"
	}
	r.begun = true
	text := bytes.TrimSuffix(encode(r.sarif(f, count)), []byte("\n"))
	_, err := r.w.Write(append([]byte(before), text...))
	return err
}

// The objects of the format, as far as a report needs them.
type (
	sarifResult struct {
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        schema.Severity   `json:"level"` // both have the same names for it
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations,omitempty"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Count        int               `json:"occurrenceCount,omitempty"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI         string        `json:"uri,omitempty"`
		Description *sarifMessage `json:"description,omitempty"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn"`
	}
	sarifInvocation struct {
		Successful bool                `json:"executionSuccessful"`
		Failed     []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Level     schema.Severity `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		About   string      `json:"informationUri"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		Short sarifMessage `json:"shortDescription"`
		Full  sarifMessage `json:"fullDescription"`
		Help  sarifMessage `json:"help"`
	}
)

func (r *sarifReporter) sarif(f schema.Finding, count int) sarifResult {
	text := render.CleanLine(f.Message)
	if f.Hint != nil {
		text += "\n" + render.CleanLine(*f.Hint)
	}
	result := sarifResult{
		RuleID: f.Keyword, RuleIndex: r.rule(f.Keyword), Level: f.Severity,
		Message: sarifMessage{withoutLinks(text)}, Fingerprints: map[string]string{fingerprintName: fingerprint(f)},
	}
	if count > 1 {
		result.Count = count
	}
	if f.File == "" {
		return result
	}
	at := sarifLocation{Physical: sarifPhysical{Artifact: artifact(f.File)}}
	if f.Line > 0 {
		at.Physical.Region = &sarifRegion{f.Line, max(f.Column, 1)}
	}
	if f.Pointer != "" {
		at.Logical = []sarifLogical{{render.CleanLine(f.Pointer)}}
	}
	result.Locations = []sarifLocation{at}
	return result
}

// rule returns the index of a rule, which it adds when it is new.
func (r *sarifReporter) rule(id string) int {
	i, known := r.rules[id]
	if !known {
		i = len(r.ids)
		r.rules[id] = i
		r.ids = append(r.ids, id)
	}
	return i
}

func (r *sarifReporter) tool() sarifTool {
	rules := []sarifRule{}
	for _, id := range r.ids {
		text := sarifMessage{ruleText(id)}
		rules = append(rules, sarifRule{ID: id, Short: text, Full: text, Help: text})
	}
	return sarifTool{sarifDriver{Name: "konhook", Version: r.version, About: homepage, Rules: rules}}
}

const homepage = "https://github.com/konhook/konhook"

// ruleText says what a rule asks for.
func ruleText(keyword string) string {
	switch keyword {
	case schema.KeywordSyntax:
		return "Every document is JSON."
	case schema.KeywordDuplicate:
		return "A name is there once in an object."
	case schema.KeywordLimit:
		return "A document can be checked within the limits of konhook."
	default:
		return `Every value follows the JSON Schema keyword "` + render.CleanLine(keyword) + `".`
	}
}

// artifact names a file by a URI: relative to the current folder, unless the
// file was given with its whole path. Standard input has one too: code scanning
// refuses a log with a place that has none.
func artifact(file string) sarifArtifact {
	if file == event.Stdin {
		return sarifArtifact{URI: "stdin", Description: &sarifMessage{"standard input"}}
	}
	u := url.URL{Path: path.Clean(filepath.ToSlash(file))}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
		u.Path = "/" + strings.TrimPrefix(u.Path, "/") // C:/x becomes /C:/x
	}
	text := u.String()
	if u.Scheme != "" {
		text = "file://" + u.EscapedPath()
	}
	return sarifArtifact{URI: text}
}

// withoutLinks escapes what would be a link in the text of a message: an event
// could hold one.
func withoutLinks(text string) string {
	if !strings.Contains(text, "](") {
		return text
	}
	return strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(text)
}

const fingerprintName = "konhookFinding/v1"

// fingerprint tells findings apart by what they say, wherever their line has
// moved. Members that are missing from one object differ in the message alone.
func fingerprint(f schema.Finding) string {
	parts := []string{"", general(f.Pointer), f.Keyword}
	if f.Event != nil {
		parts[0] = *f.Event
	}
	if f.Keyword == "required" {
		parts = append(parts, f.Message)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}
