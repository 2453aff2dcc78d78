//go:build linux

package simulator

import (
	"syscall"
	"time"
)

// FaultKind is what befalls one command.
type FaultKind int

// The faults. Before = the command had no effect, After = it had, and the caller does not learn it.
const (
	NoFault    FaultKind = iota
	FailBefore           // exit 1
	HangBefore           // never ends by itself
	KillBefore           // the calling script dies by kill -9 at this point
	DieBefore            // the command dies by kill -9
	FailAfter
	HangAfter
	KillAfter
)

func (k FaultKind) after() bool { return k >= FailAfter }

func (k FaultKind) String() string {
	return [...]string{"none", "fail", "hang", "kill script", "kill command", "fail after effect",
		"hang after effect", "kill script after effect"}[k]
}

// Fault strikes one command, once.
type Fault struct {
	Host  *Host
	Kind  FaultKind
	At    int                            // strike the command number At of those that Match, from 0
	Match func(name, line string) bool   // nil = every command
	Do    func(name, line string) func() // instead of Kind: something to do at that moment
	Seen  int                            // commands that matched so far
	Fired string                         // the command that was struck
	When  time.Duration
	Log   []string // every matching command
	Ends  time.Duration
	conn  *conn // of the command that was struck
}

// Over says whether the command that was struck has ended, by itself or by force.
func (f *Fault) Over() bool { return f.conn != nil && (f.conn.answered || f.conn.closed) }

// Inject arms a fault; the one before is forgotten.
func (w *World) Inject(f *Fault) { w.Faults = f }

func (f *Fault) strike(c *call) bool {
	if c.h != f.Host || f.Match != nil && !f.Match(c.name, c.line()) {
		return false
	}
	f.Log = append(f.Log, c.line())
	f.Seen++
	if f.Fired != "" || f.Kind == NoFault || f.Seen-1 != f.At {
		return false
	}
	f.Fired, f.When, f.conn = c.line(), c.w.now, c.conn
	c.w.note(c.h, "FAULT %v at command %d: %s", f.Kind, f.At, c.line())
	if f.Kind.after() {
		c.fault, c.by = f.Kind, f
		return false
	}
	switch f.Kind {
	case FailBefore:
		c.fail(1, "%s: injected failure", c.name)
	case HangBefore:
		f.release(c)
	case KillBefore:
		c.h.killShells(c.pid)
	case DieBefore:
		syscall.Kill(c.pid, syscall.SIGKILL)
		c.w.active = true
		c.h.wakeAll()
	}
	return true
}

// release ends a hanging command after Ends, if that is set: the disk answers again.
func (f *Fault) release(c *call) {
	if f.Ends > 0 {
		c.later(f.Ends, func() {
			c.fault, c.ended = NoFault, false
			c.exit(1)
		})
	}
}

// finish: the effect is there, now the caller does not learn it.
func (f *Fault) finish(c *call) {
	switch c.fault {
	case HangAfter:
		f.release(c)
	case KillAfter:
		c.h.killShells(c.pid)
	}
}
