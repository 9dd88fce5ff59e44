// Package deliver POSTs webhook events to a receiver the way a sender worth
// trusting does: the bytes unchanged, over connections that are kept, with
// retries that are safe.
//
// A [Sender] sends one body with [Sender.Send] and a stream of events of any
// length with [Sender.Run], which holds only the events that are under way.
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
// # What it is not
//
// It is no client for other APIs: it knows no method but POST, follows nothing,
// keeps no cookies, and reads no more of an answer than it needs. The limits of
// net/http hold: the lines of a header are sent in the order of their names, each
// with the letter case that it was given.
package deliver
