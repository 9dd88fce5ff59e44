package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// anyOfBomb is a schema that takes 2^levels steps for any value.
func anyOfBomb(levels int) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/a0","$defs":{`)
	for i := range levels {
		fmt.Fprintf(&b, `"a%d":{"anyOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]},`, i, i+1, i+1)
	}
	fmt.Fprintf(&b, `"a%d":{"type":"string"}}}`, levels)
	return b.String()
}

// refsOutside is a schema whose compilation takes time that grows with n².
func refsOutside(n int) string {
	var defs, refs strings.Builder
	for i := range n {
		fmt.Fprintf(&defs, `"p%d":{"type":"string"},`, i)
		fmt.Fprintf(&refs, `{"$ref":"#/x/p%d"},`, i)
	}
	return `{"x":{` + defs.String() + `"z":true},"anyOf":[` + refs.String() + `true]}`
}

func nested(open, inner, end string, n int) string {
	return strings.Repeat(open, n) + inner + strings.Repeat(end, n)
}

// bombs are payloads that cost a naive validator its memory, its stack or hours,
// and the schema, when it is none of konhook's.
var bombs = map[string]struct{ schema, body string }{
	"depth 100,000":        {"", nested("[", "", "]", 100_000)},
	"depth 9,999":          {"", nested(`{"a":`, "1", "}", 9_999)},
	"5 million [":          {"", strings.Repeat("[", 5_000_000)},
	"200,000 digits":       {"", `{"type":"User/Created","occuredAt":` + strings.Repeat("7", 200_000) + `,"body":{}}`},
	"huge exponent":        {"", `{"type":"User/Created","occuredAt":1e1000001,"body":{}}`},
	"tiny exponent":        {"", `{"type":"User/Created","occuredAt":1e-1000001,"body":{}}`},
	"exponent overflows":   {"", `{"type":"User/Created","occuredAt":1e99999999999999999999,"body":{}}`},
	"huge against maximum": {`{"maximum":5}`, "1e1000001"},
	"many exponents":       {`{"items":{"maximum":5}}`, "[" + strings.Repeat("1e399,", 700_000) + "1]"},
	"UTF-16":               {"", "\xff\xfe{\x00}\x00"},
	"UTF-16 without mark":  {"", "{\x00}\x00"},
	"NUL":                  {"", "{\"a\":\x00}"},
	"long name":            {"", `{"` + strings.Repeat("k", 5_000_000) + `":1}`},
	"long text":            {"", `"` + strings.Repeat("é", 5_000_000) + `"`},
	"anyOf 2^13":           {anyOfBomb(12), "1"},
	"two ways down":        {`{"anyOf":[{"properties":{"a":{"$ref":"#"}}},{"properties":{"a":{"$ref":"#"}}}]}`, nested(`{"a":`, "1", "}", 40)},
	"two patterns down":    {`{"properties":{"a":{"$ref":"#"}},"patternProperties":{"a":{"$ref":"#"}}}`, nested(`{"a":`, "1", "}", 40)},
	"wrong at every level": {`{"required":["b"],"properties":{"a":{"$ref":"#"}}}`, nested(`{"a":`, "1", "}", 3_000)},
	"300,000 wrong":        {`{"items":{"type":"string"}}`, "[" + strings.Repeat("1,", 300_000) + "1]"},
	"5 million values":     {`{"items":{"type":"string"}}`, "[" + strings.Repeat("1,", 5_000_000) + "1]"},
	"long enum":            {`{"items":{"enum":[` + strings.Repeat(`1,`, 100_000) + `2]}}`, "[" + strings.Repeat("3,", 100_000) + "3]"},
	"no end":               {`{"anyOf":[{"$ref":"#"},{"$ref":"#"}]}`, "1"},
	"many duplicates":      {"", `{` + strings.Repeat(`"a":1,`, 500_000) + `"a":1}`},
	"many unknown":         {"", `{` + numbered(100_000) + `"a":1}`},
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	return b.String()
}

func TestBombs(t *testing.T) {
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			start := spent(t)
			o := schema.Options{}
			if bomb.schema != "" {
				o.Schema = compile(t, bomb.schema)
			}
			findings := newValidator(t, o).Check(event.New([]byte(bomb.body)))
			if len(findings) == 0 {
				t.Error("nothing was found")
			}
			if took := spent(t) - start; took > slowdown*10*time.Second {
				t.Errorf("it took %s", took)
			}
			checkBounds(t, findings)
		})
	}
}

// checkBounds checks that findings are no longer than the documentation says.
func checkBounds(tb testing.TB, findings []schema.Finding) {
	tb.Helper()
	if len(findings) > 1001 {
		tb.Errorf("%d findings", len(findings))
	}
	for _, f := range findings {
		text, err := json.Marshal(f)
		if err != nil || len(f.Message) > 1000 || len(f.Pointer) > 1024 || f.Hint != nil && len(*f.Hint) > 1000 {
			tb.Errorf("%.2000s: %v", text, err)
		}
	}
}
