//go:build linux

package main

import (
	"os"
	"strconv"
	"syscall"
)

// nc carries standard input to the world and what the world delivers to standard output. It ends as
// FreeBSD's nc does: a client when the peer closes, a listener (without -k) when its one client is gone.
func nc(args []string) {
	c := dial()
	c.send(append([]string{"nc", strconv.Itoa(os.Getpid())}, args...)...)
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := syscall.Read(0, b)
			if err == syscall.EINTR {
				continue
			}
			if n <= 0 || err != nil {
				c.send("eof")
				return
			}
			c.send("data", string(b[:n]))
		}
	}()
	for {
		f, ok := c.recv()
		if !ok {
			syscall.Exit(255)
		}
		switch f[0] {
		case "data":
			if !writeAll(1, f[1]) {
				syscall.Exit(1)
			}
		case "err":
			writeAll(2, f[1])
		case "exit":
			writeAll(1, f[2])
			writeAll(2, f[3])
			code, _ := strconv.Atoi(f[1])
			syscall.Exit(code)
		case "kill":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}
	}
}
