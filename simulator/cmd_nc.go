//go:build linux

package simulator

import (
	"strconv"
	"time"
)

// ncEnd is one nc(1) process: a listener, or one end of a TCP connection.
type ncEnd struct {
	c        *conn
	h        *Host
	addr     string // own address
	listenOn string
	peer     *ncEnd
	waiting  []*ncEnd // clients in the backlog of a listener that serves another
	shut     bool     // -N: half-close the connection at the end of standard input
	idle     time.Duration
	timer    *event
	early    []string // sent before the connection stood
	inEOF    bool
	verbose  bool
	ended    bool
}

// newNC starts nc: -l listens on ADDR PORT, else connects to them; -w seconds, -N, -s source, -n.
func (c *conn) newNC(args []string) {
	e := &ncEnd{c: c, h: c.h}
	c.nc = e
	if d := c.h.limits[c.pid]; d > 0 { // timeout(1) became this nc
		delete(c.h.limits, c.pid)
		c.w.after(d, func() { e.exit(124, "") })
	}
	k := &call{w: c.w, h: c.h, conn: c, pid: c.pid, name: "nc", args: args}
	if f := c.w.Faults; f != nil && f.strike(k) {
		return
	}
	opt, words, good := k.options("wsiIOPpTVXxMm")
	if !good {
		return
	}
	if has(opt, 'w') {
		n, _ := strconv.Atoi(opt['w'][0])
		e.idle = time.Duration(n) * time.Second
	}
	e.shut, e.verbose = has(opt, 'N'), has(opt, 'v')
	if has(opt, 'h') {
		e.exit(1, "usage: nc [-46DdEFhklNnrStUuvz] ...\n\tCommand Summary:\n\t-N\t\tShutdown the network socket after EOF on stdin\n")
		return
	}
	if len(words) != 2 {
		e.exit(1, "usage: nc [-46DdEFhklNnrStUuvz] [-e policy] [-w timeout] [destination] [port]")
		return
	}
	addr, port := words[0], words[1]
	if has(opt, 'l') {
		e.addr, e.listenOn = addr, addr+" "+port
		own := addr == e.h.ip(false) || addr == e.h.ip(true) || addr == "127.0.0.1"
		switch {
		case !own:
			e.exit(1, "nc: Can't assign requested address")
		case e.h.listens[e.listenOn] != nil:
			e.exit(1, "nc: Address already in use")
		default:
			e.h.listens[e.listenOn] = c
		}
		return
	}
	e.addr = e.h.ip(addr == e.h.peer.ip(true) || addr == e.h.ip(true))
	if has(opt, 's') {
		e.addr = opt['s'][0]
	}
	e.connect(addr, port)
}

func (e *ncEnd) connect(addr, port string) {
	w := e.h.w
	yes, refused := e.h.reaches(addr)
	back, _ := e.h.peer.reaches(e.addr)
	local := addr == e.h.ip(false) || addr == e.h.ip(true)
	if !local && yes && !back {
		yes = false
	}
	target := e.h.peer
	if local {
		target = e.h
	}
	switch l := target.listens[addr+" "+port]; {
	case refused:
		e.exit(1, "")
	case !yes:
		d := e.idle
		if d == 0 {
			d = 75 * time.Second
		}
		w.after(d, func() { e.exit(1, "") })
	case l == nil || l.closed:
		w.after(time.Millisecond, func() { e.exit(1, "") })
	case l.nc.peer != nil:
		l.nc.waiting = append(l.nc.waiting, e) // in the backlog until that nc ends
		e.arm()
	default:
		e.peer, l.nc.peer = l.nc, e
		if l.nc.verbose {
			l.send("err", "Connection from "+e.addr+" 50000 received!\n")
		}
		e.arm()
		l.nc.arm()
		for _, x := range []*ncEnd{e, l.nc} {
			for _, s := range x.early {
				x.data(s)
			}
			x.early = nil
			if x.inEOF {
				x.eof()
			}
		}
	}
}

// arm restarts the -w timer: so long without data either way ends nc.
func (e *ncEnd) arm() {
	e.timer.cancel()
	if e.idle > 0 {
		e.timer = e.h.w.after(e.idle, func() { e.exit(0, "") })
	}
}

// path: do packets pass between the two ends now?
func (e *ncEnd) path() bool {
	if e.peer == nil || e.peer.h.Power == Off {
		return false
	}
	if e.peer.h == e.h {
		return true
	}
	there, _ := e.h.reaches(e.peer.addr)
	back, _ := e.peer.h.reaches(e.addr)
	return there && back
}

func (e *ncEnd) data(s string) {
	if e.peer == nil {
		e.early = append(e.early, s)
		return
	}
	p := e.peer
	e.h.w.after(time.Millisecond, func() {
		if !p.ended && !p.c.closed && e.path() {
			p.arm()
			p.c.send("data", s)
		}
	})
}

// eof: the end of standard input.
func (e *ncEnd) eof() {
	e.inEOF = true
	if e.peer != nil && e.shut {
		e.finish()
	}
}

// finish tells the other end that nothing more comes; an nc ends when its network input ends.
func (e *ncEnd) finish() {
	p := e.peer
	if p == nil {
		return
	}
	e.h.w.after(2*time.Millisecond, func() {
		if e.path() {
			p.exit(0, "")
		}
	})
}

func (e *ncEnd) exit(code int, msg string) {
	if e.ended {
		return
	}
	if msg != "" {
		msg += "\n"
	}
	e.c.last("exit", strconv.Itoa(code), "", msg)
	e.gone()
}

// gone: the process ended or was killed; its sockets close.
func (e *ncEnd) gone() {
	if e.ended {
		return
	}
	e.ended = true
	e.timer.cancel()
	if e.listenOn != "" && e.h.listens[e.listenOn] == e.c {
		delete(e.h.listens, e.listenOn)
	}
	e.finish()
	for _, x := range e.waiting {
		x.h.w.after(time.Millisecond, func() { x.exit(0, "") })
	}
}
