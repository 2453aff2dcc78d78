//go:build !darwin

package main

// rssUnit: getrusage(2) of Linux and FreeBSD counts KiB.
const rssUnit = 1 << 10
