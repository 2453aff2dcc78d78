// Package trace says what a boot does with a host's files: every ifconfig, kldload and
// sysctl command of the rc scripts in order, and what devd runs for an event.
//
// It follows network.subr and rc.d of FreeBSD 9.3, 10.4, 12.1, 13.2 and 15; 8, 11 and 14
// are taken from their neighbours.
package trace

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/devdconf"
	"carpool/importer/keyvalue"
	"carpool/importer/rcconf"
	"carpool/importer/tree"
	"carpool/schema"
)

// Command is one command of a boot.
type Command struct {
	Args []string
	// Range is the setting that causes the command; zero if no file of the host does.
	Range hcl.Range
	// Stage is what runs it: loader, or the name of an rc.d script.
	Stage string
}

// String is the command as it could be typed.
func (c Command) String() string {
	words := make([]string, len(c.Args))
	for i, a := range c.Args {
		words[i] = quote(a)
	}
	return strings.Join(words, " ")
}

// plainWord needs no quotes as an argument.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

func quote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Options are what the files of a host do not tell.
type Options struct {
	// Interfaces are the network interfaces found at boot, in the order of "ifconfig -l",
	// lo0 left out. If nil, they are those that rc.conf configures, in its order.
	Interfaces []string
}

// Boot returns the commands of a boot. If sh(1) does not survive rc.conf, these are those of
// the loader alone.
func Boot(t *tree.Tree, release schema.Release, options Options) ([]Command, hcl.Diagnostics) {
	cfg, diags := rcconf.Load(t, release)
	b := &boot{tree: t, release: release, options: options, cfg: cfg, diags: diags, loaded: map[string]bool{}}
	list, found := keyvalue.Loader(t, release)
	b.diags = append(b.diags, found...)
	b.loader(list)
	if cfg.Broken { // /etc/rc ends where it reads rc.conf
		return b.commands, b.diags
	}
	b.sysctls, found = keyvalue.Sysctl(t, release)
	b.diags = append(b.diags, found...)
	b.sysctl("sysctl", false)
	b.services()
	last := "sysctl_lastload"
	if !release.AtLeast(13, 0) {
		last = "securelevel"
	}
	b.sysctl(last, true)
	return b.commands, b.diags
}

// Event returns what devd runs for an event, nil if nothing.
func Event(t *tree.Tree, release schema.Release, system, subsystem, kind string) (*devdconf.Run, hcl.Diagnostics) {
	c, diags := devdconf.Load(t, release)
	if diags.HasErrors() {
		return nil, diags
	}
	if cfg, _ := rcconf.Load(t, release, "devd"); !cfg.Yes("devd_enable") {
		return nil, diags
	}
	return c.Match(devdconf.Notify(system, subsystem, kind)), diags
}
