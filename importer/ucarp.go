package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"carpool/importer/rcconf"
	"carpool/schema"
)

// ucarpWords are the variables of the rc script of the port net/ucarp, without
// their prefix.
var ucarpWords = []string{"enable", "if", "src", "addr", "vhid", "pass", "preempt", "advbase", "advskew", "facility", "shutdown", "upscript", "downscript"}

// ucarp is the address that a host shares in user space, as ucarp(8) is told.
type ucarp struct{ host *Host }

func (u ucarp) get(word string) rcconf.Var { return u.host.cfg.Get("ucarp_" + word) }

// or is a value as ucarp(8) takes it.
func (u ucarp) or(word, missing string) string {
	if v := u.get(word).Value; v != "" {
		return v
	}
	return missing
}

func (u ucarp) name() string {
	return fmt.Sprintf("%s by ucarp, vhid %s on %s", u.or("addr", "an address"), u.or("vhid", "?"), u.or("if", "?"))
}

// ucarps reports what hosts share by ucarp: that they do, and what does not
// fit together.
func (c *Cluster) ucarps() {
	var list []ucarp
	for _, h := range c.Hosts {
		c.ucarpMisspelt(h)
		if h.cfg.Yes("ucarp_enable") {
			list = append(list, ucarp{h})
		}
	}
	for i, u := range list {
		at := u.host.place(u.get("enable").Range)
		c.report(CodeUserCARP, schema.Notice, at, fmt.Sprintf("%s shares %s", u.host.Name, u.name()),
			"describe a vip, and take ucarp out, to have the kernel do it; import keeps ucarp in the rc map", nil)
		c.ucarpSource(u)
		c.ucarpVHID(u)
		mate := slices.IndexFunc(list[:i], func(o ucarp) bool { return o.meets(u) })
		if mate >= 0 {
			c.ucarpPair(list[mate], u)
		} else if len(c.Hosts) > 1 && !slices.ContainsFunc(list[i+1:], u.meets) {
			c.report(CodeUcarp, schema.Warning, at, fmt.Sprintf("only %s shares %s", u.host.Name, u.name()), "set up ucarp on a second host too", nil)
		}
	}
}

// meets reports whether two hosts mean to share one address: it is the same,
// or the vhid is, on networks that may be one.
func (u ucarp) meets(o ucarp) bool {
	return u.or("addr", "") != "" && u.or("addr", "") == o.or("addr", "") ||
		u.or("vhid", "") != "" && u.or("vhid", "") == o.or("vhid", "") && u.or("addr", "") != "" && o.or("addr", "") != "" && sameNet(u, o)
}

// sameNet compares what 24-bit network both addresses are in: the settings of
// ucarp know no length.
func sameNet(u, o ucarp) bool {
	cut := func(s string) string { return s[:max(0, strings.LastIndexByte(s, '.'))] }
	return cut(u.or("addr", "")) == cut(o.or("addr", ""))
}

// ucarpRules are the settings that two hosts have to agree on, or not.
var ucarpRules = []struct {
	word, missing string
	equal         bool // they have to be equal; else they have to differ
	severity      schema.Severity
	what, help    string
}{
	{"vhid", "", true, schema.Error, "the two do not hear each other, and both have the address", "write the same ucarp_vhid on both"},
	{"addr", "", true, schema.Error, "the hash of an advertisement covers the address: neither takes the other's, and both are MASTER", "write the same ucarp_addr on both, or different ones of ucarp_vhid"},
	{"pass", "", true, schema.Error, "neither takes the other's advertisements, and both have the address", "write the same ucarp_pass on both"},
	{"advbase", "1", true, schema.Warning, "the one with the larger advbase is never preferred, whatever its advskew", "write the same ucarp_advbase on both"},
	{"preempt", "NO", true, schema.Warning, "the preferred host takes the address back only if it is the one that preempts", "write the same ucarp_preempt on both"},
	{"advskew", "0", false, schema.Notice, "nobody is preferred: the source address decides", "write a ucarp_advskew for each host, the lowest for the preferred one"},
}

func (c *Cluster) ucarpPair(a, b ucarp) {
	for _, r := range ucarpRules {
		x, y := a.or(r.word, r.missing), b.or(r.word, r.missing)
		if (x == y) == r.equal {
			continue
		}
		at, other := b.get(r.word).Range, a.get(r.word).Range
		if at.Filename == "" {
			at = b.get("enable").Range
		}
		if other.Filename == "" {
			other = a.get("enable").Range
		}
		how := "differs from that of"
		if !r.equal {
			how = "is that of"
		}
		c.report(CodeUcarp, r.severity, b.host.place(at), fmt.Sprintf("ucarp_%s of %s %s %s: %s", r.word, b.host.Name, how, a.host.Name, r.what), r.help,
			[]schema.Related{{Message: a.host.Name + " has it from here", Range: a.host.place(other)}})
	}
}

// ucarpSource reports a source address that the host does not have.
func (c *Cluster) ucarpSource(u ucarp) {
	src, n := u.get("src"), c.nodes[u.host]
	if src.Value == "" || len(n.Interfaces) == 0 {
		return
	}
	for _, i := range n.Interfaces {
		if i.DHCP.Stated || slices.ContainsFunc(i.Addresses.Items, func(a schema.Attr[schema.Address]) bool { return a.Value.Addr.String() == src.Value }) {
			return
		}
	}
	c.report(CodeUcarp, schema.Error, u.host.place(src.Range), fmt.Sprintf("ucarp_src %s is no address of %s", src.Value, u.host.Name), "write the host's own address on "+u.or("if", "the interface"), nil)
}

// ucarpVHID reports numbers that are none, and those that CARP of the kernel
// has too: both speak the same protocol.
func (c *Cluster) ucarpVHID(u ucarp) {
	v := u.get("vhid")
	if n, err := strconv.Atoi(v.Value); v.Value != "" && (err != nil || n < 1 || n > 255) {
		c.report(CodeUcarp, schema.Error, u.host.place(v.Range), fmt.Sprintf("ucarp_vhid %s is no vhid", v.Value), "write a number from 1 to 255", nil)
	}
	for _, g := range u.host.vhids() {
		if g.number.text == v.Value && g.iface == u.or("if", "") {
			c.report(CodeUcarp, schema.Error, u.host.place(v.Range), fmt.Sprintf("vhid %s of %s is used by ucarp and by CARP", v.Value, g.iface), "choose another ucarp_vhid",
				[]schema.Related{{Message: "CARP has it from here", Range: u.host.place(g.at)}})
		}
	}
}

// ucarpMisspelt reports variables that lost their underscore.
func (c *Cluster) ucarpMisspelt(h *Host) {
	for _, word := range ucarpWords {
		if name := "ucarp" + word; h.cfg.IsSet(name) {
			c.report(CodeUcarp, schema.Error, h.place(h.cfg.Get(name).Range), fmt.Sprintf("%s is no variable of ucarp", name), "write ucarp_"+word, nil)
		}
	}
}
