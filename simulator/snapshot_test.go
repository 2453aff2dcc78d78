//go:build linux

package simulator

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A snapshot is a pair in its working state: the first host serves, the second follows. The scripts
// themselves brought it there once in this run of the tests; most stories begin with a copy of it, because
// booting is half of their cost. Those about booting cut the power anyway.
type snapshot struct {
	w     *World
	files [2]map[string]string // under var, by path
	ok    bool
	once  sync.Once
}

var (
	snapshots  = map[string]*snapshot{}
	snapshotMu sync.Mutex
)

func snapshotOf(t *testing.T, o Options) *snapshot {
	key := fmt.Sprint(o.Groups, o.Release, o.V6)
	snapshotMu.Lock()
	s := snapshots[key]
	if s == nil {
		s = &snapshot{}
		snapshots[key] = s
	}
	snapshotMu.Unlock()
	s.once.Do(func() {
		w := pair(t, Options{Groups: o.Groups, Release: o.Release, V6: o.V6}, switchOptions{})
		for i, h := range w.Hosts {
			s.files[i] = map[string]string{}
			filepath.WalkDir(filepath.Join(h.root, "var"), func(p string, d fs.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() && keeps(filepath.Base(p)) && !strings.Contains(p, "/log/") {
					b, _ := os.ReadFile(p)
					s.files[i][strings.TrimPrefix(p, h.root)] = string(b)
				}
				return nil
			})
		}
		s.w, s.ok = w, w.Hosts[0].serves() && w.Hosts[1].follows()
	})
	if !s.ok {
		t.Fatal("the pair that all stories begin with did not come up")
	}
	return s
}

// keeps says whether a file of the running scripts belongs to the state and not to a process.
func keeps(name string) bool {
	return !strings.HasSuffix(name, "lock") && !strings.HasSuffix(name, ".pid") && !strings.HasSuffix(name, ".from") &&
		!strings.HasSuffix(name, ".before") && name != "worker" && name != "wake" && !strings.HasPrefix(name, "scratch")
}

// working is a world in the working state, with the scripts as s says.
func working(t *testing.T, o Options, s switchOptions) *World {
	t.Helper()
	snap := snapshotOf(t, o)
	o.Install = install(t, s)
	w := newWorld(t, o)
	old := snap.w
	w.now, w.nextID, w.seq = old.now, old.nextID, old.seq
	for r := range old.truth {
		w.truth[r].acked = maps.Clone(old.truth[r].acked)
	}
	for i, h := range w.Hosts {
		was := old.Hosts[i]
		for p, data := range snap.files[i] {
			p = filepath.Join(h.root, p)
			os.MkdirAll(filepath.Dir(p), 0o700)
			if err := os.WriteFile(p, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		h.bootInit()
		h.Power, h.bootID, h.Allow, h.Demotion, h.Preempt, h.devd = Up, 1, true, 0, 1, true
		h.startHastd()
		for name, c := range was.copies {
			n := h.copies[name]
			n.writes = maps.Clone(c.writes)
			n.localcnt, n.remotecnt, n.clean, n.owner = c.localcnt, c.remotecnt, c.clean, c.owner
			r := h.hastd.res[name]
			r.role, r.pid = was.hastd.res[name].role, was.hastd.res[name].pid
		}
		for _, v := range was.vhids {
			n := &vhid{host: h, id: v.id, iface: v.iface, advbase: 1, advskew: v.advskew, prio: v.prio, state: v.state, addr: v.addr}
			h.vhids = append(h.vhids, n)
			if n.state == carpMaster {
				w.after(100*time.Millisecond, n.tick)
			} else {
				n.armMasterDown()
			}
		}
	}
	a, b := w.Hosts[0], w.Hosts[1]
	for name, p := range a.hastd.res {
		q := b.hastd.res[name]
		p.conn = &hastConn{p: p, s: q, pOpen: true, sOpen: true, began: w.now}
		q.conn = p.conn
		p.device, p.ready = true, true
		a.addDevice(name)
		p.armGuard()
	}
	for n := range old.Hosts[0].mounts {
		a.enter(old.Hosts[0].mounts[n].Storage, "")
	}
	for n, v := range old.Hosts[0].services {
		a.services[n] = &svc{pid: v.pid}
	}
	for _, h := range w.Hosts {
		h.Start("rc.log", nil, append(h.shell(), filepath.Join(h.root, "usr/local/etc/rc.d/carp_hast_switch"), "onestart")...)
	}
	w.Run(4 * time.Second)
	if !w.Until(time.Minute, w.converged) {
		if s.override == "" && s.replace == nil {
			fail(t, w, "the pair does not go on as before")
		}
		t.Logf("it does not go on as before\n%s", w.State())
	}
	return w
}
