//go:build linux

// Package simulator is a small world of two FreeBSD hosts in which the rendered switch scripts run as they
// are: under a real sh, against commands that behave and print as FreeBSD's do. It exists because nobody
// learns whether a failover script is right by reading it, and nobody can cut the power of two machines a
// thousand times before each release.
//
// # How it works
//
// A [World] holds the truth: power, links, CARP elections with their timers, hastd with its roles, workers,
// connections and counters, the copies of the data with every acknowledged write, pools, mounts, services.
// The hosts' commands (ifconfig, hastctl, zpool …) are symbolic links to one program, simulator/stub, which
// asks the world over a unix socket. So every change of state passes through one goroutine, and the
// invariants (invariant.go) are checked after each one. On amd64 the program has an entry of its own that asks
// before Go's runtime starts (stub/entry_amd64.s), as most of a story's time went there.
//
// # Time
//
// World time stands still while any script computes. It jumps to the next event as soon as every process of
// both hosts sleeps (proc.go reads that from /proc, of those that something happened to), so 20 s of waiting
// cost a millisecond and a loaded machine changes nothing. Each command costs a fixed few milliseconds of world time.
//
// # How to run it
//
//	go test ./simulator                                 the short form: every protection with and without,
//	                                                    most stories, a fault at each command that changes
//	                                                    something
//	CARPOOL_FULL=1 go test -timeout 2h ./simulator      every story, every command struck by every kind of fault,
//	                                                    forty storms (make simulate)
//	go test ./simulator -run 'TestProtections/R10'      one rule; a failing test prints the diary of its world
//
// The scripts run under dash, and a smaller set under busybox and mksh; all three have to be installed.
// PROTECTIONS.md lists which test holds which rule.
//
// # What is taken from where
//
// CARP: sys/netinet/ip_carp.c. hastd: sbin/hastd (primary.c, secondary.c, control.c) and hastctl(8); where
// its behaviour on running machines differs from its documentation, the world follows the machines. devd:
// sbin/devd/devd.cc. Commands: their manual pages.
package simulator
