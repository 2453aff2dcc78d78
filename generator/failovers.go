package generator

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"carpool/schema"
)

// failovers collects the settings of the switch.
func (b *builder) failovers() {
	groups := b.groups[b.node]
	if len(groups) == 0 || b.jail() {
		return
	}
	w := &Switch{
		Host: b.node.Name, Node: b.node.Name, Release: b.node.Release.String(),
		CARPInterface:    b.has(schema.CARPInterface),
		CARPDemotion:     b.has(schema.CARPDemotion),
		CARPAllow:        b.has(schema.CARPAllowParks),
		CARPAllowTunable: b.holdsCARP(),
		HastctlList:      b.has(schema.HASTList),
		HastctlStatus:    b.has(schema.HASTList),
		HastHooks:        b.has(schema.HASTHooks),
		ReleaseEarly:     b.servesBeside(),
		AnswerPort:       DefaultAnswerPort,
		Timeouts:         DefaultSwitchTimeouts,
	}
	for i, s := range groups {
		if p := s.Failover.AnswerPort; p.Stated && s.Failover.HasStorage() {
			w.AnswerPort = p.Value
		}
		w.Groups = append(w.Groups, b.group(fmt.Sprintf("g%d", i+1), s))
	}
	w.Listeners = listeners(w.Groups)
	b.host.Switch = w
}

// servesBeside reports whether the host has addresses that no storage holds back.
func (b *builder) servesBeside() bool {
	return slices.ContainsFunc(b.vips[b.node], func(m *schema.Member) bool { return !b.stored[m.VIP] })
}

func (b *builder) group(id string, s *schema.Standby) SwitchGroup {
	f := s.Failover
	g := SwitchGroup{
		ID: id, Name: f.Name,
		Preferred: b.preferred(s) == b.node,
		Services:  strings.Join(s.Services.Values(), "\n"),
		Mail:      strings.Join(s.Mail.Values(), " "),
		Failback:  f.Failback.Value,
		Witness:   joinAddrs(s.Witness.Values()),
		Alone:     or(f.Alone, "witness"), Fence: s.Fence.Value,
		Patience: or(f.Patience, "careful"), Isolated: or(f.Isolated, "release"),
		BootAlone: or(f.BootAlone, "wait"), Stuck: or(f.Stuck, "hold"),
		BeforeMaster: s.Hooks.BeforeMaster.Value, AfterMaster: s.Hooks.AfterMaster.Value,
		BeforeBackup: s.Hooks.BeforeBackup.Value, AfterBackup: s.Hooks.AfterBackup.Value,
		Failed: s.Hooks.Failed.Value, Check: s.Hooks.Check.Value, CheckEvery: f.CheckEvery.Value,
		Timeouts: timeouts(f),
	}
	for i, m := range s.Members {
		g.VIPs = append(g.VIPs, b.switchVIP(fmt.Sprintf("%sv%d", id, i+1), m))
	}
	if !f.HasStorage() {
		return g
	}
	if peer := b.peer(f); peer != nil {
		g.Peer, g.PeerPreferred = peer.Name, b.preferred(s) == peer
		g.Paths = b.paths(id, f, peer)
	}
	for i, h := range f.HASTs {
		if c := h.Copy(b.node); c != nil {
			g.Resources = append(g.Resources, switchResource(fmt.Sprintf("%sr%d", id, i+1), c))
		}
	}
	for i, st := range f.Storage.Items {
		g.Storage = append(g.Storage, b.storage(fmt.Sprintf("%ss%d", id, i+1), st.Value))
	}
	return g
}

func or(a schema.Attr[string], otherwise string) string {
	if a.Stated {
		return a.Value
	}
	return otherwise
}

func joinAddrs(as []netip.Addr) string {
	words := make([]string, len(as))
	for i, a := range as {
		words[i] = a.String()
	}
	return strings.Join(words, " ")
}

// timeouts applies the wait of the description to the steps it means: those
// whose length depends on what is moved, not those of the protocol.
func timeouts(f *schema.Failover) GroupTimeouts {
	t := DefaultGroupTimeouts
	if f.Wait.Stated {
		for _, p := range []*int{&t.Role, &t.Device, &t.Import, &t.Mount, &t.Start, &t.Stop, &t.Hook} {
			*p = f.Wait.Value
		}
	}
	return t
}

// preferred is the member whose trigger has the best stated value; nil if
// several have it.
func (b *builder) preferred(s *schema.Standby) *schema.Node {
	var best *schema.Node
	least := 0
	for _, m := range s.Failover.Trigger.Members {
		v := m.AdvSkew.Value
		if m.Protocol.Value == "vrrp" {
			v = -m.VRRPPrio.Value
		}
		switch {
		case best == nil || v < least:
			best, least = m.Node, v
		case v == least:
			return nil
		}
	}
	return best
}

// peer is the other node of a failover with storage.
func (b *builder) peer(f *schema.Failover) *schema.Node {
	for _, m := range f.Trigger.Members {
		if m.Node != b.node {
			return m.Node
		}
	}
	return nil
}

// The advskew of a node that gives the address away, and the room between the
// grades; 240 is where CARP clamps (sys/netinet/ip_carp.c CARP_MAXSKEW).
const (
	goneSkew  = 240
	gradeRoom = 10
	gonePrio  = 1
)

func (b *builder) switchVIP(id string, m *schema.Member) SwitchVIP {
	v := SwitchVIP{ID: id, Name: m.VIP.Name, Interface: b.carpInterface(m), VHID: m.VHID.Value, Word: "advskew"}
	words := make([]string, len(m.Addresses.Items))
	for i, a := range m.Addresses.Items {
		words[i] = a.Value.Addr.String()
	}
	v.Addresses = strings.Join(words, " ")
	low, high := 255, 0
	for _, o := range m.VIP.Members {
		n := o.AdvSkew.Value
		if m.Protocol.Value == "vrrp" {
			n = o.VRRPPrio.Value
		}
		low, high = min(low, n), max(high, n)
	}
	if m.Protocol.Value == "vrrp" {
		v.Word, v.Normal, v.Gone = "vrrpprio", m.VRRPPrio.Value, gonePrio
		v.Hold = max(v.Normal-(high-low)-gradeRoom, gonePrio+1)
		return v
	}
	v.Normal, v.Hold, v.Gone = m.AdvSkew.Value, min(m.AdvSkew.Value+high-low+gradeRoom, goneSkew-1), goneSkew
	return v
}

// paths lists the networks that both nodes are on, the replication's first.
func (b *builder) paths(id string, f *schema.Failover, peer *schema.Node) []SwitchPath {
	var paths []SwitchPath
	add := func(w *schema.Network, replication bool) {
		own, other, ok := sharedAddresses(b.node, peer, w)
		if !ok || slices.ContainsFunc(paths, func(p SwitchPath) bool { return p.Network == w.Name }) {
			return
		}
		paths = append(paths, SwitchPath{Network: w.Name, Own: own, Peer: other, LAN: w == f.Trigger.Network.Value, Replication: replication})
	}
	for _, h := range f.HASTs {
		if c := h.Copy(b.node); c != nil && c.Network != nil {
			add(c.Network, true)
		}
	}
	add(f.Trigger.Network.Value, false)
	for _, i := range b.node.Interfaces {
		if i.Network.Value != nil {
			add(i.Network.Value, false)
		}
	}
	for i := range paths {
		paths[i].ID = fmt.Sprintf("%sp%d", id, i+1)
	}
	return paths
}

func sharedAddresses(n, peer *schema.Node, w *schema.Network) (own, other string, ok bool) {
	for _, v6 := range []bool{false, true} {
		for _, i := range n.On(w) {
			for _, k := range peer.On(w) {
				a, oka := i.AddressOn(w, v6)
				p, okp := k.AddressOn(w, v6)
				if oka && okp {
					return a.Value.Addr.String(), p.Value.Addr.String(), true
				}
			}
		}
	}
	return "", "", false
}

func switchResource(id string, c *schema.Copy) SwitchResource {
	r := SwitchResource{
		ID: id, Name: c.HAST.Name, Device: schema.HASTDevices + c.Provider.Value, Local: c.Local.Value,
		Timeout: schema.HASTTimeout, Exec: c.Exec.Value,
	}
	if c.Timeout.Stated {
		r.Timeout = c.Timeout.Value
	}
	if a, _, err := schema.ParseHASTAddress(c.Remote.Value); err == nil {
		r.Remote = a.String()
	}
	return r
}

func (b *builder) storage(id string, s schema.Storage) SwitchStorage {
	switch {
	case s.Zpool != nil:
		z := s.Zpool
		return SwitchStorage{ID: id, Kind: "zpool", Name: z.Name, Options: strings.Join(z.Options.Values(), "\n"), Altroot: z.Altroot.Value}
	case s.UFS != nil:
		u := s.UFS
		dev := u.Device.Value
		if c := u.HAST.Value.Copy(b.node); !u.Device.Stated && c != nil {
			dev = schema.HASTDevices + c.Provider.Value
		}
		return SwitchStorage{ID: id, Kind: "ufs", Name: u.Name, Device: dev, Options: strings.Join(u.Options.Values(), "\n"), Fsck: or(u.Fsck, "preen")}
	}
	return SwitchStorage{ID: id, Kind: "hast", Name: s.HAST.Name}
}

// listeners collects the own addresses on which peers ask.
func listeners(groups []SwitchGroup) []SwitchListener {
	var ls []SwitchListener
	for _, g := range groups {
		for _, p := range g.Paths {
			i := slices.IndexFunc(ls, func(l SwitchListener) bool { return l.Address == p.Own })
			if i < 0 {
				ls = append(ls, SwitchListener{ID: fmt.Sprintf("l%d", len(ls)+1), Address: p.Own, Peers: p.Peer})
				continue
			}
			if !slices.Contains(strings.Fields(ls[i].Peers), p.Peer) {
				ls[i].Peers += " " + p.Peer
			}
		}
	}
	return ls
}
