package rules

import (
	"fmt"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// electors returns the nodes that are members of a vip, in source order, and
// which of them stand for which vips.
func electors(p *Pass) []*schema.Node {
	is := map[*schema.Node]bool{}
	for _, v := range p.VIPs {
		for _, m := range v.Members {
			is[m.Node] = true
		}
	}
	var ns []*schema.Node
	for _, n := range p.Nodes {
		if is[n] {
			ns = append(ns, n)
		}
	}
	return ns
}

// split finds, for each node whose preempt is off, a node with preempt on that
// shares a vip with it.
func split(p *Pass) map[*schema.Node]*schema.Node {
	with := map[*schema.Node]*schema.Node{}
	for _, v := range p.VIPs {
		var on *schema.Node
		for _, m := range v.Members {
			if m.Node.OS.Preempt.Value {
				on = m.Node
			}
		}
		for _, m := range v.Members {
			if !m.Node.OS.Preempt.Value && on != nil && with[m.Node] == nil {
				with[m.Node] = on
			}
		}
	}
	return with
}

const preemptHelp = "take preempt out: true is the default on every node"

var carp080 = &Rule{
	Code:     "CARP080",
	Severity: schema.Error,
	Summary:  "preempt is off",
	Effect:   "A MASTER with a dead interface, or one that gives up on purpose, keeps its other addresses: a BACKUP takes over only from a MASTER that is silent (net.inet.carp.preempt in carp(4); sys/netinet/ip_carp.c carp_input_c).",
	Check: func(p *Pass) {
		mixed, seen := split(p), map[hcl.Range]bool{}
		for _, n := range electors(p) {
			a := n.OS.Preempt
			if a.Value || mixed[n] != nil || seen[a.Range] {
				continue
			}
			seen[a.Range] = true
			p.Report(Report{
				At: a.Range, Object: n.Object(),
				Message: "preempt is off, so addresses do not move when they should",
				Help:    preemptHelp,
			})
		}
	},
}

var carp081 = &Rule{
	Code:     "CARP081",
	Severity: schema.Error,
	Summary:  "preempt differs between the nodes of a vip",
	Effect:   "Failover works in one direction only: the node without preempt never takes over from one that demotes itself (net.inet.carp.preempt in carp(4)).",
	Check: func(p *Pass) {
		with := split(p)
		for _, n := range electors(p) {
			on := with[n]
			if on == nil {
				continue
			}
			p.Report(Report{
				At: n.OS.Preempt.Range, Object: n.Object(),
				Message: fmt.Sprintf("preempt is off on %s, but on on %s", n.Address(), on.Address()),
				Help:    preemptHelp,
				Related: Also(on.OS.Preempt.Range, "%s has preempt on", on.Address()),
			})
		}
	},
}

var carp082 = &Rule{
	Code:     "CARP082",
	Severity: schema.Error,
	Summary:  "net.inet.carp.demotion is in sysctl.conf",
	Effect:   "Writing this sysctl adds to it. sysctl.conf is applied twice at boot and at every reload, so the number grows, and the node never becomes MASTER again (sys/netinet/ip_carp.c carp_demote_adj_sysctl; rc.d/sysctl).",
	Check: func(p *Pass) {
		maps(p, func(s schema.Settings, file string) {
			it, ok := s.Get("net.inet.carp.demotion")
			if !ok || it.Null {
				return
			}
			p.Report(Report{
				At:      it.KeyRange,
				Message: "net.inet.carp.demotion is no setting: writing it adds to it",
				Help:    "take it out; to make a node less preferred, state a higher advskew",
			})
		})
	},
}

// maps calls f for every sysctl and loader map.
func maps(p *Pass, f func(s schema.Settings, file string)) {
	f(p.Sysctl, "sysctl")
	f(p.Loader, "loader")
	for _, n := range p.Nodes {
		f(n.Sysctl, "sysctl")
		f(n.Loader, "loader")
	}
}

var carp083 = &Rule{
	Code:     "CARP083",
	Severity: schema.Error,
	Summary:  "a CARP sysctl is in loader.conf",
	Effect:   "It is no tunable: the kernel ignores the line, and the default stays in force (sys/netinet/ip_carp.c, SYSCTL_INT without CTLFLAG_TUN).",
	Check: func(p *Pass) {
		maps(p, func(s schema.Settings, file string) {
			for _, it := range s.Items {
				name, carp := strings.CutPrefix(it.Key, "net.inet.carp.")
				if file != "loader" || !carp || it.Null || name == "allow" || name == "demotion" {
					continue
				}
				p.Report(Report{
					At:      it.KeyRange,
					Message: fmt.Sprintf("%s in loader.conf has no effect", it.Key),
					Help:    fmt.Sprintf("write carp { %s = … } in the cluster or the node; it goes to sysctl.conf", name),
				})
			}
		})
	},
}

// option is one attribute of a carp block with its range.
type option struct {
	name   string
	attr   schema.Attr[int]
	lo, hi int
}

func carpOptions(n *schema.Node) []option {
	const most = 1<<31 - 1
	return []option{
		{"dscp", n.OS.DSCP, 0, 63},
		{"log", n.OS.Log, 0, most},
		{"ifdown_demotion_factor", n.OS.IfdownFactor, 0, most},
		{"senderr_demotion_factor", n.OS.SenderrFactor, 0, most},
	}
}

var carp084 = &Rule{
	Code:     "CARP084",
	Severity: schema.Error,
	Summary:  "a carp option is out of range",
	Effect:   "sysctl refuses a dscp outside 0 to 63 with EINVAL; a negative demotion factor makes a node with a dead interface the most preferred one (net.inet.carp in carp(4)).",
	Check: func(p *Pass) {
		seen := map[hcl.Range]bool{}
		for _, n := range p.Nodes {
			for _, o := range carpOptions(n) {
				if !o.attr.Stated || o.attr.Value >= o.lo && o.attr.Value <= o.hi || seen[o.attr.Range] {
					continue
				}
				seen[o.attr.Range] = true
				r := Report{At: o.attr.Range, Object: n.Object(), Message: fmt.Sprintf("%s %d is below %d", o.name, o.attr.Value, o.lo), Help: "write 0 or more"}
				if o.attr.Value > o.hi {
					r.Message = fmt.Sprintf("%s %d is above %d", o.name, o.attr.Value, o.hi)
				}
				if o.name == "dscp" {
					r.Help = "write 0 to 63; 56 is the default"
				}
				p.Report(r)
			}
		}
	},
}
