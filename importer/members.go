package importer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/keyvalue"
	"carpool/schema"
)

// What the members of one vip should have in common, since whoever is MASTER
// stands in for the others.

// memberSettings are values that decide what a MASTER does; the value is that
// which counts after a boot.
var memberSettings = []struct {
	name    string
	missing string
	rc      string // a variable of rc.conf that sets the same if it is on
	needs   []schema.Feature
	what    string
}{
	{"net.inet.carp.allow", "1", "", nil, "with 0 a host does not take part"},
	{"net.inet.carp.ifdown_demotion_factor", "240", "", []schema.Feature{schema.CARPDemotion}, "a host that lost its cable gives less of its preference away than the other one would"},
	{"net.inet.carp.senderr_demotion_factor", "240", "", []schema.Feature{schema.CARPDemotion}, "a host that cannot send gives less of its preference away than the other one would"},
	{"net.inet.ip.forwarding", "0", "gateway_enable", nil, "after a failover packets are no longer forwarded, or suddenly are"},
	{"net.inet6.ip6.forwarding", "0", "ipv6_gateway_enable", nil, "after a failover packets are no longer forwarded, or suddenly are"},
}

// members compares the hosts of each vip with its first one.
func (c *Cluster) members() {
	type pair struct{ a, b *Host }
	done := map[pair]bool{}
	for _, v := range c.VIPs {
		for _, m := range v.Members[1:] {
			a, b := c.hosts[v.Members[0].Node], c.hosts[m.Node]
			c.reactions(v.Members[0], m)
			if p := (pair{a, b}); !done[p] {
				done[p] = true
				c.memberSettings(a, b)
			}
		}
	}
}

func (c *Cluster) memberSettings(a, b *Host) {
	if a.fragment || b.fragment {
		return // the hosts' own files are not at hand
	}
	for _, s := range memberSettings {
		if slices.ContainsFunc(s.needs, func(f schema.Feature) bool { return !a.Release.Has(f) || !b.Release.Has(f) }) {
			continue
		}
		x, atX := a.effective(s.name, s.missing, s.rc)
		y, atY := b.effective(s.name, s.missing, s.rc)
		if x == y {
			continue
		}
		c.report(CodeMembers, schema.Warning, b.place(atY), fmt.Sprintf("%s is %s on %s, and %s on %s", s.name, y, b.Name, x, a.Name),
			"write the same on both: "+s.what, []schema.Related{{Message: a.Name + " has it from here", Range: a.place(atX)}})
	}
}

// effective is the value of a kernel variable after a boot, and where it is
// from: the start of the host's files if nobody sets it.
func (h *Host) effective(name, missing, rc string) (string, hcl.Range) {
	if sysctls, _ := keyvalue.Sysctl(h.tree, h.Release); sysctls.Last(name) != nil {
		e := sysctls.Last(name)
		return e.Value, e.Range
	}
	if rc != "" && h.cfg.Yes(rc) {
		return "1", h.cfg.Get(rc).Range
	}
	return missing, hcl.Range{Filename: h.mainFile(), Start: hcl.InitialPos, End: hcl.InitialPos}
}

// reactions compares what devd of both hosts runs when they become MASTER or
// BACKUP.
func (c *Cluster) reactions(p, q *schema.Member) {
	a, b := c.hosts[p.Node], c.hosts[q.Node]
	g, k := c.given[p], c.given[q]
	if g == nil || k == nil {
		return
	}
	for _, role := range []string{"MASTER", "BACKUP"} {
		x, y := a.reaction(g, role), b.reaction(k, role)
		if x.program == y.program {
			continue
		}
		if x.program == "" { // the finding stands at the host that acts
			a, b, x, y, p, q = b, a, y, x, q, p
		}
		if y.program == "" {
			c.report(CodeReaction, schema.Warning, a.place(x.at), fmt.Sprintf("%s runs %s when it becomes %s of vip %s, and %s runs nothing", a.Name, x.program, role, p.VIP.Name, b.Name),
				"give both hosts the same rules of devd", []schema.Related{{Message: b.Name + " has the vip from here", Range: q.At}})
		} else {
			c.report(CodeReaction, schema.Notice, b.place(y.at), fmt.Sprintf("%s runs %s when it becomes %s of vip %s, and %s runs %s", b.Name, y.program, role, p.VIP.Name, a.Name, x.program),
				"give both hosts the same rules of devd, unless they are to act differently", []schema.Related{{Message: a.Name + " has its rule here", Range: a.place(x.at)}})
		}
		return
	}
}

// reaction is the program that devd runs first, and its rule.
type reaction struct {
	program string
	at      hcl.Range
}

func (h *Host) reaction(v *vhid, role string) reaction {
	event := [3]string{"CARP", v.subsystem(), role}
	if !h.Release.AtLeast(10, 0) {
		event = [3]string{"IFNET", v.iface, map[string]string{"MASTER": "LINK_UP", "BACKUP": "LINK_DOWN"}[role]}
	}
	run := h.Event(event[0], event[1], event[2])
	if run == nil || len(run.Commands) == 0 || run.Rule == nil || run.Rule.Heading.Filename == "" {
		return reaction{}
	}
	words := strings.Fields(run.Commands[0])
	i := slices.IndexFunc(words, func(w string) bool { return !strings.Contains(w, "=") })
	if i < 0 {
		return reaction{}
	}
	return reaction{strings.Trim(words[i], `'";&`), run.Rule.Heading}
}
