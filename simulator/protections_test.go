//go:build linux

package simulator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A protection is a rule of the switch together with a story that ends badly without it. The story returns
// what is wrong; a violated invariant counts too. It runs twice: as the scripts are, and with the rule out.
type protection struct {
	rule     string
	name     string
	o        Options
	settings map[string]string // rendered settings that the story needs otherwise
	without  switchOptions
	also     []string // invariants the story itself breaks
	story    func(t *testing.T, w *World, a, b *Host) error
}

func not(w *World, d time.Duration, what string, cond func() bool) error {
	if w.Until(d, cond) {
		return nil
	}
	return fmt.Errorf("not within %v: %s", d, what)
}

// always watches that cond holds for d.
func always(w *World, d time.Duration, what string, cond func() bool) error {
	if w.Until(d, func() bool { return !cond() }) {
		return fmt.Errorf("at %.1f s no longer: %s", w.Now().Seconds(), what)
	}
	return nil
}

// waitIdle is a story in which b must not touch its stale copy.
func waitIdle(w *World, b *Host) error {
	return always(w, 45*time.Second, "b is idle", b.idle)
}

var protections = []protection{
	{rule: "R1", name: "a booting host is held",
		without: switchOptions{override: `hold() { mkdir -p "$run"; }
grade() { [ "$1" = gone ] && [ "$hastd" != up ] || return 0; }`, replace: [][2]string{{`[ "$any_primary" = yes ] || grade gone`, `:`}}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.PowerCut()
			if err := not(w, 30*time.Second, "b serves", b.serves); err != nil {
				return err
			}
			noHold(t, a)
			a.PowerOn()
			return always(w, 50*time.Second, "b serves", b.serves)
		}},
	{rule: "R2", name: "a dead hastd: clean up, gone, start again",
		without: switchOptions{override: `mend_hastd() { why='hastd does not run'; return 1; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.KillHastd()
			return not(w, time.Minute, "b serves", b.serves)
		}},
	{rule: "R3", name: "the tick finds what no event told",
		without: switchOptions{override: `watch() { while sleep 1000; do :; done; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.devd, b.devd = false, false // every event of CARP is lost
			a.hookProgram, b.hookProgram = "", ""
			a.Pull(true)
			return not(w, time.Minute, "b serves", b.serves)
		}},
	{rule: "R4", name: "no promotion without evidence that the own LAN works",
		without: switchOptions{replace: [][2]string{{`elif [ "$lan" = dead ] && ! {`, `elif false && ! {`}}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.verb(t, "maintenance on")
			if err := not(w, time.Minute, "b serves", b.serves); err != nil {
				return err
			}
			w.Run(10 * time.Second)
			b.PowerCut()
			w.Run(5 * time.Second)
			b.KillPort(true)
			b.PowerOn()
			b.Allow = true // its address is up, so that only the rule under test decides
			return always(w, time.Minute, "b uses no storage that no client could reach", b.idle)
		}},
	{rule: "R5", name: "cur ends with the connection it was told about", o: Options{Resync: time.Minute},
		without: switchOptions{override: `forget_cur() { return 1; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			w.CutReplication(true)
			w.Run(45 * time.Second)
			w.CutReplication(false)
			if !w.Until(time.Minute, func() bool { return b.hastd.res["r0"].conn != nil }) {
				return fmt.Errorf("no reconnection")
			}
			w.Run(8 * time.Second)
			a.PowerCut()
			return waitIdle(w, b)
		}},
	{rule: "R6", name: "told means localcnt 0, not status complete", o: Options{Resync: time.Minute},
		without: switchOptions{override: `peer_is_current() { [ "$role" = primary ] && [ "$complete" = yes ]; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			b.PowerCut()
			w.Run(30 * time.Second)
			b.PowerOn()
			if !w.Until(time.Minute, func() bool { return b.hastd != nil && b.hastd.res["r0"].conn != nil }) {
				return fmt.Errorf("no reconnection")
			}
			w.Run(12 * time.Second)
			a.PowerCut()
			return waitIdle(w, b)
		}},
	{rule: "R7", name: "who has newer data goes first",
		without: switchOptions{override: `better() { return 0; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			b.PowerCut()
			w.Run(30 * time.Second) // a writes alone
			a.PowerCut()
			w.Run(2 * time.Second)
			a.PowerOn()
			b.PowerOn()
			a.Pull(true) // only b can have the address
			b.Allow = true
			return always(w, 50*time.Second, "b is idle", b.idle)
		}},
	{rule: "R8", name: "never beside a primary peer",
		without: switchOptions{override: `may_beside_answering() { return 0; }
wait_workers() { return 0; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			w.CutLAN(true)
			return always(w, 70*time.Second, "b is idle", b.idle)
		}},
	{rule: "R8", name: "the peer is asked (and hastd's worker is evidence)",
		without: switchOptions{override: `may_beside_answering() { may_beside_silent; }
wait_workers() { return 0; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			w.CutLAN(true)
			return always(w, 70*time.Second, "b is idle", b.idle)
		}},
	{rule: "R8", name: "a silent peer: only a copy known to be the newest",
		without: switchOptions{override: `fresh() { return 0; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			w.CutReplication(true)
			w.Run(45 * time.Second)
			a.PowerCut()
			return waitIdle(w, b)
		}},
	{rule: "R8", name: "authority proves nothing without lonely writes",
		without: switchOptions{override: `fresh() { told || [ "$auth" = yes ]; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.PowerCut()
			if err := not(w, 30*time.Second, "b serves", b.serves); err != nil {
				return err
			}
			w.Run(10 * time.Second)
			b.PowerCut()
			a.PowerOn()
			return always(w, 50*time.Second, "a is idle", a.idle)
		}},
	{rule: "R5", name: "cur does not survive a reboot",
		without: switchOptions{override: `$SURVIVE`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			keep := readCur(b)
			b.PowerCut()
			w.Run(30 * time.Second)
			a.PowerCut()
			b.PowerOn()
			if strings.Contains(b.script(), "carp-hast-survive") {
				w.when(b, "hastctl role secondary", func(*call) bool { // after boot cleaned up
					writeCur(t, b, keep)
					return false
				})
			}
			return waitIdle(w, b)
		}},
	{rule: "R9", name: "a host that resynchronises advertises gone", o: Options{Resync: time.Minute},
		without: switchOptions{override: `could_follow() { return 0; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			b.PowerCut()
			w.Run(20 * time.Second)
			b.PowerOn()
			return always(w, 50*time.Second, "b advertises gone", func() bool { return b.effectiveGrade() >= 240 })
		}},
	{rule: "R9", name: "the returning preferred host holds",
		without: switchOptions{perHost: func(i int) map[string]string {
			return map[string]string{"g1v1_hold": itoa(100 * i)}
		}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.PowerCut()
			if err := not(w, 30*time.Second, "b serves", b.serves); err != nil {
				return err
			}
			a.PowerOn()
			return always(w, 70*time.Second, "b serves", b.serves)
		}},
	{rule: "R10", name: "the second look sees another one's flag",
		without: switchOptions{override: `second_look() { look; why=''; }`},
		story:   bothDecide},
	{rule: "R10", name: "a first look that is too old does not count",
		without: switchOptions{settings: map[string]string{"wait_look_age": "100000"}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.PowerCut()
			w.when(b, "hastctl role primary", func(c *call) bool {
				// the whole script stands still (a swapping host) and goes on when a boot could be over
				w.after(30*time.Second, c.run)
				return true
			})
			w.Hosts[1].w.Run(0)
			return always(w, 50*time.Second, "b is idle", b.idle)
		},
		settings: map[string]string{"wait_role": "60"}},
	{rule: "R10", name: "cur is removed before role primary",
		without: switchOptions{replace: [][2]string{{"	rm -f \"$here/cur\"\n	forget_hooks", "	forget_hooks"}}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.PowerCut()
			seen := error(nil)
			w.when(b, "hastctl role primary", func(c *call) bool {
				if readCur(b) != "" {
					seen = fmt.Errorf("role primary is set while the note cur still lies there")
				}
				return false
			})
			w.Run(20 * time.Second)
			return seen
		}},
	{rule: "R10", name: "a reject route ends hastd's wait for a dead peer",
		without: switchOptions{override: `reject_on() { return 0; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.PowerCut()
			return not(w, 15*time.Second, "b serves", b.serves)
		}},
	{rule: "R11", name: "INIT makes the host let go",
		settings: map[string]string{"wait_lan_dead": "100000"},
		without:  switchOptions{replace: [][2]string{{`elif [ "$carp" = INIT ]; then`, `elif false; then`}}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.Pull(true)
			return not(w, time.Minute, "b serves", b.serves)
		}},
	{rule: "R11", name: "a dead LAN makes the host let go",
		without: switchOptions{settings: map[string]string{"wait_lan_dead": "100000"}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.KillPort(true)
			return not(w, time.Minute, "b serves", b.serves)
		}},
	{rule: "R12", name: "role secondary only when nothing is in use",
		without: switchOptions{override: `export_storage() { return 0; }
become_secondary() { limited 10 hastctl role secondary $names; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.Busy["/data"] = 2
			a.verb(t, "give")
			w.Run(20 * time.Second)
			return nil
		}},
	{rule: "R13", name: "a failed promotion gives the address away",
		without: switchOptions{replace: [][2]string{{"grade() {", "grade() {\n\t[ \"$1\" != gone ] || [ \"$failures\" -eq 0 ] || return 0"}}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			b.Broken["nfsd"] = true
			w.when(b, "service nfsd onestart", func(c *call) bool { // long enough for a to be told
				w.after(20*time.Second, c.run)
				return true
			})
			a.verb(t, "give")
			return not(w, time.Minute, "a serves again", a.serves)
		}},
	{rule: "R14", name: "a killed promotion is resumed",
		without: switchOptions{override: `act_leftover() { why='left over'; return 1; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			w.when(b, "fsck", func(c *call) bool {
				b.killShells(c.pid)
				return true
			})
			a.verb(t, "give")
			return not(w, 90*time.Second, "somebody serves", func() bool { return w.server() != nil })
		}},
	{rule: "R14", name: "a worker that hangs is killed",
		without: switchOptions{override: `revive() { :; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			// Between the stopped services and the address that is given away, in a command without a limit.
			w.Inject(&Fault{Host: a, Kind: HangBefore, At: 2, Ends: time.Hour,
				Match: func(_, line string) bool { return line == "date +%H:%M:%S" }})
			a.Start("verb.log", nil, append(a.shell(), "-c", "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch give")...)
			return not(w, 50*time.Second, "b serves", b.serves)
		}},
	{rule: "R14", name: "services without storage are stopped",
		without: switchOptions{override: `stop_services() { return 0; }`},
		also:    []string{InvYanked},
		story: func(t *testing.T, w *World, a, b *Host) error {
			a.KillHastd()
			w.Run(50 * time.Second)
			return nil
		}},
	{rule: "R15", name: "the last word at a shutdown",
		without: switchOptions{override: `last_word() { return 1; }
hand_over() { return 1; }`},
		settings: map[string]string{"wait_tick": "9"},
		story: func(t *testing.T, w *World, a, b *Host) error {
			looked := false
			w.when(b, "hastctl dump", func(*call) bool { looked = true; return false })
			w.Until(10*time.Second, func() bool { return looked })
			w.Run(3 * time.Second) // the next look of b is 6 s away
			if err := resetUnnoticed(w, a, b); err != nil {
				return err
			}
			b.devd = false
			a.Shutdown(nil)
			if err := not(w, time.Minute, "a is off", func() bool { return a.Power == Off }); err != nil {
				return err
			}
			return waitIdle(w, b)
		}},
	{rule: "R15", name: "the last word to a peer that does not take over",
		settings: map[string]string{"wait_tick": "9"},
		without:  switchOptions{override: `last_word() { return 1; }`},
		story: func(t *testing.T, w *World, a, b *Host) error {
			b.verb(t, "maintenance on")
			w.Run(11 * time.Second)
			if err := resetUnnoticed(w, a, b); err != nil {
				return err
			}
			a.Shutdown(nil)
			if err := not(w, time.Minute, "a is off", func() bool { return a.Power == Off }); err != nil {
				return err
			}
			b.verb(t, "maintenance off")
			return waitIdle(w, b)
		}},
	{rule: "R16", name: "one worker at a time",
		without: switchOptions{override: `other_worker() { return 1; }`, replace: [][2]string{
			{`lockf -k -s -t 0 "$here/lock" sh`, `sh`}}},
		story: func(t *testing.T, w *World, a, b *Host) error {
			w.when(b, "fsck", func(c *call) bool { // a slow step, and events meanwhile
				w.after(12*time.Second, c.run)
				return true
			})
			a.verb(t, "give")
			return not(w, time.Minute, "b serves", b.serves)
		}},
}

// resetUnnoticed: the connection is reset, a writes alone, and no hook tells b. (After a silent cut b has 20 s to
// notice before the first such write.)
func resetUnnoticed(w *World, a, b *Host) error {
	b.hookProgram = ""
	b.hastd.res["r0"].connLost("reset")
	if !w.Until(3*time.Second, func() bool { return a.copies["r0"].localcnt == 1 }) || readCur(b) == "" {
		return fmt.Errorf("the story did not happen: localcnt %d, note of b %q", a.copies["r0"].localcnt, readCur(b))
	}
	return nil
}

// bothDecide makes both hosts MASTER and lets neither set its role before the other one decided, too.
func bothDecide(t *testing.T, w *World, a, b *Host) error {
	a.must(t, "service nfsd onestop && umount /data") // nothing is lost when the power goes
	for _, h := range w.Hosts {
		h.PowerCut()
		// As after the first installation: both may, nobody was primary before.
		os.RemoveAll(filepath.Join(h.root, "var/db/carp-hast-switch/files"))
	}
	w.LANCut = true
	var held []*call
	for _, h := range w.Hosts {
		w.when(h, "hastctl role primary", func(c *call) bool {
			if held = append(held, c); len(held) == 2 {
				for _, c := range held {
					c.run()
				}
			}
			return true
		})
	}
	a.PowerOn()
	b.PowerOn()
	w.Run(75 * time.Second)
	if len(held) < 2 {
		return fmt.Errorf("the story did not happen: %d hosts decided", len(held))
	}
	return nil
}

func curPath(h *Host) string {
	return filepath.Join(h.root, "var/run/carp-hast-switch/group/files/cur")
}

func readCur(h *Host) string {
	b, _ := os.ReadFile(curPath(h))
	return string(b)
}

func writeCur(t *testing.T, h *Host, s string) {
	os.MkdirAll(filepath.Dir(curPath(h)), 0o755)
	if err := os.WriteFile(curPath(h), []byte(s), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (h *Host) script() string {
	b, _ := os.ReadFile(filepath.Join(h.root, "usr/local/scripts/carp-hast-switch"))
	return string(b)
}

// noHold takes what holds CARP at boot out of a host whose script has no hold either.
func noHold(t *testing.T, h *Host) {
	s := h.script()
	if strings.Contains(s, `hold() { mkdir -p "$run"; }`) {
		os.Remove(filepath.Join(h.root, "boot/loader.conf"))
	}
}

// TestProtections: with the rule the story ends well, without it it does not.
func TestProtections(t *testing.T) {
	for _, p := range protections {
		for _, out := range []bool{false, true} {
			name := p.rule + " " + p.name
			if out {
				name += ", taken out"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p.run(t, out)
			})
		}
	}
}

func (p protection) run(t *testing.T, out bool) {
	s := switchOptions{settings: p.settings}
	if out {
		s = p.without
		s.settings = over(p.settings, s.settings)
		if s.override == `$SURVIVE` {
			s.override = ": carp-hast-survive"
		}
	}
	w := working(t, p.o, s)
	for _, i := range p.also {
		w.Allowed[i] = true
	}
	err := p.story(t, w, w.Hosts[0], w.Hosts[1])
	bad := err != nil || len(w.Violations) > 0
	switch {
	case out && !bad:
		fail(t, w, "without the protection nothing goes wrong: the test does not hold it")
	case out:
		t.Logf("without it: %v %v", err, w.Violations)
	case bad:
		fail(t, w, "%v %v", err, w.Violations)
	}
}
