//go:build linux

package simulator

import (
	"strings"
	"testing"
	"time"
)

func zfsGroup() []Group {
	return []Group{{
		Name: "files", VHID: 1, Resources: []string{"r0", "r1"},
		Storage:  []Storage{{Kind: "zpool", Name: "tank", Resources: []string{"r0", "r1"}}},
		Services: []string{"mountd", "jail www"},
	}}
}

var careful = map[string]string{"patience": `"careful"`}

// scenario is one story of a pair: a serves and b follows when it begins.
type scenario struct {
	name  string
	o     Options
	s     switchOptions
	allow []string // invariants that the story breaks on purpose
	long  bool     // only in the full form; the short one has a story of a protection that says the same
	run   func(t *testing.T, w *World, a, b *Host)
}

var scenarios = []scenario{
	{name: "power loss of the master", run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		took := within(t, w, 15*time.Second, "b serves", b.serves)
		t.Logf("power cut to services: %.1f s", took.Seconds())
		w.Run(20 * time.Second)
		if n := len(b.Mail); n != 1 || !strings.Contains(b.Mail[0].Subject, "skunk1 failed, skunk2 took over files") {
			t.Errorf("mail: %v", b.Mail)
		}
		a.PowerOn()
		within(t, w, 2*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
		w.Run(10 * time.Second)
		if !b.serves() {
			fail(t, w, "the preferred host took back what it should leave")
		}
	}},
	{name: "power loss of the master, zfs, careful", o: Options{Groups: zfsGroup()}, s: switchOptions{policy: careful}, run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		took := within(t, w, 45*time.Second, "b serves", b.serves)
		t.Logf("power cut to services: %.1f s", took.Seconds())
		a.PowerOn()
		settled(t, w, 2*time.Minute)
	}},
	{name: "power loss of the backup", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		b.PowerCut()
		w.Run(40 * time.Second)
		if !a.serves() {
			fail(t, w, "the master minds")
		}
		b.PowerOn()
		within(t, w, 2*time.Minute, "b follows", func() bool { return a.serves() && b.follows() })
	}},
	{name: "LAN cable of the master", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		a.Pull(true)
		took := within(t, w, 30*time.Second, "b serves", b.serves)
		t.Logf("cable out to services: %.1f s", took.Seconds())
		w.Run(20 * time.Second)
		a.Pull(false)
		within(t, w, 2*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
	}},
	{name: "LAN port of the master dies", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		a.KillPort(true)
		within(t, w, time.Minute, "b serves", b.serves)
		if !a.idle() {
			fail(t, w, "a keeps its storage")
		}
		a.KillPort(false)
		within(t, w, 2*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
	}},
	{name: "LAN port of the backup dies", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		b.KillPort(true)
		w.Run(time.Minute)
		if !a.serves() {
			fail(t, w, "the master minds")
		}
		b.KillPort(false)
		settled(t, w, 2*time.Minute)
	}},
	{name: "LAN cut in the middle", run: func(t *testing.T, w *World, a, b *Host) {
		w.CutLAN(true)
		w.Run(time.Minute)
		if !a.stored(w.Groups[0]) || !b.idle() {
			fail(t, w, "both saw each other over the replication link; nothing should move")
		}
		w.CutLAN(false)
		settled(t, w, 2*time.Minute)
		if !a.serves() {
			fail(t, w, "a should still serve")
		}
	}},
	{name: "replication cut, then healed", run: func(t *testing.T, w *World, a, b *Host) {
		w.CutReplication(true)
		w.Run(time.Minute)
		if !a.serves() || b.effectiveGrade() < 240 {
			fail(t, w, "a should serve, b should be gone: it lacks writes")
		}
		w.CutReplication(false)
		settled(t, w, 2*time.Minute)
	}},
	{name: "replication cut, then the master dies", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		w.CutReplication(true)
		w.Run(time.Minute)
		a.PowerCut()
		w.Run(time.Minute)
		if !b.idle() {
			fail(t, w, "b serves a copy that lacks writes")
		}
		w.CutReplication(false)
		a.PowerOn()
		within(t, w, 3*time.Minute, "a serves again, b follows", func() bool { return a.serves() && b.follows() })
	}},
	{name: "reboot of the master", run: func(t *testing.T, w *World, a, b *Host) {
		a.Reboot()
		within(t, w, 30*time.Second, "b serves", b.serves)
		within(t, w, 3*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
	}},
	{name: "reboot of the backup", run: func(t *testing.T, w *World, a, b *Host) {
		b.Reboot()
		w.Run(15 * time.Second)
		within(t, w, 3*time.Minute, "b follows", func() bool { return a.serves() && b.follows() })
	}},
	{name: "both reboot at once", run: func(t *testing.T, w *World, a, b *Host) {
		a.Reboot()
		b.Reboot()
		w.Run(30 * time.Second)
		settled(t, w, 4*time.Minute)
	}},
	{name: "both lose power, both return", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		b.PowerCut()
		w.Run(5 * time.Second)
		b.PowerOn()
		w.Run(50 * time.Second)
		if !b.idle() {
			fail(t, w, "b cannot know that its copy is the newest")
		}
		a.PowerOn()
		settled(t, w, 3*time.Minute)
	}},
	{name: "give and take back", run: func(t *testing.T, w *World, a, b *Host) {
		a.verb(t, "give")
		took := within(t, w, 20*time.Second, "b serves", b.serves)
		t.Logf("give to services: %.1f s", took.Seconds())
		within(t, w, 2*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
		w.Run(15 * time.Second)
		a.verb(t, "take")
		within(t, w, 30*time.Second, "a serves", a.serves)
		settled(t, w, 2*time.Minute)
	}},
	{name: "maintenance survives a reboot", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		a.verb(t, "maintenance on")
		within(t, w, time.Minute, "b serves", b.serves)
		a.Reboot()
		w.Run(time.Minute)
		b.PowerCut()
		w.Run(30 * time.Second)
		if !a.idle() {
			fail(t, w, "a serves in maintenance")
		}
		b.PowerOn()
		within(t, w, 2*time.Minute, "b serves", b.serves)
		a.verb(t, "maintenance off")
		settled(t, w, 2*time.Minute)
	}},
	{name: "failback auto", s: switchOptions{policy: map[string]string{"failback": `"auto"`}}, run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		within(t, w, 30*time.Second, "b serves", b.serves)
		a.PowerOn()
		within(t, w, 3*time.Minute, "a serves again", a.serves)
		settled(t, w, time.Minute)
	}},
	{name: "hastd of the master dies", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		a.KillHastd()
		within(t, w, time.Minute, "b serves", b.serves)
		settled(t, w, 3*time.Minute)
	}},
	{name: "hastd of the backup dies", run: func(t *testing.T, w *World, a, b *Host) {
		b.KillHastd()
		w.Run(10 * time.Second)
		within(t, w, 3*time.Minute, "b follows", func() bool { return a.serves() && b.follows() })
	}},
	{name: "busy export at a give", run: func(t *testing.T, w *World, a, b *Host) {
		a.Busy["/data"] = 2
		a.verb(t, "give")
		w.Run(25 * time.Second)
		if a.mounts["/data"] == nil {
			fail(t, w, "the busy file system was torn away")
		}
		a.Busy["/data"] = 0
		settled(t, w, 3*time.Minute)
	}},
	{name: "services of the backup do not start", run: func(t *testing.T, w *World, a, b *Host) {
		b.Broken["nfsd"] = true
		a.verb(t, "give")
		within(t, w, 3*time.Minute, "a serves again", a.serves)
		b.Broken["nfsd"] = false
		settled(t, w, 4*time.Minute)
	}},
	{name: "worker killed between the note of a service and its start", run: func(t *testing.T, w *World, a, b *Host) {
		w.when(b, "service nfsd onestart", func(c *call) bool {
			b.killShells(c.pid)
			return true
		})
		a.verb(t, "give")
		settled(t, w, 2*time.Minute)
	}},
	{name: "double MASTER flap", run: func(t *testing.T, w *World, a, b *Host) {
		for range 4 {
			w.CutLAN(true)
			w.Run(4500 * time.Millisecond)
			w.CutLAN(false)
			w.Run(1200 * time.Millisecond)
		}
		settled(t, w, 3*time.Minute)
	}},
	{name: "master cut off everything, released", long: true, s: switchOptions{policy: careful}, allow: []string{InvStale, InvDiverged}, run: func(t *testing.T, w *World, a, b *Host) {
		// The isolated host lets go before its peer's patience ends. Its unmount is a lonely write: the price
		// of this policy (a split brain in the metadata, which hastd reports when the links are back).
		w.CutReplication(true)
		a.KillPort(true)
		within(t, w, 90*time.Second, "b serves", b.serves)
		if !a.idle() {
			fail(t, w, "a still uses its storage")
		}
	}},
	{name: "master cut off everything, reset", s: switchOptions{policy: over(careful, map[string]string{"isolated": `"reset"`})}, run: func(t *testing.T, w *World, a, b *Host) {
		w.CutReplication(true)
		a.KillPort(true)
		within(t, w, 90*time.Second, "b serves", b.serves)
		w.CutReplication(false)
		a.KillPort(false)
		within(t, w, 3*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
	}},
	{name: "stale preferred host returns", o: Options{Resync: 40 * time.Second}, run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		within(t, w, 30*time.Second, "b serves", b.serves)
		w.Run(30 * time.Second)
		a.PowerOn()
		w.Until(time.Minute, func() bool { return a.hastd != nil && a.hastd.res["r0"].conn != nil })
		w.Run(5 * time.Second)
		if a.effectiveGrade() < 240 {
			fail(t, w, "a advertises less than gone during its resynchronisation")
		}
		b.PowerCut() // the newest copy is gone, a's is half-synchronised
		w.Run(time.Minute)
		if !a.idle() {
			fail(t, w, "a serves a half-synchronised copy")
		}
		b.PowerOn()
		settled(t, w, 5*time.Minute)
	}},
}

// effectiveGrade is what the trigger of the first group advertises.
func (h *Host) effectiveGrade() int {
	v := h.vhid(h.w.Groups[0].VHID)
	if v == nil || v.state == carpInit {
		return 255
	}
	return v.effective()
}

func TestScenarios(t *testing.T) {
	for _, s := range scenarios {
		if s.long && !full {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			tell(t, s)
		})
	}
}

func tell(t *testing.T, s scenario) {
	t.Helper()
	w := working(t, s.o, s.s)
	for _, i := range s.allow {
		w.Allowed[i] = true
	}
	a, b := w.Hosts[0], w.Hosts[1]
	if !a.serves() {
		fail(t, w, "the preferred host does not serve")
	}
	s.run(t, w, a, b)
	w.clean(t)
}
