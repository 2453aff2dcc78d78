//go:build linux

package simulator

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The choices of the description, each with the situation that it is about.

func says(t *testing.T, h *Host, verb, want string) {
	t.Helper()
	if code, out := h.verb(t, verb); !strings.Contains(out, want) {
		t.Errorf("%s: %s: exit %d, does not say %q:\n%s", h.Name, verb, code, want, out)
	}
}

// program puts an operator's program on a host. It notes how it was called in /hooks.
func (h *Host) program(t *testing.T, path, body string) {
	t.Helper()
	h.write(t, path, "#!"+h.root+"/bin/sh\necho \"${0##*/} $*\" >>"+h.root+"/hooks\n"+body+"\n", 0o755)
}

// called lists the calls of the operator's programs on a host since it was asked last.
func (h *Host) called(t *testing.T) string {
	t.Helper()
	s := strings.TrimSpace(h.config("hooks"))
	h.write(t, "hooks", "", 0o644)
	return s
}

func isIdle(t *testing.T, w *World, h *Host, d time.Duration) {
	t.Helper()
	if err := always(w, d, h.Name+" is idle", h.idle); err != nil {
		fail(t, w, "%v", err)
	}
}

const fenceProgram = "/usr/local/libexec/fence"

var policyStories = []scenario{
	{name: "alone never", s: switchOptions{policy: map[string]string{"alone": `"never"`}}, run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		isIdle(t, w, b, 40*time.Second)
		says(t, b, "status", "the policy is to wait for the operator")
		says(t, b, "take", "take --force tells what would be lost")
		if code, out := b.verb(t, "take --force <<E\nyes\nE"); code != 1 || !strings.Contains(out, "Nothing was done.") {
			t.Errorf("a wrong word: exit %d\n%s", code, out)
		}
		isIdle(t, w, b, 20*time.Second)
		if code, out := b.verb(t, "take --force <<E\nfiles\nE"); code != 0 || !b.serves() {
			fail(t, w, "take --force: exit %d\n%s", code, out)
		}
	}},
	{name: "alone witness, and the witness is silent, too", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		w.Witness = false
		a.PowerCut()
		isIdle(t, w, b, 40*time.Second)
		w.Witness = true
		within(t, w, 20*time.Second, "b serves", b.serves)
	}},
	{name: "alone promote", s: switchOptions{policy: map[string]string{"alone": `"promote"`}}, run: func(t *testing.T, w *World, a, b *Host) {
		w.Witness = false
		a.PowerCut()
		within(t, w, 20*time.Second, "b serves", b.serves)
	}},
	{name: "alone fence", s: switchOptions{policy: map[string]string{"alone": `"fence"`, "fence": `"` + fenceProgram + `"`}}, run: func(t *testing.T, w *World, a, b *Host) {
		b.program(t, fenceProgram, "exit 1")
		a.PowerCut()
		isIdle(t, w, b, 30*time.Second)
		if got := b.called(t); got != "fence skunk1" {
			t.Errorf("called: %q", got)
		}
		if !mailed(b, "could not be fenced") {
			t.Errorf("mail: %v", b.Mail)
		}
		b.program(t, fenceProgram, "exit 0")
		within(t, w, time.Minute, "b serves", b.serves)
	}},
	{name: "isolated stay", long: true, s: switchOptions{policy: map[string]string{"isolated": `"stay"`}}, allow: []string{InvTwoInUse, InvDiverged, InvBothPrimary, InvStale},
		run: func(t *testing.T, w *World, a, b *Host) { // what it costs: two writers
			w.CutReplication(true)
			a.KillPort(true)
			w.Run(time.Minute)
			if a.mounts["/data"] == nil {
				fail(t, w, "a let go")
			}
		}},
	{name: "boot_alone wait", run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		b.PowerCut()
		a.PowerOn()
		isIdle(t, w, a, 3*time.Minute)
		says(t, a, "status", "take --force decides")
	}},
	{name: "boot_alone promote", long: true, s: switchOptions{policy: map[string]string{"boot_alone": `"promote"`}}, run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		b.PowerCut()
		a.PowerOn()
		isIdle(t, w, a, 90*time.Second)
		within(t, w, 90*time.Second, "a serves", a.serves)
		b.PowerOn()
		settled(t, w, 3*time.Minute)
	}},
	{name: "stuck reboot", s: switchOptions{policy: map[string]string{"stuck": `"reboot"`}}, run: func(t *testing.T, w *World, a, b *Host) {
		a.Busy["/data"] = 2
		a.Pull(true)
		within(t, w, 2*time.Minute, "b serves", b.serves)
		a.Pull(false)
		within(t, w, 3*time.Minute, "a follows", func() bool { return b.serves() && a.follows() })
	}},
	{name: "a suspended pool, stuck reboot", long: true, o: Options{Groups: zfsGroup()}, s: switchOptions{settings: shortPauses, policy: map[string]string{"stuck": `"reboot"`}},
		run: func(t *testing.T, w *World, a, b *Host) {
			a.hastd.res["r0"].setRole(roleInit)
			within(t, w, 2*time.Minute, "somebody serves", func() bool { return w.server() != nil })
			settled(t, w, 3*time.Minute)
		}},
	{name: "replication loses its carrier", long: true, run: func(t *testing.T, w *World, a, b *Host) {
		w.PullReplication(true)
		w.Run(time.Minute)
		if !a.serves() || b.effectiveGrade() < 240 {
			fail(t, w, "a should serve, b should be gone: it lacks writes")
		}
		w.PullReplication(false)
		within(t, w, 2*time.Minute, "b follows", func() bool { return a.serves() && b.follows() })
	}},
	{name: "the rendered times, careful", long: true, s: switchOptions{policy: map[string]string{"patience": ""},
		settings: map[string]string{"wait_tick": "", "wait_import": "", "wait_fsck": ""}}, run: func(t *testing.T, w *World, a, b *Host) {
		a.PowerCut()
		took := within(t, w, 40*time.Second, "b serves", b.serves)
		t.Logf("power cut to services, careful: %.1f s", took.Seconds())
		if took < 20*time.Second {
			t.Error("not careful")
		}
		a.PowerOn()
		settled(t, w, 2*time.Minute)
		b.verb(t, "give")
		took = within(t, w, 20*time.Second, "a serves", a.serves)
		t.Logf("give to services: %.1f s", took.Seconds())
	}},
	{name: "the operator's hooks", long: true, s: switchOptions{settings: shortPauses, policy: map[string]string{"check_every": "5", "hooks": `{
    before_master = "/h/before_master"
    after_master  = "/h/after_master"
    before_backup = "/h/before_backup"
    after_backup  = "/h/after_backup"
    failed        = "/h/failed"
    check         = "/h/check"
  }`}}, run: func(t *testing.T, w *World, a, b *Host) {
		for _, h := range w.Hosts {
			for _, n := range []string{"before_master", "after_master", "before_backup", "after_backup", "failed", "check"} {
				h.program(t, "h/"+n, "")
			}
		}
		w.Run(12 * time.Second)
		if got := a.called(t); !strings.HasPrefix(got, "check files") {
			t.Errorf("while serving: %q", got)
		}
		a.verb(t, "give")
		within(t, w, 20*time.Second, "b serves", b.serves)
		w.Run(2 * time.Second)
		if got := strings.ReplaceAll(a.called(t), "check files\n", ""); got != "before_backup files\nafter_backup files" {
			t.Errorf("the host that gave: %q", got)
		}
		if got := b.called(t); !strings.HasPrefix(got, "check files\nbefore_master files\nafter_master files") {
			t.Errorf("the host that took: %q", got)
		}
		settled(t, w, time.Minute)
		// A check that fails twice lets the other host take over; one that fails there refuses.
		a.program(t, "h/before_master", "exit 1")
		b.program(t, "h/check", "exit 1")
		within(t, w, time.Minute, "a was asked", func() bool { return strings.Contains(a.config("hooks"), "before_master") })
		w.Run(5 * time.Second)
		if got := a.called(t); !strings.Contains(got, "failed files promotion the before_master hook says no") {
			t.Errorf("failed: %q", got)
		}
		a.program(t, "h/before_master", "")
		within(t, w, 2*time.Minute, "a serves", a.serves)
		b.program(t, "h/check", "")
		settled(t, w, 2*time.Minute)
	}},
	{name: "a mailer that hangs or fails stops nothing", run: func(t *testing.T, w *World, a, b *Host) {
		isMail := func(name, _ string) bool { return name == "mail" }
		w.Inject(&Fault{Host: b, Kind: HangBefore, Match: isMail})
		a.verb(t, "give")
		within(t, w, 20*time.Second, "b serves", b.serves)
		settled(t, w, time.Minute)
		if w.Faults.Fired == "" {
			t.Error("no mail was sent")
		}
		w.Inject(&Fault{Host: a, Kind: FailBefore, Match: isMail})
		b.verb(t, "give")
		within(t, w, 20*time.Second, "a serves", a.serves)
		w.Run(70 * time.Second)
		if p := w.Processes(); strings.Contains(p, "mail -s") {
			t.Errorf("the mailer that hangs was not ended:\n%s", p)
		}
	}},
}

// What a killed script leaves behind is swept away by the next tick.
func TestSweep(t *testing.T) {
	t.Parallel()
	w := working(t, Options{}, switchOptions{})
	a := w.Hosts[0]
	for _, text := range []string{"hastctl list", "zpool list", "hastctl dump", "mount -p"} {
		w.when(a, text, func(c *call) bool {
			a.killShells(c.pid)
			return true
		})
		a.run(t, "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch answer status files")
		w.Run(6 * time.Second)
	}
	left := func() (files []string) {
		for _, pattern := range []string{"scratch.*", "letter.*"} {
			l, _ := filepath.Glob(filepath.Join(a.root, "var/run/carp-hast-switch/group/files", pattern))
			files = append(files, l...)
		}
		return files
	}
	a.write(t, "var/run/carp-hast-switch/group/files/scratch.answer.99999999.list", "", 0o600)
	a.write(t, "var/run/carp-hast-switch/group/files/letter.99999999.1000", "", 0o600)
	if len(left()) < 2 {
		t.Fatal("nothing is left behind")
	}
	within(t, w, 30*time.Second, "swept", func() bool { return len(left()) == 0 })
}

func TestPolicies(t *testing.T) { stories(t, policyStories) }
