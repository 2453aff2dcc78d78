package generator

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"carpool/schema"
)

type ipAddr = netip.Addr

// hast collects hast.conf: the resources of this host and no others, since
// hastd refuses the whole file if one resource does not name the host
// (sbin/hastd/parse.y yy_config_parse, 13.2).
func (b *builder) hast() {
	if b.jail() {
		return
	}
	for _, c := range b.copies[b.node] {
		b.host.HAST.Resources = append(b.host.HAST.Resources, b.resource(c))
	}
	if len(b.host.HAST.Resources) > 0 {
		b.host.HAST.Listen = b.listen()
	}
}

// listen restricts hastd to the addresses that peers connect to.
func (b *builder) listen() []string {
	port := b.node.Daemon.Port.Value
	if port == schema.HASTPort {
		port = 0
	}
	var out []string
	add := func(a netip.Addr) {
		text := schema.HASTAddress(a, port)
		for _, o := range out {
			if o == text {
				return
			}
		}
		out = append(out, text)
	}
	for _, a := range b.node.Daemon.Listen.Items {
		add(a.Value)
	}
	if b.node.Daemon.Listen.Stated {
		return out
	}
	for _, c := range b.copies[b.node] {
		to := c.Source.Value
		if c.Peer != nil && !b.has(schema.HASTHooks) {
			to = c.Peer.Remote.Value // no source there, so nothing else holds the two together
		}
		if a, _, err := schema.ParseHASTAddress(to); err == nil {
			add(a)
		}
	}
	return out
}

func (b *builder) resource(c *schema.Copy) HASTResource {
	r := HASTResource{Name: c.HAST.Name, Replication: c.Replication.Value}
	add := func(name string, stated bool, value string) {
		if stated {
			r.Options = append(r.Options, Assignment{Name: name, Value: value})
		}
	}
	newer := b.has(schema.HASTHooks)
	add("checksum", newer && c.Checksum.Stated, c.Checksum.Value)
	add("compression", newer && c.Compression.Stated, c.Compression.Value)
	add("timeout", c.Timeout.Stated, fmt.Sprint(c.Timeout.Value))
	exec := c.Exec.Value
	if b.switched[c.HAST] {
		exec = b.node.Out.ScriptDir.Value + "/carp-hast-hook"
	}
	add("exec", newer && exec != "", exec)
	add("metaflush", newer && c.Metaflush.Stated, map[bool]string{true: "on", false: "off"}[c.Metaflush.Value])
	halves := slices.SortedFunc(slices.Values(c.HAST.Members), func(x, y *schema.Copy) int {
		return cmp.Compare(x.Node.Name, y.Node.Name)
	})
	for _, half := range halves {
		r.Nodes = append(r.Nodes, b.half(half))
	}
	return r
}

func (b *builder) half(c *schema.Copy) HASTNode {
	n := HASTNode{Hostname: c.Node.FQDN, Local: c.Local.Value, Remote: c.Remote.Value}
	if c.Provider.Value != c.HAST.Name {
		n.Provider = c.Provider.Value
	}
	if b.has(schema.HASTHooks) && c.Source.Value != schema.NoSource {
		n.Source = c.Source.Value
	}
	return n
}
