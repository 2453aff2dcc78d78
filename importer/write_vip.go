package importer

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"carpool/schema"
)

// line is an attribute as it would be written.
type line struct {
	name, text string
}

// shared splits the attributes of several nodes into those that all have and
// those that each has for itself.
func shared(each [][]line) (all []line, own [][]line) {
	own = make([][]line, len(each))
	for _, l := range each[0] {
		if !slices.ContainsFunc(each, func(ls []line) bool { return !slices.Contains(ls, l) }) {
			all = append(all, l)
		}
	}
	for i, ls := range each {
		for _, l := range ls {
			if !slices.Contains(all, l) {
				own[i] = append(own[i], l)
			}
		}
	}
	return all, own
}

func quoted(s string) string { return string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes()) }

func quotedList(list []string) string {
	var out []string
	for _, s := range list {
		out = append(out, quoted(s))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func (w *writer) vip(v *schema.VIP) {
	if !slices.ContainsFunc(v.Members, func(m *schema.Member) bool { return len(m.Addresses.Items) > 0 }) {
		w.body.AppendNewline()
		w.comment(fmt.Sprintf("vhid %d on %s is left out: the files give it no address.", v.Members[0].VHID.Value, v.Network.Value.Address()))
		return
	}
	b := w.block("vip", v.Name)
	w.ref(b, "network", &v.Network.Value.Block)
	each := make([][]line, len(v.Members))
	for i, m := range v.Members {
		each[i] = w.memberLines(v, m)
	}
	all, own := shared(each)
	w.required(b, v, &all, own)
	order, own := preferred(v, own)
	if order != "" {
		all = slices.DeleteFunc(all, func(l line) bool { return l.name == order })
	}
	for _, l := range all {
		w.expr(b, l.name, l.text)
	}
	nodes := members(v)
	if order != "" {
		slices.SortStableFunc(nodes, func(x, y *schema.Node) int { return rankOf(v.Member(x)) - rankOf(v.Member(y)) })
		w.expr(b, "prefer", nodeList(nodes))
	}
	w.onBlocks(b, v.Network.Value, members(v), own, order != "")
}

// onBlocks writes how nodes depart from a block. Where none does, the members
// are those that are on the network, or are listed.
func (w *writer) onBlocks(b *hclwrite.Body, n *schema.Network, nodes []*schema.Node, own [][]line, listed bool) {
	plain := !slices.ContainsFunc(own, func(ls []line) bool { return len(ls) > 0 })
	if plain && !listed && !w.allOn(n, nodes) {
		w.expr(b, "nodes", nodeList(nodes))
	}
	for i, node := range nodes {
		if len(own[i]) > 0 || !plain && !listed {
			w.small(b, "on", node.Name, own[i])
		}
	}
}

// allOn reports whether the nodes are all that are on the network.
func (w *writer) allOn(n *schema.Network, nodes []*schema.Node) bool {
	if n == nil {
		return false
	}
	for _, node := range w.Nodes {
		if (len(node.On(n)) > 0) != slices.Contains(nodes, node) {
			return false
		}
	}
	return true
}

func nodeList(nodes []*schema.Node) string {
	var refs []string
	for _, n := range nodes {
		refs = append(refs, n.Address())
	}
	return "[" + strings.Join(refs, ", ") + "]"
}

func members(v *schema.VIP) []*schema.Node {
	var nodes []*schema.Node
	for _, m := range v.Members {
		nodes = append(nodes, m.Node)
	}
	return nodes
}

// small writes a nested block, on one line if it says one thing at most.
func (w *writer) small(b *hclwrite.Body, kind, label string, list []line) {
	if len(list) > 1 {
		in := b.AppendNewBlock(kind, []string{label}).Body()
		for _, l := range list {
			w.expr(in, l.name, l.text)
		}
		return
	}
	text := kind + " " + quoted(label) + " {"
	for _, l := range list {
		text += " " + l.name + " = " + l.text + " "
	}
	b.AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenIdent, Bytes: []byte(text + "}\n")}})
}

// preferred reports whether the order of the members gives their advskew, or
// vrrpprio, as carpool gives it to the nodes of prefer, and takes the attribute
// out of what they say themselves.
func preferred(v *schema.VIP, own [][]line) (name string, rest [][]line) {
	if len(v.Members) < 2 {
		return "", own
	}
	ranks := map[int]bool{}
	for _, m := range v.Members {
		ranks[rankOf(m)] = true
	}
	if ranks[-1] || len(ranks) != len(v.Members) || ranks[len(v.Members)] {
		return "", own
	}
	name = "advskew"
	if v.Members[0].Protocol.Value == "vrrp" {
		name = "vrrpprio"
	}
	for _, ls := range own {
		rest = append(rest, slices.DeleteFunc(slices.Clone(ls), func(l line) bool { return l.name == name }))
	}
	return name, rest
}

// rankOf is the place in prefer that gives a member what it has, -1 for none.
func rankOf(m *schema.Member) int {
	for place := range m.VIP.Members {
		if m.Protocol.Value == "vrrp" && m.VRRPPrio.Value == schema.PrioFor(place) ||
			m.Protocol.Value != "vrrp" && m.AdvSkew.Value == schema.SkewFor(place, len(m.VIP.Members)) {
			return place
		}
	}
	return -1
}

// required states in the vip itself what it has to state, even where the nodes
// disagree: the first node's word, over which on blocks go.
func (w *writer) required(b *hclwrite.Body, v *schema.VIP, all *[]line, own [][]line) {
	for _, name := range []string{"addresses", "vhid"} {
		if slices.ContainsFunc(*all, func(l line) bool { return l.name == name }) {
			continue
		}
		commentIn(b, "The hosts disagree on "+name+": see the on blocks.")
		for k := range own {
			i := slices.IndexFunc(own[k], func(l line) bool { return l.name == name })
			if i < 0 {
				continue
			}
			*all = append([]line{own[k][i]}, *all...)
			own[k] = slices.Delete(own[k], i, i+1)
			break
		}
	}
}

// memberLines are the attributes of one node's part.
func (w *writer) memberLines(v *schema.VIP, m *schema.Member) []line {
	var addrs []string
	for _, a := range m.Addresses.Values() {
		if s := a.Prefix.String(); !slices.Contains(addrs, s) {
			addrs = append(addrs, s)
		}
	}
	list := []line{{"vhid", fmt.Sprint(m.VHID.Value)}}
	if len(addrs) > 0 {
		list = append(list, line{"addresses", quotedList(addrs)})
	}
	if len(m.Node.On(v.Network.Value)) > 1 {
		list = append(list, line{"interface", quoted(m.Interface.Name)})
	}
	if m.Protocol.Value == "vrrp" {
		list = append(list, line{"protocol", quoted("vrrp")}, line{"vrrpprio", fmt.Sprint(m.VRRPPrio.Value)})
		if m.VRRPInterval.Stated {
			list = append(list, line{"vrrpinterval", fmt.Sprint(m.VRRPInterval.Value)})
		}
	} else {
		list = append(list, line{"advskew", fmt.Sprint(m.AdvSkew.Value)})
		if m.AdvBase.Stated {
			list = append(list, line{"advbase", fmt.Sprint(m.AdvBase.Value)})
		}
	}
	if m.Password.Stated {
		list = append(list, line{"password", w.secret("carp_password", m.Password.Value)})
	}
	if m.Mode.Value == "unicast" {
		list = append(list, line{"mode", quoted("unicast")})
		list = append(list, w.peers(v, m)...)
	}
	if m.CARPUnit.Stated && !w.countedUnits(m.Node) {
		list = append(list, line{"carp_unit", fmt.Sprint(m.CARPUnit.Value)})
	}
	return list
}

// countedUnits reports whether carpool would give the carpN of a node the
// numbers that they have.
func (w *writer) countedUnits(n *schema.Node) bool {
	var ms []*schema.Member
	for _, v := range w.VIPs {
		if m := v.Member(n); m != nil {
			c := *m
			c.CARPUnit.Stated = false
			ms = append(ms, &c)
		}
	}
	slices.SortFunc(ms, func(a, b *schema.Member) int {
		return cmp.Or(cmp.Compare(a.VHID.Value, b.VHID.Value), cmp.Compare(a.VIP.Name, b.VIP.Name))
	})
	for m, unit := range schema.CARPUnits(ms) {
		if m.CARPUnit.Value != unit {
			return false
		}
	}
	return true
}

// peers states the peers that do not follow from the other member.
func (w *writer) peers(v *schema.VIP, m *schema.Member) []line {
	var list []line
	add := func(name string, a schema.Attr[netip.Addr]) {
		if !a.Stated {
			return
		}
		derived := false
		for _, o := range v.Members {
			if o != m && len(v.Members) == 2 {
				own, ok := o.Interface.AddressOn(v.Network.Value, a.Value.Is6())
				derived = ok && own.Value.Addr == a.Value
			}
		}
		if !derived {
			list = append(list, line{name, quoted(a.Value.String())})
		}
	}
	add("peer", m.Peer)
	add("peer6", m.Peer6)
	return list
}

func (w *writer) hast(h *schema.HAST) {
	if !labelForm.MatchString(h.Name) {
		w.body.AppendNewline()
		w.comment(fmt.Sprintf("The resource %q is left out: its name cannot be a label.", h.Name))
		return
	}
	b := w.block("hast", h.Name)
	each := make([][]line, len(h.Members))
	for i, c := range h.Members {
		each[i] = w.copyLines(c)
	}
	all, own := shared(each)
	for i, l := range all {
		if l.name == "remote" { // each node's own: the language has it in on blocks only
			all = slices.Delete(all, i, i+1)
			for m := range own {
				own[m] = append(own[m], l)
			}
			break
		}
	}
	if n := h.Network.Value; n != nil && len(h.Members) == 2 {
		w.ref(b, "network", &n.Block)
	}
	for _, l := range all {
		w.expr(b, l.name, l.text)
	}
	var nodes []*schema.Node
	for _, c := range h.Members {
		nodes = append(nodes, c.Node)
	}
	w.onBlocks(b, h.Network.Value, nodes, own, false)
}

func (w *writer) copyLines(c *schema.Copy) []line {
	var list []line
	add := func(name string, a schema.Attr[string]) {
		if a.Stated {
			list = append(list, line{name, quoted(a.Value)})
		}
	}
	add("local", c.Local)
	if c.Provider.Value != c.HAST.Name {
		add("name", c.Provider)
	}
	add("replication", c.Replication)
	add("checksum", c.Checksum)
	add("compression", c.Compression)
	if c.Timeout.Stated {
		list = append(list, line{"timeout", fmt.Sprint(c.Timeout.Value)})
	}
	if c.Metaflush.Stated {
		list = append(list, line{"metaflush", fmt.Sprint(c.Metaflush.Value)})
	}
	add("exec", w.execOf(c))
	if !derivedEndpoint(c.Peer, c.Remote.Value) {
		add("remote", c.Remote)
	}
	switch {
	case c.Source.Stated && !derivedEndpoint(c, c.Source.Value):
		add("source", c.Source)
	case !c.Source.Stated && c.Node.Release.Has(schema.HASTHooks) && ownOn(c, c.Network).IsValid():
		list = append(list, line{"source", quoted(schema.NoSource)})
	}
	return list
}

// ownOn is the address that carpool derives the source of a copy from.
func ownOn(c *schema.Copy, w *schema.Network) netip.Addr {
	if c.Interface == nil || w == nil || c.Peer == nil || c.Peer.Interface == nil {
		return netip.Addr{}
	}
	for _, v6 := range []bool{false, true} {
		a, ok := c.Interface.AddressOn(w, v6)
		if _, peer := c.Peer.Interface.AddressOn(w, v6); ok && peer {
			return a.Value.Addr
		}
	}
	return netip.Addr{}
}

// execOf is the program of the resource that is the author's own: where the
// switch is, hast.conf names its hook, and the settings the program.
func (w *writer) execOf(c *schema.Copy) schema.Attr[string] {
	if !strings.HasSuffix(c.Exec.Value, "/carp-hast-hook") {
		return c.Exec
	}
	for _, g := range w.moved(c.Node) {
		for _, r := range g.duty(c.Node).list("resources") {
			if p := r.get("exec"); p != "" && r.get("name") == c.HAST.Name {
				return schema.Attr[string]{Value: p, Stated: true}
			}
		}
	}
	return schema.Attr[string]{}
}

// derivedEndpoint reports whether an address is the one that carpool derives
// from the interface of the copy.
func derivedEndpoint(c *schema.Copy, text string) bool {
	a, port, err := schema.ParseHASTAddress(text)
	if err != nil || c == nil || c.Interface == nil || port != 0 && port != c.Node.Daemon.Port.Value {
		return false
	}
	own, ok := c.Interface.AddressOn(c.Network, a.Is6())
	return ok && own.Value.Addr == a
}

func (w *writer) pfsync(p *schema.PFSync) {
	b := w.block("pfsync", p.Name)
	w.ref(b, "network", &p.Network.Value.Block)
	each := make([][]line, len(p.Members))
	derived := w.derivedPeers(p)
	if derived {
		setString(b, "mode", "unicast")
	}
	for i, m := range p.Members {
		if m.SyncPeer.Stated && !derived {
			each[i] = append(each[i], line{"syncpeer", quoted(m.SyncPeer.Value.String())})
		}
		if m.MaxUpd.Stated {
			each[i] = append(each[i], line{"maxupd", fmt.Sprint(m.MaxUpd.Value)})
		}
		if m.Defer.Stated {
			each[i] = append(each[i], line{"defer", fmt.Sprint(m.Defer.Value)})
		}
	}
	all, own := shared(each)
	for _, l := range all {
		w.expr(b, l.name, l.text)
	}
	var nodes []*schema.Node
	for _, m := range p.Members {
		nodes = append(nodes, m.Node)
	}
	w.onBlocks(b, p.Network.Value, nodes, own, false)
}

// derivedPeers reports whether the two members point at each other's addresses,
// as carpool would derive it.
func (w *writer) derivedPeers(p *schema.PFSync) bool {
	if len(p.Members) != 2 {
		return false
	}
	for i, m := range p.Members {
		other := p.Members[1-i]
		own, ok := other.Interface.AddressOn(p.Network.Value, false)
		if !m.SyncPeer.Stated || !ok || own.Value.Addr != m.SyncPeer.Value {
			return false
		}
	}
	return true
}
