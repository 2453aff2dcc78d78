//go:build linux

package simulator

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What hastd was seen to do, and what the switch makes of it. The world's side of F5 to F12 is TestHastAsSeen
// and TestHastRepairs; the numbers are those of PROTECTIONS.md.

// TestHastRepairs: what was seen to end well or badly for ever.
func TestHastRepairs(t *testing.T) {
	const mountB = "sleep 1; fsck -p /dev/hast/r0; mount -t ufs /dev/hast/r0 /data"
	splits := func(h *Host) int { return strings.Count(strings.Join(h.Hooks, "\n"), "split-brain r0") }
	for _, c := range []struct {
		name string
		o    Options
		run  func(t *testing.T, w *World, a, b *Host) error
	}{
		{"F11 hastd killed and started again: role init, then the peer is met", Options{}, func(t *testing.T, w *World, a, b *Host) error {
			a.KillHastd()
			w.Run(time.Second)
			a.must(t, "service nfsd onestop; service hastd onestart && hastctl list r0 | grep 'role: init'")
			a.must(t, "hastctl role primary r0; sleep 1; fsck -p /dev/hast/r0 && mount -t ufs /dev/hast/r0 /data")
			return not(w, time.Minute, "in sync", func() bool {
				c := a.hastd.res["r0"].conn
				return c != nil && !c.syncing && a.copies["r0"].localcnt == 0
			})
		}},
		{"F12 both primary, nothing written, one goes back: no split brain", Options{WriteEvery: -1}, func(t *testing.T, w *World, a, b *Host) error {
			b.must(t, "hastctl role primary r0; sleep 25; hastctl role secondary r0")
			w.Run(20 * time.Second)
			if a.hastd.res["r0"].conn == nil || splits(a) > 0 || a.copies["r0"].localcnt > 0 {
				return fmt.Errorf("they do not meet: %d split brains", splits(a))
			}
			return nil
		}},
		{"F13 a stale copy promoted while the newest is off: split brain when it returns, for ever", Options{}, func(t *testing.T, w *World, a, b *Host) error {
			w.Allowed[InvStale], w.Allowed[InvDiverged], w.Allowed[InvAddress] = true, true, true
			alone(t, w)
			a.PowerCut()
			b.must(t, "hastctl role primary r0;"+mountB)
			b.must(t, "umount /data; hastctl role secondary r0")
			w.CutReplication(false)
			a.PowerOn()
			w.Run(15 * time.Second)
			a.must(t, "hastctl role primary r0")
			w.Run(5 * time.Minute)
			if n := splits(b); n < 20 || a.hastd.res["r0"].conn != nil {
				return fmt.Errorf("%d split brains, connected: %v", n, a.hastd.res["r0"].conn != nil)
			}
			return nil
		}},
		{"F14 a stale primary that reads nothing is put right by its secondary, and is not at rest", Options{}, func(t *testing.T, w *World, a, b *Host) error {
			alone(t, w)
			a.must(t, "service nfsd onestop; umount /data && hastctl role secondary r0")
			w.CutReplication(false)
			b.must(t, "hastctl role primary r0")
			w.Run(20 * time.Second)
			b.must(t, mountB)
			ca, cb := a.copies["r0"], b.copies["r0"]
			if ca.localcnt+ca.remotecnt == 0 || ca.localcnt != cb.remotecnt || ca.remotecnt != cb.localcnt {
				return fmt.Errorf("%d/%d and %d/%d", ca.localcnt, ca.remotecnt, cb.localcnt, cb.remotecnt)
			}
			return nil
		}},
		{"F16 role init, create, role secondary on the loser of a split brain", Options{}, func(t *testing.T, w *World, a, b *Host) error {
			w.Allowed[InvStale], w.Allowed[InvCreate], w.Allowed[InvDiverged] = true, true, true
			w.Allowed[InvTwoInUse], w.Allowed[InvBothPrimary] = true, true
			alone(t, w)
			b.must(t, "hastctl role primary r0; sleep 25;"+mountB)
			w.Run(3 * time.Second)
			b.must(t, "umount /data; hastctl role secondary r0")
			w.CutReplication(false)
			w.Run(25 * time.Second)
			if splits(b) == 0 {
				return fmt.Errorf("no split brain")
			}
			b.must(t, "hastctl role init r0 && hastctl create r0 && hastctl dump r0 | grep 'resuid: 0' && hastctl role secondary r0")
			return not(w, time.Minute, "in sync and at rest", func() bool {
				c, ca, cb := a.hastd.res["r0"].conn, a.copies["r0"], b.copies["r0"]
				return c != nil && !c.syncing && ca.localcnt+ca.remotecnt+cb.localcnt+cb.remotecnt == 0
			})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := follow(t, c.o)
			w.Run(4 * time.Second)
			if err := c.run(t, w, w.Hosts[0], w.Hosts[1]); err != nil {
				fail(t, w, "%v", err)
			}
			w.clean(t)
		})
	}
}

// neverTold watches that b does not count its copy as current while it is being resynchronised.
func neverTold(t *testing.T, w *World, b *Host, limit time.Duration) {
	t.Helper()
	syncing := func() bool { c := b.hastd.res["r0"].conn; return c != nil && c.syncing }
	if !w.Until(limit, func() bool { return !syncing() || readCur(b) != "" }) {
		fail(t, w, "the resynchronisation does not end")
	}
	if syncing() {
		fail(t, w, "told current in the middle of a resynchronisation")
	}
}

// counters sets those of this host's copy.
func (h *Host) counters(local, remote int) {
	h.copies["r0"].localcnt, h.copies["r0"].remotecnt = local, remote
}

var hastStories = []scenario{
	{name: "F4 hooks in the wrong order", long: true, o: Options{Resync: 30 * time.Second}, run: func(t *testing.T, w *World, a, b *Host) {
		// Of a returned ex-primary: its counters are equal, only the order of hooks tells that a
		// resynchronisation runs.
		for _, order := range []string{"syncstart connect", "connect syncstart", "syncdone connect syncstart", "syncdone syncstart connect"} {
			a.hookProgram = "" // hastd's own go astray
			b.must(t, "service hastd onerestart")
			w.Run(time.Second)
			b.copies["r0"].mixed = true // what it had written and never acknowledged has to be put right
			if !w.Until(time.Minute, func() bool { return b.hastd.res["r0"].conn != nil }) {
				fail(t, w, "no connection")
			}
			hook := func(event string) {
				a.must(t, "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-hook "+event+" r0")
			}
			for _, event := range strings.Fields(order) {
				hook(event)
			}
			neverTold(t, w, b, time.Minute)
			w.Run(2 * time.Second)
			hook("syncdone")
			within(t, w, 30*time.Second, "b is told: "+order, func() bool { return readCur(b) != "" })
		}
	}},
	{name: "F6 an idle primary says complete for ever", long: true, o: Options{WriteEvery: -1}, run: func(t *testing.T, w *World, a, b *Host) {
		w.CutReplication(true)
		within(t, w, 30*time.Second, "b no longer counts as current", func() bool { return readCur(b) == "" })
		w.Run(time.Minute)
		if a.hastd.res["r0"].status() != "complete" {
			fail(t, w, "the primary noticed something")
		}
		if readCur(b) != "" || b.effectiveGrade() < 240 {
			fail(t, w, "b believes it")
		}
		a.writeAll([]string{"r0"}, func(bool) {})
		w.Run(25 * time.Second)
		a.PowerCut()
		if err := waitIdle(w, b); err != nil {
			fail(t, w, "%v", err)
		}
	}},
	{name: "F7 the follower notices a cut before the first lonely write", run: func(t *testing.T, w *World, a, b *Host) {
		w.CutReplication(true)
		took := within(t, w, time.Minute, "a lonely write", func() bool { return a.copies["r0"].localcnt == 1 })
		if took < 20*time.Second || readCur(b) != "" {
			fail(t, w, "after %v b still counts as current: %q", took, readCur(b))
		}
	}},
	{name: "F8 a new primary whose peer is silent serves I/O at once", run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		within(t, w, 15*time.Second, "b is primary", func() bool { return b.hastd.res["r0"].role == rolePrimary })
		took := within(t, w, 5*time.Second, "b serves I/O", func() bool { return b.hastd.res["r0"].ready })
		within(t, w, 5*time.Second, "the route is gone", func() bool { return len(b.reject) == 0 })
		if took > time.Second {
			fail(t, w, "role primary to I/O: %v", took)
		}
	}},
	{name: "F13 take --force, and the newest returns: nobody is thrown away by a script", allow: []string{InvStale, InvDiverged}, run: func(t *testing.T, w *World, a, b *Host) {
		alone(t, w)
		w.Run(10 * time.Second)
		a.PowerCut()
		w.Run(20 * time.Second)
		b.verb(t, "take --force <<E\nfiles\nE")
		within(t, w, time.Minute, "b serves", b.serves)
		w.Run(5 * time.Second)
		w.CutReplication(false)
		a.PowerOn()
		w.Run(90 * time.Second)
		if !b.serves() || !a.idle() {
			fail(t, w, "b should go on, a should wait for the operator")
		}
		for _, h := range w.Hosts {
			if _, out := h.verb(t, "status"); !strings.Contains(out, "SPLIT BRAIN") {
				t.Errorf("%s does not say it:\n%s", h.Name, out)
			}
		}
		if !mailed(b, "split brain") {
			t.Errorf("no mail about it: %v", b.Mail)
		}
	}},
	{name: "F14 and F15 counters that are not at rest", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		// In sync, and counted: from here on hastd may miss lonely writes.
		a.counters(0, 1)
		b.counters(1, 0)
		within(t, w, 2*time.Minute, "a mail", func() bool { return mailed(a, "not at rest") })
		code, out := a.verb(t, "check")
		if code != 1 || !strings.Contains(out, "not at rest") || !strings.Contains(out, "hastctl create r0") {
			t.Errorf("check: exit %d\n%s", code, out)
		}
		// Such a copy is never told current.
		b.must(t, "service hastd onerestart")
		w.Run(40 * time.Second)
		if readCur(b) != "" {
			fail(t, w, "a copy whose counters are not at rest was told current")
		}
		// The way back is what check prints, run on the peer.
		w.Allowed[InvCreate] = true
		b.must(t, "hastctl role init r0 && hastctl create r0 && hastctl role secondary r0")
		within(t, w, 2*time.Minute, "b is told again", func() bool { return readCur(b) != "" })
		w.Run(15 * time.Second)
		if code, out := a.verb(t, "check"); code != 0 {
			t.Errorf("check: exit %d\n%s", code, out)
		}
	}},
}

// mailed says whether a mail's subject holds a text.
func mailed(h *Host, text string) bool {
	for _, m := range h.Mail {
		if strings.Contains(m.Subject, text) {
			return true
		}
	}
	return false
}

// TestHastStories tells what hastd does to a pair with the switch.
func TestHastStories(t *testing.T) { stories(t, hastStories) }

// stories tells each one; those marked long only in the full form.
func stories(t *testing.T, list []scenario) {
	t.Helper()
	for _, s := range list {
		if s.long && !full {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			tell(t, s)
		})
	}
}
