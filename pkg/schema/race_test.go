//go:build race

package schema_test

// slowdown is what the race detector makes of a second.
const slowdown = 6
