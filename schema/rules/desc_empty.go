package rules

import (
	"fmt"

	"carpool/schema"
)

var desc001 = &Rule{
	Code:     "DESC001",
	Severity: schema.Warning,
	Summary:  "a failover that does nothing",
	Effect:   "The address moves by itself; the switch would be called at every move and have nothing to do (carp(4)).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			if len(f.Group) > 1 || f.HasStorage() || len(f.Members) == 0 {
				continue
			}
			busy := len(programs(f)) > 0
			for _, s := range f.Members {
				busy = busy || len(s.Services.Items) > 0 || len(s.Mail.Items) > 0
			}
			if busy {
				continue
			}
			p.Report(Report{
				At: f.Range, Object: f.Object(),
				Message: fmt.Sprintf("%s moves no storage, starts no service and tells nobody", f.Address()),
				Help:    "add storage, services, hooks or mail, or take the block out: the vip moves without it",
			})
		}
	},
}

var desc002 = &Rule{
	Code:     "DESC002",
	Severity: schema.Warning,
	Summary:  "a node without an interface",
	Effect:   "Its rc.conf configures no network: after the next boot the host cannot be reached (rc.conf(5)).",
	Check: func(p *Pass) {
		for _, n := range p.Nodes {
			if len(n.Interfaces) > 0 || !n.IsManaged() || n.Out.Fragment || networkInRC(p, n) {
				continue
			}
			p.Report(Report{
				At: n.Range, Object: n.Object(),
				Message: fmt.Sprintf("%s has no interface", n.Address()),
				Help:    `describe one: interface "em0" { network = network.NAME … }, or state managed = false`,
			})
		}
	},
}

// networkInRC reports whether the rc maps configure an interface of n.
func networkInRC(p *Pass, n *schema.Node) bool {
	for _, it := range n.RC.Over(p.RC).Items {
		if len(it.Key) > len("ifconfig_") && it.Key[:len("ifconfig_")] == "ifconfig_" {
			return true
		}
	}
	return false
}

var desc003 = &Rule{
	Code:     "DESC003",
	Severity: schema.Warning,
	Summary:  "a description of no host",
	Effect:   "There is no host to write files for.",
	Check: func(p *Pass) {
		if len(p.Nodes) == 0 {
			p.Report(Report{
				At:      p.Block.Range,
				Message: fmt.Sprintf("cluster %q has no node", p.Name),
				Help:    `describe its hosts: node "NAME" { … }`,
			})
		}
	},
}

var desc004 = &Rule{
	Code:     "DESC004",
	Severity: schema.Warning,
	Summary:  "no node of the description is managed",
	Effect:   "Every node takes part in the checks, but no file is written for any of them.",
	Check: func(p *Pass) {
		if len(p.Nodes) == 0 {
			return
		}
		for _, n := range p.Nodes {
			if n.IsManaged() {
				return
			}
		}
		n := p.Nodes[0]
		p.Report(Report{
			At: n.Managed.Range, Object: n.Object(),
			Message: "all nodes have managed = false, so nothing is rendered",
			Help:    "take managed out of the nodes whose files carpool shall write",
		})
	},
}

var desc005 = &Rule{
	Code:     "DESC005",
	Severity: schema.Warning,
	Summary:  "a block that says nothing",
	Effect:   "The defaults are in force with and without it.",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			p.hollowHooks(f.Hooks, f.Object())
			for _, o := range f.On {
				p.hollowHooks(o.Hooks, f.Object())
			}
		}
		p.hollowOptions(p.CARP, p.HASTD, p.Output)
		for _, n := range p.Nodes {
			p.hollowOptions(n.CARP, n.HASTD, n.Output)
		}
	},
}

func (p *Pass) hollowHooks(h *schema.Hooks, object string) {
	if h == nil {
		return
	}
	stated := false
	for _, g := range hookPrograms(h) {
		stated = stated || g.path.Stated
	}
	p.hollow(&h.Block, object, stated)
}

func (p *Pass) hollowOptions(c *schema.CARPOptions, h *schema.HASTDOptions, o *schema.Output) {
	if c != nil {
		p.hollow(&c.Block, "", c.Preempt.Stated || c.Log.Stated || c.IfdownDemotionFactor.Stated || c.SenderrDemotion.Stated || c.DSCP.Stated)
	}
	if h != nil {
		p.hollow(&h.Block, "", h.Listen.Stated || h.Port.Stated)
	}
	if o != nil {
		stated := o.Mode.Stated || o.AliasStart.Stated
		for _, path := range outputPaths(o) {
			stated = stated || path.attr.Stated
		}
		p.hollow(&o.Block, "", stated)
	}
}

// hollow reports a block in which nothing is stated. One that a dynamic block
// made may be empty for good reason.
func (p *Pass) hollow(b *schema.Block, object string, stated bool) {
	if stated || b.Produced {
		return
	}
	p.Report(Report{
		At: b.Range, Object: object,
		Message: fmt.Sprintf("this %s block is empty", b.Kind),
		Help:    "take it out, or state what it is there for",
	})
}
