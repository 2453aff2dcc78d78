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
}

func TestQuirks(t *testing.T) { stories(t, quirks) }
