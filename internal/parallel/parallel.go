// Package parallel runs the same work for many things on all CPUs.
package parallel

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Panic is what Do panics with when the work did.
type Panic struct {
	Value any
	Stack string // of the goroutine that panicked
}

func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// Do calls work for 0 to n-1 from as many goroutines as there are CPUs, and
// returns when all are done. A panic in one of them is raised again in the
// caller, who may recover from it.
func Do(n int, work func(int)) {
	Each(n, func() func(int) { return work })
}

// Each is Do with something that each goroutine keeps for itself, which worker
// makes.
func Each(n int, worker func() func(int)) {
	var wg sync.WaitGroup
	var next atomic.Int64
	var failed atomic.Pointer[Panic]
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Go(func() {
			defer func() {
				if r := recover(); r != nil {
					failed.CompareAndSwap(nil, &Panic{r, string(debug.Stack())})
				}
			}()
			work := worker()
			for i := int(next.Add(1)); i <= n && failed.Load() == nil; i = int(next.Add(1)) {
				work(i - 1)
			}
		})
	}
	wg.Wait()
	if p := failed.Load(); p != nil {
		panic(p)
	}
}

// Try is Each with work that can fail. What comes after a failure is not begun
// any more; what comes before it is done, so that the error, that of the lowest
// number, is the same each time.
func Try(n int, worker func() func(int) error) error {
	errs := make([]error, n)
	var first atomic.Int64 // the lowest that failed
	first.Store(int64(n))
	Each(n, func() func(int) {
		work := worker()
		return func(i int) {
			if int64(i) > first.Load() {
				return
			}
			if errs[i] = work(i); errs[i] == nil {
				return
			}
			for was := first.Load(); int64(i) < was && !first.CompareAndSwap(was, int64(i)); was = first.Load() {
			}
		}
	})
	if i := first.Load(); i < int64(n) {
		return errs[i]
	}
	return nil
}
