package schema

import (
	"bytes"
	"fmt"
	"strconv"
)

// What one check may take. Each keeps a small input from costing gigabytes or
// minutes.
const (
	// maxValues is how many values a payload may have.
	maxValues = 4_000_000
	// maxWork is how many times a schema may be held against a value, deep
	// values counting more because findings about them are longer.
	maxWork = 4_000_000
	// maxDigits and maxExponent are what a number may have. big.Rat, which the
	// validation computes with, makes a million digits of 1e1000000.
	maxDigits   = 1000
	maxExponent = 400
	// maxProblems is how many problems are looked at, maxFindings how many of
	// them are told of.
	maxProblems = 20_000
	maxFindings = 1000
)

// What a schema may have.
const (
	maxSchemaSize   = 16 << 20 // bytes, of one file
	maxSchemaFiles  = 200
	maxSchemaDepth  = 500
	maxSchemaValues = 200_000
	// maxSchemas is how many schemas one may be made of: compiling takes time
	// that grows with the square of it, and with maxOutside, which is the number
	// of schemas times that of the references to schemas in odd places.
	maxSchemas = 30_000
	maxOutside = 40_000_000
	// maxBranches is how many schemas may apply to one value at the same time,
	// counted along $ref, allOf, anyOf and their like.
	maxBranches = 16_384
	// maxCount is the largest number of items, members or characters that a
	// schema may ask for.
	maxCount = 1 << 53
)

// What a finding may take, in bytes.
const (
	maxShown   = 200 // of one value
	maxMessage = 1000
	maxPointer = 1024
)

// limitError says that a document goes beyond what is checked.
type limitError struct {
	path   []string // the value that is too much
	reason string
}

func (e *limitError) Error() string { return e.reason }

// checkNumber says why a number, as it is written, is too much to compute with;
// it is empty when the number is not.
func checkNumber(text []byte) string {
	if len(text) <= maxDigits && !bytes.ContainsAny(text, "eE") {
		return ""
	}
	mantissa, exponent, _ := bytes.Cut(bytes.ToLower(text), []byte("e"))
	if len(mantissa) > maxDigits {
		return fmt.Sprintf("a number of %d characters is more than can be checked (%d)", len(text), maxDigits)
	}
	if len(exponent) == 0 {
		return ""
	}
	n, err := strconv.Atoi(string(exponent))
	if err != nil || n > maxExponent || n < -maxExponent {
		return fmt.Sprintf("the exponent of %s is more than can be checked (%d)", cut(string(text), maxShown), maxExponent)
	}
	return ""
}
