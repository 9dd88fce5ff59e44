// Package deliver POSTs webhook events to a receiver the way a sender worth
// trusting does: the bytes unchanged, over connections that are kept, with
// retries that are safe.
//
// A [Sender] sends one body with [Sender.Send] and a stream of events of any
// length with [Sender.Run], which holds the events that are under way and no more
// than the next one besides.
// What a delivery came to is a [Result], what a stream of them came to is a
// [Summary].
//
// # What counts as delivered
//
// An answer of 2xx, received whole within the timeout, unless
// [Options.Success] says otherwise. A redirect is a failure and is never
// followed: the body and its signature were meant for one address.
//
// # What is tried again
//
// With [Options.Retries], what may pass by itself: errors of the network, 408,
// 429 and 5xx. Any other answer is final, 410 above all, which says that the
// receiver is gone (Standard Webhooks 1.0, "Deliverability and reliability").
// The waits grow from [Options.Backoff] by doubling, each changed at random by up
// to a half; a Retry-After header makes a wait longer, up to [MaxRetryAfter].
//
// # How it is sent
//
// Over HTTP/1.1 and connections that are kept for a moment: a request whose body
// is not long leaves in one write, its headers in the order and letter case given.
// Answers are read strictly and within limits; one that could be read in two ways
// is an error. An attempt has a time limit, and parts of it can have their own.
//
// A run with one request at a time uses the time in which it waits, where the next
// event is at hand ([RunOptions.Ready]), and does not go to sleep for answers that
// come within a quarter of a millisecond. To a receiver on the same machine that is
// twice as fast.
//
// Nothing is sent twice without a [Result] that tells of it. A kept connection that
// the receiver has closed is found out before anything is written to it. One that
// is closed while the answer is awaited is a failed attempt, since the receiver may
// have got the body. Where that goes on, no connection is kept any more.
//
// Loopback is never reached through a proxy. Other hosts are, when the environment
// says so; there net/http carries the requests, and sends headers in the order of
// their names.
//
// # What it is not
//
// It is no client for other APIs: it knows no method but POST, follows nothing,
// keeps no cookies, and reads no more of an answer than it needs.
package deliver
