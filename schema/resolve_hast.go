package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// Copy is what ONE node says of ONE hast resource: its half of the mirror.
type Copy struct {
	HAST *HAST
	Node *Node
	On   *HASTOn
	At   hcl.Range
	Peer *Copy // nil unless there are exactly two

	Network   *Network
	Interface *Interface

	Provider    Attr[string] // the name below /dev/hast
	Local       Attr[string]
	Remote      Attr[string] // as hast.conf has it
	Source      Attr[string]
	Replication Attr[string]
	Checksum    Attr[string]
	Compression Attr[string]
	Timeout     Attr[int] // seconds
	Metaflush   Attr[bool]
	Exec        Attr[string]
}

// NoSource is the source of a copy whose hast.conf is to state none: hastd then
// connects from whatever address the route gives it (hast.conf(5)).
const NoSource = "none"

func (h *HAST) providerName() string {
	if h.Provider.Stated {
		return h.Provider.Value
	}
	return h.Name
}

func (d *decoder) hast(c *Cluster, h *HAST) {
	ons := on(d, h.On, func(o *HASTOn, n *Node) { o.Node = n })
	ms := d.members(c, &h.Block, h.Nodes, List[*Node]{}, ons, h.Network.Value)
	if len(ms) == 0 && !h.Network.Stated && len(c.Nodes) == 2 {
		for _, n := range c.Nodes {
			ms = append(ms, member{n, h.Range})
		}
	}
	w := h.Network.Value
	if w == nil && len(ms) == 2 && !statedAddresses(h) {
		if w = d.sharedNetwork(c, h, ms); w == nil {
			return
		}
	}
	mode := defaultReplication(ms)
	for _, m := range ms {
		h.Members = append(h.Members, d.copy(h, m, w, mode))
	}
	if len(h.Members) != 2 {
		return
	}
	a, b := h.Members[0], h.Members[1]
	a.Peer, b.Peer = b, a
	a.deriveAddresses()
	b.deriveAddresses()
}

// statedAddresses reports whether every on block names its remote, so that no
// network has to be found.
func statedAddresses(h *HAST) bool {
	return len(h.On) == 2 && h.On[0].Remote.Stated && h.On[1].Remote.Stated
}

// sharedNetwork finds the network of a resource that states none: the one that
// both nodes are on and that carries no vip, else the only one they share.
func (d *decoder) sharedNetwork(c *Cluster, h *HAST, ms []member) *Network {
	var shared, quiet []*Network
	for _, w := range c.Networks {
		if len(ms[0].node.On(w)) == 0 || len(ms[1].node.On(w)) == 0 {
			continue
		}
		shared = append(shared, w)
		if !slices.ContainsFunc(c.VIPs, func(v *VIP) bool { return v.Network.Value == w }) {
			quiet = append(quiet, w)
		}
	}
	switch {
	case len(quiet) == 1:
		return quiet[0]
	case len(shared) == 1:
		return shared[0]
	}
	names := make([]string, len(shared))
	for i, w := range shared {
		names[i] = w.Address()
	}
	detail := "Its two nodes share no network."
	if len(shared) > 0 {
		detail = fmt.Sprintf("Its two nodes share %s.", strings.Join(names, " and "))
	}
	d.report(Finding{Code: LangMember, Help: "add network = network.NAME"}, h.Range,
		fmt.Sprintf("%s does not say over which network it replicates", h.Address()), detail)
	return nil
}

func (d *decoder) copy(h *HAST, m member, w *Network, mode string) *Copy {
	o := &HASTOn{}
	if i := slices.IndexFunc(h.On, func(o *HASTOn) bool { return o.Node == m.node }); i >= 0 {
		o = h.On[i]
	}
	r := &Copy{
		HAST: h, Node: m.node, At: m.at, Network: w,
		Provider:    o.Provider.Or(h.Provider).Or(derived(h.Name, h.NameRange)),
		Local:       o.Local.Or(h.Local),
		Remote:      o.Remote,
		Source:      o.Source.Or(h.Source),
		Replication: o.Replication.Or(h.Replication),
		Checksum:    o.Checksum.Or(h.Checksum),
		Compression: o.Compression.Or(h.Compression),
		Timeout:     o.Timeout.Or(h.Timeout),
		Metaflush:   o.Metaflush.Or(h.Metaflush),
		Exec:        o.Exec.Or(h.Exec),
	}
	if o.Node != nil {
		r.On = o
	}
	if !r.Replication.Stated {
		r.Replication = derived(mode, m.at)
	}
	if !r.Local.Stated {
		d.report(Finding{Code: LangMissing, Help: `add local = "/dev/…" here, or to the hast block for both nodes`}, m.at,
			fmt.Sprintf("%s has no local provider on %s", h.Address(), m.node.Address()), "Each node keeps its copy on a disk, partition or file of its own.")
	}
	if w != nil {
		r.Interface = d.chooseInterface(Attr[string]{}, m, w, h.Address())
	}
	return r
}

// defaultReplication is memsync, hastd's own default, where every node of the
// resource can do it.
func defaultReplication(ms []member) string {
	if slices.ContainsFunc(ms, func(m member) bool { return !m.node.Release.Has(HASTModes) }) {
		return "fullsync"
	}
	return "memsync"
}

// deriveAddresses makes remote the peer's address on the network and source
// the own one: hastd accepts a connection only if its source is the remote of
// the receiver (sbin/hastd/hastd.c listen_accept, 13.2).
func (c *Copy) deriveAddresses() {
	if !c.Source.Stated {
		if a, ok := c.ownAddress(); ok {
			c.Source = derived(HASTAddress(a.Value.Addr, 0), a.Range)
		}
	}
	if c.Remote.Stated {
		return
	}
	if c.Peer.Source.Stated {
		if a, _, err := ParseHASTAddress(c.Peer.Source.Value); err == nil {
			c.Remote = derived(HASTAddress(a, portOf(c.Peer.Node)), c.Peer.Source.Range)
			return
		}
	}
	if a, ok := c.Peer.ownAddress(); ok {
		c.Remote = derived(HASTAddress(a.Value.Addr, portOf(c.Peer.Node)), a.Range)
	}
}

// ownAddress prefers IPv4 unless only IPv6 is on both sides.
func (c *Copy) ownAddress() (Attr[Address], bool) {
	if c.Interface == nil || c.Peer.Interface == nil {
		return Attr[Address]{}, false
	}
	for _, v6 := range []bool{false, true} {
		a, ok := c.Interface.AddressOn(c.Network, v6)
		if _, peer := c.Peer.Interface.AddressOn(c.Network, v6); ok && peer {
			return a, true
		}
	}
	return Attr[Address]{}, false
}

func portOf(n *Node) int {
	if p := n.Daemon.Port.Value; p != HASTPort {
		return p
	}
	return 0
}

// Copy returns the half of h on node n, or nil.
func (h *HAST) Copy(n *Node) *Copy {
	for _, m := range h.Members {
		if m.Node == n {
			return m
		}
	}
	return nil
}
