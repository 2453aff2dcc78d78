//go:build linux

package simulator

import (
	"os"
	"path/filepath"
	"sort"
	"time"
)

// mount is an imported pool or a mounted file system.
type mount struct {
	Storage
	host    *Host
	at      time.Duration
	yanked  bool // the device went away underneath
	options string
	blocked bool // its application waits for a write
}

func sortedKeys[V any](m map[string]V) []string {
	k := make([]string, 0, len(m))
	for x := range m {
		k = append(k, x)
	}
	sort.Strings(k)
	return k
}

func (h *Host) resources() []string { return sortedKeys(h.copies) }

func (h *Host) storageNamed(kind, name string) (Storage, Group, bool) {
	for _, g := range h.w.Groups {
		for _, s := range g.Storage {
			if s.Kind == kind && s.Name == name {
				return s, g, true
			}
		}
	}
	return Storage{}, Group{}, false
}

// storageOn finds the file system of a device.
func (h *Host) storageOn(res string) (Storage, bool) {
	for _, g := range h.w.Groups {
		for _, s := range g.Storage {
			if s.Kind == "ufs" && s.Resources[0] == res {
				return s, true
			}
		}
	}
	return Storage{}, false
}

func (h *Host) devicePath(res string) string { return filepath.Join(h.root, "dev/hast", res) }

// addDevice makes the node. A character device needs privileges, a link to one does not.
func (h *Host) addDevice(res string) {
	os.Remove(h.devicePath(res))
	os.Symlink("/dev/null", h.devicePath(res))
	h.w.note(h, "/dev/hast/%s appears", res)
}

func (h *Host) removeDevice(res string) {
	os.Remove(h.devicePath(res))
}

func (h *Host) primary(res string) *hastRes {
	if h.hastd == nil {
		return nil
	}
	r := h.hastd.res[res]
	if r == nil || r.role != rolePrimary || r.pid == 0 || !r.device {
		return nil
	}
	return r
}

// yank: the device is gone. The kernel unmounts UFS by force at once; a pool is suspended and stays.
func (h *Host) yank(res string) {
	for _, n := range sortedKeys(h.mounts) {
		m := h.mounts[n]
		for _, r := range m.Resources {
			if r != res || m.yanked {
				continue
			}
			m.yanked = true
			h.yanked++
			h.w.note(h, "%s loses its device", n)
			if m.Kind == "ufs" {
				delete(h.mounts, n)
			}
		}
	}
}

// readAll calls f with true once every device of the storage answers reads.
func (h *Host) readAll(res []string, f func(bool)) {
	if len(res) == 0 {
		f(true)
		return
	}
	p := h.primary(res[0])
	if p == nil {
		f(false)
		return
	}
	if p.lost {
		h.w.violate(h, InvHung, "a read of %s is lost", res[0])
	}
	p.whenReadable(func(ok bool) {
		if !ok {
			f(false)
			return
		}
		h.readAll(res[1:], f)
	})
}

// writeAll is a write to every device.
func (h *Host) writeAll(res []string, f func(bool)) {
	if len(res) == 0 {
		f(true)
		return
	}
	p := h.primary(res[0])
	if p == nil {
		f(false)
		return
	}
	p.write(func(ok bool) {
		if !ok {
			f(false)
			return
		}
		h.writeAll(res[1:], f)
	})
}

// enter puts storage into use: from here on its data count.
func (h *Host) enter(s Storage, options string) {
	w := h.w
	m := &mount{Storage: s, host: h, at: w.now, options: options}
	h.mounts[s.Name] = m
	w.note(h, "%s %s in use", s.Kind, s.Name)
	w.checkFresh(h, m)
	for _, r := range s.Resources {
		h.copies[r].clean, h.copies[r].owner = false, h.Name
		if p := h.primary(r); p != nil && p.conn != nil && p.conn.sOpen {
			h.peer.copies[r].clean, h.peer.copies[r].owner = false, h.Name
		}
	}
	if w.WriteEvery > 0 {
		w.after(w.WriteEvery, m.app)
	}
}

// app is the application: one write after the other, with a pause.
func (m *mount) app() {
	h := m.host
	if h.mounts[m.Name] != m || m.yanked || m.blocked {
		return
	}
	m.blocked = true
	h.writeAll(m.Resources, func(bool) {
		m.blocked = false
		if h.mounts[m.Name] == m && !m.yanked {
			h.w.after(h.w.WriteEvery, m.app)
		}
	})
}

// leave takes storage out of use.
func (h *Host) leave(name string, clean bool) {
	m := h.mounts[name]
	delete(h.mounts, name)
	h.w.note(h, "%s %s no longer in use", m.Kind, name)
	for _, r := range m.Resources {
		if clean && !m.yanked {
			h.copies[r].clean, h.copies[r].owner = true, ""
			if p := h.primary(r); p != nil && p.conn != nil && p.conn.sOpen && h.w.repTCP() {
				h.peer.copies[r].clean, h.peer.copies[r].owner = true, ""
			}
		}
	}
}
