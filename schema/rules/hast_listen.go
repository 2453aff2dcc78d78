package rules

import (
	"fmt"

	"carpool/schema"
)

var hast015 = &Rule{
	Code:     "HAST015",
	Severity: schema.Error,
	Summary:  "replication uses a virtual address",
	Effect:   "A virtual address is wherever the MASTER is. After a failover the node would connect to itself, and replication stops exactly when it is needed (hast.conf(5), remote).",
	Check: func(p *Pass) {
		virtual := p.virtualAddresses()
		p.addresses(func(g given) {
			v := virtual[g.addr]
			if v == nil || g.fault != "" || g.name {
				return
			}
			p.Report(Report{
				At: g.attr.Range, Object: g.copy.HAST.Object(),
				Message: fmt.Sprintf("%s %s is a virtual address of %s", g.word, g.addr, v.Address()),
				Help:    fmt.Sprintf("write an address that stays on its host, or leave %s out", g.word),
				Related: Also(v.Addresses.Range, "the virtual address is here"),
			})
		})
	},
}

var hast016 = &Rule{
	Code:     "HAST016",
	Severity: schema.Error,
	Summary:  "source is no address of the host",
	Effect:   "bind(2) fails with \"Can't assign requested address\". hastd logs \"Unable to create outgoing connection\", and the resource stays degraded (sbin/hastd/proto_tcp.c).",
	Check: func(p *Pass) {
		virtual := p.virtualAddresses()
		p.addresses(func(g given) {
			n := g.copy.Node
			if g.word != "source" || g.fault != "" || g.name || virtual[g.addr] != nil || mayHave(n, g.addr) {
				return
			}
			p.Report(Report{
				At: g.attr.Range, Object: g.copy.HAST.Object(),
				Message: fmt.Sprintf("source %s is no address of %s", g.addr, n.Address()),
				Help:    "write one of its addresses, or leave source out",
				Related: Also(n.Range, "the node is here"),
			})
		})
	},
}

var hast017 = &Rule{
	Code:     "HAST017",
	Severity: schema.Error,
	Summary:  "the ports of hastd do not fit",
	Effect:   "hastd of one node listens on one port while the other connects to another one: \"Connection refused\", and the resource stays degraded (hast.conf(5), listen and remote).",
	Check: func(p *Pass) {
		if p.HASTD != nil {
			p.portRange(&p.Block, p.HASTD.Port)
		}
		for _, n := range p.Nodes {
			if n.HASTD != nil {
				p.portRange(&n.Block, n.HASTD.Port)
			}
		}
		p.addresses(func(g given) {
			peer := g.copy.Peer
			if g.word != "remote" || g.fault != "" || peer == nil {
				return
			}
			port, want := g.port, peer.Node.Daemon.Port
			if port == 0 {
				port = schema.HASTPort
			}
			if port == want.Value || !goodPort(want.Value) || g.name && portForm.MatchString(g.attr.Value) {
				return
			}
			p.Report(Report{
				At: g.attr.Range, Object: g.copy.HAST.Object(),
				Message: fmt.Sprintf("remote has port %d, but hastd of %s listens on port %d", port, peer.Node.Address(), want.Value),
				Help:    "leave the port and remote out; both follow from hastd { port }",
				Related: Also(want.Range, "its port follows from here"),
			})
		})
	},
}

func goodPort(n int) bool { return n >= 1 && n <= 65535 }

func (p *Pass) portRange(b *schema.Block, port schema.Attr[int]) {
	if !port.Stated || goodPort(port.Value) {
		return
	}
	p.Report(Report{
		At: port.Range, Object: b.Object(),
		Message: fmt.Sprintf("%d is no TCP port", port.Value),
		Effect:  "hastd exits 71 with \"Unable to listen on address\" (sbin/hastd/proto_tcp.c tcp_addr).",
		Help:    fmt.Sprintf("write a number from 1 to 65535, or leave it out for %d", schema.HASTPort),
	})
}

var hast018 = &Rule{
	Code:     "HAST018",
	Severity: schema.Error,
	Summary:  "hastd listens where its host or its peer is not",
	Effect:   "An address that the host does not have ends hastd with exit 71; with any listen address given, hastd listens on no other, and the peer's connection is refused (hast.conf(5), listen; sbin/hastd/hastd.c).",
	Check: func(p *Pass) {
		reported := once{}
		p.replicators(func(c *schema.Copy) {
			for _, a := range c.Node.Daemon.Listen.Items {
				if a.Value.IsUnspecified() || mayHave(c.Node, a.Value) || !reported.first(site{a.Range, c.Node.Object()}) {
					continue
				}
				p.Report(Report{
					At: a.Range, Object: c.Node.Object(),
					Message: fmt.Sprintf("hastd of %s cannot listen on %s, which is no address of it", c.Node.Address(), a.Value),
					Help:    "state listen in the node block, with an address of that node, or leave it out",
					Related: Also(c.Node.Range, "the node is here"),
				})
			}
		})
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				p.heard(c, reported)
			}
		}
	},
}

// heard reports a copy whose peer does not listen where c connects to.
func (p *Pass) heard(c *schema.Copy, reported once) {
	remote := readEndpoint(c.Remote.Value)
	if c.Peer == nil || remote.fault != "" || remote.name {
		return
	}
	listen := c.Peer.Node.Daemon.Listen
	for _, a := range listen.Items {
		if a.Value == remote.addr || a.Value.IsUnspecified() && a.Value.Is4() == remote.addr.Is4() || reported[site{a.Range, c.Peer.Node.Object()}] {
			return
		}
	}
	if len(listen.Items) == 0 || !reported.first(site{listen.Range, c.Peer.Node.Object()}) {
		return
	}
	p.Report(Report{
		At: listen.Range, Object: c.Peer.Node.Object(),
		Message: fmt.Sprintf("hastd of %s does not listen on %s, where %s connects to for %s", c.Peer.Node.Address(), remote.addr, c.Node.Address(), c.HAST.Address()),
		Help:    "add the address to listen, or leave listen out",
		Related: Also(c.Remote.Range, "the address follows from here"),
	})
}
