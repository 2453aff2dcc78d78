package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cost is what one process took.
type cost struct {
	wall, cpu time.Duration
	rss       int64 // bytes, at the most
}

// plus is one after the other.
func (c cost) plus(d cost) cost {
	return cost{c.wall + d.wall, c.cpu + d.cpu, max(c.rss, d.rss)}
}

// run measures a process, once what others have left to write is on the disk.
func run(name string, args ...string) (cost, error) {
	cmd := exec.Command(name, args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return cost{}, err
	}
	defer out.Close()
	cmd.Stdout = out
	syscall.Sync()
	start := time.Now()
	err = cmd.Run()
	wall := time.Since(start)
	if err != nil {
		return cost{}, fmt.Errorf("%s %q: %w\n%s", name, args, err, said.String())
	}
	use := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return cost{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), use.Maxrss * rssUnit}, nil
}

// best is the cheapest of several runs: the rest of the machine can only add to
// the time of a process. Of memory it is the most. In args a * stands for the
// number of the run.
func best(times int, name string, args ...string) (cost, error) {
	var least cost
	for i := range times {
		these := make([]string, len(args))
		for k, arg := range args {
			these[k] = strings.ReplaceAll(arg, "*", strconv.Itoa(i))
		}
		c, err := run(name, these...)
		if err != nil {
			return cost{}, err
		}
		if i == 0 || c.wall < least.wall {
			least.wall = c.wall
		}
		if i == 0 || c.cpu < least.cpu {
			least.cpu = c.cpu
		}
		least.rss = max(least.rss, c.rss)
	}
	return least, nil
}
