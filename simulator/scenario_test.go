//go:build linux

package simulator

import (
	"fmt"
	"testing"
	"time"
)

// serves: the host has the address, the role, the storage and the services of every group.
func (h *Host) serves() bool {
	for _, g := range h.w.Groups {
		if !h.servesGroup(g) {
			return false
		}
	}
	return true
}

func (h *Host) servesGroup(g Group) bool {
	for _, id := range append([]int{g.VHID}, g.Also...) {
		if v := h.vhid(id); v == nil || v.state != carpMaster || !h.onLAN() {
			return false
		}
	}
	if !h.stored(g) {
		return false
	}
	for _, s := range g.Services {
		if h.services[s] == nil {
			return false
		}
	}
	return true
}

// idle: nothing of any group is in use here.
func (h *Host) idle() bool { return len(h.mounts) == 0 && len(h.services) == 0 }

// follows: the host could take over at once: connected, in sync, advertising less than "gone".
func (h *Host) follows() bool {
	if !h.idle() {
		return false
	}
	for _, g := range h.w.Groups {
		if !h.followsGroup(g) {
			return false
		}
	}
	return true
}

func (h *Host) followsGroup(g Group) bool {
	if h.hastd == nil || h.Power != Up {
		return false
	}
	for _, id := range append([]int{g.VHID}, g.Also...) {
		if v := h.vhid(id); v == nil || v.state != carpBackup || v.effective() >= 240 {
			return false
		}
	}
	for _, r := range g.Resources {
		x := h.hastd.res[r]
		if x.role != roleSecondary || x.conn == nil || x.conn.syncing {
			return false
		}
	}
	for _, s := range g.Services {
		if h.services[s] != nil {
			return false
		}
	}
	return true
}

// converged: one host serves and the other follows.
func (w *World) converged() bool {
	a, b := w.Hosts[0], w.Hosts[1]
	return a.serves() && b.follows() || b.serves() && a.follows()
}

// server is the host that serves, nil if none does.
func (w *World) server() *Host {
	for _, h := range w.Hosts {
		if h.serves() && h.peer.idle() {
			return h
		}
	}
	return nil
}

// fail stops a test with what happened.
func fail(t *testing.T, w *World, format string, a ...any) {
	t.Helper()
	t.Fatalf("%s\nat %.1f s\n%s%s\n%s", fmt.Sprintf(format, a...), w.Now().Seconds(), w.State(), w.Processes(), w.Diary(140))
}

func (w *World) clean(t *testing.T) {
	t.Helper()
	if len(w.Violations) > 0 {
		fail(t, w, "violated: %v", w.Violations)
	}
}

// pair boots both hosts with the real scripts and waits until the first serves and the second follows.
func pair(t *testing.T, o Options, s switchOptions) *World {
	t.Helper()
	w := boot(t, o, s)
	if !w.Until(2*time.Minute+blind(o.Release), w.converged) {
		fail(t, w, "the pair does not come up")
	}
	w.Run(5 * time.Second)
	w.clean(t)
	return w
}

// blind is how much longer a pair of an old release needs: hastd of 8 tells nobody of a
// connection, so that on a busy host ten minutes of "complete" have to prove what it brought.
func blind(release int) time.Duration {
	if release == 8 {
		return 10 * time.Minute
	}
	return 0
}

// boot switches both hosts on.
func boot(t *testing.T, o Options, s switchOptions) *World {
	t.Helper()
	o.Install = install(t, s)
	w := newWorld(t, o)
	w.Hosts[0].PowerOn()
	w.after(time.Second, w.Hosts[1].PowerOn)
	return w
}

func within(t *testing.T, w *World, d time.Duration, what string, cond func() bool) time.Duration {
	t.Helper()
	from := w.Now()
	if !w.Until(d, cond) {
		fail(t, w, "not within %v: %s", d, what)
	}
	return w.Now() - from
}

// verb runs carp-hast-switch on a host and lets it end.
func (h *Host) verb(t *testing.T, words string) (int, string) {
	t.Helper()
	return h.run(t, "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch "+words)
}

// settled: the pair is served and followed, and stays so.
func settled(t *testing.T, w *World, limit time.Duration) {
	t.Helper()
	within(t, w, limit, "one host serves, the other follows", w.converged)
	w.Run(10 * time.Second)
	if !w.converged() {
		fail(t, w, "it does not last")
	}
}
