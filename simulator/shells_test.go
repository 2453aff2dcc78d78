//go:build linux

package simulator

import (
	"path/filepath"
	"testing"
	"time"
)

// The scripts are the same under every sh. mksh and busybox's ash stand for what dash might forgive.
func TestShells(t *testing.T) {
	for _, shell := range []string{"busybox", "mksh"} {
		t.Run(shell, func(t *testing.T) {
			t.Parallel()
			w := pair(t, Options{Shell: []string{shellAt[shell]}, Groups: zfsGroup()}, switchOptions{settings: shortPauses})
			a, b := w.Hosts[0], w.Hosts[1]
			a.verb(t, "give")
			within(t, w, 20*time.Second, "b serves", b.serves)
			settled(t, w, 2*time.Minute)
			b.PowerCut()
			within(t, w, 30*time.Second, "a serves", a.serves)
			b.PowerOn()
			settled(t, w, 3*time.Minute)
			w.clean(t)
		})
	}
}

// Where the stub has no entry of its own, all of it is Go: the same story has to end the same way.
func TestStubInGo(t *testing.T) {
	path := filepath.Join(workDir, "go-stub")
	if err := buildStub(path, false); err != nil {
		t.Fatal(err)
	}
	t.Parallel()
	w := working(t, Options{Stub: path}, switchOptions{settings: shortPauses})
	a, b := w.Hosts[0], w.Hosts[1]
	a.verb(t, "give")
	within(t, w, 20*time.Second, "b serves", b.serves)
	within(t, w, time.Minute, "a follows", a.follows) // a host that was not told yet refuses, and rightly
	b.PowerCut()
	within(t, w, 30*time.Second, "a serves", a.serves)
	b.PowerOn()
	settled(t, w, 3*time.Minute)
	w.clean(t)
}

// Release 9 has carpN and no allow; 12 has allow, but not from the loader. devd's events differ as well.
func TestReleases(t *testing.T) {
	releases := []int{9}
	if full {
		releases = []int{8, 9, 10, 12, 14, 15}
	}
	for _, release := range releases {
		t.Run(itoa(release), func(t *testing.T) {
			t.Parallel()
			w := pair(t, Options{Release: release}, switchOptions{settings: shortPauses})
			a, b := w.Hosts[0], w.Hosts[1]
			a.PowerCut()
			within(t, w, 30*time.Second, "b serves", b.serves)
			a.PowerOn()
			settled(t, w, 3*time.Minute+blind(release))
			w.clean(t)
		})
	}
}
