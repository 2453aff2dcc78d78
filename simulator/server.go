//go:build linux

package simulator

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// conn is one connection of a stub. The world reads all of them in one goroutine, so nothing needs a lock.
type conn struct {
	w      *World
	h      *Host
	fd     int
	listen bool
	buf    []byte
	pid    int
	sid    int // the session of its process: what an answer may wake
	parked parking
	closed bool

	answered bool // its process is about to end, or to become another program
	call     *call
	nc       *ncEnd
}

// parking says what a stub's process waits for.
type parking int

const (
	notParked    parking = iota
	parkedCall           // the world's answer
	parkedStream         // that, or its standard input
	parkedParent         // the end of its child
)

func (h *Host) socketPath() string { return filepath.Join(h.root, "s") }

func (w *World) listen() error {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	w.epoll = fd
	for _, h := range w.Hosts {
		if err := os.MkdirAll(h.root, 0o755); err != nil {
			return err
		}
		if err := h.listen(); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) listen() error {
	os.Remove(h.socketPath())
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: h.socketPath()}); err != nil {
		return fmt.Errorf("%s: %w", h.socketPath(), err)
	}
	if err := syscall.Listen(fd, 128); err != nil {
		return err
	}
	h.w.watch(&conn{w: h.w, h: h, fd: fd, listen: true})
	return nil
}

func (w *World) watch(c *conn) {
	w.files[c.fd] = c
	ev := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(c.fd)}
	if err := syscall.EpollCtl(w.epoll, syscall.EPOLL_CTL_ADD, c.fd, &ev); err != nil {
		panic(err)
	}
}

func (c *conn) close() {
	if c.closed {
		return
	}
	c.closed = true
	delete(c.w.files, c.fd)
	syscall.Close(c.fd)
	c.h.wake(c.sid)
	if c.call != nil {
		c.call.cancelled = true
	}
	if c.nc != nil {
		c.nc.gone()
	}
}

func (w *World) shutSockets() {
	for _, c := range w.files {
		syscall.Close(c.fd)
	}
	w.files = map[int]*conn{}
	syscall.Close(w.epoll)
}

// poll handles what stubs sent, waiting at most d of real time for the first; false = nothing came.
func (w *World) poll(d time.Duration) bool {
	var evs [64]syscall.EpollEvent
	ts := syscall.NsecToTimespec(int64(d))
	const epollPwait2 = 441 // the same number on every architecture
	n, _, errno := syscall.Syscall6(epollPwait2, uintptr(w.epoll), uintptr(unsafe.Pointer(&evs[0])), uintptr(len(evs)),
		uintptr(unsafe.Pointer(&ts)), 0, 0)
	if errno == syscall.ENOSYS {
		m, _ := syscall.EpollWait(w.epoll, evs[:], int((d+time.Millisecond-1)/time.Millisecond))
		n, errno = uintptr(max(m, 0)), 0
	}
	if errno != 0 {
		return false
	}
	for i := range int(n) {
		if c := w.files[int(evs[i].Fd)]; c != nil {
			c.ready()
		}
	}
	return n > 0
}

func (c *conn) ready() {
	if c.listen {
		for {
			fd, _, err := syscall.Accept4(c.fd, syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK)
			if err != nil {
				return
			}
			n := &conn{w: c.w, h: c.h, fd: fd}
			if u, err := syscall.GetsockoptUcred(fd, syscall.SOL_SOCKET, syscall.SO_PEERCRED); err == nil {
				n.pid, n.sid = int(u.Pid), sessionOf(int(u.Pid))
			}
			c.w.watch(n)
		}
	}
	b := c.w.inbox[:]
	n, err := syscall.Read(c.fd, b)
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return
	}
	if n <= 0 || err != nil {
		c.w.active = true
		c.close()
		return
	}
	c.buf = append(c.buf, b[:n]...)
	for len(c.buf) >= 4 && !c.closed {
		l := int(c.buf[0])<<24 | int(c.buf[1])<<16 | int(c.buf[2])<<8 | int(c.buf[3])
		if len(c.buf) < 4+l {
			return
		}
		body := string(c.buf[4 : 4+l])
		c.buf = c.buf[4+l:]
		c.frame(strings.Split(strings.TrimSuffix(body, "\x00"), "\x00"))
	}
}

func (c *conn) send(fields ...string) {
	if c.closed {
		return
	}
	c.w.active = true
	c.h.wake(c.sid)
	n := 0
	for _, f := range fields {
		n += len(f) + 1
	}
	b := []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	for _, f := range fields {
		b = append(append(b, f...), 0)
	}
	for len(b) > 0 {
		m, err := syscall.Write(c.fd, b)
		if err == syscall.EAGAIN {
			time.Sleep(50 * time.Microsecond)
			continue
		}
		if err != nil {
			return // the process was killed; its end will be read
		}
		b = b[m:]
	}
}

// last sends what ends the stub.
func (c *conn) last(fields ...string) {
	c.parked, c.answered = notParked, true
	c.send(fields...)
}

func (c *conn) frame(f []string) {
	w, h := c.w, c.h
	pid := func() { c.pid, _ = strconv.Atoi(f[1]) }
	switch f[0] {
	case "call":
		pid()
		c.parked = parkedCall
		c.call = &call{conn: c, w: w, h: h, pid: c.pid, stdin: f[2], name: f[3], args: f[4:]}
		if c.call.unwrap() {
			c.call.begin()
		}
	case "wait":
		pid()
		c.parked = parkedCall
		if f[2] == "timeout" {
			c.parked = parkedParent
		}
		d, _ := strconv.ParseFloat(f[3], 64)
		if f[2] == "timeout" && d == 0 {
			return // timeout(1): 0 is no limit
		}
		w.after(time.Duration(d*float64(time.Second)), func() {
			c.parked = notParked
			c.send("now")
		})
	case "park":
		pid()
		c.parked = parkedParent
		c.send("ok")
	case "unpark":
		c.parked = notParked
	case "host":
		pid()
		c.parked = parkedParent
		h.init, h.pid1 = c, c.pid
	case "started":
		done := h.running[f[1]]
		delete(h.running, f[1])
		p, _ := strconv.Atoi(f[2])
		if p < 0 {
			w.note(h, "cannot start: %s", f[3])
			done(127)
			return
		}
		h.procs[p] = done
	case "ended":
		p, _ := strconv.Atoi(f[1])
		code, _ := strconv.Atoi(f[2])
		h.wakeAll()
		if done := h.procs[p]; done != nil {
			delete(h.procs, p)
			done(code)
		}
	case "nc":
		pid()
		c.parked = parkedStream
		w.spend(commandTime)
		c.newNC(f[2:])
	case "data":
		if c.nc != nil {
			c.nc.data(f[1])
		}
	case "eof":
		if c.nc != nil {
			c.nc.eof()
		}
	}
}

// bootInit starts the host's process 1.
func (h *Host) bootInit() {
	cmd := exec.Command(h.w.Stub)
	cmd.Args = []string{"@host"}
	cmd.Env = []string{"CARPOOL_SIM=" + h.socketPath(), "GOMAXPROCS=1", "GOGC=off"}
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // what ends the test by force must not end it first
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	go cmd.Wait()
	for i := 0; h.init == nil; i++ {
		if i > 3000 {
			panic("a host's process 1 does not start")
		}
		h.w.poll(10 * time.Millisecond)
	}
}

// Env is the environment of everything that runs on a host.
func (h *Host) Env() []string {
	return []string{
		"PATH=" + filepath.Join(h.root, "bin") + ":/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/",
		"CARPOOL_SIM=" + h.socketPath(), "CARPOOL_ROOT=" + h.root,
		"CARP_HAST_SWITCH_ROOT=" + h.root, "GOMAXPROCS=1", "GOGC=off", "LC_ALL=C",
	}
}

// Start runs a program on a host; done, if any, gets its exit code. Its output goes to the file out under
// the host's var/log.
func (h *Host) Start(out string, done func(code int), argv ...string) {
	w := h.w
	w.nextID++
	id := strconv.Itoa(w.nextID)
	if done == nil {
		done = func(int) {}
	}
	h.running[id] = done
	env := h.Env()
	f := []string{"start", id, filepath.Join(h.root, "var/log", out), strconv.Itoa(len(env))}
	h.init.send(append(append(f, env...), argv...)...)
}
