package main

import "runtime/debug"

// A run ends within seconds and gives all its memory back. The collector that
// Go starts with keeps the heap small at the price of a quarter of the time of
// `validate`: it lets the heap only double before it goes through it again.
const (
	heapGrowth = 400       // per cent, until
	heapLimit  = 800 << 20 // bytes are in use; from there it collects as often as it has to
)

// setMemory sets the collector up, unless the environment does.
func setMemory(env []string) {
	if getenv(env, "GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if getenv(env, "GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
