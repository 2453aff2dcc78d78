package importer

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"carpool/schema"
)

// vips makes one vip of the groups of all hosts that have the same vhid on one
// network, or, where the vhids differ, an address in common.
func (c *Cluster) vips() {
	for _, n := range c.Nodes {
		for _, v := range c.hosts[n].vhids() {
			i := c.interfaceOf(n, v)
			if i == nil || i.Network.Value == nil {
				continue
			}
			m := c.member(n, i, v)
			c.vipOf(i.Network.Value, m)
		}
	}
	c.mergeByAddress()
	for _, v := range c.VIPs {
		c.settle(v)
	}
}

// interfaceOf is the interface that carries the group.
func (c *Cluster) interfaceOf(n *schema.Node, v *vhid) *schema.Interface {
	for _, i := range n.Interfaces {
		if len(v.addrs) == 0 && i.Name == v.iface {
			return i
		}
		for _, a := range v.addrs {
			if c.carries(v, i, a.prefix.Addr()) {
				return i
			}
		}
	}
	if _, old := v.params["carpdev"]; !old && isCarp(v.iface) && !v.host.Release.AtLeast(10, 0) {
		return c.likely(n)
	}
	return nil
}

// likely is the interface of a carpN whose parent is not to be found: the only
// one with an address.
func (c *Cluster) likely(n *schema.Node) *schema.Interface {
	var only *schema.Interface
	for _, i := range n.Interfaces {
		if i.Network.Value != nil {
			if only != nil {
				return nil
			}
			only = i
		}
	}
	return only
}

// member says of one host what it says of the group.
func (c *Cluster) member(n *schema.Node, i *schema.Interface, v *vhid) *schema.Member {
	h := v.host
	m := &schema.Member{Node: n, Interface: i, At: h.place(v.at), Rank: -1}
	number, _ := strconv.Atoi(v.number.text)
	m.VHID = stated(h, number, v.number.at)
	m.Protocol = schema.Attr[string]{Value: "carp", Range: m.At}
	if w, ok := v.params["carpver"]; ok && w.text == "3" {
		m.Protocol = stated(h, "vrrp", w.at)
	}
	c.times(m, v)
	if w, ok := v.params["pass"]; ok && w.text != "" {
		m.Password = stated(h, w.text, w.at)
		m.Password.Secret.Secret = true
	}
	m.Mode = schema.Attr[string]{Value: "multicast", Range: m.At}
	c.peer(m, &m.Peer, v, "peer")
	c.peer(m, &m.Peer6, v, "peer6")
	for _, a := range v.addrs {
		m.Addresses.Items = append(m.Addresses.Items, stated(h, schema.Address{Addr: a.prefix.Addr(), Prefix: a.prefix, Length: a.masked}, a.at))
		m.Addresses.Range = firstPlace(m.Addresses.Range, h.place(a.at))
	}
	m.Addresses.Stated = true
	m.Addresses.Range = firstPlace(m.Addresses.Range, m.At)
	if unit, ok := carpNumber(v.iface); ok && !h.Release.AtLeast(10, 0) {
		m.CARPUnit = schema.Attr[int]{Value: unit, Range: m.At, Stated: true}
	}
	c.given[m] = v
	return m
}

// times are the numbers that decide the election. An advskew that nobody wrote
// is 0 on FreeBSD, and counts as said at the vhid.
func (c *Cluster) times(m *schema.Member, v *vhid) {
	h := v.host
	set := func(to *schema.Attr[int], name string, missing int) {
		*to = schema.Attr[int]{Value: missing, Range: m.At}
		if n, at, ok := v.num(name); ok {
			*to = stated(h, n, at)
		}
	}
	set(&m.AdvBase, "advbase", 1)
	set(&m.AdvSkew, "advskew", 0)
	set(&m.VRRPPrio, "vrrpprio", 100)
	set(&m.VRRPInterval, "vrrpinterval", 100)
	if !m.VRRPInterval.Stated {
		m.VRRPInterval = schema.Attr[int]{}
	}
	if !m.AdvSkew.Stated && m.Protocol.Value == "carp" {
		m.AdvSkew = stated(h, 0, v.number.at)
	}
}

func (c *Cluster) peer(m *schema.Member, to *schema.Attr[netip.Addr], v *vhid, name string) {
	w, ok := v.params[name]
	if !ok {
		return
	}
	a, err := netip.ParseAddr(w.text)
	if err != nil || a.IsMulticast() {
		return
	}
	*to = stated(v.host, a, w.at)
	m.Mode = stated(v.host, "unicast", w.at)
}

func carpNumber(name string) (int, bool) {
	if !isCarp(name) {
		return 0, false
	}
	n, err := strconv.Atoi(name[4:])
	return n, err == nil
}

// vipOf adds the member to the vip of its vhid.
func (c *Cluster) vipOf(w *schema.Network, m *schema.Member) {
	for _, v := range c.VIPs {
		if v.Network.Value == w && v.Members[0].VHID.Value == m.VHID.Value && v.Member(m.Node) == nil {
			v.Members = append(v.Members, m)
			m.VIP = v
			return
		}
	}
	v := &schema.VIP{Members: []*schema.Member{m}}
	v.Kind = "vip"
	v.Network = schema.Attr[*schema.Network]{Value: w, Range: m.At, Stated: true}
	m.VIP = v
	c.VIPs = append(c.VIPs, v)
}

// mergeByAddress joins groups of different hosts that have an address in
// common: they are meant to be one, and the vhids differ.
func (c *Cluster) mergeByAddress() {
	var out []*schema.VIP
	for _, v := range c.VIPs {
		i := slices.IndexFunc(out, func(o *schema.VIP) bool {
			return o.Network.Value == v.Network.Value && shareAddress(o, v) && !slices.ContainsFunc(v.Members, func(m *schema.Member) bool { return o.Member(m.Node) != nil })
		})
		if i < 0 {
			out = append(out, v)
			continue
		}
		for _, m := range v.Members {
			m.VIP = out[i]
			out[i].Members = append(out[i].Members, m)
		}
	}
	c.VIPs = out
}

func shareAddress(a, b *schema.VIP) bool {
	for _, m := range a.Members {
		for _, x := range m.Addresses.Items {
			for _, n := range b.Members {
				if slices.ContainsFunc(n.Addresses.Items, func(y schema.Attr[schema.Address]) bool { return x.Value.Addr == y.Value.Addr }) {
					return true
				}
			}
		}
	}
	return false
}

// settle gives the vip a name and places. What a host says is its own word, as
// an on block is in a description: nobody speaks for all.
func (c *Cluster) settle(v *schema.VIP) {
	first := v.Members[0]
	v.Name = fmt.Sprintf("%s_%d", v.Network.Value.Name, first.VHID.Value)
	v.Range, v.NameRange = first.At, first.At
	for _, m := range v.Members {
		o := &schema.VIPOn{
			VHID: m.VHID, Addresses: m.Addresses, Password: m.Password, AdvBase: m.AdvBase, AdvSkew: m.AdvSkew,
			Mode: m.Mode, Peer: m.Peer, Peer6: m.Peer6, Protocol: m.Protocol, VRRPPrio: m.VRRPPrio,
			VRRPInterval: m.VRRPInterval, CARPUnit: m.CARPUnit, Node: m.Node,
		}
		o.Kind, o.Name, o.Range = "on", m.Node.Name, m.At
		m.On = o
		v.On = append(v.On, o)
	}
}
