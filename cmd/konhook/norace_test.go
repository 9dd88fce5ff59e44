//go:build !race

package main

const manyBodies = 10_000
