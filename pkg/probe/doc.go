// Package probe tries out whether a webhook receiver is a good one.
//
// A [Case] is one thing that a receiver is tried with: what is sent, what is
// expected and why, and how to mend a receiver that does otherwise. [Cases] are
// made of the vendor's advice to those who receive webhooks, of what HTTP allows
// a sender or a proxy to do, and of the table of broken events of package sample.
// [Run] goes through them in their order and tells of each what it came to.
//
// # Levels
//
// What a receiver has to do is a [Must]: one that fails makes the receiver a bad
// one. What would be better is a [Should], and comes to a warning at most.
//
// # What a receiver may do to the probe
//
// Nothing: every answer is bounded in time and bytes, redirects are not followed,
// and what is quoted of an answer is short, clean as package render has it, and
// without the secrets that were given. When the receiver stops answering, the
// cases that are left are skipped.
//
// # What it is not
//
// It is no load test and no scanner for weaknesses: it sends about 220
// requests, one after the other but for one case. It goes to the receiver
// directly and through no proxy.
package probe
