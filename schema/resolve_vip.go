package schema

import (
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// Member is what ONE node says of ONE vip, after defaults and on blocks are
// applied. Every field knows where it comes from. Rules compare members across
// nodes; a configuration read back from hosts fills the same members.
type Member struct {
	VIP  *VIP
	Node *Node
	On   *VIPOn    // nil if the node does not depart from the vip
	At   hcl.Range // where the text makes the node a member
	Rank int       // place in prefer, from 0; -1 without

	Interface    *Interface
	VHID         Attr[int]
	Password     Attr[string]
	AdvBase      Attr[int] // seconds; 1 unless stated
	AdvSkew      Attr[int] // 1/256 seconds
	Addresses    List[Address]
	Mode         Attr[string] // multicast or unicast
	Peer         Attr[netip.Addr]
	Peer6        Attr[netip.Addr]
	Protocol     Attr[string] // carp or vrrp
	VRRPPrio     Attr[int]
	VRRPInterval Attr[int] // centiseconds
	CARPUnit     Attr[int] // N of carpN, releases below 10
}

// PreferStep is the distance of the advskew values that prefer gives; with
// more nodes than fit below 200 it shrinks.
const PreferStep = 50

func (d *decoder) vip(c *Cluster, v *VIP) {
	ons := on(d, v.On, func(o *VIPOn, n *Node) { o.Node = n })
	if v.Network.Value == nil {
		return
	}
	for i := range v.Addresses.Items {
		d.length(&v.Addresses.Items[i], v.Network.Value, false)
	}
	ms := d.members(c, &v.Block, v.Nodes, v.Prefer, ons, v.Network.Value)
	for i, m := range ms {
		v.Members = append(v.Members, d.member(v, m, i, len(ms)))
	}
	for _, m := range v.Members {
		m.derivePeers()
	}
}

func (d *decoder) member(v *VIP, m member, place, total int) *Member {
	o := &VIPOn{}
	if i := slices.IndexFunc(v.On, func(o *VIPOn) bool { return o.Node == m.node }); i >= 0 {
		o = v.On[i]
		for k := range o.Addresses.Items {
			d.length(&o.Addresses.Items[k], v.Network.Value, false)
		}
	}
	rank := slices.IndexFunc(v.Prefer.Items, func(a Attr[*Node]) bool { return a.Value == m.node })
	r := &Member{
		VIP: v, Node: m.node, At: m.at, Rank: rank,
		VHID:         o.VHID.Or(v.VHID),
		Password:     o.Password.Or(v.Password),
		AdvBase:      o.AdvBase.Or(v.AdvBase).Or(derived(1, m.at)),
		Addresses:    o.Addresses.Or(v.Addresses),
		Protocol:     o.Protocol.Or(v.Protocol).Or(derived("carp", m.at)),
		VRRPInterval: o.VRRPInterval.Or(v.VRRPInterval),
		CARPUnit:     o.CARPUnit.Or(v.CARPUnit),
		Peer:         o.Peer.Or(v.Peer),
		Peer6:        o.Peer6.Or(v.Peer6),
	}
	if o.Node != nil {
		r.On = o
	}
	if rank >= 0 {
		place = rank
	}
	r.AdvSkew = o.AdvSkew.Or(v.AdvSkew).Or(derived(SkewFor(place, total), m.at))
	r.VRRPPrio = o.VRRPPrio.Or(v.VRRPPrio).Or(derived(PrioFor(place), m.at))
	mode := "multicast"
	if w := v.Network.Value; w.Multicast.Stated && !w.Multicast.Value || r.Peer.Stated || r.Peer6.Stated {
		mode = "unicast"
	}
	r.Mode = o.Mode.Or(v.Mode).Or(derived(mode, m.at))
	r.Interface = d.chooseInterface(o.Interface.Or(v.Interface), m, v.Network.Value, v.Address())
	return r
}

// PrioFor is the vrrpprio of a place in prefer, from 0.
func PrioFor(place int) int { return max(200-10*place, 1) }

// SkewFor is the advskew of a place in prefer, from 0. It gives distinct values, since two nodes that boot at once with equal
// ones may both become MASTER again and again (sys/netinet/ip_carp.c
// carp_input_c, 13.2: a MASTER yields to an equal advertisement).
func SkewFor(place, total int) int {
	step := PreferStep
	if total > 4 {
		step = 200 / total
	}
	return step * (place + 1)
}

// derivePeers points the two members of a unicast vip at each other.
func (m *Member) derivePeers() {
	if m.Mode.Value != "unicast" || len(m.VIP.Members) != 2 {
		return
	}
	peer := m.VIP.Members[0]
	if peer == m {
		peer = m.VIP.Members[1]
	}
	if peer.Interface == nil {
		return
	}
	w := m.VIP.Network.Value
	if a, ok := peer.Interface.AddressOn(w, false); ok && !m.Peer.Stated && m.HasFamily(false) {
		m.Peer = derived(a.Value.Addr, a.Range)
	}
	if a, ok := peer.Interface.AddressOn(w, true); ok && !m.Peer6.Stated && m.HasFamily(true) {
		m.Peer6 = derived(a.Value.Addr, a.Range)
	}
}

// HasFamily reports whether the member has an address of the family.
func (m *Member) HasFamily(v6 bool) bool {
	return slices.ContainsFunc(m.Addresses.Items, func(a Attr[Address]) bool { return a.Value.Addr.Is6() == v6 })
}

// Member returns what node n says of v, or nil.
func (v *VIP) Member(n *Node) *Member {
	for _, m := range v.Members {
		if m.Node == n {
			return m
		}
	}
	return nil
}
