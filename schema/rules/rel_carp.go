package rules

import (
	"fmt"
	"slices"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// tooOld reports nodes whose release has not what a vip asks of them: once per
// vip, at what asks for it.
func tooOld(p *Pass, f schema.Feature, asks func(*schema.Member) bool, at func(*schema.Member) hcl.Range) {
	for _, v := range p.VIPs {
		seen := map[hcl.Range]bool{}
		for _, m := range v.Members {
			if !asks(m) || m.Node.Release.Has(f) || seen[at(m)] {
				continue
			}
			seen[at(m)] = true
			p.Report(Report{
				At: at(m), Object: v.Object(),
				Message: fmt.Sprintf("%s needs FreeBSD %s, but %s has %s", f, f.First(), m.Node.Address(), m.Node.Release),
				Help:    fmt.Sprintf("do without it as long as a node is older than %s", f.First()),
				Related: Also(releaseRange(p, m.Node), "the release is here"),
			})
		}
	}
}

// releaseRange is where the release of n is stated.
func releaseRange(p *Pass, n *schema.Node) hcl.Range {
	if n.FreeBSD.Stated {
		return n.FreeBSD.Range
	}
	return p.FreeBSD.Range
}

var rel001 = &Rule{
	Code:     "REL001",
	Severity: schema.Error,
	Summary:  "unicast CARP on a release before 14.0",
	Effect:   "ifconfig takes the word peer for an address (\"peer: bad value\") and exits: the virtual address is missing on this node (sbin/ifconfig/ifconfig.c 13.2).",
	Check: func(p *Pass) {
		tooOld(p, schema.CARPUnicast, isUnicast, whyUnicast)
	},
}

var rel002 = &Rule{
	Code:     "REL002",
	Severity: schema.Error,
	Summary:  "VRRP on a release before 15.0",
	Effect:   "ifconfig takes the word carpver for an address and exits: the virtual address is missing on this node (ifconfig(8) 14).",
	Check: func(p *Pass) {
		tooOld(p, schema.CARPVRRP, isVRRP, func(m *schema.Member) hcl.Range { return m.Protocol.Range })
	},
}

// needs maps options of the carp block to what they need.
var needs = map[string]schema.Feature{
	"dscp":                    schema.CARPDSCP,
	"ifdown_demotion_factor":  schema.CARPDemotion,
	"senderr_demotion_factor": schema.CARPDemotion,
}

var rel003 = &Rule{
	Code:     "REL003",
	Severity: schema.Error,
	Summary:  "a carp option that the release does not have",
	Effect:   "The sysctl does not exist: the line in sysctl.conf fails at every boot, and the kernel does what it always did (carp(4) of that release).",
	Check: func(p *Pass) {
		seen := map[hcl.Range]bool{}
		for _, n := range electors(p) {
			for _, o := range carpOptions(n) {
				f, ok := needs[o.name]
				if !ok || !o.attr.Stated || n.Release.Has(f) || seen[o.attr.Range] {
					continue
				}
				seen[o.attr.Range] = true
				p.Report(Report{
					At: o.attr.Range, Object: n.Object(),
					Message: fmt.Sprintf("%s needs FreeBSD %s, but %s has %s", o.name, f.First(), n.Address(), n.Release),
					Help:    "state it in the carp blocks of the newer nodes only, or leave it out",
					Related: Also(releaseRange(p, n), "the release is here"),
				})
			}
		}
	},
}

var rel004 = &Rule{
	Code:     "REL004",
	Severity: schema.Error,
	Summary:  "several addresses on an interface with a dot in its name, before 10.0",
	Effect:   "rc applies the alias lines to a name with an underscore instead of the dot (\"interface em0_100 does not exist\"): only the first address is configured (etc/network.subr:1022 9.3).",
	Check: func(p *Pass) {
		for _, n := range p.Nodes {
			if n.Release.Has(schema.DottedAliases) || !n.IsManaged() {
				continue
			}
			for _, i := range n.Interfaces {
				second, ok := alias(i)
				if !ok || !strings.ContainsAny(i.Name, ".-") {
					continue
				}
				p.Report(Report{
					At: second.Range, Object: n.Object(),
					Message: fmt.Sprintf("a second address on %s needs FreeBSD %s, but %s has %s", i.Name, schema.DottedAliases.First(), n.Address(), n.Release),
					Help:    "name the interface vlanN and state vlan and vlandev",
					Related: Also(i.NameRange, "the name with the dot is here"),
				})
			}
		}
	},
}

// alias returns the first address of an interface that is the second of its
// family.
func alias(i *schema.Interface) (schema.Attr[schema.Address], bool) {
	had := map[bool]bool{}
	k := slices.IndexFunc(i.Addresses.Items, func(a schema.Attr[schema.Address]) bool {
		v6 := a.Value.Addr.Is6()
		second := had[v6]
		had[v6] = true
		return second
	})
	if k < 0 {
		return schema.Attr[schema.Address]{}, false
	}
	return i.Addresses.Items[k], true
}

var rel005 = &Rule{
	Code:     "REL005",
	Severity: schema.Warning,
	Summary:  "carp_unit where no node has carpN interfaces",
	Effect:   "It has no effect: from 10.0 on the vhid is a property of the real interface (UPDATING 20111215).",
	Check: func(p *Pass) {
		for _, v := range p.VIPs {
			seen := map[hcl.Range]bool{}
			old := slices.ContainsFunc(v.Members, func(m *schema.Member) bool { return preCARP(m.Node) })
			for _, m := range v.Members {
				if old || !m.CARPUnit.Stated || seen[m.CARPUnit.Range] {
					continue
				}
				seen[m.CARPUnit.Range] = true
				p.Report(Report{
					At: m.CARPUnit.Range, Object: v.Object(),
					Message: fmt.Sprintf("carp_unit means nothing from FreeBSD %s on, and %s has %s", schema.CARPOnInterface.First(), m.Node.Address(), m.Node.Release),
					Help:    "take carp_unit out",
				})
			}
		}
	},
}

var rel006 = &Rule{
	Code:     "REL006",
	Severity: schema.Error,
	Summary:  "pfsync over IPv6 on a release before 14.0",
	Effect:   "syncpeer takes an IPv4 address only: ifconfig fails, and the states are not synchronised (pfsync(4); sys/netpfil/pf/if_pfsync.c 13.2).",
	Check: func(p *Pass) {
		const first = 14
		for _, s := range p.PFSyncs {
			for _, m := range s.Members {
				if !m.SyncPeer.Stated || m.SyncPeer.Value.Is4() || m.Node.Release.Major >= first {
					continue
				}
				p.Report(Report{
					At: m.SyncPeer.Range, Object: s.Object(),
					Message: fmt.Sprintf("an IPv6 syncpeer needs FreeBSD %d.0, but %s has %s", first, m.Node.Address(), m.Node.Release),
					Help:    "write the IPv4 address of the other node",
					Related: Also(releaseRange(p, m.Node), "the release is here"),
				})
			}
		}
	},
}
