//go:build linux

package simulator

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// The simulator has two forms. The short one, which `make check` runs, takes every rule out, tells most
// stories, and strikes the commands that change something with one kind of fault each. The full one (`make
// simulate`) tells all of them under all releases, strikes every command with every kind, and lets forty
// storms blow.
var full = os.Getenv("CARPOOL_FULL") != ""

// changes says whether a command changes something on a host.
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

// strikes says which commands a kind of fault befalls in the full form. A command that only reads has no
// effect after which it could fail, and to its caller one that was killed is one that failed. The tools that work
// on the host's own files do not hang without the whole host, and rm of what is there does not fail once. A loop
// that only sleeps is one position.
func strikes(kind FaultKind) func(name, line string) bool {
	last := ""
	return func(name, line string) bool {
		again := name == "sleep" && line == last
		last = line
		switch {
		case again:
			return false
		case kind.after() || kind == DieBefore:
			return changes(name, line)
		case fileTools[name] != nil && kind != KillBefore:
			return name != "rm" && kind != HangBefore
		}
		return true
	}
}

// hangs is how long a hanging command hangs, where nothing ends it before.
const hangs = time.Minute

// struck is one fault in one planned switch-over: the host that gives or the host that takes is hit at
// command number at. It returns the command that was hit, "" if the path is shorter.
func struck(w *World, taker bool, kind FaultKind, at int, match func(name, line string) bool) (string, error) {
	server := w.server()
	if server == nil {
		return "", fmt.Errorf("nobody serves before the fault")
	}
	f := &Fault{Host: server, Kind: kind, At: at, Match: match, Ends: hangs}
	if taker {
		f.Host = server.peer
	}
	w.Inject(f)
	server.Start("verb.log", nil, append(server.shell(), "-c", "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch give")...)
	fired := func() bool { return f.Fired != "" }
	w.Until(25*time.Second, func() bool { return fired() || server.peer.serves() })
	if !fired() && !w.Until(2*time.Second, fired) { // what is done afterwards belongs to it, too
		w.Inject(nil)
		if !server.peer.serves() {
			return "", fmt.Errorf("nothing is struck, and the wish to give leads to nothing")
		}
		return "", nil
	}
	hit := f.Fired
	if !w.Until(2*hangs, f.Over) {
		return hit, fmt.Errorf("after %v %q does not end", kind, hit)
	}
	// A hook of hastd that was killed is made up for by ten minutes of "complete" (R6, synced).
	if !w.Until(11*time.Minute, w.converged) {
		return hit, fmt.Errorf("after %v at %q the pair does not converge %v", kind, hit, w.Violations)
	}
	w.Inject(nil)
	w.Run(2 * time.Second)
	if !w.Until(time.Minute, w.converged) {
		return hit, fmt.Errorf("after %v at %q the pair does not stay converged", kind, hit)
	}
	if len(w.Violations) > 0 {
		return hit, fmt.Errorf("after %v at %q: %v", kind, hit, w.Violations)
	}
	return hit, nil
}

// A campaign strikes the path of one side at one position after the other. The world goes on from fault to
// fault: what one leaves behind is there when the next one comes.
type campaign struct {
	name  string
	o     Options
	taker bool
	kinds []FaultKind // of position n: kinds[n % len(kinds)]
	match func(kind FaultKind) func(name, line string) bool
}

func (c campaign) run(t *testing.T) {
	var w *World
	n, failed := 0, 0
	for at := 0; failed < 10; at++ {
		if w == nil {
			w = working(t, c.o, switchOptions{settings: shortPauses})
		}
		kind := c.kinds[at%len(c.kinds)]
		hit, err := struck(w, c.taker, kind, at, c.match(kind))
		if err != nil { // tell it, and go on in a new world
			failed++
			t.Errorf("position %d: %v\nat %.1f s\n%s%s\n%s", at, err, w.Now().Seconds(), w.State(), w.Processes(), w.Diary(140))
			w.Close()
			w = nil
		} else if hit == "" {
			break
		}
		n++
		total.faults.Add(1)
	}
	t.Logf("%d faults injected", n)
	if n < 3 {
		t.Error("the path has hardly any command: does the test still see it?")
	}
}

func campaigns() []campaign {
	zfs := Options{Groups: zfsGroup()}
	all := []campaign{
		{name: "promotion, ufs", taker: true},
		{name: "demotion, ufs"},
		{name: "promotion, zfs", taker: true, o: zfs},
		{name: "demotion, zfs", o: zfs},
	}
	if !full {
		for i := range all { // each kind at another position
			all[i].kinds = append(append([]FaultKind{}, faultKinds[i:]...), faultKinds[:i]...)
			all[i].match = func(FaultKind) func(name, line string) bool { return changes }
		}
		return []campaign{all[0], all[3]}
	}
	var l []campaign
	for _, c := range all {
		for _, k := range faultKinds {
			c := c
			c.name, c.kinds, c.match = c.name+", "+k.String(), []FaultKind{k}, strikes
			l = append(l, c)
		}
	}
	return l
}

func TestFaults(t *testing.T) {
	for _, c := range campaigns() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

// TestStorm: a hundred changes of CARP's mind in any order; afterwards the pair finds itself.
func TestStorm(t *testing.T) {
	seeds := []uint64{1}
	if full {
		for s := uint64(2); s <= 40; s++ {
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
