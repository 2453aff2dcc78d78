//go:build linux

package simulator

import (
	"time"
)

// hastctl(8), with the output of 9.2 and later.
func hastctl(c *call) {
	if len(c.args) == 0 {
		c.usageHastctl()
		return
	}
	verb := c.args[0]
	c.args = c.args[1:]
	_, words, good := c.options("cekm")
	if !good {
		return
	}
	h := c.h
	if c.w.Release < 9 { // before 9.2 there is no list, and status prints what list prints since
		switch verb {
		case "list":
			c.usageHastctl()
			return
		case "status":
			verb = "list"
		}
	}
	switch verb {
	case "create":
		c.w.violate(h, InvCreate, "%s", c.line())
		c.create(words)
	case "dump":
		c.dump(words)
	case "list", "status":
		if h.hastd == nil {
			c.fail(71, "[ERROR] Unable to connect to hastd via /var/run/hastctl: No such file or directory.")
			return
		}
		code := 0
		if verb == "status" {
			c.printf("Name\tStatus\t Role\t\tComponents\n")
		}
		for _, n := range c.named(words) {
			r := h.hastd.res[n]
			switch {
			case r == nil && verb == "list":
				c.printf("%s:\n  error: 1\n", n)
				code = 1
			case r == nil:
				c.printf("%s\tERR%d\n", n, 1)
				code = 1
			case verb == "list":
				c.list(r)
			default:
				st := r.status()
				if st == "" {
					st = "-"
				}
				c.printf("%s\t%-9s%-15s/dev/ada1\ttcp4://%s\n", n, st, r.role, h.peer.ip(true))
			}
		}
		c.exit(code)
	case "role":
		if len(words) < 2 {
			c.usageHastctl()
			return
		}
		c.role(words[0], words[1:])
	default:
		c.usageHastctl()
	}
}

// create writes fresh metadata, whatever was there before. A worker has the disk to itself.
func (c *call) create(names []string) {
	for _, n := range names {
		cp := c.h.copies[n]
		if cp == nil {
			c.fail(65, "[ERROR] Unknown resource %s.", n)
			return
		}
		if d := c.h.hastd; d != nil && d.res[n].pid != 0 {
			c.fail(66, "[ERROR] [%s] Unable to lock provider /dev/ada1: Resource temporarily unavailable.", n)
			return
		}
		cp.writes, cp.localcnt, cp.remotecnt, cp.fresh, cp.mixed = map[int]bool{}, 0, 0, true, false
	}
	c.exit(0)
}

func (c *call) usageHastctl() {
	c.fail(64, "usage: hastctl create|role|list|status|dump ...")
}

func (c *call) named(words []string) []string {
	if len(words) == 0 || len(words) == 1 && words[0] == "all" {
		return c.h.resources()
	}
	return words
}

func (c *call) role(role string, names []string) {
	if role != roleInit && role != rolePrimary && role != roleSecondary {
		c.usageHastctl()
		return
	}
	h := c.h
	if h.hastd == nil {
		c.fail(71, "[ERROR] Unable to connect to hastd via /var/run/hastctl: No such file or directory.")
		return
	}
	code := 0
	for _, n := range c.named(names) {
		r := h.hastd.res[n]
		if r == nil {
			c.errorf("[ERROR] [%s] Received error 1 from hastd.", n)
			code = 1
			continue
		}
		if role != rolePrimary {
			for _, m := range h.mounts {
				if contains(m.Resources, n) && !m.yanked && r.role == rolePrimary {
					c.w.violate(h, InvYanked, "role %s for %s while %s is in use", role, n, m.Name)
				}
			}
		}
		r.setRole(role)
	}
	c.later(200*time.Millisecond, func() { c.exit(code) })
}

func (r *hastRes) status() string {
	switch {
	case r.pid == 0:
		return ""
	case r.conn == nil:
		return "degraded"
	}
	return "complete" // from the first second of a resynchronisation on
}

// dirty shrinks during a resynchronisation; afterwards the extents written last are kept dirty on purpose.
func (r *hastRes) dirty() int {
	switch {
	case r.role != rolePrimary || r.pid == 0:
		return 0
	case r.conn != nil && r.conn.syncing:
		left := r.w().Resync - (r.w().now - r.conn.began)
		return 2<<20 + int(float64(62<<20)*left.Seconds()/r.w().Resync.Seconds())
	case r.h.usesResource(r.name) && r.w().WriteEvery > 0:
		return 4 << 20
	}
	return 0
}

func (h *Host) usesResource(res string) bool {
	for _, m := range h.mounts {
		if contains(m.Resources, res) && !m.yanked {
			return true
		}
	}
	return false
}

func (c *call) list(r *hastRes) {
	c.printf("%s:\n  role: %s\n  provname: %s\n  localpath: /dev/ada1\n  extentsize: 2097152 (2.0MB)\n  keepdirty: 64\n", r.name, r.role, r.name)
	c.printf("  remoteaddr: tcp4://%s\n  sourceaddr: tcp4://%s\n  replication: memsync\n", r.h.peer.ip(true), r.h.ip(true))
	if st := r.status(); st != "" {
		c.printf("  status: %s\n  workerpid: %d\n", st, r.pid)
	}
	c.printf("  dirty: %d (%s)\n  statistics:\n    reads: 0\n    writes: 0\n    deletes: 0\n    flushes: 0\n", r.dirty(), human(r.dirty()))
	c.printf("    activemap updates: 0\n    local errors: read: 0, write: 0, delete: 0, flush: 0\n    queues: local: 0, send: 0, recv: 0, done: 0, idle: 255\n")
}

func human(n int) string {
	switch {
	case n == 0:
		return "0B"
	case n%(1<<20) == 0 && n>>20 >= 10:
		return itoa(n>>20) + "MB"
	}
	return itoa(n>>20) + ".0MB"
}

// dump reads the metadata on the disk; it needs no hastd and no lock.
func (c *call) dump(words []string) {
	code := 0
	for _, n := range c.named(words) {
		cp := c.h.copies[n]
		if cp == nil {
			c.errorf("[ERROR] Unknown resource %s.", n)
			code = 65
			continue
		}
		c.printf("resource: %s\n    datasize: 1073670144 (1.0GB)\n    extentsize: 2097152 (2.0MB)\n    keepdirty: 64\n    localoff: 71680\n", n)
		uid := "5577006791947779410"
		if cp.fresh {
			uid = "0" // until it met a primary (hastctl.c, secondary.c)
		}
		c.printf("    resuid: %s\n    localcnt: %d\n    remotecnt: %d\n    prevrole: secondary\n", uid, cp.localcnt, cp.remotecnt)
	}
	c.exit(code)
}
