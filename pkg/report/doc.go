// Package report writes the findings of package schema for people and for
// machines.
//
// A [Reporter] is told of one finding after the other and writes each as it
// comes, so that reports of any length take constant memory: [NewText] for
// people, [NewJSON] and [NewNDJSON] for scripts, [NewGitHub] for the annotations
// of GitHub Actions, [NewSARIF] for code scanning, [NewJUnit] for CI servers. The
// XML of the last is there for other results as well: [Suites].
// [Limit] cuts a report short. Whatever comes from an event
// or a file name is cleaned on its way out, see package render.
package report
