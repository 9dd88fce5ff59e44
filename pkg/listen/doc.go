// Package listen receives webhook deliveries over HTTP, for a while and on this
// machine: it stores each before it answers, answers what it is told to, and
// forwards.
//
// [New] makes a [Receiver], [Receiver.Serve] runs it on a listener until its
// context ends. What came is told to [Options.On], one after the other, in the
// order in which it was stored.
//
// # What is answered
//
// Only a POST is a delivery. It is answered 2xx after [Options.Save] has it, and
// 503 when that failed. Everything else is told and neither stored nor counted:
// other methods (405), other paths (404), bodies over the limit (413), and what a
// website could send through the browser of whoever runs the receiver (403): an
// Origin or a Host that nobody allowed. What net/http answers by itself (400 for
// what is no HTTP, 431 for a head over [MaxHeader]) is told as well.
//
// A delivery that [Options.Verify] finds not signed as it should be is answered
// 401, stored as refused, and neither forwarded nor counted.
//
// # Forwarding
//
// [Options.Forward] and [Options.Routes] pass deliveries on; the answer that
// comes from there is the answer. A target that fails is answered for with 502,
// or 504 when no answer came in time; with [MaxForwarding] deliveries waiting for
// it, further ones are answered 503 at once. [Options.Notice] is told when a
// target stops answering and when it answers again.
//
// # Headers as they came
//
// Headers keep their order, letter case and repeats, which net/http does not
// keep. [Receiver.Serve] reads them from the bytes of the connection and compares
// them with what net/http made of the same request. Where the two differ, and
// when [Receiver.ServeHTTP] runs in another server, the headers are those of
// net/http: sorted by name, each name in its canonical case.
//
// # What it is not
//
// It is no server for production: it knows one address and one way to sign for
// all, speaks HTTP/1.1 only and keeps what comes in one place.
package listen
