// Package query asks events with the language of jq, as gojq speaks it.
//
// Numbers pass through as they are written, however large, until the query
// counts with them. Members of objects come out sorted by name: an object of jq
// has no order. A query sees its input and nothing else: no environment, no
// files, no modules, no other input.
package query

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"unicode/utf8"

	"github.com/itchyny/gojq"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Query is a compiled query. It may be run from several goroutines.
type Query struct{ code *gojq.Code }

// CompileError says what is wrong with a query.
type CompileError struct {
	Expr   string // the query
	Offset int    // in bytes, where it goes wrong; -1 when that is not known
	Reason string // lower case, without a full stop
}

// Error names the place as a column, in code points from 1.
func (e *CompileError) Error() string {
	if e.Offset < 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s at column %d", e.Reason, utf8.RuneCountInString(e.Expr[:e.Offset])+1)
}

// RunError says why a query failed on an event.
type RunError struct {
	Reason string // in the words of gojq, cut when it is long
}

func (e *RunError) Error() string { return e.Reason }

// Compile compiles a query. The error is a [*CompileError].
func Compile(expr string) (*Query, error) {
	parsed, err := gojq.Parse(expr)
	if err != nil {
		return nil, compileError(expr, err)
	}
	code, err := gojq.Compile(parsed)
	if err != nil {
		return nil, compileError(expr, err)
	}
	return &Query{code}, nil
}

func compileError(expr string, err error) error {
	e := &CompileError{Expr: expr, Offset: -1, Reason: cut(err.Error())}
	if e.Reason == "unexpected EOF" { // a word for programmers
		e.Reason = "unexpected end"
	}
	var parse *gojq.ParseError
	if errors.As(err, &parse) {
		e.Offset = max(0, min(parse.Offset-len(parse.Token), len(expr)))
	}
	return e
}

// Run asks the JSON value body and returns the results, each as JSON on one
// line. A string is a JSON string, in quotes.
//
// The iteration ends behind an error: a [*RunError], a [*jsonscan.Error] when
// body is not JSON, or that of ctx, which bounds the time that a query may take.
func (q *Query) Run(ctx context.Context, body []byte) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		input, err := decode(body)
		if err != nil {
			yield(nil, err)
			return
		}
		results := q.code.RunWithContext(ctx, input)
		for {
			result, more := results.Next()
			if !more || halted(result) {
				return
			}
			text, err := encode(ctx, result)
			if !yield(text, err) || err != nil {
				return
			}
		}
	}
}

// decode reads JSON with its numbers as they are written.
func decode(body []byte) (v any, err error) {
	if err := jsonscan.Valid(body); err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	err = d.Decode(&v)
	return v, err
}

func encode(ctx context.Context, result any) ([]byte, error) {
	err, failed := result.(error)
	switch {
	case failed && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case failed:
		return nil, &RunError{Reason: cut(err.Error())}
	}
	return gojq.Marshal(result)
}

// halted reports whether the query itself asked for the end.
func halted(result any) bool {
	err, failed := result.(error)
	var halt *gojq.HaltError
	return failed && errors.As(err, &halt) && halt.Value() == nil
}

// cut keeps messages short, which may quote the event.
func cut(s string) string {
	const most = 200
	if len(s) <= most {
		return s
	}
	end := most
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "..."
}
