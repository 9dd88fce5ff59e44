// Package drift finds out where real events have moved away from what is
// documented: members that no schema knows, members that are missing, values of
// another type, event types that are new.
//
// It looks at many events and remembers, for every place where any of them is
// different, how many are and one example. Memory grows with the number of such
// places, which is bounded, and not with the number of events.
//
// It is for the question whether the vendor has changed something. What is wrong
// with one event, and where, is told by package schema.
package drift
