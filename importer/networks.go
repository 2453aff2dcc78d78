package importer

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"carpool/schema"
)

// segment is a set of interfaces that seem to be on one broadcast domain.
type segment struct {
	ifaces   []*schema.Interface
	prefixes []schema.Attr[netip.Prefix]
	virtual  map[netip.Addr]bool
}

// networks puts the interfaces of all hosts into networks: those of different
// hosts that share a prefix, or overlap, or share a virtual address.
func (c *Cluster) networks() {
	var segments []*segment
	for _, n := range c.Nodes {
		for _, i := range n.Interfaces {
			if loopback.MatchString(i.Name) {
				continue // no wire, and no two of them meet
			}
			if s := c.segmentOf(i); len(s.prefixes) > 0 || len(s.virtual) > 0 {
				segments = append(segments, s)
			}
		}
	}
	for _, same := range []func(a, b *segment) bool{sameTag, samePrefix, sharedVIP, overlap} {
		segments = joined(segments, same)
	}
	used := map[string]int{}
	for _, s := range segments {
		c.addNetwork(s, used)
	}
}

var loopback = regexp.MustCompile(`^lo[0-9]+$`)

// segmentOf is the interface alone: the prefixes of its own addresses, else
// those of its virtual ones.
func (c *Cluster) segmentOf(i *schema.Interface) *segment {
	s := &segment{ifaces: []*schema.Interface{i}, virtual: map[netip.Addr]bool{}}
	for _, a := range i.Addresses.Items {
		p := a.Value.Prefix
		if !p.IsSingleIP() && !p.Addr().IsLinkLocalUnicast() && p.Bits() > 0 {
			s.addPrefix(schema.Attr[netip.Prefix]{Value: p.Masked(), Range: a.Range, Stated: true})
		}
	}
	own := len(s.prefixes) > 0
	defer func() {
		if len(s.prefixes) == 0 {
			c.hostPrefixes(s, i)
		}
	}()
	for _, v := range c.hosts[i.Node].vhids() {
		for _, a := range v.addrs {
			if c.carries(v, i, a.prefix.Addr()) {
				s.virtual[a.prefix.Addr()] = true
				if !own && !a.prefix.IsSingleIP() {
					s.addPrefix(schema.Attr[netip.Prefix]{Value: a.prefix.Masked(), Range: c.hosts[i.Node].place(a.at), Stated: true})
				}
			}
		}
	}
	return s
}

// hostPrefixes takes single addresses for prefixes where there is nothing
// else: the interface's own, else its virtual ones.
func (c *Cluster) hostPrefixes(s *segment, i *schema.Interface) {
	for _, a := range i.Addresses.Items {
		s.addPrefix(schema.Attr[netip.Prefix]{Value: a.Value.Prefix.Masked(), Range: a.Range, Stated: true})
	}
	if len(s.prefixes) > 0 {
		return
	}
	for _, v := range c.hosts[i.Node].vhids() {
		for _, a := range v.addrs {
			if c.carries(v, i, a.prefix.Addr()) {
				s.addPrefix(schema.Attr[netip.Prefix]{Value: a.prefix.Masked(), Range: c.hosts[i.Node].place(a.at), Stated: true})
			}
		}
	}
}

// carries reports whether the group is on the interface: it is named there,
// or its address lies in a subnet of the interface (ip_carp.c carp_set_addr,
// 9.3).
func (c *Cluster) carries(v *vhid, i *schema.Interface, a netip.Addr) bool {
	if i.Name == v.iface {
		return true
	}
	if !isCarp(v.iface) || v.host.Release.AtLeast(10, 0) {
		return v.iface == i.Name
	}
	return slices.ContainsFunc(i.Addresses.Items, func(own schema.Attr[schema.Address]) bool {
		return own.Value.Prefix.Masked().Contains(a)
	})
}

func (s *segment) addPrefix(p schema.Attr[netip.Prefix]) {
	if !slices.ContainsFunc(s.prefixes, func(q schema.Attr[netip.Prefix]) bool { return q.Value == p.Value }) {
		s.prefixes = append(s.prefixes, p)
	}
}

// sameTag joins equal prefixes first where the tags of VLANs agree too: the
// same prefix may be used in several of them.
func sameTag(a, b *segment) bool {
	_, x, tagged := a.ifaces[0].VLANOf()
	_, y, other := b.ifaces[0].VLANOf()
	return tagged == other && x == y && equalPrefix(a, b)
}

// samePrefix joins what is left of equal prefixes.
func samePrefix(a, b *segment) bool {
	return (len(a.ifaces) == 1 || len(b.ifaces) == 1) && equalPrefix(a, b)
}

func equalPrefix(a, b *segment) bool {
	return slices.ContainsFunc(a.prefixes, func(p schema.Attr[netip.Prefix]) bool {
		return slices.ContainsFunc(b.prefixes, func(q schema.Attr[netip.Prefix]) bool { return p.Value == q.Value })
	})
}

func sharedVIP(a, b *segment) bool {
	if len(a.ifaces) > 1 && len(b.ifaces) > 1 {
		return false
	}
	for v := range a.virtual {
		if b.virtual[v] {
			return true
		}
	}
	return false
}

// overlap joins what one wrong mask would part; networks of several hosts are
// taken for what they seem.
func overlap(a, b *segment) bool {
	if len(a.ifaces) > 1 && len(b.ifaces) > 1 {
		return false
	}
	return slices.ContainsFunc(a.prefixes, func(p schema.Attr[netip.Prefix]) bool {
		return slices.ContainsFunc(b.prefixes, func(q schema.Attr[netip.Prefix]) bool { return p.Value.Overlaps(q.Value) })
	})
}

// joined joins segments of different hosts.
func joined(list []*segment, same func(a, b *segment) bool) []*segment {
	var out []*segment
	for _, s := range list {
		i := slices.IndexFunc(out, func(o *segment) bool { return !sharesHost(o, s) && same(o, s) })
		if i < 0 {
			out = append(out, s)
			continue
		}
		o := out[i]
		o.ifaces = append(o.ifaces, s.ifaces...)
		for _, p := range s.prefixes {
			o.addPrefix(p)
		}
		for v := range s.virtual {
			o.virtual[v] = true
		}
	}
	return out
}

func sharesHost(a, b *segment) bool {
	return slices.ContainsFunc(a.ifaces, func(i *schema.Interface) bool {
		return slices.ContainsFunc(b.ifaces, func(j *schema.Interface) bool { return i.Node == j.Node })
	})
}

// networkName is that of the first interface that the files name; where they
// name none, the network is called after what they say of it.
func networkName(s *segment) string {
	for _, i := range s.ifaces {
		if !strings.HasPrefix(i.Name, unknownInterface) && !isCarp(i.Name) {
			return schema.InterfaceVariable(i.Name)
		}
	}
	if isCarp(s.ifaces[0].Name) {
		return "lan"
	}
	return "sync"
}

// addNetwork names a network after the interfaces that are on it.
func (c *Cluster) addNetwork(s *segment, used map[string]int) {
	w := &schema.Network{}
	name := networkName(s)
	if used[name]++; used[name] > 1 {
		name = fmt.Sprintf("%s_%d", name, used[name])
	}
	w.Kind, w.Name = "network", strings.ReplaceAll(name, "/", "_")
	w.Prefixes = schema.List[netip.Prefix]{Items: s.prefixes, Stated: true}
	for _, p := range s.prefixes {
		w.Prefixes.Range = firstPlace(w.Prefixes.Range, p.Range)
	}
	w.Range = firstPlace(w.Prefixes.Range, s.ifaces[0].Range)
	w.NameRange = w.Range
	for _, i := range s.ifaces {
		i.Network = schema.Attr[*schema.Network]{Value: w, Range: firstPlace(i.Addresses.Range, i.Range), Stated: true}
	}
	c.Networks = append(c.Networks, w)
}
