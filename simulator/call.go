//go:build linux

package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// commandTime is what one command costs in world time: fork, exec and a little work on a real host.
const commandTime = 4 * time.Millisecond

// call is one command that asks the world.
type call struct {
	w         *World
	h         *Host
	conn      *conn
	pid       int
	stdin     string
	name      string
	args      []string
	out, err  strings.Builder
	cancelled bool // its process was killed
	ended     bool
	fault     FaultKind
	by        *Fault
	typed     string
	limit     time.Duration // of the timeout(1) around it; 0 = none
}

// line is the command as it was typed.
func (c *call) line() string {
	if c.typed == "" {
		c.typed = strings.Join(append([]string{c.name}, c.args...), " ")
	}
	return c.typed
}

func (c *call) begin() {
	w := c.w
	w.Calls++
	if fileTools[c.name] == nil {
		w.spend(commandTime)
	}
	c.line()
	if c.limit > 0 {
		w.after(c.limit, c.expire)
	}
	if w.Trace {
		w.note(c.h, "  $ %s", c.line())
	}
	if c.h.Power == Off || c.cancelled {
		return
	}
	for i, x := range w.whens {
		if x.h == c.h && strings.Contains(c.line(), x.text) {
			w.whens = append(w.whens[:i:i], w.whens[i+1:]...)
			if x.do(c) {
				return
			}
			break
		}
	}
	if w.Faults != nil && w.Faults.strike(c) {
		return
	}
	c.run()
}

func (c *call) run() {
	if tool := fileTools[c.name]; tool != nil {
		tool(c)
		return
	}
	run := table[c.name]
	if run == nil {
		c.errorf("%s: no such command in the simulated world", c.name)
		c.exit(127)
		return
	}
	switch c.name {
	case "mount", "umount", "zpool", "fsck", "service":
		if len(c.args) > 1 && c.args[0] != "list" {
			c.checkWorkers()
		}
	case "hastctl":
		if c.args != nil && c.args[0] == "role" {
			c.checkWorkers()
		}
	}
	run(c)
	c.w.changed()
}

func (c *call) printf(format string, a ...any) { fmt.Fprintf(&c.out, format, a...) }
func (c *call) errorf(format string, a ...any) { fmt.Fprintf(&c.err, format+"\n", a...) }

// exit ends the command.
func (c *call) exit(code int) {
	if c.cancelled || c.ended {
		return
	}
	c.ended = true
	if code != 0 && fileTools[c.name] == nil && !asks(c.line()) {
		c.w.note(c.h, "%s: exit %d %s", c.line(), code, strings.TrimSpace(c.err.String()))
	}
	if c.fault != NoFault && c.fault.after() {
		c.by.finish(c)
		if c.fault == HangAfter || c.fault == KillAfter {
			return
		}
		code = 1
	}
	c.conn.last("exit", strconv.Itoa(code), c.out.String(), c.err.String())
}

// asks: commands whose failure is an answer, not worth a line in the diary.
func asks(line string) bool {
	for _, p := range []string{"pgrep", "pkill", "ping", "zpool list"} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return strings.Contains(line, "status")
}

func (c *call) fail(code int, format string, a ...any) {
	c.errorf(format, a...)
	c.exit(code)
}

// later goes on after d, unless the command was killed meanwhile.
func (c *call) later(d time.Duration, f func()) {
	c.w.after(d, func() {
		if !c.cancelled && c.h.Power != Off {
			f()
		}
	})
}

// options splits single-letter options from words, as getopt(3) does; with lists letters that take a value.
func (c *call) options(with string) (opt map[byte][]string, words []string, ok bool) {
	opt = map[byte][]string{}
	a := c.args
	for len(a) > 0 && len(a[0]) > 1 && a[0][0] == '-' {
		if a[0] == "--" {
			a = a[1:]
			break
		}
		for j := 1; j < len(a[0]); j++ {
			l := a[0][j]
			if strings.IndexByte(with, l) < 0 {
				opt[l] = append(opt[l], "")
				continue
			}
			v := a[0][j+1:]
			if v == "" {
				if len(a) < 2 {
					c.fail(64, "%s: option requires an argument -- %c", c.name, l)
					return nil, nil, false
				}
				a = a[1:]
				v = a[0]
			}
			opt[l] = append(opt[l], v)
			break
		}
		a = a[1:]
	}
	return opt, a, true
}

// has says whether an option was given.
func has(opt map[byte][]string, l byte) bool { return len(opt[l]) > 0 }

// commands that exist as links in every host's bin; lockf, timeout, daemon and nc live in the stub itself.
var commands = []string{
	"ifconfig", "sysctl", "hastctl", "zpool", "zfs", "mount", "umount", "fsck", "service", "pgrep", "pkill", "ps",
	"lockf", "daemon", "logger", "mail", "ping", "ping6", "nc", "route", "reboot", "shutdown", "date", "sleep", "timeout",
	"fsync", "sync", "hostname", "fstat", "uname", "netstat", "sockstat", "fence", "jls",
	"rm", "mkdir", "mv", "cp", "ls", "id", "mkfifo", "grep",
}

var table map[string]func(*call)

func init() {
	table = map[string]func(*call){
		"ifconfig": ifconfig, "sysctl": sysctl, "hastctl": hastctl, "zpool": zpool, "zfs": zfs,
		"mount": mountCmd, "umount": umount, "fsck": fsck, "service": service, "pgrep": pgrep, "pkill": pkill, "ps": ps,
		"logger": logger, "mail": mail, "ping": ping, "ping6": ping, "route": route, "reboot": reboot,
		"shutdown": reboot, "date": date, "sleep": sleep,
		"fsync": ok, "sync": ok, "hostname": hostname, "fstat": ok, "uname": uname, "netstat": ok,
		"jls": jls,
	}
}

func ok(c *call) { c.exit(0) }

// when calls do before the first command of h whose line contains text; do says whether it took the command
// over, so that nothing else happens to it.
func (w *World) when(h *Host, text string, do func(c *call) bool) {
	w.whens = append(w.whens, when{h, text, do})
}

type when struct {
	h    *Host
	text string
	do   func(c *call) bool
}
