package importer

import (
	"regexp"
	"strconv"
	"strings"

	"carpool/schema"
)

// releaseFiles say which release the files belong to: freebsd-version(1) is a
// script with the release in it, os-release(5) is written at every boot from
// 13.0 on, motd(5) began with it before. The settings of carpool's own switch
// have the release that they were rendered for.
var releaseFiles = []struct {
	name string
	form *regexp.Regexp
}{
	{"/bin/freebsd-version", regexp.MustCompile(`(?m)^USERLAND_VERSION="?([0-9][^"\n]*)"?`)},
	{"/var/run/os-release", regexp.MustCompile(`(?m)^VERSION="?([0-9][^"\n]*)"?`)},
	{"/etc/os-release", regexp.MustCompile(`(?m)^VERSION="?([0-9][^"\n]*)"?`)},
	{switchFile, regexp.MustCompile(`(?m)^release='([0-9][^'\n]*)'`)},
	{"/etc/motd", regexp.MustCompile(`^FreeBSD ([0-9][^ \n]*)`)},
}

// usual is what a tree is taken for if nothing in it says otherwise.
var usual = schema.Release{Major: 14}

func (h *Host) findRelease() {
	for _, f := range releaseFiles {
		data, err := h.tree.ReadFile(f.name)
		if err != nil {
			continue
		}
		if m := f.form.FindSubmatch(data); m != nil {
			if h.releaseSaid(f.name, strings.TrimSpace(string(m[1]))) {
				return
			}
		}
	}
	h.guessRelease()
}

// newer is a release that begins a series later than any that carpool knows.
var newer = regexp.MustCompile(`^[0-9]{2}\.[0-9]`)

// releaseSaid takes the release from what a file of the host says. A vendor's
// suffix does not matter; a release that is newer than all known ones is read
// as the newest, and counts as a guess.
func (h *Host) releaseSaid(file, text string) bool {
	number, _, _ := strings.Cut(text, "-")
	r, err := schema.ParseRelease(number)
	switch {
	case err == nil:
		h.Release, h.Known = r, file
	case newer.MatchString(number) && number > strconv.Itoa(schema.NewestMajor):
		h.Release, h.Known, h.Guessed = schema.Release{Major: schema.NewestMajor}, file+" says "+number+", which is newer than all that carpool knows", true
	default:
		return false
	}
	return true
}

// Settings that only some releases have.
var (
	oldForm  = regexp.MustCompile(`(?m)^\s*(?:ipv6_)?ifconfig_carp[0-9]|^\s*cloned_interfaces\+?=.*\bcarp[0-9]`)
	newForm  = regexp.MustCompile(`(?m)^\s*ifconfig_(?:[^c\n]|c[^a\n]|ca[^r\n]|car[^p\n])[A-Za-z0-9_]*\+?=.*\bvhid\b`)
	vrrpForm = regexp.MustCompile(`(?m)^\s*ifconfig_.*\b(?:carpver|vrrpprio)\b`)
)

// guessRelease takes the release from the form of the CARP settings: carpN
// interfaces ended with 9.x, VRRP began with 15.0.
func (h *Host) guessRelease() {
	var text []byte
	for _, name := range []string{"/etc/rc.conf", "/etc/rc.conf.local"} {
		if data, err := h.tree.ReadFile(name); err == nil {
			text = append(append(text, '\n'), data...)
		}
	}
	h.Release, h.Known, h.Guessed = usual, "nothing says which release it is", true
	switch {
	case oldForm.Match(text) && !newForm.Match(text):
		h.Release, h.Known = schema.Release{Major: 9, Minor: 3}, "it has carpN interfaces"
	case vrrpForm.Match(text):
		h.Release, h.Known = schema.Release{Major: 15}, "it speaks VRRP"
	}
}

// String says as what release the host is read, and why.
func (h *Host) String() string {
	name := h.Name
	if name == "" {
		name = h.Dir
	}
	return name + ": read as FreeBSD " + h.Release.String() + ", since " + h.Known
}
