package schema

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// Standby is what ONE node does for ONE failover.
type Standby struct {
	Failover *Failover
	Node     *Node
	On       *FailoverOn
	Members  []*Member // of the vips of the group, the trigger first
	Services List[string]
	Mail     List[string]
	Witness  List[netip.Addr]
	Fence    Attr[string]
	Hooks    Hooks
}

// HasStorage reports whether the failover moves disks.
func (f *Failover) HasStorage() bool { return len(f.Storage.Items) > 0 }

func (d *decoder) failover(c *Cluster, f *Failover) {
	ons := on(d, f.On, func(o *FailoverOn, n *Node) { o.Node = n })
	d.group(f)
	if f.Trigger == nil {
		return
	}
	for _, s := range f.Storage.Items {
		for _, h := range s.Value.HASTs() {
			if !slices.Contains(f.HASTs, h) {
				f.HASTs = append(f.HASTs, h)
			}
		}
	}
	if !f.Failback.Stated {
		f.Failback = derived("auto", f.Range)
		if f.HasStorage() {
			f.Failback = derived("manual", f.Range)
		}
	}
	for _, m := range f.Trigger.Members {
		f.Members = append(f.Members, f.standby(c, m))
	}
	for _, o := range ons {
		if f.Trigger.Member(o.node) == nil {
			d.report(Finding{Code: LangMember, Related: []Related{{"the vip is here", f.Trigger.Range}}, Help: "take the block out, or make the node a member of the vip"}, o.at,
				fmt.Sprintf("%s is no member of %s", o.node.Address(), f.Trigger.Address()), "The nodes of a failover are the members of its vip.")
		}
	}
}

// group reads vip and vips: the first is the trigger.
func (d *decoder) group(f *Failover) {
	switch {
	case f.VIP.Stated && f.VIPs.Stated:
		d.report(Finding{Code: LangDuplicate, Related: []Related{{"vip is here", f.VIP.Range}}, Help: "write all of them into vips, the trigger first"}, f.VIPs.Range,
			fmt.Sprintf("%s has both vip and vips", f.Address()), "One of them says which addresses move.")
		return
	case f.VIP.Stated:
		f.Group = []*VIP{f.VIP.Value}
	case len(f.VIPs.Items) > 0:
		for _, v := range f.VIPs.Items {
			if slices.Contains(f.Group, v.Value) {
				d.report(Finding{Code: LangDuplicate, Help: "name each vip once"}, v.Range,
					fmt.Sprintf("%s is named twice", v.Value.Address()), "A vip moves once.")
				continue
			}
			f.Group = append(f.Group, v.Value)
		}
	default:
		d.report(Finding{Code: LangMissing, Help: "add vip = vip.NAME"}, f.Range,
			fmt.Sprintf("%s has no vip", f.Address()), "The CARP role of a vip decides which node serves.")
		return
	}
	if len(f.Group) > 0 {
		f.Trigger = f.Group[0]
	}
}

func (f *Failover) standby(c *Cluster, m *Member) *Standby {
	o := &FailoverOn{}
	if i := slices.IndexFunc(f.On, func(o *FailoverOn) bool { return o.Node == m.Node }); i >= 0 {
		o = f.On[i]
	}
	s := &Standby{
		Failover: f, Node: m.Node,
		Services: o.Services.Or(f.Services),
		Mail:     o.Mail.Or(f.Mail),
		Witness:  o.Witness.Or(f.Witness),
		Fence:    o.Fence.Or(f.Fence),
		Hooks:    mergeHooks(o.Hooks, f.Hooks),
	}
	if o.Node != nil {
		s.On = o
	}
	for _, v := range f.Group {
		if vm := v.Member(m.Node); vm != nil {
			s.Members = append(s.Members, vm)
		}
	}
	// A gateway that is one of the pair goes down with what it should bear
	// witness of.
	g := f.Trigger.Network.Value.Gateway
	ours := slices.ContainsFunc(f.Trigger.Members, func(o *Member) bool { return c.Carries(o.Node, g.Value) })
	if !s.Witness.Stated && g.Stated && !ours {
		s.Witness = List[netip.Addr]{Items: []Attr[netip.Addr]{derived(g.Value, g.Range)}, Range: g.Range}
	}
	return s
}

// Carries reports whether address a is one of node n's own, or of a vip that n
// is a member of: what goes down with n.
func (c *Cluster) Carries(n *Node, a netip.Addr) bool { return slices.Contains(c.carriers[a], n) }

// carry notes which nodes carry which addresses, for Carries.
func (c *Cluster) carry() {
	c.carriers = map[netip.Addr][]*Node{}
	for _, n := range c.Nodes {
		for _, i := range n.Interfaces {
			for _, a := range i.Addresses.Items {
				c.carriers[a.Value.Addr] = append(c.carriers[a.Value.Addr], n)
			}
		}
	}
	for _, v := range c.VIPs {
		for _, m := range v.Members {
			for _, a := range m.Addresses.Items {
				c.carriers[a.Value.Addr] = append(c.carriers[a.Value.Addr], m.Node)
			}
		}
	}
}

func mergeHooks(own, all *Hooks) Hooks {
	var o, a Hooks
	if own != nil {
		o = *own
	}
	if all != nil {
		a = *all
	}
	return Hooks{
		BeforeMaster: o.BeforeMaster.Or(a.BeforeMaster), AfterMaster: o.AfterMaster.Or(a.AfterMaster),
		BeforeBackup: o.BeforeBackup.Or(a.BeforeBackup), AfterBackup: o.AfterBackup.Or(a.AfterBackup),
		Failed: o.Failed.Or(a.Failed), Check: o.Check.Or(a.Check),
	}
}

// SyncMember is what ONE node does for ONE pfsync block.
type SyncMember struct {
	PFSync    *PFSync
	Node      *Node
	On        *PFSyncOn
	At        hcl.Range
	Interface *Interface
	SyncPeer  Attr[netip.Addr]
	MaxUpd    Attr[int]
	Defer     Attr[bool]
}

func (d *decoder) pfsync(c *Cluster, p *PFSync) {
	ons := on(d, p.On, func(o *PFSyncOn, n *Node) { o.Node = n })
	if p.Network.Value == nil {
		return
	}
	for _, m := range d.members(c, &p.Block, p.Nodes, List[*Node]{}, ons, p.Network.Value) {
		o := &PFSyncOn{}
		if i := slices.IndexFunc(p.On, func(o *PFSyncOn) bool { return o.Node == m.node }); i >= 0 {
			o = p.On[i]
		}
		s := &SyncMember{PFSync: p, Node: m.node, At: m.at, SyncPeer: o.SyncPeer, MaxUpd: o.MaxUpd.Or(p.MaxUpd), Defer: o.Defer.Or(p.Defer)}
		if o.Node != nil {
			s.On = o
		}
		s.Interface = d.chooseInterface(o.Interface, m, p.Network.Value, p.Address())
		p.Members = append(p.Members, s)
	}
	if p.Mode.Value != "unicast" || len(p.Members) != 2 {
		return
	}
	a, b := p.Members[0], p.Members[1]
	a.derivePeer(b)
	b.derivePeer(a)
}

func (s *SyncMember) derivePeer(peer *SyncMember) {
	if s.SyncPeer.Stated || peer.Interface == nil {
		return
	}
	for _, v6 := range []bool{false, true} {
		if a, ok := peer.Interface.AddressOn(s.PFSync.Network.Value, v6); ok {
			s.SyncPeer = derived(a.Value.Addr, a.Range)
			return
		}
	}
}
