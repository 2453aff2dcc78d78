//go:build linux

package simulator

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// fileTools are the small tools that work on a host's own files. The world does their work itself, which is
// faster than starting a program; what it does not know it leaves to the machine's own tool. They cost no
// world time.
var fileTools map[string]func(*call)

func init() {
	fileTools = map[string]func(*call){
		"rm": rm, "mkdir": mkdir, "mv": mv, "cp": cp, "ls": ls, "id": id, "mkfifo": mkfifo, "grep": grep,
	}
}

// machine lets the machine's own tool do it.
func (c *call) machine() {
	path, err := exec.LookPath(c.name)
	if err != nil {
		c.fail(127, "%s: not found", c.name)
		return
	}
	c.become(0, path)
}

// become makes the process that asks another program, with the first skip words left out.
func (c *call) become(skip int, path string) {
	c.ended = true
	c.conn.last("exec", itoa(skip), path)
}

// plain takes the options off the words; false = there are others than those known, or a path is relative.
func (c *call) plain(known string) (opts string, words []string, ok bool) {
	words = c.args
	for len(words) > 0 && len(words[0]) > 1 && words[0][0] == '-' {
		opts += words[0][1:]
		words = words[1:]
	}
	for _, o := range opts {
		if !strings.ContainsRune(known, o) {
			return "", nil, false
		}
	}
	for _, w := range words {
		if !filepath.IsAbs(w) {
			return "", nil, false
		}
	}
	return opts, words, len(words) > 0
}

func reason(err error) string {
	var no syscall.Errno
	if e, ok := err.(*os.PathError); ok {
		no, _ = e.Err.(syscall.Errno)
	}
	if e, ok := err.(*os.LinkError); ok {
		no, _ = e.Err.(syscall.Errno)
	}
	if no == 0 {
		return err.Error()
	}
	s := no.Error()
	return strings.ToUpper(s[:1]) + s[1:]
}

// each runs f on every word; one that fails is told and makes the exit code 1.
func (c *call) each(words []string, f func(string) error) {
	code := 0
	for _, w := range words {
		if err := f(w); err != nil {
			c.errorf("%s: %s: %s", c.name, w, reason(err))
			code = 1
		}
	}
	c.exit(code)
}

func rm(c *call) {
	opts, words, good := c.plain("fr")
	if !good || !strings.Contains(opts, "f") {
		c.machine()
		return
	}
	c.each(words, func(p string) error {
		if strings.Contains(opts, "r") {
			return os.RemoveAll(p)
		}
		err := syscall.Unlink(p)
		if err == nil || err == syscall.ENOENT || err == syscall.ENOTDIR {
			return nil
		}
		return err
	})
}

func mkdir(c *call) {
	opts, words, good := c.plain("p")
	if !good || opts == "" {
		c.machine()
		return
	}
	c.each(words, func(p string) error { return os.MkdirAll(p, 0o700) })
}

func mkfifo(c *call) {
	_, words, good := c.plain("")
	if !good {
		c.machine()
		return
	}
	c.each(words, func(p string) error { return syscall.Mkfifo(p, 0o600) })
}

func mv(c *call) {
	_, words, good := c.plain("f")
	if !good || len(words) != 2 || isDir(words[1]) {
		c.machine()
		return
	}
	c.each(words[:1], func(p string) error { return os.Rename(p, words[1]) })
}

func isDir(p string) bool {
	fi, err := os.Stat(p)
	return err == nil && fi.IsDir()
}

func cp(c *call) {
	_, words, good := c.plain("")
	if !good || len(words) != 2 || isDir(words[1]) {
		c.machine()
		return
	}
	c.each(words[:1], func(p string) error {
		b, err := os.ReadFile(p)
		if err == nil {
			err = os.WriteFile(words[1], b, 0o600)
		}
		return err
	})
}

// ls -lLnd FILE
func ls(c *call) {
	opts, words, good := c.plain("lLnd")
	if !good || len(opts) != 4 || len(words) != 1 {
		c.self()
		return
	}
	c.each(words, func(p string) error {
		fi, err := os.Stat(p)
		if err != nil {
			return err
		}
		st := fi.Sys().(*syscall.Stat_t)
		c.printf("%s  %d %d  %d  %d %s %s\n", fi.Mode(), st.Nlink, st.Uid, st.Gid, st.Size, fi.ModTime().Format("Jan _2 15:04"), p)
		return nil
	})
}

func id(c *call) {
	if len(c.args) != 1 || c.args[0] != "-u" {
		c.machine()
		return
	}
	c.printf("%d\n", os.Getuid())
	c.exit(0)
}

// grep [-qvxF] [-e] PATTERN FILE, where the pattern is a plain text, but for a leading ^.
func grep(c *call) {
	var opts, pattern string
	var files []string
	given := false
	for i := 0; i < len(c.args); i++ {
		a := c.args[i]
		switch {
		case a == "-e" && i+1 < len(c.args):
			i++
			pattern, given = c.args[i], true
		case len(a) > 1 && a[0] == '-':
			opts += a[1:]
		case !given:
			pattern, given = a, true
		default:
			files = append(files, a)
		}
	}
	anchored := false
	if !strings.Contains(opts, "F") && strings.HasPrefix(pattern, "^") {
		pattern, anchored = pattern[1:], true
	}
	special := !strings.Contains(opts, "F") && regexp.QuoteMeta(pattern) != pattern
	if strings.Trim(opts, "qvxF") != "" || special || len(files) != 1 || strings.Contains(pattern, "\n") {
		c.machine()
		return
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		c.fail(2, "grep: %s: %s", files[0], reason(err))
		return
	}
	code := 1
	for _, l := range bytes.Split(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")) {
		if len(b) == 0 {
			break
		}
		line := string(l)
		hit := strings.Contains(line, pattern)
		if anchored {
			hit = strings.HasPrefix(line, pattern)
		}
		if strings.Contains(opts, "x") {
			hit = line == pattern
		}
		if hit == strings.Contains(opts, "v") {
			continue
		}
		code = 0
		if !strings.Contains(opts, "q") {
			fmt.Fprintln(&c.out, line)
		}
	}
	c.exit(code)
}

// unwrap takes timeout(1) off a command of the world: the world keeps the time itself, so that one process
// does instead of two. What starts other programs does so by itself. False = the call is answered.
func (c *call) unwrap() bool {
	if c.name != "timeout" {
		return true
	}
	a := c.args
	for len(a) > 0 && len(a[0]) > 1 && a[0][0] == '-' {
		if a[0] == "-k" && len(a) > 1 {
			a = a[1:]
		} else if a[0] != "--foreground" {
			a = nil
			break
		}
		a = a[1:]
	}
	if len(a) < 2 {
		c.self()
		return false
	}
	seconds, err := strconv.ParseFloat(a[0], 64)
	name := a[1]
	skip := len(c.args) - len(a) + 2
	switch {
	case err != nil || seconds <= 0:
		c.self()
		return false
	case table[name] != nil && name != "mail" && name != "logger", name == "logger" && len(a) > 4:
		c.name, c.args = name, a[2:]
		c.limit = time.Duration(seconds * float64(time.Second))
		return true
	case name == "nc":
		c.h.limits[c.pid] = time.Duration(seconds * float64(time.Second))
		c.become(skip, filepath.Join(c.h.root, "bin", name))
	case name == "daemon":
		c.become(skip, filepath.Join(c.h.root, "bin", name))
	default:
		c.self()
	}
	return false
}

// self lets the stub do it.
func (c *call) self() {
	c.ended = true
	c.conn.last("self")
}

// expire ends a command whose timeout(1) is over.
func (c *call) expire() {
	if c.cancelled || c.ended {
		return
	}
	c.cancelled = true
	c.conn.last("exit", "124", "", "")
}
