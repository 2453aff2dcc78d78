//go:build linux

package simulator

import (
	"testing"
	"time"
)

// manyGroups: each host prefers one group with storage; one without has two addresses.
func manyGroups() []Group {
	return []Group{
		{Name: "files", VHID: 1, Resources: []string{"r0"}, Services: []string{"mountd", "nfsd"},
			Storage: []Storage{{Kind: "ufs", Name: "/data", Resources: []string{"r0"}}}},
		{Name: "shop", VHID: 2, Prefer: 1, Resources: []string{"r1", "r2", "r3", "r4"}, Services: []string{"postgresql", "jail www"},
			Storage: []Storage{
				{Kind: "zpool", Name: "tank", Resources: []string{"r1", "r2"}},
				{Kind: "ufs", Name: "/db", Resources: []string{"r3"}},
				{Kind: "hast", Name: "r4", Resources: []string{"r4"}}}},
		{Name: "front", VHID: 3, Also: []int{4}, Services: []string{"nginx"}},
	}
}

// each is a world in which the first host serves the groups of ours, and the second the others.
func each(t *testing.T, w *World, ours ...string) {
	t.Helper()
	a, b := w.Hosts[0], w.Hosts[1]
	within(t, w, 3*time.Minute, "each group is where it belongs", func() bool {
		for _, g := range w.Groups {
			on, off := b, a
			if contains(ours, g.Name) {
				on, off = a, b
			}
			if !on.servesGroup(g) || !off.followsGroup(g) {
				return false
			}
		}
		return true
	})
}

// stays watches that storage remains in use without a break.
func stays(t *testing.T, h *Host, name string) func() {
	t.Helper()
	before := h.mounts[name]
	if before == nil {
		fail(t, h.w, "%s is not in use on %s", name, h.Name)
	}
	return func() {
		t.Helper()
		if h.mounts[name] != before {
			fail(t, h.w, "%s on %s was touched", name, h.Name)
		}
	}
}

// TestGroups: what befalls one group leaves the others where they are.
func TestGroups(t *testing.T) {
	start := func(t *testing.T, failback string) *World {
		t.Parallel()
		w := boot(t, Options{Groups: manyGroups()}, switchOptions{settings: shortPauses, policy: map[string]string{"failback": failback}})
		return w
	}
	t.Run("each host prefers one", func(t *testing.T) {
		w := start(t, `"auto"`)
		a, b := w.Hosts[0], w.Hosts[1]
		each(t, w, "files", "front")
		same := stays(t, b, "tank")
		a.PowerCut()
		within(t, w, 30*time.Second, "b serves all", b.serves)
		same()
		a.PowerOn()
		each(t, w, "files", "front") // failback = auto brings back what is a's, and no more
		same()
		w.clean(t)
	})
	if !full {
		return
	}
	t.Run("one fails, the other stays", func(t *testing.T) {
		w := start(t, `"manual"`)
		a, b := w.Hosts[0], w.Hosts[1]
		within(t, w, 2*time.Minute, "somebody serves shop", func() bool {
			return a.servesGroup(w.Groups[1]) || b.servesGroup(w.Groups[1])
		})
		for _, g := range w.Groups { // all on a
			if within(t, w, time.Minute, "settled", func() bool { return a.servesGroup(g) || b.servesGroup(g) }); b.servesGroup(g) {
				w.Run(15 * time.Second)
				b.verb(t, "give "+g.Name)
			}
		}
		each(t, w, "files", "shop", "front")
		same := stays(t, a, "tank")
		// A disk error ends hastd's worker: the device goes, the role is init (sbin/hastd/hastd.c, child_exit).
		a.hastd.res["r0"].setRole(roleInit)
		each(t, w, "shop", "front")
		same()
		same = stays(t, b, "/data")
		// One of four: the pool on the others may have been written to since, so b does not take shop. It comes
		// back on a after the cool-down.
		a.hastd.res["r3"].setRole(roleInit)
		within(t, w, 20*time.Second, "a lets go", func() bool { return a.mounts["tank"] == nil })
		each(t, w, "shop", "front")
		same()
		same = stays(t, a, "tank")
		b.verb(t, "give files")
		each(t, w, "files", "shop", "front")
		same()
		if code, out := a.verb(t, "give"); code != 64 {
			t.Errorf("give without a name where there are several groups: exit %d\n%s", code, out)
		}
		w.clean(t)
	})
}

// TestPlain: a group without storage needs no question, no witness and no agreement.
func TestPlain(t *testing.T) {
	group := func() []Group {
		return []Group{{Name: "front", VHID: 3, Also: []int{4, 5}, Services: []string{"nginx", "jail www"}}}
	}
	for _, failback := range []string{"auto", "manual"} {
		t.Run(failback, func(t *testing.T) {
			t.Parallel()
			w := boot(t, Options{Groups: group()}, switchOptions{settings: shortPauses, policy: map[string]string{"failback": `"` + failback + `"`}})
			a, b := w.Hosts[0], w.Hosts[1]
			front := w.Groups[0]
			each(t, w, "front")
			a.PowerCut()
			took := within(t, w, 15*time.Second, "b serves", b.serves)
			t.Logf("power cut to services: %.1f s", took.Seconds())
			a.PowerOn()
			if failback == "auto" {
				each(t, w, "front")
			} else {
				each(t, w)
				w.Run(20 * time.Second)
				b.verb(t, "give")
				each(t, w, "front")
			}
			w.Run(10 * time.Second)
			// One of the addresses that have to follow goes alone: nothing is torn.
			b.vhid(4).force(carpMaster)
			within(t, w, 20*time.Second, "together again", func() bool { return a.servesGroup(front) && b.followsGroup(front) })
			// A service that does not start gives the address away, and does not come back at once.
			b.Broken["nginx"] = true
			a.Pull(true)
			w.Run(10 * time.Second)
			a.Pull(false)
			within(t, w, time.Minute, "a serves again", a.serves)
			b.Broken["nginx"] = false
			within(t, w, 2*time.Minute, "b follows", func() bool { return b.followsGroup(front) })
			a.Reboot()
			within(t, w, 30*time.Second, "b serves", b.serves)
			w.clean(t)
		})
	}
}

// TestTrigger: the first address of a group decides, the others have to follow it.
func TestTrigger(t *testing.T) {
	t.Parallel()
	groups := zfsGroup()
	groups[0].Also = []int{7, 8}
	w := pair(t, Options{Groups: groups}, switchOptions{settings: shortPauses})
	a, b := w.Hosts[0], w.Hosts[1]
	a.verb(t, "give")
	within(t, w, 20*time.Second, "b serves with all addresses", b.serves)
	settled(t, w, 2*time.Minute)
	b.PowerCut()
	within(t, w, 20*time.Second, "a serves with all addresses", a.serves)
	b.PowerOn()
	settled(t, w, 3*time.Minute)
	w.clean(t)
}

// TestProtocols: VRRPv3 in place of CARP, and IPv6 in place of IPv4.
func TestProtocols(t *testing.T) {
	vrrp := zfsGroup()
	vrrp[0].VRRP = true
	for _, c := range []struct {
		name string
		o    Options
	}{
		{"VRRP", Options{Release: 15, Groups: vrrp}},
		{"IPv6", Options{Release: 14, V6: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := pair(t, c.o, switchOptions{settings: shortPauses})
			a, b := w.Hosts[0], w.Hosts[1]
			a.PowerCut()
			took := within(t, w, 15*time.Second, "b serves", b.serves)
			t.Logf("power cut to services: %.1f s", took.Seconds())
			a.PowerOn()
			within(t, w, 3*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
			w.Run(10 * time.Second)
			b.verb(t, "give")
			within(t, w, 20*time.Second, "a serves", a.serves)
			settled(t, w, 2*time.Minute)
			w.clean(t)
		})
	}
}
