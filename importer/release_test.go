package importer

import (
	"testing"

	"carpool/importer/tree"
)

// TestFindRelease reads the release from what a host's files say of it.
func TestFindRelease(t *testing.T) {
	for name, want := range map[string]struct {
		files   map[string][]byte
		release string
		guessed bool
	}{
		"vendor":  {map[string][]byte{"/bin/freebsd-version": []byte("USERLAND_VERSION=\"13.2-CHERI-p1\"\n")}, "13.2", false},
		"os":      {map[string][]byte{"/var/run/os-release": []byte("NAME=FreeBSD\nVERSION=14.1-RELEASE-p3\n")}, "14.1", false},
		"motd":    {map[string][]byte{"/etc/motd": []byte("FreeBSD 9.3-RELEASE-p5 (GENERIC) #0: x\n")}, "9.3", false},
		"newer":   {map[string][]byte{"/bin/freebsd-version": []byte("USERLAND_VERSION=\"16.0-CURRENT\"\n")}, "15.0", true},
		"too old": {map[string][]byte{"/etc/motd": []byte("FreeBSD 6.2-RELEASE\n")}, "14.0", true},
		"carp":    {map[string][]byte{"/etc/rc.conf": []byte("ifconfig_carp0=\"vhid 1\"\n")}, "9.3", true},
		"nothing": {nil, "14.0", true},
	} {
		h := NewHost("a", "a", tree.Memory(want.files), nil)
		if h.Release.String() != want.release || h.Guessed != want.guessed {
			t.Errorf("%s: %s", name, h)
		}
	}
}
