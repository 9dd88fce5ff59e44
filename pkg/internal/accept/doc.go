// Package accept says of JSON documents that they surely follow a schema.
//
// [Compile] makes a [Program] of a compiled JSON Schema: a graph of nodes, each
// with what it demands of a value. A [Walker] walks the bytes of a document once
// along the program, builds no tree and allocates nothing. Its answer is yes, or
// that it is not sure; whoever asks takes what is not sure to the library that
// the schema was compiled with, which decides and explains. So nothing is ever
// refused because of this package, and a fuzz test holds each of its yeses
// against the library.
//
// It knows type, enum and const of scalars, the bounds of numbers, strings,
// arrays and objects, multipleOf, pattern, required, properties,
// additionalProperties, items, prefixItems, $ref, allOf, anyOf, oneOf, not and
// if. A schema with anything else is an [*UnsupportedError] when it is compiled.
//
// A yes also means strict JSON: UTF-8, nothing behind the value, and no name
// twice in an object.
package accept
