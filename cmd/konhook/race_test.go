//go:build race

package main

// manyBodies is fewer than without the race detector, which makes each take ten times as
// long and has seen all there is in the first of them.
const manyBodies = 2000
