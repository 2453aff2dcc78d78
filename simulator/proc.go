//go:build linux

package simulator

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// settle handles everything that is under way until every process of both hosts sleeps.
func (w *World) settle() {
	began := time.Now()
	for !w.closed {
		if w.poll(0) {
			continue
		}
		if !w.active {
			return
		}
		if w.asleep() && !w.poll(0) && w.asleep() && !w.poll(0) {
			w.active = false
			return
		}
		w.poll(200 * time.Microsecond)
		if time.Since(began) > 2*time.Minute {
			w.violate(w.Hosts[0], "simulator", "processes do not come to rest: %s", w.Processes())
			w.Close()
		}
	}
}

// asleep: every thread of every process sleeps, and every stub among them waits for the world.
func (w *World) asleep() bool {
	parked := map[int]bool{}
	for _, c := range w.files {
		if c.parked {
			parked[c.pid] = true
		}
	}
	for _, h := range w.Hosts {
		if len(h.running) > 0 {
			return false
		}
		if h.pid1 != 0 && !w.sleeping(h.pid1, parked) {
			return false
		}
	}
	return true
}

func (w *World) sleeping(pid int, parked map[int]bool) bool {
	p := "/proc/" + strconv.Itoa(pid)
	d, err := os.Open(p + "/task")
	if err != nil {
		return true // it ended
	}
	tasks, _ := d.Readdirnames(-1)
	d.Close()
	for _, t := range tasks {
		switch state(p + "/task/" + t + "/stat") {
		case 'S', 'T', 't':
			// A process on its way into or out of a sleep has this state while it still runs. The kernel
			// answers this question only after it left the processor.
			if string(readSmall(p+"/task/"+t+"/syscall")) == "running\n" {
				return false
			}
		case 'Z', 'X', 0:
			// Between the end of a process and the waking of its parent both look as if they slept. A
			// zombie that stays has a parent that does not wait.
			first, known := w.zombies[pid]
			if !known {
				first = time.Now()
				w.zombies[pid] = first
			}
			if time.Since(first) < 3*time.Millisecond {
				return false
			}
		default:
			return false
		}
	}
	if !parked[pid] {
		if exe, _ := os.Readlink(p + "/exe"); exe == w.Stub {
			return false // on its way to the world, or from it to its end
		}
	}
	for _, t := range tasks {
		for _, c := range children(p + "/task/" + t + "/children") {
			if !w.sleeping(c, parked) {
				return false
			}
		}
	}
	return true
}

func readSmall(path string) []byte {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer syscall.Close(fd)
	var b [4096]byte
	n, err := syscall.Read(fd, b[:])
	if n <= 0 || err != nil {
		return nil
	}
	return b[:n]
}

func state(path string) byte {
	b := readSmall(path)
	i := bytes.LastIndexByte(b, ')')
	if i < 0 || i+2 >= len(b) {
		return 0
	}
	return b[i+2]
}

func children(path string) []int {
	var l []int
	for _, f := range strings.Fields(string(readSmall(path))) {
		if n, err := strconv.Atoi(f); err == nil {
			l = append(l, n)
		}
	}
	return l
}

// tree lists the processes under pid, without itself.
func tree(pid int) []int {
	var l []int
	p := "/proc/" + strconv.Itoa(pid) + "/task"
	ents, _ := os.ReadDir(p)
	for _, e := range ents {
		for _, c := range children(p + "/" + e.Name() + "/children") {
			l = append(append(l, c), tree(c)...)
		}
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
}
