package parallel

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
)

func TestDo(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		seen := make([]atomic.Int32, n)
		Do(n, func(i int) { seen[i].Add(1) })
		for i := range seen {
			if got := seen[i].Load(); got != 1 {
				t.Errorf("%d of %d was done %d times", i, n, got)
			}
		}
	}
}

// TestTry holds that the error is that of the lowest number, that what comes
// before it is done, and that work ends soon after it.
func TestTry(t *testing.T) {
	same := func(work func(int) error) func() func(int) error { return func() func(int) error { return work } }
	if err := Try(1000, same(func(int) error { return nil })); err != nil {
		t.Error(err)
	}
	for range 100 {
		var before, after atomic.Int32
		err := Try(100_000, same(func(i int) error {
			switch {
			case i < 50:
				before.Add(1)
				return nil
			case i%2 == 1:
				return fmt.Errorf("failed at %d", i)
			}
			after.Add(1)
			return nil
		}))
		if err == nil || err.Error() != "failed at 51" {
			t.Fatalf("got %v", err)
		}
		if before.Load() != 50 || after.Load() > 1000 {
			t.Fatalf("%d before and %d after", before.Load(), after.Load())
		}
	}
}

func TestPanicReachesTheCaller(t *testing.T) {
	defer func() {
		p, ok := recover().(*Panic)
		if !ok || p.Error() != "oh" || !strings.Contains(p.Stack, "parallel_test.go") {
			t.Errorf("got %+v", p)
		}
	}()
	Do(100, func(i int) {
		if i == 50 {
			panic("oh")
		}
	})
}
