//go:build linux

package simulator

import (
	"os"
	"strings"
	"time"
)

// zpool(8): import, export, list, status, get for pools of one vdev or more on HAST.
func zpool(c *call) {
	if len(c.args) == 0 {
		c.fail(2, "missing command")
		return
	}
	verb := c.args[0]
	c.args = c.args[1:]
	switch verb {
	case "import":
		c.zpoolImport()
	case "export":
		c.zpoolExport()
	case "list", "status", "get":
		c.zpoolList(verb)
	case "clear", "online", "set", "scrub":
		c.exit(0)
	default:
		c.fail(2, "unrecognized command '%s'", verb)
	}
}

func (c *call) zpoolList(verb string) {
	opt, words, good := c.options("oTp")
	if !good {
		return
	}
	if verb == "get" && len(words) > 0 {
		words = words[1:]
	}
	names := words
	if len(names) == 0 {
		for _, n := range sortedKeys(c.h.mounts) {
			if c.h.mounts[n].Kind == "zpool" {
				names = append(names, n)
			}
		}
	}
	code := 0
	for _, n := range names {
		m := c.h.mounts[n]
		if m == nil || m.Kind != "zpool" {
			c.errorf("cannot open '%s': no such pool", n)
			code = 1
			continue
		}
		health := "ONLINE"
		if m.yanked {
			health = "SUSPENDED"
		}
		switch {
		case verb == "status" && has(opt, 'x') && !m.yanked:
			c.printf("pool '%s' is healthy\n", n)
		case verb == "status":
			c.printf("  pool: %s\n state: %s\n", n, health)
		case verb == "get" || has(opt, 'o') && strings.Contains(opt['o'][0], "health"):
			if strings.HasPrefix(strings.Join(opt['o'], ""), "name") {
				c.printf("%s\t", n)
			}
			c.printf("%s\n", health)
		case has(opt, 'H'):
			c.printf("%s\n", n)
		default:
			c.printf("NAME   SIZE  ALLOC   FREE  HEALTH\n%s  1G  1M  1023M  %s\n", n, health)
		}
	}
	if len(names) == 0 && !has(opt, 'H') {
		c.printf("no pools available\n")
	}
	c.exit(code)
}

func (c *call) zpoolImport() {
	opt, words, good := c.options("dcoRt")
	if !good {
		return
	}
	h := c.h
	if len(words) == 0 {
		found := false
		for _, g := range c.w.Groups {
			for _, s := range g.Storage {
				if s.Kind == "zpool" && h.mounts[s.Name] == nil && h.primary(s.Resources[0]) != nil {
					found = true
					c.printf("   pool: %s\n     id: 1234\n  state: ONLINE\n", s.Name)
				}
			}
		}
		if !found {
			c.fail(1, "no pools available to import")
			return
		}
		c.exit(0)
		return
	}
	name := words[0]
	s, _, known := h.storageNamed("zpool", name)
	if !strings.Contains(strings.Join(opt['o'], " "), "cachefile=none") {
		c.w.violate(h, "simulator", "pool imported without cachefile=none: %s", c.line())
	}
	if h.mounts[name] != nil {
		c.fail(1, "cannot import '%s': a pool with that name already exists\nuse the form 'zpool import <pool | id> <newpool>' to give it a new name", name)
		return
	}
	if !known {
		c.fail(1, "cannot import '%s': no such pool available", name)
		return
	}
	for _, r := range s.Resources {
		if h.primary(r) == nil {
			c.fail(1, "cannot import '%s': no such pool available", name)
			return
		}
	}
	c.wantUmask("0022") // mount points that it makes have that mode
	h.readAll(s.Resources, func(read bool) {
		if c.cancelled {
			return
		}
		if !read {
			c.fail(1, "cannot import '%s': I/O error", name)
			return
		}
		c.later(c.w.Import, func() {
			if owner := h.copies[s.Resources[0]].owner; owner != "" && owner != h.Name && !has(opt, 'f') {
				c.fail(1, "cannot import '%s': pool was previously in use from another system.\nLast accessed by %s\nThe pool can be imported, use 'zpool import -f' to import the pool.", name, owner)
				return
			}
			for _, r := range s.Resources {
				if h.primary(r) == nil {
					c.fail(1, "cannot import '%s': I/O error", name)
					return
				}
			}
			h.enter(s, "")
			h.writeAll(s.Resources, func(bool) { c.exit(0) })
		})
	})
}

func (c *call) zpoolExport() {
	opt, words, good := c.options("")
	if !good {
		return
	}
	name := words[0]
	h := c.h
	m := h.mounts[name]
	force := has(opt, 'f')
	switch {
	case m == nil:
		c.fail(1, "cannot open '%s': no such pool", name)
	case m.yanked:
		c.fail(1, "cannot export '%s': pool I/O is currently suspended", name)
	case h.Busy[name] > 1, (h.Busy[name] == 1 || h.sitsIn("/"+name)) && !force:
		c.fail(1, "cannot unmount '/%s': Device busy", name)
	default:
		c.finishUse(m)
	}
}

// finishUse writes what is left and takes the storage out of use.
func (c *call) finishUse(m *mount) {
	h := c.h
	h.writeAll(m.Resources, func(ok bool) {
		if !ok {
			c.fail(1, "%s: %s: Input/output error", c.name, m.Name)
			return
		}
		c.later(100*time.Millisecond, func() {
			if h.mounts[m.Name] == m {
				h.leave(m.Name, true)
			}
			c.exit(0)
		})
	})
}

// zfs(8): just enough to list and mount datasets.
func zfs(c *call) {
	if len(c.args) > 0 && c.args[0] == "list" {
		for _, n := range sortedKeys(c.h.mounts) {
			if c.h.mounts[n].Kind == "zpool" {
				c.printf("%s\n", n)
			}
		}
	}
	c.exit(0)
}

// mountCmd is mount(8).
func mountCmd(c *call) {
	h := c.h
	opt, words, good := c.options("otF")
	if !good {
		return
	}
	if len(words) == 0 {
		if has(opt, 'p') {
			c.printf("/dev/ada0p2\t\t/\t\t\tufs\trw\t1 1\n")
		} else {
			c.printf("/dev/ada0p2 on / (ufs, local, journaled soft-updates)\ndevfs on /dev (devfs)\n")
		}
		for _, n := range sortedKeys(h.mounts) {
			m := h.mounts[n]
			dev, mp, fs, attr := "/dev/hast/"+m.Resources[0], n, "ufs", "ufs, local, soft-updates"
			if m.Kind == "zpool" {
				dev, mp, fs, attr = n, "/"+n, "zfs", "zfs, local, nfsv4acls"
			}
			if has(opt, 'p') {
				c.printf("%s\t\t%s\t\t%s\trw\t0 0\n", dev, mp, fs)
			} else {
				c.printf("%s on %s (%s)\n", dev, mp, attr)
			}
		}
		c.exit(0)
		return
	}
	if len(words) != 2 {
		c.fail(1, "mount: %s: unknown special file or file system", words[0])
		return
	}
	dev, dir := words[0], words[1]
	res := dev[strings.LastIndexByte(dev, '/')+1:]
	s, known := h.storageOn(res)
	if dir = h.strip(dir); known && s.Name != dir {
		c.w.violate(h, "simulator", "%s mounted on %s", dev, dir)
	}
	switch {
	case !known || h.primary(res) == nil:
		c.fail(1, "mount: %s: No such file or directory", dev)
		return
	case h.mounts[s.Name] != nil:
		c.fail(1, "mount: %s: Device busy", dev)
		return
	}
	h.readAll(s.Resources, func(read bool) {
		c.later(c.w.Import, func() {
			switch {
			case !read || h.primary(res) == nil:
				c.fail(1, "mount: %s: Input/output error", dev)
			case !h.copies[res].clean:
				c.fail(1, "mount: %s: R/W mount of %s denied. Filesystem is not clean - run fsck.: Operation not permitted", dev, dir)
			default:
				h.enter(s, strings.Join(opt['o'], ","))
				h.writeAll(s.Resources, func(bool) { c.exit(0) })
			}
		})
	})
}

// strip removes the host's root from a path.
func (h *Host) strip(p string) string {
	if q := strings.TrimPrefix(p, h.root); q != p {
		return q
	}
	return p
}

// sitsIn says whether a process of the host has its working directory there.
func (h *Host) sitsIn(dir string) bool {
	for _, p := range tree(h.pid1) {
		if at, err := os.Readlink("/proc/" + itoa(p) + "/cwd"); err == nil && at == h.root+dir {
			return true
		}
	}
	return false
}

func umount(c *call) {
	h := c.h
	opt, words, good := c.options("ht")
	if !good || len(words) == 0 {
		c.exit(1)
		return
	}
	what := h.strip(words[0])
	var m *mount
	for _, x := range h.mounts {
		if x.Kind == "ufs" && (x.Name == what || "/dev/hast/"+x.Resources[0] == what) {
			m = x
		}
	}
	switch force := has(opt, 'f'); {
	case m == nil:
		c.fail(1, "umount: %s: not a file system root directory", what)
	case h.Busy[m.Name] > 1, (h.Busy[m.Name] == 1 || h.sitsIn(m.Name)) && !force:
		c.fail(1, "umount: unmount of %s failed: Device busy", what)
	default:
		c.finishUse(m)
	}
}

// fsck(8) -p and -y of one UFS. Repairing is a write.
func fsck(c *call) {
	_, words, good := c.options("Ttl")
	if !good || len(words) == 0 {
		c.exit(1)
		return
	}
	h := c.h
	dev := words[0]
	res := dev[strings.LastIndexByte(dev, '/')+1:]
	s, known := h.storageOn(res)
	if !known || h.primary(res) == nil {
		c.fail(1, "Can't open %s: No such file or directory", dev)
		return
	}
	if h.mounts[s.Name] != nil {
		c.w.violate(h, "simulator", "fsck of mounted %s", s.Name)
	}
	h.readAll(s.Resources, func(read bool) {
		if !read {
			c.fail(8, "%s: CANNOT READ BLK: 0", dev)
			return
		}
		c.later(200*time.Millisecond, func() {
			if !h.copies[res].clean && h.Reruns > 0 {
				h.Reruns--
				c.fail(16, "\n***** PLEASE RERUN FSCK *****")
				return
			}
			if h.copies[res].clean {
				c.printf("%s: FILE SYSTEM CLEAN; SKIPPING CHECKS\n", dev)
				c.exit(0)
				return
			}
			h.writeAll(s.Resources, func(ok bool) {
				if !ok {
					c.fail(8, "%s: CANNOT WRITE BLK: 0", dev)
					return
				}
				h.copies[res].clean = true
				c.printf("%s: FILE SYSTEM MARKED CLEAN\n", dev)
				c.exit(0)
			})
		})
	})
}
