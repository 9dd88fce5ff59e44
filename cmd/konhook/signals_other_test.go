//go:build !unix

package main

// heedSignals has nothing to do where there are no such signals.
func heedSignals() {}
