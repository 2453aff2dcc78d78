package schema

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// HASTDevices is where hastd puts its devices.
const HASTDevices = "/dev/hast/"

// identify gives a node its release and host name; values of nodes need them.
func (d *decoder) identify(n *Node) {
	c := d.cluster()
	if !d.ensure(c, n.Range) {
		return
	}
	n.Release = n.FreeBSD.Or(c.FreeBSD).Value
	switch {
	case n.Hostname.Stated:
		n.FQDN = n.Hostname.Value
	case c.Domain.Value != "":
		n.FQDN = n.Name + "." + c.Domain.Value
	default:
		n.FQDN = n.Name
	}
	for _, i := range n.Interfaces {
		i.Node = n
	}
}

// resolve derives what the author did not state.
func (d *decoder) resolve(c *Cluster) {
	for _, n := range c.Nodes {
		d.node(c, n)
	}
	for _, v := range c.VIPs {
		d.at(&v.Block, func() { d.vip(c, v) })
	}
	c.carry()
	for _, h := range c.HASTs {
		d.at(&h.Block, func() { d.hast(c, h) })
	}
	for _, p := range c.PFSyncs {
		d.at(&p.Block, func() { d.pfsync(c, p) })
	}
	for _, f := range c.Failovers {
		d.at(&f.Block, func() { d.failover(c, f) })
	}
	for _, r := range c.Devds {
		d.at(&r.Block, func() { d.devd(c, r) })
	}
}

// at runs f with findings attributed to block b.
func (d *decoder) at(b *Block, f func()) {
	old := d.object
	d.object = b.Object()
	f()
	d.object = old
}

func (d *decoder) node(c *Cluster, n *Node) {
	d.object = n.Object()
	n.OS = carpValues(n, c)
	n.Daemon = hastdValues(n, c)
	n.Out = outputValues(n, c.Output)
	for _, i := range n.Interfaces {
		for k := range i.Addresses.Items {
			d.length(&i.Addresses.Items[k], i.Network.Value, true)
		}
	}
	d.object = ""
}

// length gives an address written without one the length of the longest
// matching prefix of its network. An address of an interface must find one; a
// virtual address outside every prefix stands alone, and a rule looks at it.
func (d *decoder) length(a *Attr[Address], n *Network, must bool) {
	if a.Value.Length {
		return
	}
	bits, ok := a.Value.Addr.BitLen(), false
	if n != nil {
		if l, found := n.LengthIn(a.Value.Addr); found {
			bits, ok = l, true
		}
	}
	if !ok && must {
		d.report(Finding{Code: LangValue, Help: fmt.Sprintf(`write "%s/LENGTH"`, a.Value.Addr)}, a.Range,
			"the address has no length", "No prefix of the interface's network contains it, so its length does not follow from anything.")
	}
	a.Value.Prefix = netip.PrefixFrom(a.Value.Addr, bits)
}

// Interface returns the interface of this name, or nil.
func (n *Node) Interface(name string) *Interface {
	for _, i := range n.Interfaces {
		if i.Name == name {
			return i
		}
	}
	return nil
}

// On returns the interfaces of n that are on network w.
func (n *Node) On(w *Network) []*Interface {
	var on []*Interface
	for _, i := range n.Interfaces {
		if i.Network.Value == w && w != nil {
			on = append(on, i)
		}
	}
	return on
}

// IsManaged reports whether files are rendered for n.
func (n *Node) IsManaged() bool { return !n.Managed.Stated || n.Managed.Value }

// VLANOf returns the parent and the tag of a VLAN interface. What is not stated
// follows from a name PARENT.TAG, as network.subr takes it.
func (i *Interface) VLANOf() (parent string, tag int, ok bool) {
	if dot := strings.LastIndexByte(i.Name, '.'); dot > 0 {
		n, err := strconv.Atoi(i.Name[dot+1:])
		if ok = err == nil && n > 0 && n < 4095; ok {
			parent, tag = i.Name[:dot], n
		}
	}
	if i.VLANDev.Stated {
		parent, ok = i.VLANDev.Value, true
	}
	if i.VLAN.Stated {
		tag, ok = i.VLAN.Value, true
	}
	return parent, tag, ok
}

// CARPValues are the carp options of one node after defaults.
type CARPValues struct {
	Preempt                          Attr[bool]
	Log, IfdownFactor, SenderrFactor Attr[int]
	DSCP                             Attr[int]
}

func carpValues(n *Node, c *Cluster) CARPValues {
	var own, all CARPOptions
	if n.CARP != nil {
		own = *n.CARP
	}
	if c.CARP != nil {
		all = *c.CARP
	}
	return CARPValues{
		Preempt:       own.Preempt.Or(all.Preempt).Or(derived(true, n.Range)),
		Log:           own.Log.Or(all.Log),
		IfdownFactor:  own.IfdownDemotionFactor.Or(all.IfdownDemotionFactor),
		SenderrFactor: own.SenderrDemotion.Or(all.SenderrDemotion),
		DSCP:          own.DSCP.Or(all.DSCP),
	}
}

// HASTTimeout is hastd's patience with its peer unless stated, in seconds
// (hast.conf(5)).
const HASTTimeout = 20

// HASTPort is hastd's port unless stated (sbin/hastd/hast.h HASTD_PORT).
const HASTPort = 8457

// HASTDValues are hastd's settings of one node after defaults.
type HASTDValues struct {
	Listen List[netip.Addr]
	Port   Attr[int]
}

func hastdValues(n *Node, c *Cluster) HASTDValues {
	var own, all HASTDOptions
	if n.HASTD != nil {
		own = *n.HASTD
	}
	if c.HASTD != nil {
		all = *c.HASTD
	}
	return HASTDValues{
		Listen: own.Listen.Or(all.Listen),
		Port:   own.Port.Or(all.Port).Or(derived(HASTPort, n.Range)),
	}
}

// OutputValues are the places of one node's files after defaults.
type OutputValues struct {
	Fragment   bool
	RCConf     Attr[string]
	SysctlConf Attr[string]
	LoaderConf Attr[string]
	DevdConf   Attr[string]
	HASTConf   Attr[string]
	ScriptDir  Attr[string]
	AliasStart Attr[int]
}

// defaultPaths of the two output modes. In fragment mode carpool's files lie
// beside the host's own.
var defaultPaths = map[bool]map[string]string{
	false: {"rc": "/etc/rc.conf", "sysctl": "/etc/sysctl.conf", "loader": "/boot/loader.conf", "devd": "/usr/local/etc/devd/devd.conf"},
	true:  {"rc": "/etc/rc.conf.local", "sysctl": "/etc/sysctl.conf.local", "loader": "/boot/loader.conf.local", "devd": "/usr/local/etc/devd/carp-hast-switch.conf"},
}

// DefaultScriptDir is where the switch lies unless stated.
const DefaultScriptDir = "/usr/local/scripts"

func outputValues(n *Node, top *Output) OutputValues {
	var own, all Output
	if n.Output != nil {
		own = *n.Output
	}
	if top != nil {
		all = *top
	}
	v := OutputValues{Fragment: own.Mode.Or(all.Mode).Value == "fragment"}
	paths := defaultPaths[v.Fragment]
	v.RCConf = own.RCConf.Or(all.RCConf).Or(derived(paths["rc"], n.Range))
	v.SysctlConf = own.SysctlConf.Or(all.SysctlConf).Or(derived(paths["sysctl"], n.Range))
	v.LoaderConf = own.LoaderConf.Or(all.LoaderConf).Or(derived(paths["loader"], n.Range))
	v.DevdConf = own.DevdConf.Or(all.DevdConf).Or(derived(paths["devd"], n.Range))
	v.HASTConf = own.HASTConf.Or(all.HASTConf).Or(derived("/etc/hast.conf", n.Range))
	v.ScriptDir = own.ScriptDir.Or(all.ScriptDir).Or(derived(DefaultScriptDir, n.Range))
	v.AliasStart = own.AliasStart.Or(all.AliasStart)
	return v
}

// member is a node that belongs to a block, and where the text says so.
type member struct {
	node *Node
	at   hcl.Range
}

// on finds the nodes that on blocks name.
func on[T blocker](d *decoder, blocks []T, set func(T, *Node)) []member {
	var ms []member
	for _, b := range blocks {
		n := d.index["node"][b.base().Name].(*Node)
		set(b, n)
		ms = append(ms, member{n, b.base().Range})
	}
	return ms
}

func listed(l List[*Node]) []member {
	ms := make([]member, len(l.Items))
	for i, it := range l.Items {
		ms[i] = member{it.Value, it.Range}
	}
	return ms
}

// members applies the rule of the language: nodes; else prefer; else the on
// blocks; else every node with an interface on the network.
func (d *decoder) members(c *Cluster, b *Block, nodes, prefer List[*Node], ons []member, w *Network) []member {
	var ms []member
	switch {
	case nodes.Stated:
		ms = listed(nodes)
	case prefer.Stated:
		ms = listed(prefer)
	case len(ons) > 0:
		ms = slices.Clone(ons)
	default:
		for _, n := range c.Nodes {
			if len(n.On(w)) > 0 {
				ms = append(ms, member{n, b.Range})
			}
		}
	}
	ms = d.distinct(ms)
	for i, m := range ms {
		if k := slices.IndexFunc(ons, func(o member) bool { return o.node == m.node }); k >= 0 {
			ms[i].at = ons[k].at
		}
	}
	for _, o := range append(ons, listed(prefer)...) {
		if !slices.ContainsFunc(ms, func(m member) bool { return m.node == o.node }) {
			d.report(Finding{Code: LangMember, Help: "add it to nodes, or take it out here"}, o.at,
				fmt.Sprintf("%s is no member of %s", o.node.Address(), b.Address()), "nodes lists the members, and this node is not among them.")
		}
	}
	return ms
}

func (d *decoder) distinct(ms []member) []member {
	var out []member
	for _, m := range ms {
		if k := slices.IndexFunc(out, func(o member) bool { return o.node == m.node }); k >= 0 {
			d.report(Finding{Code: LangDuplicate, Related: []Related{{"first named here", out[k].at}}, Help: "name each node once"}, m.at,
				fmt.Sprintf("%s is named twice", m.node.Address()), "A node is one member.")
			continue
		}
		out = append(out, m)
	}
	return out
}

// chooseInterface finds the interface of m.node on network w.
func (d *decoder) chooseInterface(stated Attr[string], m member, w *Network, what string) *Interface {
	if stated.Stated {
		return d.statedInterface(stated, m)
	}
	ifs := m.node.On(w)
	switch len(ifs) {
	case 1:
		return ifs[0]
	case 0:
		d.report(Finding{Code: LangMember, Related: []Related{{"the node is here", m.node.Range}},
			Help: fmt.Sprintf("give an interface of %s network = %s, or leave the node out of %s", m.node.Address(), w.Address(), what)}, m.at,
			fmt.Sprintf("%s has no interface on %s", m.node.Address(), w.Address()), "There is nowhere to put the address or the traffic.")
	default:
		d.report(Finding{Code: LangMember, Related: []Related{{"one is here", ifs[0].Range}, {"another is here", ifs[1].Range}},
			Help: fmt.Sprintf("state which: on %q { interface = %q }", m.node.Name, ifs[0].Name)}, m.at,
			fmt.Sprintf("%s has %d interfaces on %s", m.node.Address(), len(ifs), w.Address()), "carpool does not guess which of them is meant.")
	}
	return nil
}

func (d *decoder) statedInterface(stated Attr[string], m member) *Interface {
	if i := m.node.Interface(stated.Value); i != nil {
		return i
	}
	var names []string
	for _, i := range m.node.Interfaces {
		names = append(names, i.Name)
	}
	d.report(Finding{Code: LangReference, Related: []Related{{"the node is here", m.node.Range}},
		Help: didYouMean(stated.Value, names, func(s string) string { return fmt.Sprintf("%q", s) }, "it has "+listOr(names, "no interface"))},
		stated.Range, fmt.Sprintf("%s has no interface %q", m.node.Address(), stated.Value), "The interface is one of the node's interface blocks.")
	return nil
}

// AddressOn returns the first address of the interface that lies in network w
// and is of the wanted family; any address of the family if none lies there.
func (i *Interface) AddressOn(w *Network, v6 bool) (Attr[Address], bool) {
	var first *Attr[Address]
	for k := range i.Addresses.Items {
		a := &i.Addresses.Items[k]
		if a.Value.Addr.Is6() != v6 {
			continue
		}
		if first == nil {
			first = a
		}
		if w != nil {
			if _, in := w.LengthIn(a.Value.Addr); in {
				return *a, true
			}
		}
	}
	if first == nil {
		return Attr[Address]{}, false
	}
	return *first, true
}
