//go:build linux

package simulator

import (
	"testing"
	"time"
)

// What the storage and services of the simulated hosts take by themselves (cmd_storage.go, cmd_misc.go); the
// promise of docs/switch.md is about what comes on top.
const (
	fsckTime   = 200 * time.Millisecond
	useTime    = 500 * time.Millisecond // mount or zpool import: the default of Options.Import
	exportTime = 100 * time.Millisecond
	startTime  = 300 * time.Millisecond // of each service
	stopTime   = 200 * time.Millisecond
)

// detection is CARP's: 3 × advbase + advskew/256 s, at the grade hold.
func detection(h *Host) time.Duration {
	return 3*time.Second + time.Duration(h.effectiveGrade())*time.Second/256
}

// TestTimes: what a take-over adds to what CARP, storage and services take. World time: a loaded machine
// changes nothing.
func TestTimes(t *testing.T) {
	const ours, patience, planned = 2 * time.Second, 20 * time.Second, 3 * time.Second
	power := func(data, more time.Duration, services int) func(*testing.T, *World, *Host, *Host) (time.Duration, time.Duration) {
		return func(t *testing.T, w *World, a, b *Host) (time.Duration, time.Duration) {
			limit := detection(b) + ours + more + data + time.Duration(services)*startTime
			a.PowerCut()
			return within(t, w, time.Minute, "b serves", b.serves), limit
		}
	}
	give := func(data time.Duration, services int) func(*testing.T, *World, *Host, *Host) (time.Duration, time.Duration) {
		return func(t *testing.T, w *World, a, b *Host) (time.Duration, time.Duration) {
			a.Start("verb.log", nil, append(a.shell(), "-c", "$CARP_HAST_SWITCH_ROOT/usr/local/scripts/carp-hast-switch give")...)
			within(t, w, time.Minute, "a stops", func() bool { return !a.serves() })
			// the first service is gone by now
			rest := time.Duration(services-1)*stopTime + time.Duration(services)*startTime
			return within(t, w, time.Minute, "b serves", b.serves), planned + rest + exportTime + data
		}
	}
	zfs := Options{Groups: zfsGroup()}
	for _, c := range []struct {
		name  string
		o     Options
		s     switchOptions
		story func(*testing.T, *World, *Host, *Host) (took, limit time.Duration)
	}{
		{name: "power cut, quick, ufs", story: power(fsckTime+useTime, 0, 1)},
		{name: "power cut, quick, zfs", o: zfs, story: power(useTime, 0, 2)},
		{name: "power cut, careful, zfs", o: zfs, s: switchOptions{policy: careful}, story: power(useTime, patience, 2)},
		{name: "give, ufs", story: give(fsckTime+useTime, 1)},
		{name: "give, zfs", o: zfs, story: give(useTime, 2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := working(t, c.o, c.s)
			took, limit := c.story(t, w, w.Hosts[0], w.Hosts[1])
			t.Logf("%.1f s, at most %.1f s", took.Seconds(), limit.Seconds())
			if took > limit {
				fail(t, w, "%v, promised %v", took, limit)
			}
			w.clean(t)
		})
	}
}
