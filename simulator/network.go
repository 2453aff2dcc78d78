//go:build linux

package simulator

// lanPath: do frames pass between the two hosts on the LAN?
func (w *World) lanPath() bool {
	return !w.LANCut && w.Hosts[0].onLAN() && w.Hosts[1].onLAN()
}

// repPath: the same on the replication link, where only cutting in the middle is simulated.
func (w *World) repPath() bool {
	return !w.RepCut && w.Hosts[0].Power != Off && w.Hosts[1].Power != Off
}

// repTCP: can the two hastds talk? A reject route on either side stops both directions.
func (w *World) repTCP() bool {
	return w.repPath() && !w.Hosts[0].reject[w.Hosts[1].ip(true)] && !w.Hosts[1].reject[w.Hosts[0].ip(true)]
}

func (h *Host) onLAN() bool { return h.Power != Off && !h.NoCarrier && !h.PortDead }

// reaches says whether a packet of h gets to addr, and whether the host itself refuses to send it.
func (h *Host) reaches(addr string) (ok, refused bool) {
	if h.reject[addr] {
		return false, true
	}
	switch addr {
	case h.ip(false), h.ip(true), "127.0.0.1":
		return true, false
	case Router, Router6:
		return h.onLAN() && h.w.Witness, false
	case h.peer.ip(false):
		return h.w.lanPath() && !h.peer.reject[h.ip(false)], false
	case h.peer.ip(true):
		if h.w.RepDown {
			return false, true
		}
		return h.w.repPath() && !h.peer.reject[h.ip(true)], false
	}
	return false, false
}

// CutLAN cuts the LAN between the hosts; each still reaches the witness.
func (w *World) CutLAN(cut bool) {
	w.LANCut = cut
	w.note(nil, "FAULT LAN cut in the middle: %v", cut)
	w.netChanged()
}

// CutReplication cuts the replication link without loss of carrier.
func (w *World) CutReplication(cut bool) {
	w.RepCut = cut
	w.note(nil, "FAULT replication cut: %v", cut)
	w.netChanged()
}

// PullReplication takes the cable of the replication network out: no carrier on either side, so nothing is
// even sent.
func (w *World) PullReplication(out bool) {
	w.RepDown = out
	w.CutReplication(out)
}

// KillPort makes the switch port of a host dead: it hears and reaches nobody on the LAN, its carrier stays.
func (h *Host) KillPort(dead bool) {
	h.PortDead = dead
	h.w.note(h, "FAULT LAN port dead: %v", dead)
	h.w.netChanged()
}

// netChanged lets everything that holds a connection look at it.
func (w *World) netChanged() {
	for _, h := range w.Hosts {
		if h.hastd == nil {
			continue
		}
		for _, r := range h.resources() {
			h.hastd.res[r].netChanged()
		}
	}
	w.changed()
}
