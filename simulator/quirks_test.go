//go:build linux

package simulator

import (
	"strings"
	"testing"
	"time"
)

// quirks are stories of what FreeBSD's own commands do and their manual pages do not say; docs/commands.md
// tells where each was read.
var quirks = []scenario{
	{name: "rc.d/jail says 0 of a jail that does not start", o: Options{Groups: zfsGroup()}, run: func(t *testing.T, w *World, a, b *Host) {
		b.Broken["jail www"] = true
		a.verb(t, "give")
		within(t, w, time.Minute, "b has noticed", func() bool { return mailed(b, "could not take over") })
		within(t, w, 3*time.Minute, "a serves again", a.serves)
	}},
	{name: "an operator sits in the storage that is to go", run: func(t *testing.T, w *World, a, b *Host) {
		a.must(t, `mkdir -p "$CARPOOL_ROOT/data" && cd "$CARPOOL_ROOT/data" && exec "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch" give`)
		settled(t, w, time.Minute)
		if d := w.Diary(100000); strings.Contains(d, "Device busy") {
			fail(t, w, "the switch itself kept the storage busy")
		}
	}},
	{name: "fsck asks to be run again", run: func(t *testing.T, w *World, a, b *Host) {
		b.Reruns = 2
		a.PowerCut()
		within(t, w, time.Minute, "b serves", b.serves)
		if mailed(b, "could not take over") {
			fail(t, w, "fsck was not run again")
		}
	}},
	{name: "a pool of two letters in zpool.cache", o: Options{Groups: []Group{{
		Name: "files", VHID: 1, Resources: []string{"r0"}, Storage: []Storage{{Kind: "zpool", Name: "t1", Resources: []string{"r0"}}},
	}}}, run: func(t *testing.T, w *World, a, b *Host) {
		if _, out := a.verb(t, "check"); !strings.Contains(out, "pool t1 is in no zpool.cache") {
			t.Error(out)
		}
		a.must(t, `mkdir -p "$CARPOOL_ROOT/etc/zfs" && printf 'version\000\000\000\000\002t1\000\000' >"$CARPOOL_ROOT/etc/zfs/zpool.cache"`)
		if _, out := a.verb(t, "check"); !strings.Contains(out, "pool t1 is in zpool.cache") {
			t.Error(out)
		}
	}},
	{name: "an nc that cannot answer", run: func(t *testing.T, w *World, a, b *Host) {
		if _, out := a.verb(t, "check"); strings.Contains(out, "nc(1)") {
			t.Error(out)
		}
		a.must(t, `rm -f "$CARPOOL_ROOT/bin/nc" && printf '#!/bin/sh\necho "usage: nc [-46]"\n' >"$CARPOOL_ROOT/bin/nc" && chmod 755 "$CARPOOL_ROOT/bin/nc"`)
		if _, out := a.verb(t, "check"); !strings.Contains(out, "FAIL  nc(1)") {
			t.Error(out)
		}
	}},
	{name: "an operator with a locale and options for grep", run: func(t *testing.T, w *World, a, b *Host) {
		seen := ""
		w.when(a, "ping", func(c *call) bool {
			seen = "\x00" + string(readSmall("/proc/"+itoa(c.pid)+"/environ"))
			return false
		})
		a.must(t, `LC_ALL=de_DE.UTF-8 GREP_OPTIONS=--color=always "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch" status`)
		if !strings.Contains(seen, "\x00LC_ALL=C\x00") || strings.Contains(seen, "GREP_OPTIONS") {
			t.Errorf("commands run with %q", seen)
		}
	}},
}

func TestQuirks(t *testing.T) { stories(t, quirks) }
