package torture

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const killHosts = 30

// TestKill kills renderings at random moments. The target is each time the
// whole old or the whole new tree, and the next run succeeds and cleans up.
func TestKill(t *testing.T) {
	one, two := describe(t, killHosts, "one"), describe(t, killHosts, "two")
	out := filepath.Join(t.TempDir(), "out")
	render(t, two, out)
	second := manifest(t, out)
	start := time.Now()
	render(t, one, out)
	whole := time.Since(start)
	first := manifest(t, out)

	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d; a run takes %s", seed, whole)
	tries, killed, inside := 0, 0, 0
	for ; killed < rounds(40); tries++ {
		if tries == 10*rounds(40) {
			t.Fatalf("only %d of %d runs were killed", killed, tries)
		}
		next := two
		if tries%2 == 1 {
			next = one
		}
		if killAfter(t, time.Duration(random.Int64N(int64(whole*11/10))), "render", next, "-o", out) {
			killed++
		}
		either(t, out, first, second)
		if entries, err := os.ReadDir(filepath.Dir(out)); err != nil || len(entries) > 1 {
			inside++
		}
		render(t, next, out)
		manifest(t, out)
		alone(t, out)
	}
	t.Logf("%d of %d runs were killed, %d while a tree was being built or removed", killed, tries, inside)
	if inside == 0 {
		t.Error("no kill hit what it was meant to hit")
	}
}

// TestKillFirst does the same where there is no tree yet.
func TestKillFirst(t *testing.T) {
	one := describe(t, killHosts, "one")
	out := filepath.Join(t.TempDir(), "out")
	start := time.Now()
	render(t, one, out)
	whole := time.Since(start)
	for range rounds(40) / 4 {
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		killAfter(t, rand.N(whole*11/10), "render", one, "-o", out)
		if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
			manifest(t, out)
		}
		render(t, one, out)
		manifest(t, out)
		alone(t, out)
	}
}

// killAfter reports whether the process was killed before it ended.
func killAfter(t *testing.T, after time.Duration, args ...string) bool {
	t.Helper()
	cmd := exec.Command(binary, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	err := cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		t.Fatalf("carpool failed by itself: %v", err)
	}
	return err != nil
}

// TestAtOnce renders two descriptions into one target at the same time.
func TestAtOnce(t *testing.T) {
	one, two := describe(t, 10, "one"), describe(t, 10, "two")
	out := filepath.Join(t.TempDir(), "out")
	render(t, one, out)
	first := manifest(t, out)
	render(t, two, out)
	second := manifest(t, out)
	for range rounds(20) / 4 {
		var running []*exec.Cmd
		for i := range 6 {
			cmd := exec.Command(binary, "render", []string{one, two}[i%2], "-o", out)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			running = append(running, cmd)
		}
		for _, cmd := range running {
			if err := cmd.Wait(); err != nil {
				t.Errorf("one of several at once failed: %v", err)
			}
		}
		either(t, out, first, second)
		alone(t, out)
	}
}

// TestSwapped swaps the target for a link to a folder of somebody else's while
// renderings run. That folder keeps what it has.
func TestSwapped(t *testing.T) {
	one, two := describe(t, 20, "one"), describe(t, 20, "two")
	base := t.TempDir()
	out, aside, theirs := filepath.Join(base, "out"), filepath.Join(base, "aside"), filepath.Join(base, "theirs")
	if err := os.MkdirAll(filepath.Join(theirs, "h0", "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	precious := filepath.Join(theirs, "h0", "etc", "rc.conf")
	if err := os.WriteFile(precious, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	render(t, one, out)
	for i := range rounds(20) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			exec.Command(binary, "render", []string{two, one}[i%2], "-o", out).Run() // may fail, must not harm
		}()
		for swapping := true; swapping; {
			if os.Rename(out, aside) == nil {
				os.Symlink(theirs, out)
				time.Sleep(rand.N(5 * time.Millisecond))
				if info, err := os.Lstat(out); err == nil && info.Mode()&fs.ModeSymlink != 0 {
					os.Remove(out)
					os.Rename(aside, out)
				}
				os.RemoveAll(aside)
			}
			select {
			case <-done:
				swapping = false
			case <-time.After(rand.N(5 * time.Millisecond)):
			}
		}
		data, err := os.ReadFile(precious)
		entries, err2 := os.ReadDir(theirs)
		if string(data) != "precious" || err != nil || err2 != nil || len(entries) != 1 {
			t.Fatalf("the folder behind the link was changed: %q %v %v %v", data, err, entries, err2)
		}
	}
	if info, err := os.Lstat(out); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		os.Remove(out)
	}
	render(t, one, out)
	manifest(t, out)
}
