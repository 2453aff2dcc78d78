//go:build linux

package main

import (
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
)

var stdio = []uintptr{0, 1, 2}

// lockf as in FreeBSD's usr.bin/lockf: the lock belongs to lockf, not to the command it runs.
func lockf(args []string) {
	keep, silent, wait, noCreate := false, false, -1, false
	i := 0
	for ; i < len(args) && len(args[i]) > 1 && args[i][0] == '-'; i++ {
		for j := 1; j < len(args[i]); j++ {
			switch args[i][j] {
			case 'k':
				keep = true
			case 's':
				silent = true
			case 'n':
				noCreate = true
			case 'w':
			case 't':
				v := args[i][j+1:]
				if v == "" {
					i++
					if i < len(args) {
						v = args[i]
					}
				}
				n, err := strconv.Atoi(v)
				if err != nil || n < 0 {
					die(64, "lockf: invalid timeout \""+v+"\"")
				}
				wait, j = n, len(args[i])
			default:
				die(64, "usage: lockf [-knsw] [-t seconds] file command [arguments]")
			}
		}
	}
	if len(args)-i < 2 {
		die(64, "usage: lockf [-knsw] [-t seconds] file command [arguments]")
	}
	file, cmd := args[i], args[i+1:]
	flags := syscall.O_RDONLY | syscall.O_CLOEXEC
	if !noCreate {
		flags |= syscall.O_CREAT
	}
	var c *conn
	for waited := 0; ; waited++ {
		fd, err := syscall.Open(file, flags, 0o666)
		if err == syscall.ENOENT && noCreate {
			die(69, "lockf: cannot open "+file+": No such file or directory")
		}
		if err != nil {
			die(73, "lockf: cannot open "+file+": "+err.Error())
		}
		if syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			break
		}
		syscall.Close(fd)
		if wait >= 0 && waited >= wait*10 {
			if !silent {
				die(75, "lockf: "+file+": already locked")
			}
			syscall.Exit(75)
		}
		if c == nil {
			c = dial()
		}
		c.wait("lockf", "0.1")
	}
	p := park("lockf")
	pid, err := start(cmd, stdio, false)
	if err != nil {
		die(1, "lockf: "+cmd[0]+": "+err.Error())
	}
	code := await(pid)
	if !keep {
		syscall.Unlink(file)
	}
	p.send("unpark")
	syscall.Exit(code)
}

// timeout as in FreeBSD's bin/timeout: it reaps, so the signal reaches all descendants; with --foreground
// only the command itself.
func timeout(args []string) {
	sig, killAfter, preserve, foreground := syscall.SIGTERM, "", false, false
	i := 0
	for ; i < len(args) && len(args[i]) > 1 && args[i][0] == '-'; i++ {
		a, v := args[i], ""
		val := func(short, long string) bool {
			switch {
			case a == short || a == long:
				i++
				if i < len(args) {
					v = args[i]
				}
				return true
			case strings.HasPrefix(a, long+"="):
				v = a[len(long)+1:]
				return true
			case strings.HasPrefix(a, short) && !strings.HasPrefix(a, "--"):
				v = a[len(short):]
				return true
			}
			return false
		}
		switch {
		case a == "--preserve-status" || a == "-p":
			preserve = true
		case a == "--foreground" || a == "-f":
			foreground = true
		case val("-s", "--signal"):
			sig = signalNamed(v)
		case val("-k", "--kill-after"):
			killAfter = v
		default:
			die(125, "timeout: unknown option "+a)
		}
	}
	if len(args)-i < 2 {
		die(125, "usage: timeout [-fp] [-k time] [-s signal] duration command [arg ...]")
	}
	d, cmd := args[i], args[i+1:]
	if !foreground {
		becomeReaper()
	}
	c := dial()
	c.send("wait", strconv.Itoa(os.Getpid()), "timeout", d)
	pid, err := start(cmd, stdio, false)
	if err != nil {
		if err == syscall.ENOENT {
			die(127, "timeout: "+cmd[0]+": No such file or directory")
		}
		die(126, "timeout: "+cmd[0]+": "+err.Error())
	}
	timedOut := false
	expire := func(s syscall.Signal) {
		if foreground {
			syscall.Kill(pid, s)
			return
		}
		for _, p := range descendants(os.Getpid()) {
			syscall.Kill(p, s)
		}
	}
	go func() {
		if _, ok := c.recv(); !ok {
			return
		}
		timedOut = true
		if killAfter == "" {
			park("timeout")
		}
		expire(sig)
		if killAfter != "" {
			k := dial()
			k.send("wait", strconv.Itoa(os.Getpid()), "timeout", killAfter)
			if _, ok := k.recv(); ok {
				expire(syscall.SIGKILL)
			}
		}
	}()
	term := make(chan os.Signal, 4)
	signal.Notify(term, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	go func() {
		for s := range term {
			expire(s.(syscall.Signal))
		}
	}()
	code := await(pid)
	if timedOut && !preserve { // even when it took SIGKILL, unlike that of other systems
		code = 124
	}
	syscall.Exit(code)
}

// ls is the real one but for -n, which does not mean -l in FreeBSD 8 to 14 (bin/ls/ls.c).
func ls(args []string) {
	long := false
	for _, a := range args {
		long = long || len(a) > 1 && a[0] == '-' && strings.ContainsRune(a, 'l')
	}
	argv := []string{"ls"}
	for _, a := range args {
		if !long && len(a) > 1 && a[0] == '-' {
			a = strings.ReplaceAll(a, "n", "1")
		}
		argv = append(argv, a)
	}
	err := syscall.Exec("/bin/ls", argv, os.Environ())
	die(1, "ls: "+err.Error())
}

func signalNamed(s string) syscall.Signal {
	if n, err := strconv.Atoi(s); err == nil {
		return syscall.Signal(n)
	}
	switch strings.TrimPrefix(strings.ToUpper(s), "SIG") {
	case "KILL":
		return syscall.SIGKILL
	case "INT":
		return syscall.SIGINT
	case "HUP":
		return syscall.SIGHUP
	}
	return syscall.SIGTERM
}
