package trace

import (
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"mvdan.cc/sh/v3/pattern"
)

var wlanName = regexp.MustCompile(`^wlan[0-9]+$`)

// wlanParent finds the parents of wireless interfaces in the names of
// variables, as wlan_up does with sed (libexec/rc/network.subr 13.2, 15).
var (
	wlanParent   = regexp.MustCompile(`^wlans_([a-z]+[0-9]+)$`)
	wlanParent15 = regexp.MustCompile(`^wlans_([a-z]+[a-z0-9]+[0-9]+)$`)
)

// wireless is wlan_up of 11 and later: all wlans_IF, before anything else.
func (n *netif) wireless() {
	form := wlanParent
	if n.release.AtLeast(15, 0) {
		form = wlanParent15
	}
	var parents []string
	for name := range n.cfg.All() {
		if m := form.FindStringSubmatch(name); m != nil {
			parents = append(parents, m[1])
		}
	}
	slices.Sort(parents) // the order in which sh(1) prints its variables
	for _, parent := range parents {
		children, at := n.wlans(parent)
		for _, child := range children {
			if slices.Contains(n.present, child) {
				continue
			}
			args := append([]string{"create", "wlandev", parent}, fields(n.variable(child, "create_args_", ""))...)
			n.at = at
			if wlanName.MatchString(child) {
				n.ifconfig(append([]string{child}, args...)...)
			} else {
				n.ifconfig(append(append([]string{"wlan"}, args...), "name", child)...)
				n.unit("wlan")
			}
			n.present = append(n.present, child)
		}
	}
}

func (n *netif) wlans(parent string) ([]string, hcl.Range) {
	n.at = hcl.Range{}
	return fields(n.variable(parent, "wlans_", "")), n.at
}

// wirelessChildren is the part of childif_create for wlans_IF, each configured
// at once. It went with 13.0; 12.1 has both ways and creates them twice.
func (n *netif) wirelessChildren(parent string) {
	children, at := n.wlans(parent)
	for _, child := range children {
		args := append([]string{"wlandev", parent}, fields(n.variable(child, "create_args_", ""))...)
		n.at = at
		if wlanName.MatchString(child) {
			n.ifconfig(append([]string{child, "create"}, args...)...)
		} else {
			n.ifconfig(n.newUnit("wlan", args...), "name", child)
		}
		if !slices.Contains(n.present, child) {
			n.present = append(n.present, child)
		}
		if n.automatic(child) {
			n.interfaceUp(child)
		}
	}
}

// bridge is rc.d/bridge: it adds the interfaces that a pattern of autobridge_IF
// matches.
func (b *boot) bridge() {
	cfg := b.service("bridge")
	bridges := cfg.Get("autobridge_interfaces")
	if b.net == nil || cfg.Broken || bridges.Value == "" {
		return
	}
	interfaces := b.newNetif(cfg, b.net.present).list()
	for _, name := range fields(bridges.Value) {
		members := cfg.Get("autobridge_" + name)
		patterns := expanded(fields(members.Value))
		for _, i := range interfaces {
			if slices.ContainsFunc(patterns, func(p string) bool { return shellMatch(p, i) }) {
				b.run("bridge", members.Range, "ifconfig", name, "addm", i)
			}
		}
	}
}

// rootFolders lie in the folder in which the rc scripts run (hier(7)).
var rootFolders = []string{"bin", "boot", "dev", "etc", "lib", "libexec", "media", "mnt", "proc", "rescue", "root", "sbin", "sys", "tmp", "usr", "var"}

// expanded replaces patterns by the files that they match, as sh(1) does with
// the unquoted list: "*" is the folders of / and no interface.
func expanded(patterns []string) []string {
	var list []string
	for _, p := range patterns {
		found := slices.DeleteFunc(slices.Clone(rootFolders), func(f string) bool { return !shellMatch(p, f) })
		if len(found) == 0 || !strings.ContainsAny(p, "*?[") {
			found = []string{p}
		}
		list = append(list, found...)
	}
	return list
}

// shellMatch is a pattern of case in sh(1).
func shellMatch(p, s string) bool {
	expr, err := pattern.Regexp(p, pattern.EntireString)
	if err != nil {
		return p == s
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(strings.ToValidUTF8(s, ""))
}
