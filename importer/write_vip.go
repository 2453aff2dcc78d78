package importer

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

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
	b := w.block("vip", v.Name)
	w.ref(b, "network", &v.Network.Value.Block)
	each := make([][]line, len(v.Members))
	for i, m := range v.Members {
		each[i] = w.memberLines(v, m)
	}
	all, own := shared(each)
	w.required(b, v, &all, own)
	for _, l := range all {
		w.expr(b, l.name, l.text)
	}
	for i, m := range v.Members {
		in := b.AppendNewBlock("on", []string{m.Node.Name}).Body()
		for _, l := range own[i] {
			w.expr(in, l.name, l.text)
		}
	}
}

// required states in the vip itself what it has to state, even where the nodes
// disagree: the first node's word, over which on blocks go.
func (w *writer) required(b *hclwrite.Body, v *schema.VIP, all *[]line, own [][]line) {
	for _, name := range []string{"addresses", "vhid"} {
		if slices.ContainsFunc(*all, func(l line) bool { return l.name == name }) {
			continue
		}
		commentIn(b, "The hosts disagree on "+name+": see the on blocks.")
		i := slices.IndexFunc(own[0], func(l line) bool { return l.name == name })
		*all = append([]line{own[0][i]}, *all...)
		own[0] = slices.Delete(own[0], i, i+1)
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
	list := []line{{"vhid", fmt.Sprint(m.VHID.Value)}, {"addresses", quotedList(addrs)}}
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
	if m.CARPUnit.Stated {
		list = append(list, line{"carp_unit", fmt.Sprint(m.CARPUnit.Value)})
	}
	return list
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
	b := w.block("hast", h.Name)
	each := make([][]line, len(h.Members))
	for i, c := range h.Members {
		each[i] = w.copyLines(c)
	}
	all, own := shared(each)
	if n := h.Network.Value; n != nil && len(h.Members) == 2 {
		w.ref(b, "network", &n.Block)
	}
	for _, l := range all {
		w.expr(b, l.name, l.text)
	}
	for i, c := range h.Members {
		in := b.AppendNewBlock("on", []string{c.Node.Name}).Body()
		for _, l := range own[i] {
			w.expr(in, l.name, l.text)
		}
	}
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
	if !strings.HasSuffix(c.Exec.Value, "/carp-hast-hook") {
		add("exec", c.Exec)
	}
	if !derivedEndpoint(c.Peer, c.Remote.Value) {
		add("remote", c.Remote)
	}
	if !derivedEndpoint(c, c.Source.Value) {
		add("source", c.Source)
	}
	return list
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
	for i, m := range p.Members {
		in := b.AppendNewBlock("on", []string{m.Node.Name}).Body()
		for _, l := range each[i] {
			w.expr(in, l.name, l.text)
		}
	}
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
