//go:build linux

package simulator

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Shells a host may have as /bin/sh. FreeBSD's own is an ash; dash is nearest and fastest.
var shells = map[string]string{"dash": "dash", "busybox": "busybox", "mksh": "mksh"}

var (
	stubPath string
	workDir  string
	shellAt  = map[string]string{}

	total struct{ calls, checks, faults, worlds atomic.Int64 }
)

// workPlace is where the hosts' files lie: in memory, if there is room and programs may run from there.
func workPlace() string {
	const noExec, room = 8, 256 << 20 // statfs(2) of Linux
	var fs syscall.Statfs_t
	const mem = "/dev/shm"
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(mem, &fs) == nil && fs.Flags&noExec == 0 &&
		fs.Bavail*uint64(fs.Bsize) > room && syscall.Access(mem, 2) == nil {
		return mem
	}
	return ""
}

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	began := time.Now()
	debug.SetGCPercent(800) // there is little garbage, and little memory it could fill
	// A world mostly waits for one process after the other to be scheduled, so more worlds than processors
	// run at once. -parallel still decides.
	flag.Set("test.parallel", "6")
	dir, err := os.MkdirTemp(workPlace(), "cs") // short: unix socket paths have a limit
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	workDir, stubPath = dir, filepath.Join(dir, "stub")
	if err := buildStub(stubPath, runtime.GOARCH == "amd64"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for name, prog := range shells {
		p, err := exec.LookPath(prog)
		if err != nil {
			fmt.Fprintf(os.Stderr, "the scripts are proved under %s, which is not installed (apt-get install dash busybox mksh)\n", name)
			return 1
		}
		shellAt[name] = p
	}
	code := m.Run()
	fmt.Printf("simulator: %d worlds, %d commands, %d faults injected, invariants checked %d times, %.0f s\n",
		total.worlds.Load(), total.calls.Load(), total.faults.Load(), total.checks.Load(), time.Since(began).Seconds())
	return code
}

// buildStub builds the hosts' userland; quick = with the entry of stub/entry_amd64.s.
func buildStub(path string, quick bool) error {
	flags := "-s -w"
	if quick {
		flags += " -E main.entry"
	}
	if out, err := exec.Command("go", "build", "-ldflags="+flags, "-o", path, "./stub").CombinedOutput(); err != nil {
		return fmt.Errorf("cannot build the hosts' userland: %v\n%s", err, out)
	}
	return nil
}

// newWorld makes a world that ends with the test. A test whose world saw a violation fails, with the diary.
func newWorld(t *testing.T, o Options) *World {
	t.Helper()
	dir, err := os.MkdirTemp(workDir, "w")
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = dir
	if o.Stub == "" {
		o.Stub = stubPath
	}
	if len(o.Shell) == 0 {
		o.Shell = []string{shellAt["dash"]}
	}
	w, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	total.worlds.Add(1)
	t.Cleanup(func() {
		w.Close()
		total.calls.Add(int64(w.Calls))
		total.checks.Add(int64(w.Checks))
		os.RemoveAll(dir)
	})
	return w
}

// run runs a shell command on a host to its end and returns its exit code and output.
func (h *Host) run(t *testing.T, command string) (int, string) {
	t.Helper()
	h.w.nextID++
	out := fmt.Sprintf("run.%d", h.w.nextID)
	code, done := 0, false
	h.Start(out, func(c int) { code, done = c, true }, append(h.shell(), "-c", command)...)
	if !h.w.Until(10*time.Minute, func() bool { return done }) {
		t.Fatalf("%q does not end\n%s\n%s", command, h.w.Diary(60), h.w.Processes())
	}
	b, _ := os.ReadFile(filepath.Join(h.root, "var/log", out))
	return code, string(b)
}
