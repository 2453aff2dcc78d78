//go:build linux

package main

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

const prSetChildSubreaper = 36 // prctl(2) of Linux

func becomeReaper() {
	syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0)
}

// look finds a program as execvp(3) does.
func look(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	for _, d := range strings.Split(os.Getenv("PATH"), ":") {
		if p := d + "/" + name; syscall.Access(p, 1) == nil {
			return p
		}
	}
	return name
}

func start(argv []string, files []uintptr, setsid bool) (int, error) {
	return syscall.ForkExec(look(argv[0]), argv, &syscall.ProcAttr{
		Env: os.Environ(), Files: files, Sys: &syscall.SysProcAttr{Setsid: setsid},
	})
}

// status turns a wait status into what a shell would see in $?.
func status(ws syscall.WaitStatus) int {
	if ws.Signaled() {
		return 128 + int(ws.Signal())
	}
	return ws.ExitStatus()
}

// await waits for one child and lets others that were handed to this process go.
func await(pid int) int {
	for {
		var ws syscall.WaitStatus
		p, err := syscall.Wait4(-1, &ws, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return 70
		}
		if p == pid {
			return status(ws)
		}
	}
}

// hostInit is process 1 of a simulated host: it starts what the world asks for and adopts orphans, so that
// every process of the host hangs under it and a power cut can find them all.
func hostInit() {
	becomeReaper()
	// Not ignored: that would be inherited.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE)
	c := dial()
	c.send("host", strconv.Itoa(os.Getpid()))
	started := make(chan bool, 1) // there is somebody to wait for
	var mu sync.Mutex             // the world hears of a start before it hears of the end
	go func() {
		for range started {
			for {
				var ws syscall.WaitStatus
				p, err := syscall.Wait4(-1, &ws, 0, nil)
				if err == syscall.EINTR {
					continue
				}
				if err != nil {
					break
				}
				mu.Lock()
				c.send("ended", strconv.Itoa(p), strconv.Itoa(status(ws)))
				mu.Unlock()
			}
		}
	}()
	null, _ := syscall.Open("/dev/null", syscall.O_RDWR, 0)
	for {
		f, ok := c.recv()
		if !ok { // the test ended without cutting the power
			for l := descendants(os.Getpid()); len(l) > 0; l = descendants(os.Getpid()) {
				for _, p := range l {
					syscall.Kill(p, syscall.SIGKILL)
				}
			}
			syscall.Exit(0)
		}
		// start ID OUTFILE ENV-COUNT env... argv...
		n, _ := strconv.Atoi(f[3])
		env, argv := f[4:4+n], f[4+n:]
		out, err := syscall.Open(f[2], syscall.O_WRONLY|syscall.O_CREAT|syscall.O_APPEND|syscall.O_CLOEXEC, 0o644)
		if err != nil {
			out = null
		}
		mu.Lock()
		pid, err := syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
			Dir: "/", Env: env, Files: []uintptr{uintptr(null), uintptr(out), uintptr(out)},
			Sys: &syscall.SysProcAttr{Setsid: true},
		})
		if out != null {
			syscall.Close(out)
		}
		if err != nil {
			c.send("started", f[1], "-1", err.Error())
			mu.Unlock()
			continue
		}
		c.send("started", f[1], strconv.Itoa(pid), "")
		mu.Unlock()
		select {
		case started <- true:
		default: // it waits already, or will
		}
	}
}

// descendants lists the processes below pid, as procctl(PROC_REAP_KILL) reaches them on FreeBSD.
func descendants(pid int) []int {
	var all []int
	dir := "/proc/" + strconv.Itoa(pid) + "/task"
	tasks, _ := os.ReadDir(dir)
	for _, t := range tasks {
		b, _ := os.ReadFile(dir + "/" + t.Name() + "/children")
		for _, f := range strings.Fields(string(b)) {
			p, _ := strconv.Atoi(f)
			all = append(all, p)
			all = append(all, descendants(p)...)
		}
	}
	return all
}
