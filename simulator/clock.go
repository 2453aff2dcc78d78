//go:build linux

package simulator

import (
	"container/heap"
	"time"
)

// event is something that will happen at a point of world time.
type event struct {
	at   time.Duration
	seq  int
	f    func()
	dead bool
}

type eventHeap []*event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].seq < h[j].seq
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *eventHeap) Push(x any)   { *h = append(*h, x.(*event)) }
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	*h = old[:len(old)-1]
	return e
}

// after lets f happen d from now. The result may be cancelled; cancelling nil or twice is harmless.
func (w *World) after(d time.Duration, f func()) *event {
	if d < 0 {
		d = 0
	}
	w.seq++
	e := &event{at: w.now + d, seq: w.seq, f: f}
	heap.Push(&w.queue, e)
	return e
}

func (e *event) cancel() {
	if e != nil {
		e.dead = true
	}
}

// step advances world time to the next event, not beyond limit, and lets it happen.
func (w *World) step(limit time.Duration) {
	for len(w.queue) > 0 && w.queue[0].dead {
		heap.Pop(&w.queue)
	}
	if len(w.queue) == 0 || w.queue[0].at > limit {
		w.now = limit
		return
	}
	e := heap.Pop(&w.queue).(*event)
	if e.at > w.now {
		w.now = e.at
	}
	e.f()
	w.changed()
}

// spend moves the clock for work that no event stands for, such as one command.
func (w *World) spend(d time.Duration) {
	end := w.now + d
	for len(w.queue) > 0 && w.queue[0].at <= end {
		w.step(end)
	}
	w.now = end
}

// Now is the time since the world began.
func (w *World) Now() time.Duration { return w.now }

// Run lets the world go on for d.
func (w *World) Run(d time.Duration) { w.Until(d, func() bool { return false }) }

// Until lets the world go on until cond holds, at most for limit, and says whether it came to hold.
func (w *World) Until(limit time.Duration, cond func() bool) bool {
	end := w.now + limit
	for {
		w.settle()
		if cond() {
			return true
		}
		if w.now >= end || w.closed {
			return false
		}
		w.step(end)
	}
}
