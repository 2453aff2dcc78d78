package importer

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"carpool/importer/hastconf"
	"carpool/schema"
)

// hasts makes one resource of what the hosts say of it by name.
func (c *Cluster) hasts() {
	for _, n := range c.Nodes {
		h := c.hosts[n]
		config := h.hast()
		if config == nil {
			continue
		}
		c.listen(n, config)
		for i := range config.Resources {
			c.addCopy(n, &config.Resources[i])
		}
	}
	for _, h := range c.HASTs {
		if len(h.Members) == 2 {
			h.Members[0].Peer, h.Members[1].Peer = h.Members[1], h.Members[0]
		}
		for _, m := range h.Members {
			c.replicates(m)
		}
	}
}

// listen takes the addresses that hastd listens on; one port counts for all.
func (c *Cluster) listen(n *schema.Node, config *hastconf.Config) {
	h := c.hosts[n]
	for _, v := range config.Listen {
		if !v.IsSet() {
			continue
		}
		if strings.HasPrefix(v.Text, "/") || strings.HasPrefix(v.Text, "uds://") || strings.HasPrefix(v.Text, "unix://") {
			continue
		}
		a, port, err := schema.ParseHASTAddress(v.Text)
		if err != nil {
			if given, why := schema.SplitHASTAddress(v.Text); why != nil || strings.Contains(given.Host, "/") {
				c.report(CodeListen, schema.Error, h.place(v.Range), fmt.Sprintf("hastd cannot listen on %q", v.Text),
					"write an address without a length, such as tcp4://10.0.0.1 or tcp6://[2001:db8::1]:8457", nil)
			}
			continue
		}
		n.Daemon.Listen.Items = append(n.Daemon.Listen.Items, stated(h, a, v.Range))
		n.Daemon.Listen.Range = firstPlace(n.Daemon.Listen.Range, h.place(v.Range))
		n.Daemon.Listen.Stated = true
		if port != 0 {
			n.Daemon.Port = stated(h, port, v.Range)
		}
	}
}

func (c *Cluster) addCopy(n *schema.Node, r *hastconf.HostResource) {
	h := c.hosts[n]
	text := func(v hastconf.Value) schema.Attr[string] {
		a := schema.Attr[string]{Value: v.Text, Range: h.place(v.Range), Stated: v.IsSet()}
		if !a.Stated {
			a.Range = h.place(r.Name.Range)
		}
		return a
	}
	m := &schema.Copy{
		Node: n, At: h.place(r.Name.Range),
		Provider: text(r.Provider), Local: text(r.Local), Remote: text(r.Remote), Source: text(r.Source),
		Replication: text(r.Replication), Checksum: text(r.Checksum), Compression: text(r.Compression), Exec: text(r.Exec),
	}
	if m.Provider.Value == "" {
		m.Provider.Value = r.Name.Text
	}
	if seconds, err := strconv.Atoi(r.Timeout.Text); err == nil && r.Timeout.IsSet() {
		m.Timeout = stated(h, seconds, r.Timeout.Range)
	}
	if r.Metaflush.IsSet() {
		m.Metaflush = stated(h, r.Metaflush.Text == "on", r.Metaflush.Range)
	}
	m.HAST = c.resource(r.Name.Text, m)
	o := &schema.HASTOn{Local: m.Local, Provider: m.Provider, Remote: m.Remote, Source: m.Source, Replication: m.Replication,
		Checksum: m.Checksum, Compression: m.Compression, Timeout: m.Timeout, Metaflush: m.Metaflush, Exec: m.Exec, Node: n}
	o.Kind, o.Name, o.Range = "on", n.Name, m.At
	m.On = o
	m.HAST.On = append(m.HAST.On, o)
}

func (c *Cluster) resource(name string, m *schema.Copy) *schema.HAST {
	i := slices.IndexFunc(c.HASTs, func(h *schema.HAST) bool { return h.Name == name })
	if i < 0 {
		h := &schema.HAST{}
		h.Kind, h.Name, h.Range, h.NameRange = "hast", name, m.At, m.At
		c.HASTs = append(c.HASTs, h)
		i = len(c.HASTs) - 1
	}
	c.HASTs[i].Members = append(c.HASTs[i].Members, m)
	return c.HASTs[i]
}

// replicates finds the network of a copy: where its remote is.
func (c *Cluster) replicates(m *schema.Copy) {
	remote, _, err := schema.ParseHASTAddress(m.Remote.Value)
	if err != nil {
		return
	}
	for _, i := range m.Node.Interfaces {
		if within(i, remote) {
			m.Interface, m.Network = i, i.Network.Value
			m.HAST.Network = schema.Attr[*schema.Network]{Value: m.Network, Range: m.Remote.Range}
		}
	}
}

func within(i *schema.Interface, a netip.Addr) bool {
	return slices.ContainsFunc(i.Addresses.Items, func(own schema.Attr[schema.Address]) bool {
		return own.Value.Prefix.Masked().Contains(a)
	})
}

// pfsyncs makes one pfsync of those hosts that synchronise over one network.
func (c *Cluster) pfsyncs() {
	for _, n := range c.Nodes {
		h := c.hosts[n]
		for _, s := range h.commands() {
			if s.iface != "pfsync0" {
				continue
			}
			dev, ok := s.params["syncdev"]
			i := n.Interface(dev.text)
			if !ok || i == nil || i.Network.Value == nil {
				continue
			}
			c.addSync(n, i, s)
		}
	}
}

func (c *Cluster) addSync(n *schema.Node, i *schema.Interface, s settings) {
	h := c.hosts[n]
	m := &schema.SyncMember{Node: n, At: h.place(s.at), Interface: i}
	if w, ok := s.params["syncpeer"]; ok {
		if a, err := netip.ParseAddr(w.text); err == nil {
			m.SyncPeer = stated(h, a, w.at)
		}
	}
	if w, ok := s.params["maxupd"]; ok {
		if v, err := strconv.Atoi(w.text); err == nil {
			m.MaxUpd = stated(h, v, w.at)
		}
	}
	for _, f := range s.flags {
		if f.text == "defer" || f.text == "-defer" {
			m.Defer = stated(h, f.text == "defer", f.at)
		}
	}
	k := slices.IndexFunc(c.PFSyncs, func(p *schema.PFSync) bool { return p.Network.Value == i.Network.Value && p.Members[0].Node != n })
	if k < 0 {
		p := &schema.PFSync{}
		p.Kind, p.Name, p.Range, p.NameRange = "pfsync", i.Network.Value.Name, m.At, m.At
		p.Network = schema.Attr[*schema.Network]{Value: i.Network.Value, Range: m.At, Stated: true}
		c.PFSyncs = append(c.PFSyncs, p)
		k = len(c.PFSyncs) - 1
	}
	p := c.PFSyncs[k]
	m.PFSync = p
	o := &schema.PFSyncOn{SyncPeer: m.SyncPeer, MaxUpd: m.MaxUpd, Node: n}
	o.Kind, o.Name, o.Range = "on", n.Name, m.At
	m.On = o
	p.On = append(p.On, o)
	p.Members = append(p.Members, m)
}
