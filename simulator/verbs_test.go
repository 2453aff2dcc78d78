//go:build linux

package simulator

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// jsonStatus runs status --json, which has to be JSON whatever the state is.
func jsonStatus(t *testing.T, h *Host) map[string]any {
	t.Helper()
	code, out := h.verb(t, "status --json")
	var v struct {
		FormatVersion int `json:"format_version"`
		Node          string
		Groups        []map[string]any
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 {
		t.Fatalf("exit %d, %v:\n%s", code, err, out)
	}
	if v.FormatVersion != 1 || v.Node != h.Name || len(v.Groups) == 0 {
		t.Fatalf("%s", out)
	}
	return v.Groups[0]
}

var verbStories = []scenario{
	{name: "take", run: func(t *testing.T, w *World, a, b *Host) {
		if code, out := b.verb(t, "take"); code != 0 || !strings.Contains(out, "skunk2 serves files.") || !b.serves() {
			fail(t, w, "take: exit %d\n%s", code, out)
		}
		if code, out := b.verb(t, "take"); code != 0 || !strings.Contains(out, "primary of files already") {
			t.Errorf("again: exit %d\n%s", code, out)
		}
		w.Run(2 * time.Second)
		// a has just given and stays out for a while.
		if code, out := a.verb(t, "take --force"); code != 1 || !strings.Contains(out, "skunk2 is primary. It is asked to give.") ||
			!strings.Contains(out, "refused") {
			t.Errorf("too early: exit %d\n%s", code, out)
		}
		if !b.serves() {
			fail(t, w, "b does not serve")
		}
	}},
	{name: "words of old scripts change nothing", run: func(t *testing.T, w *World, a, b *Host) {
		for _, words := range []string{"master", "slave", "backup", "MASTER 1@em0", "BACKUP 1@em0", "INIT 1@em0", "MASTER 9@em7", "wake"} {
			for _, h := range w.Hosts {
				if code, out := h.verb(t, words); code != 0 || out != "" {
					t.Errorf("%s: exit %d %s", words, code, out)
				}
			}
			w.Run(time.Second)
		}
		for _, words := range []string{"", "mastre", "maintenance", "maintenance maybe", "give nothing", "status nothing"} {
			if code, out := a.verb(t, words); code != 64 || out == "" {
				t.Errorf("%q: exit %d %s", words, code, out)
			}
		}
		settled(t, w, 20*time.Second)
	}},
	{name: "status --json in every state", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		want := func(h *Host, state string) {
			t.Helper()
			if g := jsonStatus(t, h); g["state"] != state {
				t.Errorf("%s: %v, want %s: %v", h.Name, g["state"], state, g)
			}
		}
		want(a, "serving")
		want(b, "ready")
		b.verb(t, "maintenance on")
		w.Run(6 * time.Second)
		if g := jsonStatus(t, b); g["maintenance"] != true || g["state"] != "waiting" {
			t.Errorf("maintenance: %v", g)
		}
		says(t, b, "status", "MAINTENANCE")
		b.KillHastd() // it is left so in maintenance
		w.Run(6 * time.Second)
		if g := jsonStatus(t, b); g["state"] != "waiting" || !strings.Contains(g["waits_for"].(string), "hastd does not run") {
			t.Errorf("without hastd: %v", g)
		}
		b.verb(t, "maintenance off")
		settled(t, w, 2*time.Minute)
		w.CutReplication(true)
		w.CutLAN(true)
		want(a, "serving")
		want(b, "ready") // the witness answers: it would take over
		w.CutReplication(false)
		w.CutLAN(false)
		settled(t, w, 2*time.Minute)
		// In the middle of a change, with a quote in what it waits for.
		slow(w, b, "fsck", 6*time.Second)
		a.Start("verb.log", nil, append(a.shell(), "-c", "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch give")...)
		w.Until(20*time.Second, func() bool { return b.hastd.res["r0"].role == rolePrimary })
		w.Run(2 * time.Second)
		if g := jsonStatus(t, b); g["state"] != "changing" || !strings.Contains(g["waits_for"].(string), "checking /dev/hast/r0") {
			t.Errorf("in between: %v", g)
		}
		h := filepath.Join(b.root, "var/db/carp-hast-switch/files/last")
		settled(t, w, 2*time.Minute)
		os.WriteFile(h, []byte("2026-01-01 00:00:00 a \"quoted\" \\ and a\ttab\x01\n"), 0o600)
		if g := jsonStatus(t, b); !strings.Contains(g["last"].(string), `a "quoted" \ and a`) {
			t.Errorf("quoting: %v", g["last"])
		}
	}},
	{name: "split-brain", allow: []string{InvStale, InvDiverged}, run: func(t *testing.T, w *World, a, b *Host) {
		alone(t, w)
		a.PowerCut()
		b.verb(t, "take --force <<E\nfiles\nE")
		within(t, w, time.Minute, "b serves", b.serves)
		w.CutReplication(false)
		a.PowerOn()
		w.Run(time.Minute)
		code, out := a.verb(t, "split-brain </dev/null")
		for _, want := range []string{"skunk1: role secondary, reign 1, writes of its own: yes", "skunk2: role primary, reign 2, writes of its own: yes",
			"carp-hast-switch maintenance on files", "hastctl role init r0", "hastctl create r0", "hastctl role secondary r0", "Nothing was done."} {
			if !strings.Contains(out, want) {
				t.Errorf("split-brain does not say %q:\n%s", want, out)
			}
		}
		if code != 1 {
			t.Errorf("without a word: exit %d", code)
		}
		if _, out := b.verb(t, "split-brain <<E\ndestroy-files-on-skunk2\nE"); !strings.Contains(out, "cannot be thrown away from here") {
			t.Errorf("on the host that serves:\n%s", out)
		}
		w.clean(t) // nothing was created by anything so far
		w.Allowed[InvCreate] = true
		if code, out = a.verb(t, "split-brain <<E\ndestroy-files-on-skunk1\nE"); code != 0 {
			t.Errorf("with the word: exit %d\n%s", code, out)
		}
		settled(t, w, 2*time.Minute)
		if c := a.copies["r0"]; c.localcnt+c.remotecnt != 0 || !b.serves() {
			fail(t, w, "not repaired")
		}
		if _, out := b.verb(t, "status"); strings.Contains(out, "SPLIT") || strings.Contains(out, "ALARM") {
			t.Errorf("status still says:\n%s", out)
		}
	}},
	{name: "broken settings stop the script before it touches anything", run: func(t *testing.T, w *World, a, b *Host) {
		path := filepath.Join(b.root, settingsFile)
		good, _ := os.ReadFile(path)
		lines := strings.SplitAfter(string(good), "\n")
		cut := func(n int) string { return strings.Join(lines[:n], "") }
		for _, c := range []struct{ what, text, says string }{
			{"missing", "", "missing"},
			{"empty", "\n", "cut short"},
			{"half of it", cut(len(lines) / 2), "cut short"},
			{"the last line lost", cut(len(lines) - 2), "cut short"},
			{"in the middle of a quote", string(good[:len(good)/2]) + "'", ""},
			{"another format", strings.Replace(string(good), "settings_format='1'", "settings_format='2'", 1), "is not mine"},
			{"no number", strings.Replace(string(good), "g1_wait_role='10'", "g1_wait_role='soon'", 1), "g1_wait_role is no number"},
			{"a setting lost", strings.Replace(string(good), "g1_wait_role='10'", "", 1), "g1_wait_role is missing"},
			{"no address", strings.Replace(string(good), "g1_vips=' g1v1'", "g1_vips=''", 1), "g1_vips is empty"},
		} {
			os.Remove(path)
			if c.text != "" {
				b.write(t, settingsFile, c.text, 0o644)
			}
			f := &Fault{Host: b, Kind: NoFault, Match: func(name, line string) bool {
				return name != "logger" && name != "id" && name != "ls" && name != "sleep" && name != "date"
			}}
			w.Inject(f)
			for _, verb := range []string{"MASTER 1@em0", "hook role r0 secondary primary", "boot", "shutdown", "work g1", "tick", "give", "take", "status", "check"} {
				f.Log = nil
				code, out := b.verb(t, verb)
				if code != 78 || !strings.Contains(out, c.says) {
					t.Errorf("%s: %s: exit %d\n%s", c.what, verb, code, out)
				}
				if verb == "give" {
					for _, l := range f.Log {
						if changes(strings.Fields(l)[0], l) {
							t.Errorf("%s: %s: ran %s", c.what, verb, l)
						}
					}
				}
			}
		}
		w.Inject(nil)
		b.write(t, settingsFile, string(good), 0o666)
		os.Chmod(path, 0o666)
		if code, out := b.verb(t, "status"); code != 78 || !strings.Contains(out, "may write it") {
			t.Errorf("everybody may write it: exit %d\n%s", code, out)
		}
		os.Chmod(path, 0o644)
		b.verb(t, "wake")
		settled(t, w, time.Minute)
	}},
	{name: "maintenance survives a reboot, also of the only host", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		b.verb(t, "maintenance on")
		b.Reboot()
		within(t, w, 2*time.Minute, "b is back", func() bool { return b.Power == Off })
		within(t, w, 2*time.Minute, "b is back", func() bool { return b.Power == Up })
		w.Run(20 * time.Second)
		a.PowerCut()
		isIdle(t, w, b, 30*time.Second)
		b.verb(t, "maintenance off")
		if code, out := b.verb(t, "status"); code != 0 || strings.Contains(out, "MAINTENANCE") {
			t.Errorf("%s", out)
		}
		within(t, w, time.Minute, "b serves: it was told after its reboot", b.serves)
	}},
}

func TestVerbs(t *testing.T) { stories(t, verbStories) }

// TestCheck: each thing that check looks for is broken once, and found.
func TestCheck(t *testing.T) {
	t.Parallel()
	w := working(t, Options{}, switchOptions{policy: map[string]string{"hooks": `{ after_master = "/h/after" }`}})
	a, b := w.Hosts[0], w.Hosts[1]
	a.program(t, "h/after", "")
	b.program(t, "h/after", "")
	w.Run(10 * time.Second)
	for _, h := range w.Hosts {
		if code, out := h.verb(t, "check"); code != 0 || strings.Contains(out, "FAIL") || strings.Contains(out, "warn") {
			t.Errorf("%s: nothing is wrong, exit %d\n%s", h.Name, code, out)
		}
	}
	file := func(path string) (func(), func()) {
		p := filepath.Join(b.root, path)
		return func() { os.Rename(p, p+".away") }, func() { os.Rename(p+".away", p) }
	}
	add := func(path, text string) (func(), func()) {
		return func() { b.write(t, path, text, 0o644) }, func() { os.Remove(filepath.Join(b.root, path)) }
	}
	type broken struct {
		want       string
		fails      bool
		do, mended func()
	}
	list := []broken{
		{"net.inet.carp.preempt is not 1", true, func() { b.Preempt = 0 }, func() { b.Preempt = 1 }},
		{"hastd is down", true, func() { b.KillHastd() }, func() { w.Run(50 * time.Second) }},
		{"skunk1 is silent on rep", true, func() { w.CutReplication(true) }, func() { w.CutReplication(false); w.Run(40 * time.Second) }},
		{"no witness answers", true, func() { w.Witness = false }, func() { w.Witness = true }},
		{"the address is not configured on em0", true, func() { b.vhids[0].iface = "em9" }, func() { b.vhids[0].iface = "em0" }},
	}
	pairOf := func(want string, fails bool, do, mended func()) { list = append(list, broken{want, fails, do, mended}) }
	do, mended := file("h/after")
	pairOf("after_master: /h/after is not executable", true, do, mended)
	do, mended = file("etc/rc.d/nfsd")
	pairOf("service nfsd: no such rc.d script", true, do, mended)
	do, mended = file("dev/ada1")
	pairOf("r0: /dev/ada1 is missing", true, do, mended)
	do, mended = file("data")
	pairOf("mount point /data is missing", true, do, mended)
	do, mended = file("var/run/carp-hast-switch/booted")
	pairOf("rc.d/carp_hast_switch was not started", true, do, mended)
	do, mended = add("var/run/carp-hast-switch/held", "allow\n")
	pairOf("CARP is held back since boot", false, do, mended)
	for _, c := range list {
		c.do()
		code, out := b.verb(t, "check")
		if !strings.Contains(out, c.want) || c.fails && code != 1 {
			t.Errorf("not found: %s: exit %d\n%s", c.want, code, out)
		}
		c.mended()
	}
	settled(t, w, 2*time.Minute)
	a.verb(t, "maintenance on files")
	within(t, w, time.Minute, "b serves", b.serves)
	w.Run(10 * time.Second)
	if code, out := b.verb(t, "check"); code != 1 || !strings.Contains(out, "skunk1 could not take over: it is in maintenance") {
		t.Errorf("maintenance of the peer: exit %d\n%s", code, out)
	}
}

// TestCheckOldReleases: what 8.x and 9.x lack is said. Without timeout(1) a loop of the script stands in for it.
func TestCheckOldReleases(t *testing.T) {
	noTimeout := [][2]string{
		{`if command -v timeout >/dev/null`, `if command -v timeout-of-10.3 >/dev/null`},
		{`	command -v timeout >/dev/null`, `	command -v timeout-of-10.3 >/dev/null`},
	}
	for _, release := range []int{8, 9} {
		if release == 9 && !full {
			continue
		}
		t.Run(itoa(release), func(t *testing.T) {
			t.Parallel()
			// Without hooks of hastd a resynchronisation is over when dirty is 0: an idle host.
			w := pair(t, Options{Release: release, WriteEvery: -1}, switchOptions{settings: shortPauses, replace: noTimeout})
			a, b := w.Hosts[0], w.Hosts[1]
			_, out := a.verb(t, "check")
			for _, want := range []string{"FreeBSD " + releases[release], "cannot hold CARP back at boot", "no timeout(1)"} {
				if !strings.Contains(out, want) {
					t.Errorf("check does not say %q:\n%s", want, out)
				}
			}
			if says := strings.Contains(out, "hastd has no hooks"); says != (release == 8) {
				t.Errorf("hooks of hastd:\n%s", out)
			}
			a.verb(t, "give")
			within(t, w, 30*time.Second, "b serves", b.serves)
			w.clean(t)
		})
	}
}
