//go:build linux

package simulator

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// PowerOn boots a host: loader, netif, devd, then the rest of rc with hastd and the scripts after it.
func (h *Host) PowerOn() {
	w := h.w
	if h.Power != Off || w.closed {
		return
	}
	w.note(h, "power on")
	h.clearRun()
	h.bootID++
	id := h.bootID
	h.bootInit()
	step := func(d time.Duration, f func()) {
		w.after(d, func() {
			if h.bootID == id {
				f()
			}
		})
	}
	h.Allow = !h.loaderSays(`net.inet.carp.allow="0"`)
	h.Power = Booting
	h.Preempt = h.preempts()
	step(time.Second, func() {
		h.rc("early", func() {
			h.netif()
			w.netChanged()
			h.devd = true
			h.deliver()
			step(w.Boot, func() {
				h.startHastd()
				step(500*time.Millisecond, func() {
					h.rc("start", func() {
						h.Power = Up
						w.note(h, "rc has finished")
					})
				})
			})
		})
	})
	w.changed()
}

// PowerCut takes the power away at once.
func (h *Host) PowerCut() {
	if h.Power == Off {
		return
	}
	w := h.w
	w.note(h, "FAULT power cut")
	h.bootID++
	h.Power = Off
	d := h.hastd
	h.hastd = nil
	if d != nil {
		for _, n := range h.resources() {
			r := d.res[n]
			r.pid = 0
			r.guard.cancel()
			r.closeEnd(false)
			r.pending, r.waiters = nil, nil
		}
	}
	for _, v := range h.vhids {
		v.timer.cancel()
	}
	h.killAll()
	h.reset()
	for _, c := range w.files {
		if c.h == h && c.listen {
			c.close()
		}
	}
	if err := h.listen(); err != nil {
		panic(err)
	}
	w.netChanged()
}

// Shutdown is shutdown -p: rc.shutdown has 90 s, then hastd is stopped whatever is in use, then the power goes.
func (h *Host) Shutdown(then func()) {
	w := h.w
	if h.Power == Off {
		return
	}
	w.note(h, "shutdown begins")
	id := h.bootID
	over := false
	rest := func() {
		if over || h.bootID != id {
			return
		}
		over = true
		for _, n := range sortedKeys(h.mounts) {
			if m := h.mounts[n]; !m.yanked {
				w.violate(h, InvYanked, "hastd stops at shutdown while %s is in use", n)
			}
		}
		if h.hastd != nil {
			for _, n := range h.resources() {
				h.hastd.res[n].setRole(roleInit)
			}
		}
		w.after(time.Second, func() {
			if h.bootID == id {
				w.note(h, "halted")
				h.quietOff()
				if then != nil {
					then()
				}
			}
		})
	}
	h.rc("stop", rest)
	w.after(90*time.Second, func() {
		if !over && h.bootID == id {
			w.note(h, "rc.shutdown: 90 second watchdog timeout expired")
		}
		rest()
	})
}

// quietOff is the end of a clean shutdown: hastd's connections were closed before.
func (h *Host) quietOff() { h.PowerCut() }

// Reboot shuts a host down and boots it again.
func (h *Host) Reboot() {
	h.Shutdown(func() { h.w.after(15*time.Second, h.PowerOn) })
}

// rc runs the host's own rc scripts for one phase, if they are installed.
func (h *Host) rc(phase string, then func()) {
	var script string
	arg := map[string]string{"early": "faststart", "start": "faststart", "stop": "faststop"}[phase]
	for _, d := range []string{"usr/local/etc/rc.d", "etc/rc.d"} {
		for _, n := range rcScripts[phase] {
			if p := filepath.Join(h.root, d, n); exists(p) {
				script = p
			}
		}
	}
	if script == "" {
		then()
		return
	}
	h.Start("rc.log", func(code int) {
		h.w.note(h, "rc %s: exit %d", filepath.Base(script), code)
		then()
	}, append(append([]string{}, h.shell()...), script, arg)...)
}

// rcScripts are the scripts that take part, by phase.
var rcScripts = map[string][]string{
	"early": {"carp_hast_hold"},
	"start": {"carp_hast_switch"},
	"stop":  {"carp_hast_switch"},
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

func (h *Host) shell() []string { return []string{filepath.Join(h.root, "bin/sh")} }

func (h *Host) loaderSays(line string) bool {
	return strings.Contains(h.config("boot/loader.conf"), line)
}

// post queues the devctl event of a state change: of carp(4) from 10 on, of the carpN interface before.
func (h *Host) post(v *vhid) {
	var ev string
	if h.w.Release < 10 {
		t := "LINK_DOWN"
		if v.state == carpMaster {
			t = "LINK_UP"
		}
		ev = "system=IFNET subsystem=" + v.iface + " type=" + t
	} else {
		ev = "system=CARP subsystem=" + itoa(v.id) + "@" + v.iface + " type=" + v.state
	}
	h.Event(ev)
}

// Event puts an event into the kernel's queue.
func (h *Host) Event(ev string) {
	h.events = append(h.events, ev)
	h.deliver()
}

// deliver is devd: one event after the other, waiting for each action's shell.
func (h *Host) deliver() {
	if !h.devd || h.devdBusy || len(h.events) == 0 || h.init == nil {
		return
	}
	ev := h.events[0]
	h.events = h.events[1:]
	vars := map[string]string{"*": "!" + ev, "_": ev}
	for _, f := range strings.Fields(ev) {
		k, v, _ := strings.Cut(f, "=")
		vars[k] = v
	}
	action := h.devdAction(vars)
	if action == "" {
		h.deliver()
		return
	}
	h.devdBusy = true
	id := h.bootID
	h.w.after(2*time.Millisecond, func() {
		if h.bootID != id {
			return
		}
		h.Start("devd.log", func(int) {
			h.devdBusy = false
			h.deliver()
		}, append(h.shell(), "-c", action)...)
	})
}

var (
	notifyRE = regexp.MustCompile(`(?s)notify\s+(\d+)\s*\{(.*?)\}\s*;`)
	matchRE  = regexp.MustCompile(`match\s+"([^"]+)"\s+"([^"]+)"\s*;`)
	actionRE = regexp.MustCompile(`action\s+"([^"]+)"\s*;`)
	varRE    = regexp.MustCompile(`\$([A-Za-z][A-Za-z0-9_-]*|\*|_)`)
)

// devdAction finds the action of the first rule that matches, highest priority first. Values are anchored
// regular expressions without regard to case; variables become one quoted word (devd.cc of 12 and later;
// it writes $'…', which not every shell here knows, so plain quotes stand in for it).
func (h *Host) devdAction(vars map[string]string) string {
	best, action := -1, ""
	files, _ := filepath.Glob(filepath.Join(h.root, "usr/local/etc/devd/*.conf"))
	for _, f := range files {
		b, _ := os.ReadFile(f)
		text := regexp.MustCompile(`(?m)^\s*(#|//).*$`).ReplaceAllString(string(b), "")
		for _, n := range notifyRE.FindAllStringSubmatch(text, -1) {
			all := true
			for _, m := range matchRE.FindAllStringSubmatch(n[2], -1) {
				re, err := regexp.Compile("(?i)^" + m[2] + "$")
				if err != nil || !re.MatchString(vars[m[1]]) {
					all = false
				}
			}
			prio := 0
			for _, d := range n[1] {
				prio = prio*10 + int(d-'0')
			}
			if a := actionRE.FindStringSubmatch(n[2]); all && a != nil && prio > best {
				best, action = prio, a[1]
			}
		}
	}
	action = strings.ReplaceAll(action, "/usr/local/", h.root+"/usr/local/")
	return varRE.ReplaceAllStringFunc(action, func(s string) string { return "'" + vars[s[1:]] + "'" })
}

// hook runs hastd's exec program in the background. Hooks of one burst run at once and end in any order.
func (r *hastRes) hook(args ...string) {
	h := r.h
	h.Hooks = append(h.Hooks, strings.Join(args, " "))
	prog := h.hookProgram
	if prog == "" || h.init == nil || h.Power == Off {
		return
	}
	id := h.bootID
	h.w.after(time.Duration(h.w.rand.IntN(300))*time.Millisecond, func() {
		if h.bootID == id && h.hastd != nil {
			h.Start("hook.log", nil, append(append(h.shell(), prog), args...)...)
		}
	})
}
