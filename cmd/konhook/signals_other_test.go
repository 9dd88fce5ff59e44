//go:build !unix

package main

// heedHangups has nothing to do where there are no such signals.
func heedHangups() {}
