//go:build linux

package simulator

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// The simulator has three forms. The short one, which `make check` runs, tells the stories and takes the
// rules of shortRules out; full takes every rule out and strikes more commands (`make simulate`); long runs
// the whole campaigns, which take hours: CARPOOL_LONG=1 go test -timeout 5h ./simulator
var (
	long = os.Getenv("CARPOOL_LONG") != ""
	full = long || os.Getenv("CARPOOL_FULL") != ""
)

// changes says whether a command changes something on a host. Those are struck by every kind of fault in
// the long campaign, which strikes commands that only read as well; the short one strikes each
// with one kind in turn.
func changes(name, line string) bool {
	switch name {
	case "fsync", "fsck", "umount", "route":
		return true
	case "hastctl":
		return strings.Contains(line, "role")
	case "mount":
		return strings.Contains(line, "-t ufs")
	case "zpool":
		return strings.Contains(line, "import") || strings.Contains(line, "export")
	case "service":
		return strings.Contains(line, "start") || strings.Contains(line, "stop")
	case "ifconfig":
		return strings.Contains(line, "advskew")
	}
	return false
}

var faultKinds = []FaultKind{FailBefore, HangBefore, KillBefore, DieBefore, FailAfter, HangAfter, KillAfter}

var shortPauses = map[string]string{
	"wait_cool_give": "5", "wait_cool_first": "5", "wait_cool_most": "20",
	"wait_import": "20", "wait_fsck": "20", "wait_mount": "20", "wait_start": "20",
}

// struck is one fault in one planned switch-over: the host that gives or the host that takes is hit at
// command number at. It returns the command that was hit, "" if the path is shorter.
func struck(w *World, taker bool, kind FaultKind, at int, match func(name, line string) bool) (string, error) {
	server := w.server()
	if server == nil {
		return "", fmt.Errorf("nobody serves before the fault")
	}
	f := &Fault{Host: server, Kind: kind, At: at, Match: match}
	if taker {
		f.Host = server.peer
	}
	w.Inject(f)
	server.Start("verb.log", nil, append(server.shell(), "-c", "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch give")...)
	w.Until(25*time.Second, func() bool { return f.Fired != "" || server.peer.serves() })
	if f.Fired == "" {
		w.Until(20*time.Second, func() bool { return f.Fired != "" })
	}
	hit := f.Fired
	w.Inject(nil)
	if !w.Until(5*time.Minute, w.converged) {
		return hit, fmt.Errorf("after %v at %q the pair does not converge", kind, hit)
	}
	w.Run(8 * time.Second)
	if !w.Until(time.Minute, w.converged) {
		return hit, fmt.Errorf("after %v at %q the pair does not stay converged", kind, hit)
	}
	if len(w.Violations) > 0 {
		return hit, fmt.Errorf("after %v at %q: %v", kind, hit, w.Violations)
	}
	return hit, nil
}

// campaign strikes the path of one side. The world goes on from fault to fault: what one leaves behind is
// there when the next one comes.
func campaign(t *testing.T, o Options, taker bool, kinds []FaultKind, match func(name, line string) bool) {
	w := working(t, o, switchOptions{settings: shortPauses})
	n := 0
	for at := 0; at < 400; at++ {
		todo := kinds
		if !long {
			todo = []FaultKind{kinds[at%len(kinds)]}
		}
		any := false
		for _, k := range todo {
			hit, err := struck(w, taker, k, at, match)
			if err != nil {
				fail(t, w, "position %d: %v", at, err)
			}
			if hit != "" {
				any = true
				n++
				total.faults.Add(1)
			}
		}
		if !any {
			break
		}
	}
	t.Logf("%d faults injected, %d checks of the invariants, %.0f s of world time", n, w.Checks, w.Now().Seconds())
	if n < 3 {
		t.Error("the path has hardly any command: does the test still see it?")
	}
}

func TestFaults(t *testing.T) {
	match := changes
	if long {
		match = nil
	}
	rotate := func(n int) []FaultKind { return append(append([]FaultKind{}, faultKinds[n:]...), faultKinds[:n]...) }
	for _, c := range []struct {
		name  string
		o     Options
		taker bool
		kinds []FaultKind
		long  bool
	}{
		{"promotion, ufs", Options{}, true, rotate(0), !full},
		{"demotion, ufs", Options{}, false, rotate(2), true},
		{"promotion, zfs", Options{Groups: zfsGroup()}, true, rotate(4), true},
		{"demotion, zfs", Options{Groups: zfsGroup()}, false, rotate(5), false},
	} {
		if c.long && !long {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			campaign(t, c.o, c.taker, c.kinds, match)
		})
	}
}

// TestStorm: a hundred changes of CARP's mind in any order; afterwards the pair finds itself.
func TestStorm(t *testing.T) {
	seeds := []uint64{1}
	if long {
		for s := uint64(2); s < 40; s++ {
			seeds = append(seeds, s)
		}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			w := working(t, Options{Seed: seed}, switchOptions{settings: shortPauses})
			for range 100 {
				h := w.Hosts[w.rand.IntN(2)]
				v := h.vhids[0]
				switch w.rand.IntN(4) {
				case 0:
					v.force(carpMaster)
				case 1:
					v.force(carpBackup)
				case 2: // the address is touched: INIT and on
					v.set(carpInit, "address changed")
					v.set(carpBackup, "initialization complete")
				case 3: // an event that says nothing true
					h.Event("system=CARP subsystem=1@em0 type=" + []string{carpInit, carpBackup, carpMaster}[w.rand.IntN(3)])
				}
				w.Run(time.Duration(w.rand.IntN(700)) * time.Millisecond)
			}
			settled(t, w, 4*time.Minute)
			w.clean(t)
		})
	}
}
