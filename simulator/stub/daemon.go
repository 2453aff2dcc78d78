//go:build linux

package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

type daemonOpts struct {
	chdir, null, restart bool
	delay                string
	childPid, superPid   string
	out                  string
	cmd                  []string
}

func (o *daemonOpts) supervised() bool {
	return o.restart || o.childPid != "" || o.superPid != "" || o.out != ""
}

func parseDaemon(args []string) daemonOpts {
	o := daemonOpts{delay: "1"}
	i := 0
	for ; i < len(args) && len(args[i]) > 1 && args[i][0] == '-'; i++ {
		for j := 1; j < len(args[i]); j++ {
			value := func() string {
				v := args[i][j+1:]
				if v == "" {
					i++
					if i < len(args) {
						v = args[i]
					}
				}
				j = len(args[i])
				return v
			}
			switch args[i][j] {
			case 'c':
				o.chdir = true
			case 'f':
				o.null = true
			case 'r':
				o.restart = true
			case 'R':
				o.restart, o.delay = true, value()
			case 'p':
				o.childPid = value()
			case 'P':
				o.superPid = value()
			case 'o':
				o.out = value()
			case 't', 'u', 'l', 's', 'T', 'm':
				value()
			case 'S', 'H':
			default:
				die(1, "usage: daemon [-cfHrS] [-p child_pidfile] [-P supervisor_pidfile] command arguments ...")
			}
		}
	}
	if i >= len(args) {
		die(1, "usage: daemon [-cfHrS] [-p child_pidfile] [-P supervisor_pidfile] command arguments ...")
	}
	o.cmd = args[i:]
	return o
}

// pidfile locks a pid file as pidfile_open(3) does; -1 when another process holds it.
func pidfile(path string) int {
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		die(2, "daemon: pidfile ``"+path+"'': "+err.Error())
	}
	if syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return -1
	}
	return fd
}

func writePid(fd, pid int) {
	if fd >= 0 {
		syscall.Ftruncate(fd, 0)
		syscall.Pwrite(fd, []byte(strconv.Itoa(pid)), 0)
	}
}

// daemon as in FreeBSD's usr.sbin/daemon: the pid files are tried before the parent returns.
func daemon(args []string) {
	o := parseDaemon(args)
	for _, p := range []string{o.childPid, o.superPid} {
		if p == "" {
			continue
		}
		fd := pidfile(p)
		if fd < 0 {
			b, _ := os.ReadFile(p)
			die(3, "daemon: process already running, pid: "+string(b))
		}
		syscall.Close(fd)
	}
	files := stdio
	if o.null {
		n, _ := syscall.Open("/dev/null", syscall.O_RDWR, 0)
		files = []uintptr{uintptr(n), uintptr(n), uintptr(n)}
	}
	if o.chdir {
		syscall.Chdir("/")
	}
	if !o.supervised() {
		if _, err := start(o.cmd, files, true); err != nil {
			die(1, "daemon: "+o.cmd[0]+": "+err.Error())
		}
		syscall.Exit(0)
	}
	self, _ := os.Executable()
	_, err := syscall.ForkExec(self, append([]string{"@daemon"}, args...), &syscall.ProcAttr{
		Env: os.Environ(), Files: files, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		die(1, "daemon: "+err.Error())
	}
	syscall.Exit(0)
}

// superviseMain is the process that stays: it restarts its child and passes SIGTERM on, then leaves at once.
func superviseMain(args []string) {
	o := parseDaemon(args)
	superFd, childFd := -1, -1
	if o.superPid != "" {
		superFd = pidfile(o.superPid)
		writePid(superFd, os.Getpid())
	}
	if o.childPid != "" {
		childFd = pidfile(o.childPid)
	}
	files := stdio
	if o.out != "" {
		if fd, err := syscall.Open(o.out, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_APPEND, 0o600); err == nil {
			files = []uintptr{0, uintptr(fd), uintptr(fd)}
		}
	}
	leave := func() {
		if o.childPid != "" {
			syscall.Unlink(o.childPid)
		}
		if o.superPid != "" {
			syscall.Unlink(o.superPid)
		}
		syscall.Exit(1)
	}
	term := make(chan os.Signal, 4)
	signal.Notify(term, syscall.SIGTERM)
	child := 0
	go func() {
		<-term
		if child > 0 {
			syscall.Kill(child, syscall.SIGTERM)
		}
		leave()
	}()
	p := park("daemon")
	for {
		pid, err := start(o.cmd, files, false)
		if err == nil {
			child = pid
			writePid(childFd, pid)
			var ws syscall.WaitStatus
			for {
				if _, err := syscall.Wait4(pid, &ws, 0, nil); err != syscall.EINTR {
					break
				}
			}
			child = 0
		}
		if !o.restart {
			break
		}
		if c := dial(); !c.wait("daemon", o.delay) {
			break
		} else {
			syscall.Close(c.fd)
		}
	}
	p.send("unpark")
	leave()
}
