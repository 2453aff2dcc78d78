package main

import (
	"fmt"
	"sync"
	"time"
)

// patience is how long work may take before a person at a terminal is told
// what is going on.
const patience = time.Second

// progress shows what carpool is doing once it takes longer than a second, on
// a terminal only, and returns the function that ends and clears the line.
func (c *call) progress(doing string) (done func()) {
	if !c.err.terminal || c.opt.quiet {
		return func() {}
	}
	quit := make(chan struct{})
	var shown sync.WaitGroup
	shown.Go(func() {
		start := time.Now()
		tick := time.NewTicker(patience)
		defer tick.Stop()
		for written := false; ; written = true {
			select {
			case <-quit:
				if written {
					fmt.Fprint(c.err, "\r\x1b[K")
				}
				return
			case now := <-tick.C:
				fmt.Fprintf(c.err, "\r\x1b[K%s, %ds ", printableLine(doing), int(now.Sub(start).Seconds()))
			}
		}
	})
	return sync.OnceFunc(func() {
		close(quit)
		shown.Wait()
	})
}
