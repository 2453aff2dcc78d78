package importer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"
)

// alone reports groups that only one of several hosts has.
func (c *Cluster) alone() {
	if len(c.Hosts) < 2 {
		return
	}
	for _, v := range c.VIPs {
		if len(v.Members) != 1 {
			continue
		}
		m := v.Members[0]
		var related []schema.Related
		var others []string
		for _, n := range c.Nodes {
			if n == m.Node {
				continue
			}
			if on := n.On(v.Network.Value); len(on) > 0 {
				others = append(others, n.Name)
				if r := on[0].Range; r.Filename != "" && len(related) < 3 {
					related = append(related, schema.Related{Message: n.Name + " is on the same network here", Range: r})
				}
			}
		}
		help := "configure the vhid on a second host"
		if len(others) > 0 {
			help = "configure it on " + strings.Join(others, " or ") + " too, or take it out"
		}
		c.report(CodeAlone, schema.Error, m.VHID.Range, fmt.Sprintf("vhid %d is on %s only", m.VHID.Value, m.Node.Name), help, related)
	}
	c.adrift()
}

// adrift reports vips of interfaces that are on no network of ours, which
// happens where nothing has an address.
func (c *Cluster) adrift() {
	for _, n := range c.Nodes {
		for _, v := range c.hosts[n].vhids() {
			if slices.ContainsFunc(c.VIPs, func(s *schema.VIP) bool {
				m := s.Member(n)
				return m != nil && c.given[m] != nil && c.given[m].iface == v.iface && c.given[m].number.text == v.number.text
			}) || len(v.addrs) > 0 {
				continue
			}
			c.report(CodeUnused, schema.Warning, c.hosts[n].place(v.at), fmt.Sprintf("vhid %s of %s has no address", v.number.text, n.Name), "give it one, or take it out", nil)
		}
	}
}

var carpUnitForm = regexp.MustCompile(`^(?:ipv6_)?ifconfig_(carp[0-9]+)(?:_|$)`)

// forms reports carpN settings on releases that have no such interfaces, and
// interfaces that are created and never configured.
func (c *Cluster) forms() {
	for _, n := range c.Nodes {
		h := c.hosts[n]
		if h.Release.AtLeast(10, 0) {
			c.oldForm(n, h)
		} else {
			c.unusedCarp(h)
		}
		c.noOwn(n)
	}
}

func (c *Cluster) oldForm(n *schema.Node, h *Host) {
	for _, name := range h.cfg.Names() {
		m := carpUnitForm.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		v := h.cfg.Get(name)
		c.report(CodeOldForm, schema.Error, h.place(v.Range), fmt.Sprintf("%s of %s is configured as up to FreeBSD 9, but the host has %s", m[1], n.Name, h.Release),
			"write an alias of the real interface: ifconfig_IF_alias0=\"inet vhid N pass PASSWORD advskew N ADDRESS/32\"", nil)
	}
}

func (c *Cluster) unusedCarp(h *Host) {
	clones := h.cfg.Get("cloned_interfaces")
	for name := range strings.FieldsSeq(clones.Value) {
		configured := slices.ContainsFunc(h.cfg.Names(), func(v string) bool {
			m := carpUnitForm.FindStringSubmatch(v)
			return m != nil && m[1] == name
		})
		if isCarp(name) && !configured && h.cfg.Value("ipv4_addrs_"+name) == "" {
			c.report(CodeUnused, schema.Warning, h.place(clones.Range), fmt.Sprintf("%s is created, and nothing configures it", name), "take it out of cloned_interfaces, or write ifconfig_"+name, nil)
		}
	}
}

// noOwn reports interfaces that have only virtual addresses. Of a fragment the
// host's own rc.conf is not at hand.
func (c *Cluster) noOwn(n *schema.Node) {
	if n.Out.Fragment {
		return
	}
	seen := map[*schema.Interface]bool{}
	for _, v := range c.VIPs {
		m := v.Member(n)
		if m == nil || m.Interface == nil || len(m.Interface.Addresses.Items) > 0 || m.Interface.DHCP.Stated || m.Interface.AcceptRtadv.Value || seen[m.Interface] {
			continue
		}
		if !m.HasFamily(false) { // IPv6 has its link-local address
			continue
		}
		seen[m.Interface] = true
		c.crossed(n, m)
		c.report(CodeNoOwn, schema.Warning, m.At, fmt.Sprintf("%s of %s has virtual addresses, but none of its own", m.Interface.Name, n.Name),
			"give the interface an address of its own, or DHCP", nil)
	}
}

// routes reports static routes that differ between members of a vip.
func (c *Cluster) routes() {
	type key struct{ a, b *schema.Node }
	done := map[key]bool{}
	for _, v := range c.VIPs {
		for _, m := range v.Members[1:] {
			k := key{v.Members[0].Node, m.Node}
			if !done[k] {
				done[k] = true
				c.compareRoutes(c.hosts[k.a], c.hosts[k.b])
			}
		}
	}
}

func (c *Cluster) compareRoutes(a, b *Host) {
	for _, name := range a.cfg.Names() {
		if name != "defaultrouter" && !strings.HasPrefix(name, "route_") {
			continue
		}
		x, y := a.cfg.Get(name), b.cfg.Get(name)
		if !b.cfg.IsSet(name) || strings.Join(strings.Fields(x.Value), " ") == strings.Join(strings.Fields(y.Value), " ") || x.Guessed || y.Guessed {
			continue
		}
		c.report(CodeRoutes, schema.Warning, b.place(y.Range), fmt.Sprintf("%s of %s differs from that of %s", name, b.Name, a.Name),
			"write the same route on both, unless the hosts stand in different places",
			[]schema.Related{{Message: a.Name + " has it from here", Range: a.place(x.Range)}})
	}
}
