//go:build linux

package simulator

import (
	"fmt"
	"maps"
	"time"
)

// The roles of hastd(8).
const (
	roleInit      = "init"
	rolePrimary   = "primary"
	roleSecondary = "secondary"
)

// Copy is the data of one resource on one host's disk, with HAST's metadata. It survives everything.
type Copy struct {
	name                string
	host                *Host
	fresh               bool // just created: its identity is 0 until it meets a primary
	writes              map[int]bool
	localcnt, remotecnt int
	mixed               bool   // a resynchronisation into it began and did not end
	clean               bool   // the file system or pool on it was left properly
	owner               string // who left it improperly: a pool's host id
}

// truth is what applications were told about one resource.
type truth struct{ acked map[int]bool }

// hastd is the running daemon of one host.
type hastd struct {
	host *Host
	pid  int
	res  map[string]*hastRes
}

// hastRes is one resource as a running hastd has it.
type hastRes struct {
	h    *Host
	name string
	role string
	pid  int // of the worker, 0 = none
	conn *hastConn

	// of a primary
	device    bool
	ready     bool // I/O is served: the first attempt to reach the peer is over
	lost      bool // reads go to the secondary and are lost (see resync)
	secRemote int  // the peer's remotecnt; 0 in a worker that never met its peer
	guard     *event
	pending   []*pendingWrite
	waiters   []func(bool)
}

type pendingWrite struct {
	id   int
	done func(bool)
}

// hastConn is one connection; its two ends may disagree about whether it lives.
type hastConn struct {
	p, s         *hastRes
	pOpen, sOpen bool
	syncing      bool
	began        time.Duration
	syncEnd      *event
	silence      *event
}

func (r *hastRes) w() *World   { return r.h.w }
func (r *hastRes) copy() *Copy { return r.h.copies[r.name] }
func (r *hastRes) String() string {
	s := r.role
	if r.pid != 0 {
		s += "+worker"
	}
	if r.conn != nil {
		s += "+conn"
		if r.conn.syncing {
			s += "+sync"
		}
	}
	if r.lost {
		s += "+LOST"
	}
	return s
}

func (h *Host) startHastd() {
	if h.hastd != nil {
		return
	}
	d := &hastd{host: h, pid: h.w.newPID(), res: map[string]*hastRes{}}
	for r := range h.copies {
		d.res[r] = &hastRes{h: h, name: r, role: roleInit}
	}
	h.hastd = d
	h.w.note(h, "hastd started")
}

// KillHastd is kill -9 of the main process: the workers go too.
func (h *Host) KillHastd() {
	if h.hastd == nil {
		return
	}
	h.w.note(h, "FAULT hastd killed")
	d := h.hastd
	h.hastd = nil
	for _, r := range h.resources() {
		d.res[r].end(true)
	}
	h.w.changed()
}

func (w *World) newPID() int {
	w.nextID++
	return 20000 + w.nextID
}

// setRole is hastctl role. The world lets it happen under a mounted file system, as hastd does.
func (r *hastRes) setRole(role string) {
	old := r.role
	if old == role {
		return
	}
	r.w().note(r.h, "hastd: %s: role %s -> %s", r.name, old, role)
	r.end(true)
	r.role = role
	r.hook("role", r.name, old, role)
	if role == rolePrimary {
		r.startPrimary()
	}
}

// end ends the worker: the device of a primary goes whatever is mounted on it.
func (r *hastRes) end(tellPeer bool) {
	if r.pid == 0 {
		return
	}
	r.pid = 0
	r.guard.cancel()
	r.closeEnd(tellPeer)
	if r.role == rolePrimary {
		r.device, r.ready, r.lost = false, false, false
		r.h.removeDevice(r.name)
		for _, p := range r.pending {
			p.done(false)
		}
		waiters := r.waiters
		r.pending, r.waiters = nil, nil
		for _, f := range waiters {
			f(false)
		}
		r.h.yank(r.name)
	}
}

// closeEnd closes this side of the connection; the other side hears of it only through a link that works.
func (r *hastRes) closeEnd(tellPeer bool) {
	c := r.conn
	if c == nil {
		return
	}
	r.conn = nil
	if c.syncing {
		c.syncing = false
		c.syncEnd.cancel()
		c.p.hook("syncintr", r.name)
	}
	other := c.s
	if r == c.p {
		c.pOpen = false
	} else {
		c.sOpen = false
		other = c.p
		c.silence.cancel()
	}
	if tellPeer && r.w().repTCP() {
		r.w().after(50*time.Millisecond, func() {
			if other.conn == c {
				other.connLost("connection reset")
			}
		})
	}
}

// connLost: this side notices that its connection is gone.
func (r *hastRes) connLost(why string) {
	if r.conn == nil {
		return
	}
	r.w().note(r.h, "hastd: %s (%s): disconnected: %s", r.name, r.role, why)
	r.closeEnd(true)
	r.hook("disconnect", r.name)
	if r.role == roleSecondary {
		r.pid = 0
		return
	}
	pending := r.pending
	r.pending = nil
	for _, p := range pending {
		r.lonely(p.id)
		p.done(true)
	}
}

func (r *hastRes) netChanged() {
	c := r.conn
	if c == nil {
		return
	}
	up := r.w().repTCP()
	switch {
	case r == c.s && !up:
		if c.silence == nil || c.silence.dead {
			// 2 × HAST_KEEPALIVE (secondary.c); 19 to 20 s were seen.
			d := r.w().HastTimeout - time.Duration(r.w().rand.IntN(1000))*time.Millisecond
			c.silence = r.w().after(d, func() { r.connLost("silence") })
		}
	case r == c.s:
		c.silence.cancel()
		if !c.pOpen {
			r.w().after(100*time.Millisecond, func() { r.stillOn(c, "reset by peer") })
		}
	case up && len(r.pending) > 0:
		r.w().after(300*time.Millisecond, func() {
			if r.conn != c || !r.w().repTCP() {
				return
			}
			pending := r.pending
			r.pending = nil
			for _, p := range pending {
				r.issue(p.id, p.done)
			}
		})
	}
}

func (r *hastRes) stillOn(c *hastConn, why string) {
	if r.conn == c {
		r.connLost(why)
	}
}

func (r *hastRes) startPrimary() {
	r.pid = r.w().newPID()
	r.ready, r.lost, r.secRemote = false, false, 0
	pid := r.pid
	mine := func(f func()) func() {
		return func() {
			if r.pid == pid {
				f()
			}
		}
	}
	r.w().after(300*time.Millisecond, mine(func() {
		r.device = true
		r.h.addDevice(r.name)
	}))
	r.w().after(100*time.Millisecond, mine(func() { r.attempt(true, 0) }))
}

// attempt tries to reach the peer. A fresh primary serves no I/O before its first attempt is over: at once
// when refused or rejected, after the timeout when the peer is silent or is primary itself.
func (r *hastRes) attempt(first bool, waited time.Duration) {
	w, pid := r.w(), r.pid
	later := func(d time.Duration, f func()) {
		w.after(d, func() {
			if r.pid == pid && r.role == rolePrimary {
				f()
			}
		})
	}
	if r.conn != nil {
		return
	}
	fail := func(why string) {
		if first {
			w.note(r.h, "hastd: %s: serves alone: %s", r.name, why)
		}
		r.serve()
	}
	peer := r.h.peer.hastd
	switch {
	case w.repPath() && !w.repTCP() && !r.h.reject[r.h.peer.ip(true)], !w.repPath() && !r.h.reject[r.h.peer.ip(true)]:
		later(w.HastTimeout, func() { fail("connection timed out") })
	case r.h.reject[r.h.peer.ip(true)]:
		fail("No route to host")
	case peer == nil:
		fail("connection refused")
	case peer.res[r.name].role == roleSecondary:
		later(200*time.Millisecond, func() {
			if r.conn == nil && w.repTCP() && r.h.peer.hastd != nil && r.h.peer.hastd.res[r.name].role == roleSecondary {
				r.handshake(r.h.peer.hastd.res[r.name])
			}
			r.serve()
		})
	case peer.res[r.name].role == rolePrimary && first && waited < w.HastTimeout:
		later(time.Second, func() { r.attempt(true, waited+time.Second) })
	default:
		fail(fmt.Sprintf("remote node acts as %s and not as secondary", peer.res[r.name].role))
	}
}

func (r *hastRes) armGuard() {
	pid := r.pid
	r.guard = r.w().after(r.w().Reconnect, func() {
		if r.pid != pid || r.role != rolePrimary {
			return
		}
		if c := r.conn; c != nil && r.w().repTCP() && !c.sOpen {
			r.connLost("keepalive: reset by peer")
		}
		if r.conn == nil {
			r.attempt(false, 0)
		}
		r.armGuard()
	})
}

func (r *hastRes) serve() {
	if r.ready {
		return
	}
	r.ready = true
	r.armGuard()
	r.wake()
}

// whenReadable calls f when the device answers reads, or with false when it is gone. A read that was lost
// is never answered.
func (r *hastRes) whenReadable(f func(bool)) {
	switch {
	case r.role != rolePrimary || r.pid == 0 || !r.device:
		f(false)
	case r.ready && !r.lost:
		f(true)
	default:
		r.waiters = append(r.waiters, f)
	}
}

func (r *hastRes) wake() {
	if r.lost {
		return // those who wait now wait for ever
	}
	waiters := r.waiters
	r.waiters = nil
	for _, f := range waiters {
		f(true)
	}
}

// handshake compares the counters of both copies as sbin/hastd/secondary.c does.
func (r *hastRes) handshake(s *hastRes) {
	w := r.w()
	if s.conn != nil { // a half-dead connection gives way to the new one
		s.closeEnd(false)
	}
	s.pid = w.newPID()
	c := &hastConn{p: r, s: s, pOpen: true, sOpen: true, began: w.now}
	pc, sc := r.copy(), s.copy()
	fresh := sc.fresh
	sc.fresh = false
	switch {
	case fresh, sc.localcnt == pc.remotecnt && sc.remotecnt < pc.localcnt:
		c.syncing = true
		sc.mixed = true
	case sc.localcnt == pc.remotecnt && sc.remotecnt == pc.localcnt:
		c.syncing = sc.mixed // an interrupted resynchronisation goes on
	case sc.remotecnt == pc.localcnt:
		// The primary is the older one. Its reads are sent nowhere: the loop over the components in
		// ggate_recv_thread() of primary.c does not run for component 1.
		c.syncing, r.lost = true, true
	default:
		w.note(r.h, "hastd: %s: SPLIT BRAIN %d/%d against %d/%d", r.name, pc.localcnt, pc.remotecnt, sc.localcnt, sc.remotecnt)
		s.pid = 0
		r.hook("split-brain", r.name)
		s.hook("split-brain", s.name)
		return
	}
	r.conn, s.conn = c, c
	r.secRemote = sc.remotecnt
	w.note(r.h, "hastd: %s: connected to %s (syncing %v, stale primary %v)", r.name, s.h.Name, c.syncing, r.lost)
	r.hook("connect", r.name)
	s.hook("connect", s.name)
	if c.syncing {
		r.hook("syncstart", r.name)
		c.syncEnd = w.after(w.Resync, func() { c.done() })
	}
}

func (c *hastConn) done() {
	w, pc, sc := c.p.w(), c.p.copy(), c.s.copy()
	c.syncing = false
	from, to := pc, sc
	if c.p.lost {
		from, to = sc, pc
		c.p.lost = false
	}
	for id := range to.writes {
		if !from.writes[id] && w.truth[to.name].acked[id] {
			w.violate(to.host, InvOverwritten, "write %d of %s, acknowledged, is overwritten by a resynchronisation", id, to.name)
			break
		}
	}
	to.writes = maps.Clone(from.writes)
	to.clean, to.owner = from.clean, from.owner
	to.mixed = false
	pc.localcnt, pc.remotecnt = sc.remotecnt, sc.localcnt
	c.p.secRemote = sc.remotecnt
	w.note(c.p.h, "hastd: %s: synchronisation complete", c.p.name)
	c.p.hook("syncdone", c.p.name)
}

// write is one write(2) plus fsync(2) of something above the device; done says whether it was acknowledged.
func (r *hastRes) write(done func(bool)) {
	r.whenReadable(func(ok bool) {
		if !ok {
			done(false)
			return
		}
		r.w().nextID++
		r.issue(r.w().nextID, done)
	})
}

func (r *hastRes) issue(id int, done func(bool)) {
	w, c := r.w(), r.conn
	switch {
	case c == nil:
		r.lonely(id)
		done(true)
	case !w.repTCP():
		r.pending = append(r.pending, &pendingWrite{id, done})
		if len(r.pending) == 1 {
			w.after(w.HastTimeout, func() {
				if r.conn == c && !w.repTCP() && len(r.pending) > 0 {
					r.connLost("timeout")
				}
			})
		}
	case !c.sOpen:
		r.connLost("reset by peer")
		r.lonely(id)
		done(true)
	default:
		c.s.copy().writes[id] = true
		r.acked(id)
		done(true)
	}
}

// lonely acknowledges a write the peer does not have. The counter moves first, and only if it equals what
// this worker holds as the peer's remotecnt, which is 0 if they never met: write_complete() of primary.c.
func (r *hastRes) lonely(id int) {
	if c := r.copy(); c.localcnt == r.secRemote {
		c.localcnt++
		r.w().note(r.h, "hastd: %s: lonely write, localcnt %d", r.name, c.localcnt)
	}
	r.acked(id)
}

func (r *hastRes) acked(id int) {
	c := r.copy()
	c.writes[id] = true
	r.w().truth[r.name].acked[id] = true
}
