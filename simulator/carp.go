//go:build linux

package simulator

import (
	"fmt"
	"time"
)

// The states of carp(4).
const (
	carpInit   = "INIT"
	carpBackup = "BACKUP"
	carpMaster = "MASTER"
)

// ifdownFactor is net.inet.carp.ifdown_demotion_factor.
const ifdownFactor = 240

// vhid is one CARP group on one host, as sys/netinet/ip_carp.c keeps it.
type vhid struct {
	host       *Host
	id         int
	iface      string
	advbase    int
	advskew    int
	prio       int // of VRRPv3 (FreeBSD 15), which has no advskew and no demotion; 0 = CARP
	state      string
	suppressed bool // counted in the host's demotion: no link, or allow = 0
	timer      *event
	addr       string
	since      time.Duration
}

func (h *Host) vhid(id int) *vhid {
	for _, v := range h.vhids {
		if v.id == id {
			return v
		}
	}
	return nil
}

// addVHID is what rc.d/netif does with an address of a vhid.
func (h *Host) addVHID(id, advskew int, iface, addr string) *vhid {
	v := &vhid{host: h, id: id, iface: iface, advbase: 1, advskew: advskew, state: carpInit, addr: addr}
	h.vhids = append(h.vhids, v)
	v.link("hardware interface up")
	return v
}

// effective is what is advertised: clamped to 240 (DEMOTE_ADVSKEW). A priority is turned round, so that for
// both protocols less is better.
func (v *vhid) effective() int {
	if v.prio > 0 {
		return 255 - v.prio
	}
	return min(240, max(0, v.advskew+v.host.Demotion))
}

// link puts the group where link state and net.inet.carp.allow want it (carp_sc_state).
func (v *vhid) link(reason string) {
	h := v.host
	if h.NoCarrier || !h.Allow {
		v.set(carpInit, "hardware interface down")
		if !v.suppressed {
			v.suppressed = true
			h.demote(ifdownFactor)
		}
		return
	}
	v.set(carpInit, reason)
	v.set(carpBackup, "initialization complete")
	if v.suppressed {
		v.suppressed = false
		h.demote(-ifdownFactor)
	}
}

// demote adds to the host's counter; masters advertise the change at once (carp_demote_adj).
func (h *Host) demote(by int) {
	h.Demotion += by
	h.w.note(h, "kernel: carp: demoted by %d to %d", by, h.Demotion)
	for _, v := range h.vhids {
		if v.state == carpMaster {
			v.advertise()
		}
	}
}

func (v *vhid) set(state, reason string) {
	if v.state == state {
		return
	}
	h := v.host
	line := fmt.Sprintf("carp: %d@%s: %s -> %s (%s)", v.id, v.iface, v.state, state, reason)
	h.w.note(h, "kernel: %s", line)
	v.timer.cancel()
	v.state = state
	v.since = h.w.now
	h.post(v)
	switch state {
	case carpMaster:
		// The first rearm after becoming MASTER uses the skew as configured, not the demoted one.
		v.timer = h.w.after(v.interval(v.advskew), v.tick)
		v.advertise()
	case carpBackup:
		v.armMasterDown()
	}
}

func (v *vhid) interval(skew int) time.Duration {
	if v.prio > 0 {
		return time.Second // the default vrrpinterval, 100 hundredths
	}
	return time.Duration(v.advbase)*time.Second + time.Duration(skew)*time.Second/256
}

// armMasterDown: 3·advbase + advskew/256, with the skew neither demoted nor clamped (carp_setrun).
func (v *vhid) armMasterDown() {
	v.timer.cancel()
	d := 3*time.Duration(v.advbase)*time.Second + time.Duration(v.advskew)*time.Second/256
	if v.prio > 0 {
		d = 3*time.Second + time.Duration(256-v.prio)*time.Second/256
	}
	v.timer = v.host.w.after(d, func() {
		if v.state == carpBackup && v.host.Power != Off {
			v.set(carpMaster, "master timed out")
		}
	})
}

func (v *vhid) tick() {
	if v.state != carpMaster || v.host.Power == Off {
		return
	}
	v.timer = v.host.w.after(v.interval(v.effective()), v.tick)
	v.advertise()
}

func (v *vhid) advertise() {
	p := v.host.peer.vhid(v.id)
	switch {
	case p == nil || !v.host.w.lanPath() || (p.prio > 0) != (v.prio > 0):
	case v.prio > 0:
		p.hearVRRP(v.prio)
	default:
		p.hear(v.advbase, v.effective())
	}
}

// hearVRRP is the election of VRRPv3 with equal intervals (vrrp_input_c of FreeBSD 15): a master stays at an
// equal priority, and demotion does not count.
func (v *vhid) hearVRRP(prio int) {
	switch {
	case v.state == carpMaster && prio > v.prio:
		v.set(carpBackup, "more frequent advertisement received")
	case v.state == carpBackup && v.host.Preempt == 1 && prio < v.prio:
		v.set(carpMaster, "preempting a slower master")
	case v.state == carpBackup:
		v.armMasterDown()
	}
}

// hear is the election (carp_input_c).
func (v *vhid) hear(advbase, advskew int) {
	mine := v.interval(v.effective())
	his := time.Duration(advbase)*time.Second + time.Duration(advskew)*time.Second/256
	switch v.state {
	case carpMaster:
		if mine >= his {
			v.set(carpBackup, "more frequent advertisement received")
		}
	case carpBackup:
		switch {
		case v.host.Preempt == 1 && mine < his:
			v.set(carpMaster, "preempting a slower master")
		case 3*time.Duration(v.advbase)*time.Second+time.Duration(v.advskew)*time.Second/256 < his:
			v.set(carpMaster, "master will time out")
		default:
			v.armMasterDown()
		}
	}
}

// setPrio and setAdvskew are what ifconfig does: the next advertisement carries the new number (SIOCSVH sends
// none).
func (v *vhid) setPrio(n int) {
	v.host.w.note(v.host, "vrrpprio of vhid %d: %d -> %d", v.id, v.prio, n)
	v.prio = n
}

func (v *vhid) setAdvskew(n int) {
	if v.advskew != n {
		v.host.w.note(v.host, "advskew of vhid %d: %d -> %d", v.id, v.advskew, n)
	}
	v.advskew = n
}

// Pull takes the LAN cable of a host out, or puts it back.
func (h *Host) Pull(out bool) {
	h.NoCarrier = out
	h.w.note(h, "FAULT LAN cable out: %v", out)
	for _, v := range h.vhids {
		v.link("hardware interface up")
	}
	h.w.netChanged()
}

// flap drives a vhid to a state as ifconfig's "state" does (INIT only by the interface).
func (v *vhid) force(state string) {
	switch {
	case v.state == carpInit || v.state == state:
	case state == carpMaster:
		v.set(carpMaster, "user requested via ifconfig")
	case state == carpBackup:
		v.set(carpBackup, "user requested via ifconfig")
	}
}
