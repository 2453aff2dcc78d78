package rules

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"carpool/schema"
)

// endpoint is an address of hast.conf as hastd reads it.
type endpoint struct {
	addr  netip.Addr
	port  int    // 0 if none is given
	fault string // why hastd refuses it, or ""
	name  bool   // a host name, not an address
}

var (
	hostForm   = regexp.MustCompile(`^(?:[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?$`)
	schemeForm = regexp.MustCompile(`(?i)^(tcp[46]?)://`)
	portForm   = regexp.MustCompile(`:[0-9]+$`)
)

// readEndpoint reads an address as sbin/hastd/proto_tcp.c tcp_addr does.
func readEndpoint(s string) endpoint {
	var e endpoint
	for _, r := range s {
		if !letterOrDigit(r) && !strings.ContainsRune("._/:[]-", r) {
			e.fault = fmt.Sprintf("hast.conf cannot hold %q", r)
			return e
		}
	}
	a, port, err := schema.ParseHASTAddress(s)
	e.addr, e.port = a, port
	scheme := strings.ToLower(schemeForm.FindString(s))
	bare := schemeForm.ReplaceAllString(s, "")
	switch {
	case err == nil && (scheme == "tcp4://" && a.Is6() || scheme == "tcp6://" && a.Is4()):
		e.fault = fmt.Sprintf("%s takes no address of the other family", scheme)
	case err == nil && a.IsUnspecified():
		e.fault = "it is no address of any host"
	case err == nil:
	case s == "":
		e.fault = "it is empty"
	case strings.HasPrefix(bare, "[") && strings.HasSuffix(bare, "]"):
		e.fault = "hastd takes brackets only with a port"
	case strings.Contains(bare, "/"):
		e.fault = "hastd takes an address without a length"
	case hostForm.MatchString(portForm.ReplaceAllString(bare, "")):
		e.name = true
	default:
		e.fault = err.Error()
	}
	return e
}

// given is a remote or source that the author stated.
type given struct {
	copy *schema.Copy
	word string // remote or source
	attr schema.Attr[string]
	endpoint
}

// addresses calls use for every stated remote and source. `none` is no
// address.
func (p *Pass) addresses(use func(given)) {
	for _, h := range p.HASTs {
		for _, c := range h.Members {
			if c.Remote.Stated && c.Remote.Value != "none" {
				use(given{c, "remote", c.Remote, readEndpoint(c.Remote.Value)})
			}
			if c.Source.Stated && c.Source.Value != schema.NoSource {
				use(given{c, "source", c.Source, readEndpoint(c.Source.Value)})
			}
		}
	}
}

var hast010 = &Rule{
	Code:     "HAST010",
	Severity: schema.Error,
	Summary:  "an address that hastd refuses",
	Effect:   "hastd does not check addresses when it reads hast.conf. The connection fails again and again, and the resource stays degraded (sbin/hastd/proto_tcp.c tcp_addr).",
	Check: func(p *Pass) {
		p.addresses(func(g given) {
			if g.fault == "" {
				return
			}
			p.Report(Report{
				At: g.attr.Range, Object: g.copy.HAST.Object(),
				Message: fmt.Sprintf("%s %q is no address for hastd: %s", g.word, g.attr.Value, g.fault),
				Help:    `write "10.0.0.1", "2001:db8::1", or with a port "10.0.0.1:8457" and "[2001:db8::1]:8457"`,
			})
		})
	},
}

var hast011 = &Rule{
	Code:     "HAST011",
	Severity: schema.Warning,
	Summary:  "a host name where hastd should have an address",
	Effect:   "hastd resolves the name at every connection, in its main process: while DNS does not answer, hastctl and every other resource wait too (sbin/hastd/proto_tcp.c tcp_addr).",
	Check: func(p *Pass) {
		p.addresses(func(g given) {
			if !g.name {
				return
			}
			p.Report(Report{
				At: g.attr.Range, Object: g.copy.HAST.Object(),
				Message: fmt.Sprintf("%s %q is a name, not an address", g.word, g.attr.Value),
				Help:    "write the address, or leave it out and let it follow from the network",
			})
		})
	},
}

var hast012 = &Rule{
	Code:     "HAST012",
	Severity: schema.Error,
	Summary:  "replication is switched off by remote = \"none\"",
	Effect:   "hastd makes no connection and refuses that of the peer, so the peer's copy grows old and is worthless in a failover (hast.conf(5), remote).",
	Check: func(p *Pass) {
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				if c.Remote.Stated && c.Remote.Value == "none" {
					p.Report(Report{
						At: c.Remote.Range, Object: h.Object(),
						Message: fmt.Sprintf("%s does not replicate from %s", h.Address(), c.Node.Address()),
						Help:    "leave remote out, or write the peer's address",
					})
				}
			}
		}
	},
}

var hast013 = &Rule{
	Code:     "HAST013",
	Severity: schema.Error,
	Summary:  "source states a port",
	Effect:   "hastd opens two connections to the same remote and binds both to source. The second bind fails with \"Address already in use\", so the nodes never connect (sbin/hastd/primary.c init_remote, proto_tcp.c).",
	Check: func(p *Pass) {
		p.addresses(func(g given) {
			if g.word != "source" || g.fault != "" || g.port == 0 {
				return
			}
			p.Report(Report{
				At: g.attr.Range, Object: g.copy.HAST.Object(),
				Message: fmt.Sprintf("source %q has a port", g.attr.Value),
				Help:    fmt.Sprintf("write source = %q", schema.HASTAddress(g.addr, 0)),
			})
		})
	},
}

var hast014 = &Rule{
	Code:     "HAST014",
	Severity: schema.Error,
	Summary:  "remote does not lead to the peer",
	Effect:   "hastd accepts a connection only if it comes from the remote of its own section. It logs \"Client … isn't known\" or \"Remote node acts as …\", and the resource stays degraded for ever (sbin/hastd/hastd.c listen_accept).",
	Check: func(p *Pass) {
		virtual := p.virtualAddresses()
		p.addresses(func(g given) {
			c := g.copy
			if g.word != "remote" || g.fault != "" || g.name || c.Peer == nil || virtual[g.addr] != nil {
				return
			}
			message, help, related := misdirected(c, g.addr)
			if message == "" {
				return
			}
			p.Report(Report{At: g.attr.Range, Object: c.HAST.Object(), Message: message, Help: help, Related: related})
		})
	},
}

// misdirected says in which way the remote of c is not where its peer is.
func misdirected(c *schema.Copy, remote netip.Addr) (message, help string, related []schema.Related) {
	peer := c.Peer
	source := readEndpoint(peer.Source.Value)
	fixed := source.fault == "" && !source.name && (peer.Source.Stated || peer.Node.Release.Has(schema.HASTHooks))
	leave := "leave remote out, so that it follows from the network"
	switch {
	case ownAddress(c.Node, remote):
		return fmt.Sprintf("remote %s is an address of %s itself", remote, c.Node.Address()), "write the address of " + peer.Node.Address() + ", or " + leave, nil
	case fixed && source.addr == remote:
	case !mayHave(peer.Node, remote):
		return fmt.Sprintf("remote %s is no address of %s", remote, peer.Node.Address()), leave, Also(peer.Node.Range, "the peer is here")
	case fixed:
		return fmt.Sprintf("remote is %s, but %s connects from %s", remote, peer.Node.Address(), source.addr),
			leave + fmt.Sprintf(", or state source = %q for %s", remote, peer.Node.Address()), Also(peer.Source.Range, "its source is here")
	default:
		return strayed(c, remote)
	}
	return "", "", nil
}

// strayed says that the peer, which states no source, connects from another of
// its addresses: the kernel takes the first one of the interface that leads to
// where the connection goes (sys/netinet/in_pcb.c in_pcbladdr; an alias in the
// same prefix does not replace its route, in.c in_addprefix).
func strayed(c *schema.Copy, remote netip.Addr) (message, help string, related []schema.Related) {
	to := readEndpoint(c.Peer.Remote.Value)
	if to.fault != "" || to.name {
		return "", "", nil
	}
	own, ok := firstToward(c.Peer.Node, to.addr)
	if !ok || own.Value.Addr == remote {
		return "", "", nil
	}
	help = fmt.Sprintf("write %s", own.Value.Addr)
	if c.Peer.Node.Release.Has(schema.HASTHooks) {
		help += fmt.Sprintf(", or state source = %q for %s", remote, c.Peer.Node.Address())
	}
	return fmt.Sprintf("remote is %s, but %s connects from %s", remote, c.Peer.Node.Address(), own.Value.Addr), help, Also(own.Range, "this is its first address there")
}

// firstToward is the first address of n in the prefix of a neighbour; ok is
// false where it is not sure which one that is.
func firstToward(n *schema.Node, to netip.Addr) (first schema.Attr[schema.Address], ok bool) {
	for _, i := range n.Interfaces {
		for _, a := range i.Addresses.Items {
			if !a.Value.Prefix.Masked().Contains(to) {
				continue
			}
			if to.Is6() || ok && first.Value.Prefix.Masked() != a.Value.Prefix.Masked() {
				return first, false // source selection of IPv6, or two routes
			}
			if !ok {
				first, ok = a, true
			}
		}
	}
	return first, ok
}

// ownAddress reports whether an interface of n has address a.
func ownAddress(n *schema.Node, a netip.Addr) bool {
	for _, i := range n.Interfaces {
		for _, it := range i.Addresses.Items {
			if it.Value.Addr == a {
				return true
			}
		}
	}
	return false
}

// mayHave reports whether n has address a as far as the description shows: an
// interface without fixed addresses may have any, and so may a line of rc.
func mayHave(n *schema.Node, a netip.Addr) bool {
	if ownAddress(n, a) {
		return true
	}
	fixed := false
	for _, i := range n.Interfaces {
		if a.Is4() && i.DHCP.Stated && i.DHCP.Value != "false" || a.Is6() && i.AcceptRtadv.Value {
			return true
		}
		fixed = fixed || len(i.Addresses.Items) > 0
	}
	for _, it := range n.RC.Items {
		if strings.Contains(it.Value.Value, a.String()) {
			return true
		}
	}
	return !fixed
}

// virtualAddresses maps every virtual address to its vip.
func (p *Pass) virtualAddresses() map[netip.Addr]*schema.VIP {
	m := map[netip.Addr]*schema.VIP{}
	for _, v := range p.VIPs {
		for _, a := range v.Addresses.Items {
			m[a.Value.Addr] = v
		}
		for _, r := range v.Members {
			for _, a := range r.Addresses.Items {
				m[a.Value.Addr] = v
			}
		}
	}
	return m
}
