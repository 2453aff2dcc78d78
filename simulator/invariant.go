//go:build linux

package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The invariants. Those with a time allow a script some time to put right what a fault broke.
const (
	InvTwoInUse    = "in use on both hosts"
	InvYanked      = "role changed under storage in use"
	InvCreate      = "hastctl create by a script"
	InvStale       = "stale copy in use"
	InvMixed       = "half-synchronised copy in use"
	InvOverwritten = "acknowledged write overwritten"
	InvDiverged    = "both copies hold writes the other lacks"
	InvService     = "service started without its storage"
	InvServiceLong = "service runs without its storage"
	InvAddress     = "address kept by a host that does not serve"
	InvBothPrimary = "both primary"
	InvHung        = "a read on a stale primary hangs"
	InvTwoWorkers  = "two workers of one group"
)

// Limits of the invariants that are about durations.
const (
	serviceLimit = 20 * time.Second
	addressLimit = 60 * time.Second
	primaryLimit = 30 * time.Second
)

// Violation of an invariant.
type Violation struct {
	At        time.Duration
	Host      string
	Invariant string
	Detail    string
}

func (v Violation) String() string {
	return fmt.Sprintf("%.3fs %s: %s: %s", v.At.Seconds(), v.Host, v.Invariant, v.Detail)
}

func (w *World) violate(h *Host, inv, format string, a ...any) {
	if w.Allowed[inv] {
		return
	}
	v := Violation{w.now, h.Name, inv, fmt.Sprintf(format, a...)}
	w.note(h, "VIOLATION %s: %s", inv, v.Detail)
	w.Violations = append(w.Violations, v)
}

// once reports a violation of a lasting state one time only, while it lasts.
func (w *World) once(key string, bad bool, after time.Duration, report func()) {
	since, known := w.kept[key]
	switch {
	case !bad:
		delete(w.kept, key)
	case !known:
		w.kept[key] = w.now
		if after == 0 {
			w.kept[key] = -1
			report()
		} else {
			w.after(after, func() {}) // so that somebody looks when the time is over
		}
	case since >= 0 && w.now-since >= after:
		w.kept[key] = -1
		report()
	}
}

// changed checks every invariant; it runs after each change of state.
func (w *World) changed() {
	if w.moving {
		return
	}
	w.moving = true
	defer func() { w.moving = false }()
	w.Checks++
	a, b := w.Hosts[0], w.Hosts[1]
	for _, g := range w.Groups {
		for _, s := range g.Storage {
			ma, mb := a.mounts[s.Name], b.mounts[s.Name]
			both := ma != nil && mb != nil && !ma.yanked && !mb.yanked
			w.once("two "+s.Name, both, 0, func() {
				w.violate(b, InvTwoInUse, "%s is in use on %s and %s", s.Name, a.Name, b.Name)
			})
		}
		for _, r := range g.Resources {
			w.checkCopies(r)
		}
		for _, h := range w.Hosts {
			w.checkServices(h, g)
			w.checkAddress(h, g)
		}
	}
}

func (w *World) checkCopies(r string) {
	a, b := w.Hosts[0], w.Hosts[1]
	// Writes that only one side has are found by localcnt first, so the sets are compared rarely.
	if a.copies[r].localcnt > 0 && b.copies[r].localcnt > 0 || w.bothPrimary(r) {
		lack := func(x, y *Copy) bool {
			for id := range x.writes {
				if !y.writes[id] && w.truth[r].acked[id] {
					return true
				}
			}
			return false
		}
		div := lack(a.copies[r], b.copies[r]) && lack(b.copies[r], a.copies[r])
		w.once("div "+r, div, 0, func() { w.violate(b, InvDiverged, "%s", r) })
	}
	for _, h := range w.Hosts {
		hung := h.hastd != nil && h.hastd.res[r].lost && h.usesResource(r)
		w.once("hung "+h.Name+r, hung, 0, func() { w.violate(h, InvHung, "%s is in use, and its reads are lost", r) })
	}
	w.once("primary "+r, w.bothPrimary(r), primaryLimit, func() {
		w.violate(b, InvBothPrimary, "%s for %v", r, primaryLimit)
	})
}

func (w *World) bothPrimary(r string) bool {
	for _, h := range w.Hosts {
		if h.hastd == nil || h.hastd.res[r].role != rolePrimary {
			return false
		}
	}
	return true
}

// stored says whether all storage of a group is in use on h.
func (h *Host) stored(g Group) bool {
	for _, s := range g.Storage {
		if s.Kind == "hast" {
			if h.primary(s.Resources[0]) == nil {
				return false
			}
		} else if m := h.mounts[s.Name]; m == nil || m.yanked {
			return false
		}
	}
	return true
}

func (w *World) checkServices(h *Host, g Group) {
	for _, s := range g.Services {
		bad := h.services[s] != nil && !h.stored(g)
		w.once("svc "+h.Name+s, bad, serviceLimit, func() {
			w.violate(h, InvServiceLong, "%s for %v", s, serviceLimit)
		})
	}
}

// checkAddress: a host that holds the address without serving, while the other could take it: it is up,
// hears this one, and advertises less than the number that means "gone".
func (w *World) checkAddress(h *Host, g Group) {
	v, p := h.vhid(g.VHID), h.peer.vhid(g.VHID)
	bad := v != nil && v.state == carpMaster && !h.stored(g) && h.peer.Power == Up && w.lanPath() &&
		p != nil && p.state == carpBackup && p.effective() < 240
	w.once("addr "+h.Name+g.Name, bad, addressLimit, func() {
		w.violate(h, InvAddress, "vhid %d for %v, advskew %d against %d", v.id, addressLimit, v.effective(), p.effective())
	})
}

// checkFresh compares the copy that comes into use with every write any application was ever told is safe.
func (w *World) checkFresh(h *Host, m *mount) {
	for _, r := range m.Resources {
		c := h.copies[r]
		if c.mixed {
			w.violate(h, InvMixed, "%s of %s", r, m.Name)
		}
		missing := 0
		for id := range w.truth[r].acked {
			if !c.writes[id] {
				missing++
			}
		}
		if missing > 0 {
			w.violate(h, InvStale, "%s of %s lacks %d acknowledged writes", r, m.Name, missing)
		}
	}
}

// checkWorkers: a command that changes something must come from the only worker of its group.
func (c *call) checkWorkers() {
	workers := map[string]int{}
	for _, p := range tree(c.h.pid1) {
		l := cmdline(p)
		i := strings.Index(l, "carp-hast-switch work ")
		if i < 0 || !strings.HasPrefix(l, "sh ") {
			continue
		}
		st := strings.Fields(string(readSmall("/proc/" + strconv.Itoa(p) + "/stat")))
		if len(st) > 3 {
			parent, _ := strconv.Atoi(st[3])
			if !strings.Contains(cmdline(parent), "carp-hast-switch work ") || strings.Contains(cmdline(parent), "lockf") {
				workers[l[i:]]++
			}
		}
	}
	for g, n := range workers {
		if n > 1 {
			c.w.violate(c.h, InvTwoWorkers, "%d of %s at %s", n, g, c.line())
		}
	}
}
