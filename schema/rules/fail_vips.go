package rules

import (
	"cmp"
	"fmt"
	"slices"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

// groupAt is where failover f names v, one of its vips.
func groupAt(f *schema.Failover, v *schema.VIP) hcl.Range {
	for _, it := range f.VIPs.Items {
		if it.Value == v {
			return it.Range
		}
	}
	return f.VIP.Range
}

// sameNodes reports whether two member lists name the same nodes.
func sameNodes(a, b []*schema.Node) bool {
	if len(a) != len(b) {
		return false
	}
	in := map[*schema.Node]bool{}
	for _, n := range a {
		in[n] = true
	}
	return !slices.ContainsFunc(b, func(n *schema.Node) bool { return !in[n] })
}

func vipNodes(v *schema.VIP) []*schema.Node {
	ns := make([]*schema.Node, len(v.Members))
	for i, m := range v.Members {
		ns[i] = m.Node
	}
	return ns
}

func hastNodes(h *schema.HAST) []*schema.Node {
	ns := make([]*schema.Node, len(h.Members))
	for i, c := range h.Members {
		ns[i] = c.Node
	}
	return ns
}

var fail001 = &Rule{
	Code:     "FAIL001",
	Severity: schema.Error,
	Summary:  "a vip is in two failovers",
	Effect:   "devd runs one rule per event, and both failovers would set the advskew of the vip for their own ends: each undoes what the other one decided (devd.conf(5); carp(4)).",
	Check: func(p *Pass) {
		first := map[*schema.VIP]*schema.Failover{}
		for _, f := range p.Failovers {
			for _, v := range f.Group {
				other := first[v]
				if other == nil {
					first[v] = f
					continue
				}
				p.Report(Report{
					At: groupAt(f, v), Object: f.Object(),
					Message: fmt.Sprintf("%s already belongs to %s", v.Address(), other.Address()),
					Help:    "give each failover an address of its own, or make one failover of the two",
					Related: Also(groupAt(other, v), "first used here"),
				})
			}
		}
	},
}

var fail002 = &Rule{
	Code:     "FAIL002",
	Severity: schema.Error,
	Summary:  "the vips of one failover have different members",
	Effect:   "What moves together has to be able to be in the same place: a node that has only some of the addresses cannot serve (carp(4)).",
	Check: func(p *Pass) {
		p.others(func(f *schema.Failover, v *schema.VIP) {
			if sameNodes(vipNodes(v), vipNodes(f.Trigger)) || len(v.Members) == 0 || len(f.Trigger.Members) == 0 {
				return // CARP040 reports a vip of nobody
			}
			p.Report(Report{
				At: groupAt(f, v), Object: f.Object(),
				Message: fmt.Sprintf("%s moves between %s, but %s between %s", v.Address(), nodeList(vipNodes(v)), f.Trigger.Address(), nodeList(vipNodes(f.Trigger))),
				Help:    "give both vips the same nodes, or two failovers",
				Related: Also(v.Range, "the vip is here"),
			})
		})
	},
}

// others calls use for every vip of a failover beside its trigger.
func (p *Pass) others(use func(*schema.Failover, *schema.VIP)) {
	for _, f := range p.Failovers {
		for _, v := range f.Group {
			if v != f.Trigger {
				use(f, v)
			}
		}
	}
}

var fail003 = &Rule{
	Code:     "FAIL003",
	Severity: schema.Error,
	Summary:  "two vips of one failover prefer different nodes",
	Effect:   "Each vhid elects for itself, so the addresses part: one is on this node, one on that, while disks and services can be on one of them only. Half of the service is dead (carp(4)).",
	Check: func(p *Pass) {
		p.others(func(f *schema.Failover, v *schema.VIP) {
			if !sameNodes(vipNodes(v), vipNodes(f.Trigger)) {
				return
			}
			m, rival := contradiction(f.Trigger, v)
			if m == nil || againstPrefer(v) || againstPrefer(f.Trigger) {
				return
			}
			p.Report(Report{
				At: standingAt(f, v, m, rival), Object: v.Object(),
				Message: fmt.Sprintf("%s prefers %s to %s, but %s, the trigger of %s, prefers %s", v.Address(), m.Node.Address(), rival.Node.Address(),
					f.Trigger.Address(), f.Address(), rival.Node.Address()),
				Help:    "give both the same order: the same prefer, or the lower advskew on the same node",
				Related: Also(standingAt(f, f.Trigger, f.Trigger.Member(rival.Node), f.Trigger.Member(m.Node)), "the order of the trigger is here"),
			})
		})
	},
}

// standing is what the election goes by: the lower one is preferred.
func standing(m *schema.Member) int {
	if isVRRP(m) {
		return -m.VRRPPrio.Value
	}
	return m.AdvSkew.Value
}

// contradiction finds two members that v orders the other way round than base
// does: v prefers m to rival.
func contradiction(base, v *schema.VIP) (m, rival *schema.Member) {
	order := slices.Clone(base.Members)
	slices.SortStableFunc(order, func(a, b *schema.Member) int { return cmp.Compare(standing(a), standing(b)) })
	mine := map[*schema.Node]*schema.Member{}
	for _, m := range v.Members {
		mine[m.Node] = m
	}
	var worst, group *schema.Member // the last in v of those that base strictly prefers, and of all so far
	for i, b := range order {
		own := mine[b.Node]
		if i > 0 && standing(order[i-1]) != standing(b) {
			worst = group
		}
		if worst != nil && standing(own) < standing(worst) {
			return own, worst
		}
		if group == nil || standing(own) > standing(group) {
			group = own
		}
	}
	return nil, nil
}

// againstPrefer reports whether v contradicts its own prefer, which is a
// finding of CARP026.
func againstPrefer(v *schema.VIP) bool {
	ms := ranked(v)
	for i := 1; i < len(ms); i++ {
		if standing(ms[i-1]) > standing(ms[i]) {
			return true
		}
	}
	return false
}

// standingAt is where the text says that v prefers m to rival.
func standingAt(f *schema.Failover, v *schema.VIP, m, rival *schema.Member) hcl.Range {
	for _, r := range []*schema.Member{m, rival} {
		if a := r.AdvSkew; isCARP(r) && a.Stated && overrides(r, a.Range) {
			return a.Range
		}
		if a := r.VRRPPrio; isVRRP(r) && a.Stated && overrides(r, a.Range) {
			return a.Range
		}
	}
	switch {
	case v.Prefer.Stated:
		return v.Prefer.Range
	case v.Nodes.Stated:
		return v.Nodes.Range
	}
	return groupAt(f, v)
}

var fail010 = &Rule{
	Code:     "FAIL010",
	Severity: schema.Error,
	Summary:  "storage lives on other nodes than the address",
	Effect:   "A node that becomes MASTER without a copy has nothing to serve: `hastctl role primary` says \"Resource not configured\" there (hastctl(8)).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			for _, s := range f.Storage.Items {
				p.elsewhere(f, s)
			}
		}
	},
}

func (p *Pass) elsewhere(f *schema.Failover, s schema.Attr[schema.Storage]) {
	nodes := vipNodes(f.Trigger)
	if len(nodes) < 2 {
		return // CARP040 reports it
	}
	for _, h := range s.Value.HASTs() {
		if len(h.Members) != 2 || sameNodes(hastNodes(h), nodes) {
			continue
		}
		help := "let the vip and the resource have the same nodes"
		if len(nodes) > 2 {
			help = "HAST is for two nodes: let the vip have the two that keep a copy"
		}
		p.Report(Report{
			At: s.Range, Object: f.Object(),
			Message: fmt.Sprintf("%s is on %s, but %s moves between %s", h.Address(), nodeList(hastNodes(h)), f.Trigger.Address(), nodeList(nodes)),
			Help:    help,
			Related: Also(h.Range, "the resource is here"),
		})
		return
	}
}

var fail009 = &Rule{
	Code:     "FAIL009",
	Severity: schema.Error,
	Summary:  "a failover on a jail",
	Effect:   "devd does not run in a jail, so nothing there learns that the address has come or gone (rc.d/devd, KEYWORD nojail; devd(8)).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			for _, s := range f.Members {
				if !s.Node.Jail.Value || slices.ContainsFunc(f.HASTs, func(h *schema.HAST) bool { return h.Copy(s.Node) != nil }) {
					continue // HAST029 reports a jail with a copy
				}
				at := groupAt(f, f.Trigger)
				if s.On != nil {
					at = s.On.Range
				}
				p.Report(Report{
					At: at, Object: f.Object(),
					Message: fmt.Sprintf("%s needs devd on %s, which is a jail", f.Address(), s.Node.Address()),
					Help:    "run the failover on the hosts of the jails, and move the jails as services: services = [\"jail NAME\"]",
					Related: Also(s.Node.Jail.Range, "the node is a jail"),
				})
				break
			}
		}
	},
}
