//go:build linux

package simulator

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// settle handles everything that is under way until every process of both hosts sleeps.
func (w *World) settle() {
	looks := 0
	pause := shortPause
	for !w.closed {
		if w.poll(0) {
			pause = shortPause
			continue
		}
		if !w.active {
			return
		}
		if w.poll(pause) {
			pause = shortPause
			continue
		}
		pause = min(pause*3/2, longPause)
		if w.asleep() && !w.poll(0) && w.asleep() && !w.poll(0) {
			w.active = false
			for _, h := range w.Hosts {
				for _, t := range h.tops {
					t.sleeps = true
				}
			}
			return
		}
		if looks++; looks > mostLooks {
			w.violate(w.Hosts[0], "simulator", "processes do not come to rest: %s%s", w.restless(), w.Processes())
			w.Close()
		}
	}
}

// restless tells what the kernel says of the process that was found busy last.
func (w *World) restless() string {
	var b strings.Builder
	for _, c := range w.files {
		if c.answered {
			fmt.Fprintf(&b, "%d was answered and does not end\n", c.pid)
		}
	}
	fmt.Fprintf(&b, "running %d %d, too young %v, busy %d\n", len(w.Hosts[0].running), len(w.Hosts[1].running), w.tooYoung, w.lastBusy)
	for _, of := range []string{"stat", "syscall", "wchan", "stack"} {
		fmt.Fprintf(&b, "%s: %s\n", of, readSmall(fmt.Sprintf("/proc/%d/%s", w.lastBusy, of)))
	}
	return b.String()
}

// How long to wait for a process that is busy before it is looked at again.
const (
	shortPause = 300 * time.Microsecond
	longPause  = 3 * time.Millisecond
	// Looks, not time: a machine that stood still for a while is no fault of the processes. On an
	// idle one these are 90 seconds.
	mostLooks = int(90 * time.Second / longPause)
)

// top is a child of a host's process 1 with everything below it. What sleeps goes on sleeping until the
// world answers one of its processes, ends one of them, or process 1 tells that one ended: so it is not
// looked at again before.
type top struct {
	sid    int
	sleeps bool
}

func sessionOf(pid int) int {
	sid, _, errno := syscall.RawSyscall(syscall.SYS_GETSID, uintptr(pid), 0, 0)
	if errno != 0 {
		return 0
	}
	return int(sid)
}

// wake: something happens to a process of that session.
func (h *Host) wake(sid int) {
	for _, t := range h.tops {
		if t.sid == sid || sid == 0 {
			t.sleeps = false
		}
	}
}

func (h *Host) wakeAll() { h.wake(0) }

// asleep: every process of both hosts sleeps, and every stub among them waits for the world or for others.
func (w *World) asleep() bool {
	for _, c := range w.files {
		if c.answered {
			return false // that stub is about to end
		}
	}
	// The one that was busy a moment ago may still be: then there is no need to look at all.
	if w.lastBusy != 0 && w.parking()[w.lastBusy] == notParked && !w.rests(w.lastBusy) {
		return false
	}
	w.lastBusy, w.tooYoung = 0, false
	for _, h := range w.Hosts {
		if len(h.running) > 0 || h.pid1 != 0 && !w.hostSleeps(h) {
			return false
		}
	}
	return true
}

// parking of each process that has a connection.
func (w *World) parking() map[int]parking {
	parked := map[int]parking{}
	for _, c := range w.files {
		if p := parked[c.pid]; c.parked != notParked && (p == notParked || c.parked < p) {
			parked[c.pid] = c.parked
		}
	}
	return parked
}

func (w *World) hostSleeps(h *Host) bool {
	parked := w.parking()
	known := 0
	now := make(map[int]*top, len(h.tops))
	for _, c := range children(h.pid1) {
		t := h.tops[c]
		if t == nil || !t.sleeps {
			if !w.childSleeps(c, parked) {
				if w.tooYoung {
					continue
				}
				return false
			}
			t = &top{sid: sessionOf(c)}
		}
		now[c] = t
		if h.procs[c] != nil {
			known++
		}
	}
	if w.tooYoung {
		return false
	}
	h.tops = now
	return known == len(h.procs) // otherwise process 1 is about to tell that one of them ended
}

func (w *World) busy(pid int) bool {
	w.lastBusy = pid
	return false
}

// young: a process that the world has not met for long is busy, or will be gone soon. Looking would tell no more, and
// each look into /proc makes its end expensive: the kernel has to forget what was looked up.
func (w *World) young(pid int) bool {
	first, met := w.met[pid]
	if !met {
		if len(w.met) > 5000 {
			clear(w.met)
		}
		first = time.Now()
		w.met[pid] = first
	}
	if time.Since(first) < youth {
		w.tooYoung = true
		return true
	}
	return false
}

const youth = time.Millisecond

// childSleeps looks at the child of a process.
func (w *World) childSleeps(pid int, parked map[int]parking) bool {
	if parked[pid] == notParked && (w.young(pid) || zombie(pid)) {
		return false
	}
	return w.sleeping(pid, parked)
}

// sleeping looks at one process and those below it.
func (w *World) sleeping(pid int, parked map[int]parking) bool {
	switch parked[pid] {
	case parkedCall: // nothing but an answer of the world can wake it
		return true
	case parkedStream: // its standard input can
		p := "/proc/" + strconv.Itoa(pid) + "/task"
		ents, _ := os.ReadDir(p)
		for _, e := range ents {
			if !calm(p + "/" + e.Name()) {
				return w.busy(pid)
			}
		}
		return true
	case parkedParent: // the end of its child will
		l := children(pid)
		for _, c := range l {
			if !w.childSleeps(c, parked) {
				return false
			}
		}
		return len(l) > 0
	}
	if !w.rests(pid) {
		return w.busy(pid)
	}
	dead, all := false, true
	for _, c := range children(pid) {
		switch {
		case parked[c] == notParked && w.young(c):
			all = false // look at the others, so that they grow up together
		case parked[c] == notParked && zombie(c):
			if threads(c) > 1 {
				return false // the parent learns of it when the last thread has ended
			}
			dead = true
		case !w.sleeping(c, parked):
			if !w.tooYoung {
				return false
			}
			all = false
		}
	}
	if dead && all {
		// Between the end of a process and the waking of its parent both look as if they slept. The kernel
		// does both under one lock, which reading the list of children takes too.
		children(pid)
		return w.rests(pid)
	}
	return all
}

func threads(pid int) int {
	b := readSmall("/proc/" + strconv.Itoa(pid) + "/stat")
	f := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(f) < 18 {
		return 0
	}
	n, _ := strconv.Atoi(string(f[17]))
	return n
}

func zombie(pid int) bool {
	s := state("/proc/" + strconv.Itoa(pid) + "/stat")
	return s == 'Z' || s == 'X'
}

// rests says whether a process that is not parked sleeps.
func (w *World) rests(pid int) bool {
	dir := "/proc/" + strconv.Itoa(pid)
	b := readSmall(dir + "/stat")
	i, j := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if i < 0 || j+2 >= len(b) {
		return true // it is gone
	}
	if b[j+2] == 'Z' || b[j+2] == 'X' || b[j+2] == 'T' {
		return true
	}
	if stubNames[string(b[i+1:j])] {
		return false // on its way to the world, or from it to its end
	}
	return calm(dir)
}

// calm says whether a thread sleeps, and not only looks so because it is about to.
func calm(dir string) bool {
	b := readSmall(dir + "/stat")
	j := bytes.LastIndexByte(b, ')')
	if j < 0 || j+2 >= len(b) {
		return true
	}
	switch b[j+2] {
	case 'S', 'T', 't':
		// A process on its way into or out of a sleep has this state while it still runs. The kernel
		// answers the next question only after it left the processor.
		return string(readSmall(dir+"/syscall")) != "running\n"
	case 'Z', 'X':
		return true
	}
	return false
}

// stubNames are the names under which the kernel knows a stub (the first 15 bytes).
var stubNames = func() map[string]bool {
	m := map[string]bool{"stub": true, "@host": true, "@daemon": true}
	for _, c := range commands {
		m[c] = true
	}
	return m
}()

var smallBuffers = sync.Pool{New: func() any { return new([4096]byte) }}

// readSmall reads a file of /proc; nil = the process is gone.
func readSmall(path string) []byte {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	b := smallBuffers.Get().(*[4096]byte)
	defer smallBuffers.Put(b)
	n, err := syscall.Read(fd, b[:])
	syscall.Close(fd)
	if n <= 0 || err != nil {
		return nil
	}
	return bytes.Clone(b[:n])
}

func state(path string) byte {
	b := readSmall(path)
	i := bytes.LastIndexByte(b, ')')
	if i < 0 || i+2 >= len(b) {
		return 0
	}
	return b[i+2]
}

// children of a process; stubs fork from their main thread only.
func children(pid int) []int {
	p := strconv.Itoa(pid)
	var l []int
	for _, f := range strings.Fields(string(readSmall("/proc/" + p + "/task/" + p + "/children"))) {
		if n, err := strconv.Atoi(f); err == nil {
			l = append(l, n)
		}
	}
	return l
}

// tree lists the processes under pid, without itself.
func tree(pid int) []int {
	var l []int
	for _, c := range children(pid) {
		l = append(append(l, c), tree(c)...)
	}
	return l
}

func cmdline(pid int) string {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return strings.TrimSpace(strings.ReplaceAll(string(b), "\x00", " "))
}

// Processes lists all processes of both hosts.
func (w *World) Processes() string {
	var b strings.Builder
	for _, h := range w.Hosts {
		if h.pid1 == 0 {
			continue
		}
		for _, p := range tree(h.pid1) {
			st := state("/proc/" + strconv.Itoa(p) + "/stat")
			fmt.Fprintf(&b, "%s %d %c %s\n", h.Name, p, st, cmdline(p))
		}
	}
	return b.String()
}

// killAll ends every process of a host at once, as the loss of power does.
func (h *Host) killAll() {
	if h.pid1 == 0 {
		return
	}
	for {
		l := tree(h.pid1)
		alive := 0
		for _, p := range l {
			if s := state("/proc/" + strconv.Itoa(p) + "/stat"); s != 'Z' && s != 'X' && s != 0 {
				alive++
				syscall.Kill(p, syscall.SIGKILL)
			}
		}
		if alive == 0 {
			break
		}
	}
	syscall.Kill(h.pid1, syscall.SIGKILL)
	for _, c := range h.w.files {
		if c.h == h {
			c.close()
		}
	}
	h.init, h.pid1 = nil, 0
	h.w.active = true
	h.wakeAll()
}

// killShells ends the script that called: all shells above pid up to what is no shell (a supervisor such as
// daemon(8), or the host's process 1).
func (h *Host) killShells(pid int) {
	var chain []int
	for p := pid; p > 1 && p != h.pid1; {
		st := string(readSmall("/proc/" + strconv.Itoa(p) + "/stat"))
		i := strings.LastIndexByte(st, ')')
		if i < 0 {
			break
		}
		f := strings.Fields(st[i+1:])
		pp, _ := strconv.Atoi(f[1])
		line := cmdline(p)
		if p != pid && strings.HasPrefix(line, "@daemon") {
			break
		}
		chain = append(chain, p)
		p = pp
	}
	for i := len(chain) - 1; i >= 0; i-- {
		syscall.Kill(chain[i], syscall.SIGKILL)
	}
	h.w.active = true
	h.wakeAll()
}
