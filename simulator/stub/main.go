//go:build linux

// Stub is the userland of the simulated hosts: one small program behind many symbolic links, told by its
// name which FreeBSD command it stands for. Nearly all commands only ask the world, over the socket named
// by CARPOOL_SIM, and print what it answers. The few that start other programs (lockf, timeout, daemon) or
// carry a stream (nc) do so here, but take the time from the world.
//
// It keeps to package syscall and a handful of small packages because a scenario starts it thousands of
// times.
package main

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// All forks come from the main thread, where the world looks for children.
func init() { runtime.LockOSThread() }

func main() {
	name := os.Args[0]
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		name = name[i+1:]
	}
	args := os.Args[1:]
	switch name {
	case "@host":
		hostInit()
	case "@daemon":
		superviseMain(args)
	case "lockf":
		lockf(args)
	case "timeout":
		timeout(args)
	case "daemon":
		daemon(args)
	case "nc":
		nc(args)
	case "ls":
		ls(args)
	case "mail", "mailx", "sendmail", "logger":
		ask(name, args, readsStdin(name, args))
	default:
		ask(name, args, false)
	}
}

// readsStdin: mail(1) reads its body there; logger(1) only when no message is on its command line.
func readsStdin(name string, args []string) bool {
	if name != "logger" {
		return true
	}
	for i := 0; i < len(args); i++ {
		a := args[i]
		if len(a) > 1 && a[0] == '-' {
			if strings.ContainsAny(a[len(a)-1:], "fhpPtS") {
				i++
			}
			continue
		}
		return false
	}
	return true
}

// ask runs one command in the world and ends with its output and exit code.
func ask(name string, args []string, stdin bool) {
	in := ""
	if stdin {
		in = string(readAll(0))
	}
	c := dial()
	c.send(append([]string{"call", strconv.Itoa(os.Getpid()), in, name}, args...)...)
	for {
		f, ok := c.recv()
		if !ok {
			syscall.Exit(255) // the world ended or cut the power
		}
		switch f[0] {
		case "exit":
			writeAll(1, f[2])
			writeAll(2, f[3])
			code, _ := strconv.Atoi(f[1])
			syscall.Exit(code)
		case "exec": // the machine's own tool
			skip, _ := strconv.Atoi(f[1])
			err := syscall.Exec(f[2], os.Args[skip:], os.Environ())
			die(126, name+": "+err.Error())
		case "kill": // a fault: the command dies by a signal
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
}

// conn carries frames: four bytes of length, then fields that each end in a NUL byte.
type conn struct {
	fd  int
	buf []byte
}

func dial() *conn {
	path := os.Getenv("CARPOOL_SIM")
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path})
	}
	if err != nil {
		// The world is gone and nobody cut the power: no script of its hosts may go on.
		if p := os.Getppid(); p > 1 {
			syscall.Kill(p, syscall.SIGKILL)
		}
		die(255, "stub: cannot reach the world at "+path+": "+err.Error())
	}
	return &conn{fd: fd}
}

func (c *conn) send(fields ...string) bool {
	n := 0
	for _, f := range fields {
		n += len(f) + 1
	}
	b := make([]byte, 4, 4+n)
	b[0], b[1], b[2], b[3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	for _, f := range fields {
		b = append(b, f...)
		b = append(b, 0)
	}
	return writeAll(c.fd, string(b))
}

func (c *conn) recv() ([]string, bool) {
	for {
		if len(c.buf) >= 4 {
			n := int(c.buf[0])<<24 | int(c.buf[1])<<16 | int(c.buf[2])<<8 | int(c.buf[3])
			if len(c.buf) >= 4+n {
				body := string(c.buf[4 : 4+n])
				c.buf = c.buf[4+n:]
				return strings.Split(strings.TrimSuffix(body, "\x00"), "\x00"), true
			}
		}
		b := make([]byte, 4096)
		n, err := syscall.Read(c.fd, b)
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return nil, false
		}
		c.buf = append(c.buf, b[:n]...)
	}
}

// wait asks the world to answer after d (a number of seconds as sleep(1) takes it) and says whether it did.
func (c *conn) wait(what, d string) bool {
	c.send("wait", strconv.Itoa(os.Getpid()), what, d)
	_, ok := c.recv()
	return ok
}

// park tells the world that this process only waits for others, so that it does not hold up the clock.
func park(what string) *conn {
	c := dial()
	c.send("park", strconv.Itoa(os.Getpid()), what)
	c.recv()
	return c
}

func readAll(fd int) []byte {
	var all []byte
	b := make([]byte, 4096)
	for {
		n, err := syscall.Read(fd, b)
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 || err != nil {
			return all
		}
		all = append(all, b[:n]...)
	}
}

func writeAll(fd int, s string) bool {
	for len(s) > 0 {
		n, err := syscall.Write(fd, []byte(s))
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return false
		}
		s = s[n:]
	}
	return true
}

func die(code int, msg string) {
	writeAll(2, msg+"\n")
	syscall.Exit(code)
}
