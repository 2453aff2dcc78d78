//go:build linux

package simulator

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// naiveRule is the devd rule that is published with such scripts.
const naiveRule = `notify 30 {
	match "system" "CARP";
	match "subsystem" "1@em0";
	match "type" "(MASTER|BACKUP)";
	action "/usr/local/sbin/naive-switch $type";
};
`

// naive is a pair with the published kind of script; an operator has put it into its working state.
func naive(t *testing.T, o Options) *World {
	t.Helper()
	text, err := os.ReadFile("testdata/naive-switch")
	if err != nil {
		t.Fatal(err)
	}
	o.Install = func(w *World, h *Host) {
		h.write(t, "usr/local/sbin/naive-switch", strings.Replace(string(text), "#!/bin/sh", "#!"+h.root+"/bin/sh", 1), 0o755)
		h.write(t, "usr/local/etc/devd/carp.conf", naiveRule, 0o644)
	}
	w := newWorld(t, o)
	for _, h := range w.Hosts {
		h.PowerOn()
	}
	w.Run(20 * time.Second)
	a, b := w.Hosts[0], w.Hosts[1]
	b.must(t, "hastctl role secondary r0")
	a.must(t, "hastctl role primary r0 && sleep 2 && fsck -p /dev/hast/r0 && mount -t ufs /dev/hast/r0 /data")
	w.Run(5 * time.Second)
	w.clean(t)
	return w
}

// onlyStorage is one file system and its address: the published scripts know no services.
func onlyStorage() []Group {
	return []Group{{Name: "files", VHID: 1, Resources: []string{"r0"},
		Storage: []Storage{{Kind: "ufs", Name: "/data", Resources: []string{"r0"}}}}}
}

// timelines end badly with the published kind of script, and well with the switch. Each is told once with
// either. Flaps are short against the 30 s that the published script waits, and not against what hastd needs.
var timelines = []struct {
	name  string
	o     Options
	bad   string // the invariant that the published script violates
	story func(w *World, a, b *Host)
}{
	{"LAN cut in the middle: both mount, both write", Options{}, InvTwoInUse, func(w *World, a, b *Host) {
		w.CutLAN(true)
		w.Run(time.Minute)
		w.CutLAN(false)
	}},
	{"cable out and back: both become primary one after the other, a stale copy is mounted", Options{Import: 25 * time.Second, Resync: time.Minute}, InvStale,
		func(w *World, a, b *Host) {
			a.Pull(true)
			w.Run(25 * time.Second)
			a.Pull(false)
			w.Run(2 * time.Minute)
		}},
	{"cable out and back, b reaches a in between: a half-synchronised copy is to be mounted", Options{Reconnect: time.Second, Resync: time.Minute}, InvHung,
		// b lets go in the middle of the resynchronisation. What keeps a from mounting the mixture is only that
		// b is still there: hastd then sends a's reads to b, where they are lost.
		func(w *World, a, b *Host) {
			slow(w, a, "hastctl role secondary", 26*time.Second)
			slow(w, a, "pgrep", 3*time.Second)
			slow(w, b, "umount", 5*time.Second)
			a.Pull(true)
			w.Run(28 * time.Second)
			a.Pull(false)
			w.Run(2 * time.Minute)
		}},
	{"LAN flaps: the mounted device of the old primary hangs", Options{WriteEvery: -1}, InvHung, func(w *World, a, b *Host) {
		w.CutLAN(true)
		w.Run(time.Minute)
		w.CutLAN(false)
		w.Run(time.Minute)
	}},
	{"power cut and return: the address without storage, for ever", Options{}, InvAddress, func(w *World, a, b *Host) {
		a.PowerCut()
		w.Run(90 * time.Second)
		a.PowerOn()
		w.Run(2 * time.Minute)
	}},
	{"hastd dies: the address without storage, for ever", Options{}, InvAddress, func(w *World, a, b *Host) {
		a.KillHastd()
		w.Run(2 * time.Minute)
	}},
}

// slow delays the next command of a host that contains text.
func slow(w *World, h *Host, text string, d time.Duration) {
	w.when(h, text, func(c *call) bool {
		w.after(d, c.run)
		return true
	})
}

// The six timelines of the published kind of script: the world notices what it does, and what the switch does
// instead ends well.
func TestNaive(t *testing.T) {
	for _, l := range timelines {
		l.o.Groups = onlyStorage()
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			w := naive(t, l.o)
			l.story(w, w.Hosts[0], w.Hosts[1])
			if !slices.ContainsFunc(w.Violations, func(v Violation) bool { return v.Invariant == l.bad }) {
				fail(t, w, "not noticed: %s; only %v", l.bad, w.Violations)
			}
		})
		if !full && l.bad != InvAddress {
			continue // TestScenarios and TestProtections tell them in other words
		}
		t.Run(l.name+", the switch", func(t *testing.T) {
			t.Parallel()
			w := working(t, l.o, switchOptions{})
			l.story(w, w.Hosts[0], w.Hosts[1])
			settled(t, w, 4*time.Minute)
			w.clean(t)
		})
	}
}
