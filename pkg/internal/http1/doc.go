// Package http1 is the wire of HTTP/1.1 as a sender sees it (RFC 9112): it writes
// requests with a body of known length and reads their answers.
//
// It exists because net/http sorts headers, passes each request through two
// further goroutines, and keeps more of an answer than a sender of webhooks wants.
// It is strict where two readings of one answer are possible: what tells its
// length twice, continues a header on the next line or is no HTTP is refused. All
// it accepts is what net/http accepts, with the same meaning; a fuzz test says so.
//
// It knows no connections, no time and no addresses.
package http1
