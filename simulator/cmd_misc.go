//go:build linux

package simulator

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// epoch is the time of day at which every world begins.
const epoch = 1_760_000_000

func itoa(n int) string { return strconv.Itoa(n) }

type svc struct{ pid int }

// service(8): NAME [one|quiet|fast|force]COMMAND. The storage a service needs is that of its group.
func service(c *call) {
	h := c.h
	if len(c.args) < 2 {
		c.fail(1, "usage: service [-j jail] NAME command")
		return
	}
	name, verb := c.args[0], c.args[1]
	full := strings.Join(append([]string{name}, c.args[2:]...), " ")
	for _, p := range []string{"quiet", "one", "fast", "force"} {
		verb = strings.TrimPrefix(verb, p)
	}
	if name == "hastd" {
		c.serviceHastd(verb)
		return
	}
	g, known := h.groupOf(full)
	if !known && (name == "devd" || name == "mountd" || name == "syslogd") {
		c.exit(0)
		return
	}
	if !known {
		c.fail(1, "%s does not exist in /etc/rc.d or the local startup\ndirectories (/usr/local/etc/rc.d), or is not executable", name)
		return
	}
	run := h.services[full]
	if name == "jail" {
		c.serviceJail(g, full, verb)
		return
	}
	switch verb {
	case "status":
		if run == nil {
			c.printf("%s is not running.\n", name)
			c.exit(1)
			return
		}
		c.printf("%s is running as pid %d.\n", name, run.pid)
		c.exit(0)
	case "start", "restart", "reload":
		switch {
		case run != nil && verb == "start":
			c.fail(1, "%s already running? (pid=%d).", name, run.pid)
		case h.Broken[full]:
			c.later(300*time.Millisecond, func() { c.fail(1, "/usr/sbin/service: WARNING: failed to start %s", name) })
		default:
			c.startsService(g, full)
			c.later(300*time.Millisecond, func() {
				h.services[full] = &svc{pid: c.w.newPID()}
				c.w.note(h, "service %s runs", full)
				c.printf("Starting %s.\n", name)
				c.exit(0)
			})
		}
	case "stop":
		if run == nil {
			c.fail(1, "%s not running? (check /var/run/%s.pid).", name, name)
			return
		}
		c.later(200*time.Millisecond+h.SlowStop, func() {
			delete(h.services, full)
			c.w.note(h, "service %s stopped", full)
			c.printf("Stopping %s.\n", name)
			c.exit(0)
		})
	default:
		c.fail(1, "%s: unknown directive '%s'.", name, verb)
	}
}

// startsService: what must hold when a service starts. service(8) clears the environment and goes to /, but
// its umask is the caller's.
func (c *call) startsService(g Group, full string) {
	if !c.h.stored(g) {
		c.w.violate(c.h, InvService, "%s", full)
	}
	c.wantUmask("0022")
}

func (c *call) wantUmask(want string) {
	for _, l := range strings.Split(string(readSmall("/proc/"+itoa(c.pid)+"/status")), "\n") {
		if v, ok := strings.CutPrefix(l, "Umask:\t"); ok && v != want {
			c.w.violate(c.h, "simulator", "umask %s, want %s: %s", v, want, c.line())
		}
	}
}

// serviceJail is rc.d/jail, which ends with 0 whatever becomes of its jails, in every release; its status is
// the list of all jails.
func (c *call) serviceJail(g Group, full, verb string) {
	h := c.h
	names := strings.TrimPrefix(full, "jail ")
	switch {
	case verb == "status":
		c.printf(" JID             IP Address      Hostname                      Path\n")
	case verb == "start" && h.Broken[full]:
		c.printf("Starting jails: cannot start jail  \"%s\":\n.\n", names)
	case verb == "start" && h.services[full] == nil:
		c.startsService(g, full)
		h.services[full] = &svc{pid: c.w.newPID()}
		c.w.note(h, "service %s runs", full)
		c.printf("Starting jails: %s.\n", names)
	case verb == "stop":
		delete(h.services, full)
		c.w.note(h, "service %s stopped", full)
		c.printf("Stopping jails: %s.\n", names)
	}
	c.exit(0)
}

// jls(8) -j NAME PARAMETER. A service "jail a b" stands for both jails.
func jls(c *call) {
	opt, _, good := c.options("j")
	if !good || !has(opt, 'j') {
		c.exit(0)
		return
	}
	for full, run := range c.h.services {
		if names, ok := strings.CutPrefix(full, "jail "); ok && contains(strings.Fields(names), opt['j'][0]) {
			c.printf("%d\n", run.pid)
			c.exit(0)
			return
		}
	}
	c.fail(1, "jls: jail \"%s\" not found", opt['j'][0])
}

func (h *Host) groupOf(service string) (Group, bool) {
	for _, g := range h.w.Groups {
		if contains(g.Services, service) {
			return g, true
		}
	}
	return Group{}, false
}

// serviceHastd: stop first runs "hastctl role init all" (rc.d/hastd).
func (c *call) serviceHastd(verb string) {
	h := c.h
	switch verb {
	case "status":
		if h.hastd == nil {
			c.printf("hastd is not running.\n")
			c.exit(1)
			return
		}
		c.printf("hastd is running as pid %d.\n", h.hastd.pid)
		c.exit(0)
	case "start":
		if h.hastd != nil {
			c.fail(1, "hastd already running? (pid=%d).", h.hastd.pid)
			return
		}
		c.later(500*time.Millisecond, func() {
			h.startHastd()
			c.printf("Starting hastd.\n")
			c.exit(0)
		})
	case "stop", "restart":
		c.role(roleInit, []string{"all"})
		if verb == "stop" {
			h.hastd = nil
		}
	default:
		c.exit(0)
	}
}

func (h *Host) hastdProcesses() map[int]string {
	m := map[int]string{}
	if d := h.hastd; d != nil {
		m[d.pid] = "/sbin/hastd"
		for _, r := range d.res {
			if r.pid != 0 {
				m[r.pid] = fmt.Sprintf("hastd: %s (%s)", r.name, r.role)
			}
		}
	}
	return m
}

// processes of the host as ps and pgrep see them: hastd's and those of the scripts.
func (h *Host) processes() map[int]string {
	m := h.hastdProcesses()
	for _, p := range tree(h.pid1) {
		if l := cmdline(p); l != "" {
			m[p] = l
		}
	}
	return m
}

// pgrep(1) -f and -x; it never finds itself.
func pgrep(c *call) {
	opt, words, good := c.options("FGPUgtujMNs")
	if !good {
		return
	}
	if len(words) == 0 {
		c.exit(2)
		return
	}
	pat := words[0]
	procs := c.h.hastdProcesses()
	if !strings.HasPrefix(pat, "^hastd:") { // of the scripts' processes no title begins so
		procs = c.h.processes()
	}
	delete(procs, c.pid)
	if has(opt, 'x') {
		pat = "^(" + pat + ")$"
	}
	re, err := regexp.CompilePOSIX(pat)
	if err != nil {
		c.fail(2, "pgrep: Cannot compile regular expression `%s'", words[0])
		return
	}
	var pids []int
	for p, l := range procs {
		if !has(opt, 'f') {
			l, _, _ = strings.Cut(l, " ")
			l = strings.TrimSuffix(l[strings.LastIndexByte(l, '/')+1:], ":")
		}
		if re.MatchString(l) {
			pids = append(pids, p)
		}
	}
	if len(pids) == 0 {
		c.exit(1)
		return
	}
	for _, p := range sortInts(pids) {
		switch {
		case has(opt, 'q'):
		case has(opt, 'l') && has(opt, 'f'):
			c.printf("%d %s\n", p, procs[p])
		default:
			c.printf("%d\n", p)
		}
	}
	c.exit(0)
}

// pkill(1) -SIGNAL with -P parent or -f pattern; only processes of the scripts, never those of hastd.
func pkill(c *call) {
	sig := syscall.SIGTERM
	parent, pattern, full := 0, "", false
	for i := 0; i < len(c.args); i++ {
		switch a := c.args[i]; {
		case a == "-P" && i+1 < len(c.args):
			i++
			parent, _ = strconv.Atoi(c.args[i])
		case a == "-KILL" || a == "-9":
			sig = syscall.SIGKILL
		case a == "-f":
			full = true
		case a[0] != '-':
			pattern = a
		}
	}
	re, err := regexp.CompilePOSIX(pattern)
	if err != nil || parent == 0 && !full {
		c.fail(2, "usage: pkill")
		return
	}
	hit := false
	for _, p := range tree(c.h.pid1) {
		st := strings.Fields(string(readSmall("/proc/" + strconv.Itoa(p) + "/stat")))
		if p != c.pid && len(st) > 3 && (parent == 0 || st[3] == strconv.Itoa(parent)) && re.MatchString(cmdline(p)) {
			hit = true
			syscall.Kill(p, sig)
		}
	}
	c.w.active = true
	c.h.wakeAll()
	if hit {
		c.exit(0)
		return
	}
	c.exit(1)
}

func sortInts(l []int) []int {
	for i := range l {
		for j := i; j > 0 && l[j] < l[j-1]; j-- {
			l[j], l[j-1] = l[j-1], l[j]
		}
	}
	return l
}

// ps(1): -p PID -o FIELD, and all processes.
func ps(c *call) {
	opt, words, good := c.options("pogtUuMNOGJ")
	if !good {
		return
	}
	procs := c.h.processes()
	if has(opt, 'p') {
		p, _ := strconv.Atoi(opt['p'][0])
		l, known := procs[p]
		if !known {
			c.exit(1)
			return
		}
		procs = map[int]string{p: l}
	}
	fields := strings.Join(append(opt['o'], words...), ",")
	for _, p := range sortInts(keysOf(procs)) {
		switch {
		case strings.Contains(fields, "pid") && (strings.Contains(fields, "command") || strings.Contains(fields, "args")):
			c.printf("%5d %s\n", p, procs[p])
		case strings.Contains(fields, "command"), strings.Contains(fields, "args"):
			c.printf("%s\n", procs[p])
		case strings.Contains(fields, "lstart"), strings.Contains(fields, "start"):
			st := strings.Fields(string(readSmall("/proc/" + strconv.Itoa(p) + "/stat")))
			if len(st) > 21 {
				c.printf("%s\n", st[21])
			}
		case strings.Contains(fields, "pid"):
			c.printf("%d\n", p)
		default:
			c.printf("%5d  -  S    0:00.00 %s\n", p, procs[p])
		}
	}
	c.exit(0)
}

func keysOf(m map[int]string) []int {
	var l []int
	for k := range m {
		l = append(l, k)
	}
	return l
}

func logger(c *call) {
	_, words, good := c.options("fhpPtS")
	if !good {
		return
	}
	msg := strings.Join(words, " ")
	if msg == "" {
		msg = strings.TrimRight(c.stdin, "\n")
	}
	for _, l := range strings.Split(msg, "\n") {
		c.h.Syslog = append(c.h.Syslog, l)
		c.w.note(c.h, "syslog: %s", l)
	}
	c.exit(0)
}

func mail(c *call) {
	opt, words, good := c.options("sfHurE")
	if !good {
		return
	}
	m := Mail{At: c.w.now, To: words, Body: c.stdin}
	if has(opt, 's') {
		m.Subject = opt['s'][0]
	}
	c.h.Mail = append(c.h.Mail, m)
	c.w.note(c.h, "mail to %s: %s", strings.Join(words, " "), m.Subject)
	c.exit(0)
}

func reboot(c *call) {
	h := c.h
	c.w.note(h, "%s", c.line())
	// reboot(8): -q runs no scripts, -n does not even write what is in memory.
	if c.name == "shutdown" || !strings.ContainsAny(strings.Join(c.args, ""), "nq") {
		c.exit(0)
		h.Reboot()
		return
	}
	c.w.after(0, func() {
		h.PowerCut()
		c.w.after(20*time.Second, h.PowerOn)
	})
}

// date(1) with + formats; seconds come from world time.
func date(c *call) {
	opt, words, good := c.options("rfvjz")
	if !good {
		return
	}
	t := time.Unix(epoch, 0).Add(c.w.now).UTC()
	if has(opt, 'r') {
		n, _ := strconv.ParseInt(opt['r'][0], 10, 64)
		t = time.Unix(n, 0).UTC()
	}
	f := "+%a %b %e %H:%M:%S UTC %Y"
	for _, w := range words {
		if strings.HasPrefix(w, "+") {
			f = w
		}
	}
	r := strings.NewReplacer("%s", strconv.FormatInt(t.Unix(), 10), "%Y", t.Format("2006"), "%m", t.Format("01"),
		"%d", t.Format("02"), "%H", t.Format("15"), "%M", t.Format("04"), "%S", t.Format("05"), "%F", t.Format("2006-01-02"),
		"%T", t.Format("15:04:05"), "%a", t.Format("Mon"), "%b", t.Format("Jan"), "%e", t.Format("_2"), "%z", "+0000", "%Z", "UTC", "%%", "%")
	c.printf("%s\n", r.Replace(f[1:]))
	c.exit(0)
}

func sleep(c *call) {
	d, err := strconv.ParseFloat(strings.Join(c.args, ""), 64)
	if err != nil {
		c.fail(1, "usage: sleep seconds")
		return
	}
	c.later(time.Duration(d*float64(time.Second))-commandTime, func() { c.exit(0) })
}

func hostname(c *call) {
	c.printf("%s\n", c.h.Name)
	c.exit(0)
}

func uname(c *call) {
	opt, _, _ := c.options("")
	if has(opt, 'n') {
		c.printf("%s\n", c.h.Name)
	} else if has(opt, 'r') || has(opt, 'U') || has(opt, 'K') {
		c.printf("%d.2-RELEASE\n", c.w.Release)
	} else {
		c.printf("FreeBSD\n")
	}
	c.exit(0)
}

// files of a host that a power cut empties.
func (h *Host) clearRun() {
	for _, d := range []string{"var/run", "tmp", "dev/hast"} {
		os.RemoveAll(h.root + "/" + d)
		os.MkdirAll(h.root+"/"+d, 0o755)
	}
}
