//go:build linux

//lint:file-ignore U1000 all of it hangs under entry, which is assembly and which the linker is told of

package main

import (
	"syscall"
	"unsafe"
)

// A story starts thousands of commands, and starting Go's runtime costs ten times what asking the world
// does. So on this architecture the program is linked with an entry of its own (-E main.entry), which
// runs before the runtime: it answers the commands that only ask, and the simple forms of lockf(1) and
// daemon(8), with nothing but system calls. Whatever it does not know it leaves to main, which knows everything
// and is the whole program elsewhere. The code below must not allocate, panic, or use anything that the
// runtime would have set up.

func entry()

//go:noescape
func sys(n, a, b, c, d uintptr) int

var (
	startStack uintptr
	bareTLS    [16]uintptr
	bareG      [128]uintptr
	words      [512]string
	request    [1 << 16]byte
	reply      [1 << 17]byte
	scratch    [4096]byte
)

const fRepeat = -int(syscall.EINTR)

// bare runs before the runtime; it returns when main has to do the work. sp is where the kernel put argc.
func bare(sp unsafe.Pointer) {
	argc := *(*int)(sp)
	argv := unsafe.Add(sp, 8)
	envp := unsafe.Add(argv, 8*(argc+1))
	if argc < 1 || argc > len(words) {
		return
	}
	for i := range argc {
		words[i] = cString(argv, i)
	}
	args := words[1:argc]
	name := words[0]
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			name = name[i+1:]
			break
		}
	}
	switch name {
	case "@host", "@daemon", "nc", "mail", "mailx", "sendmail":
		return
	case "logger":
		if readsStdin(name, args) {
			return
		}
	case "lockf":
		bareLockf(argv, envp, args)
		return
	case "daemon":
		bareDaemon(argv, envp, args)
		return
	}
	bareAsk(argv, envp, name, args)
}

func cString(list unsafe.Pointer, i int) string {
	p := *(**byte)(unsafe.Add(list, 8*i))
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return unsafe.String(p, n)
}

func bareEnv(envp unsafe.Pointer, name string) string {
	for i := 0; *(*uintptr)(unsafe.Add(envp, 8*i)) != 0; i++ {
		if s := cString(envp, i); len(s) > len(name) && s[:len(name)] == name && s[len(name)] == '=' {
			return s[len(name)+1:]
		}
	}
	return ""
}

func addr(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// bareDial connects to the world; negative = it failed.
func bareDial(envp unsafe.Pointer) int {
	path := bareEnv(envp, "CARPOOL_SIM")
	if len(path) == 0 || len(path) > 100 {
		return -1
	}
	scratch[0], scratch[1] = syscall.AF_UNIX, 0
	copy(scratch[2:], path)
	scratch[2+len(path)] = 0
	fd := sys(syscall.SYS_SOCKET, syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0, 0)
	if fd < 0 {
		return fd
	}
	if r := sys(syscall.SYS_CONNECT, uintptr(fd), addr(scratch[:]), uintptr(3+len(path)), 0); r < 0 {
		sys(syscall.SYS_CLOSE, uintptr(fd), 0, 0, 0)
		return r
	}
	return fd
}

// packet is a request that is being written; over = it does not fit.
type packet struct {
	n    int
	over bool
}

func (p *packet) add(s string) {
	if p.n+len(s)+1 > len(request) {
		p.over = true
		return
	}
	p.n += copy(request[p.n:], s)
	request[p.n] = 0
	p.n++
}

func (p *packet) number(v int) {
	var d [20]byte
	i := len(d)
	for {
		i--
		d[i] = byte('0' + v%10)
		if v /= 10; v == 0 {
			break
		}
	}
	if p.n+len(d)+1 > len(request) {
		p.over = true
		return
	}
	p.n += copy(request[p.n:], d[i:])
	request[p.n] = 0
	p.n++
}

func (p *packet) send(fd int) bool {
	n := p.n - 4
	request[0], request[1], request[2], request[3] = byte(n>>24), byte(n>>16), byte(n>>8), byte(n)
	return bareWrite(fd, request[:p.n])
}

func bareWrite(fd int, b []byte) bool {
	for len(b) > 0 {
		n := sys(syscall.SYS_WRITE, uintptr(fd), addr(b), uintptr(len(b)), 0)
		if n == fRepeat {
			continue
		}
		if n <= 0 {
			return false
		}
		b = b[n:]
	}
	return true
}

// bareAnswer reads one frame; nil = none came.
func bareAnswer(fd int) []byte {
	have := 0
	for {
		if have >= 4 {
			n := int(reply[0])<<24 | int(reply[1])<<16 | int(reply[2])<<8 | int(reply[3])
			if 4+n > len(reply) {
				bareExit(254)
			}
			if have >= 4+n {
				return reply[4 : 4+n]
			}
		}
		n := sys(syscall.SYS_READ, uintptr(fd), addr(reply[have:]), uintptr(len(reply)-have), 0)
		if n == fRepeat {
			continue
		}
		if n <= 0 {
			return nil
		}
		have += n
	}
}

// field cuts the first field off a frame.
func field(b []byte) (f, rest []byte) {
	for i, c := range b {
		if c == 0 {
			return b[:i], b[i+1:]
		}
	}
	return b, nil
}

func bareNumber(b []byte) int {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	return n
}

func bareExit(code int) {
	for {
		sys(syscall.SYS_EXIT_GROUP, uintptr(code), 0, 0, 0)
	}
}

func bareAsk(argv, envp unsafe.Pointer, name string, args []string) {
	fd := bareDial(envp)
	if fd < 0 {
		return
	}
	p := packet{n: 4}
	p.add("call")
	p.number(sys(syscall.SYS_GETPID, 0, 0, 0, 0))
	p.add("") // standard input
	p.add(name)
	for _, a := range args {
		p.add(a)
	}
	if p.over || !p.send(fd) {
		sys(syscall.SYS_CLOSE, uintptr(fd), 0, 0, 0)
		return
	}
	b := bareAnswer(fd)
	if b == nil {
		bareExit(255) // the world ended or cut the power
	}
	verb, b := field(b)
	switch string(verb) {
	case "exit":
		code, b := field(b)
		out, b := field(b)
		msg, _ := field(b)
		bareWrite(1, out)
		bareWrite(2, msg)
		bareExit(bareNumber(code))
	case "exec": // COUNT PROGRAM: leave so many words out and become this
		count, b := field(b)
		bareExec(b, argv, envp, bareNumber(count))
		bareExit(126)
	}
	sys(syscall.SYS_CLOSE, uintptr(fd), 0, 0, 0)
}

// bareExec becomes another program; path ends in a NUL byte.
func bareExec(path []byte, argv, envp unsafe.Pointer, skip int) {
	sys(syscall.SYS_EXECVE, addr(path), uintptr(unsafe.Add(argv, 8*skip)), uintptr(envp), 0)
}

// bareLook finds a program as execvp(3) does; nil = it is nowhere. The result ends in a NUL byte.
func bareLook(envp unsafe.Pointer, name string) []byte {
	for i := range len(name) {
		if name[i] == '/' {
			return nil // rare enough for main
		}
	}
	path := bareEnv(envp, "PATH")
	for len(path) > 0 {
		n := 0
		for n < len(path) && path[n] != ':' {
			n++
		}
		if n+len(name)+2 < len(scratch) {
			k := copy(scratch[:], path[:n])
			scratch[k] = '/'
			k++
			k += copy(scratch[k:], name)
			scratch[k] = 0
			if sys(syscall.SYS_ACCESS, addr(scratch[:]), 1, 0, 0) == 0 {
				return scratch[:k+1]
			}
		}
		path = path[min(n+1, len(path)):]
	}
	return nil
}

// bareLockf does lockf -k -s -t 0 FILE COMMAND...
func bareLockf(argv, envp unsafe.Pointer, args []string) {
	if len(args) < 6 || args[0] != "-k" || args[1] != "-s" || args[2] != "-t" || args[3] != "0" || args[4][0] == '-' {
		return
	}
	file := args[4]
	prog := bareLook(envp, args[5])
	if prog == nil {
		return
	}
	fd := sys(syscall.SYS_OPEN, uintptr(unsafe.Pointer(unsafe.StringData(file))),
		syscall.O_RDONLY|syscall.O_CREAT|syscall.O_CLOEXEC, 0o666, 0)
	if fd < 0 {
		return
	}
	if sys(syscall.SYS_FLOCK, uintptr(fd), syscall.LOCK_EX|syscall.LOCK_NB, 0, 0) < 0 {
		bareExit(75)
	}
	pid := sys(syscall.SYS_FORK, 0, 0, 0, 0)
	if pid < 0 {
		bareExit(71)
	}
	if pid == 0 {
		bareExec(prog, argv, envp, 6)
		bareExit(1)
	}
	// Under this name the world knows that it waits for its child, as a shell does.
	sys(syscall.SYS_PRCTL, syscall.PR_SET_NAME, addr(waiting[:]), 0, 0)
	for {
		got := sys(syscall.SYS_WAIT4, ^uintptr(0), addr(scratch[:]), 0, 0)
		if got == pid {
			break
		}
		if got < 0 && got != fRepeat {
			bareExit(70)
		}
	}
	if sig := scratch[0] & 0x7f; sig != 0 {
		bareExit(128 + int(sig))
	}
	bareExit(int(scratch[1]))
}

// bareDaemon does daemon -f COMMAND...
func bareDaemon(argv, envp unsafe.Pointer, args []string) {
	if len(args) < 2 || args[0] != "-f" || args[1][0] == '-' {
		return
	}
	prog := bareLook(envp, args[1])
	if prog == nil {
		return
	}
	null := sys(syscall.SYS_OPEN, addr(devNull[:]), syscall.O_RDWR, 0, 0)
	if null < 0 {
		return
	}
	pid := sys(syscall.SYS_FORK, 0, 0, 0, 0)
	if pid < 0 {
		bareExit(1)
	}
	if pid > 0 {
		bareExit(0)
	}
	sys(syscall.SYS_SETSID, 0, 0, 0, 0)
	for fd := range uintptr(3) {
		sys(syscall.SYS_DUP2, uintptr(null), fd, 0, 0)
	}
	if null > 2 {
		sys(syscall.SYS_CLOSE, uintptr(null), 0, 0, 0)
	}
	bareExec(prog, argv, envp, 2)
	bareExit(127)
}

var waiting = [...]byte{'w', 'a', 'i', 't', 'i', 'n', 'g', 0}

var devNull = [...]byte{'/', 'd', 'e', 'v', '/', 'n', 'u', 'l', 'l', 0}
