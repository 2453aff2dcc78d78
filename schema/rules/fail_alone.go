package rules

import (
	"fmt"
	"net/netip"

	"carpool/schema"
)

var fail004 = &Rule{
	Code:     "FAIL004",
	Severity: schema.Error,
	Summary:  "the description leaves open what happens when the peer is silent everywhere",
	Effect:   "A dead peer and two cut cables look alike. A node that then serves may be the second one to write to the data; one that waits leaves the site down after every power cut (hastd(8), split-brain).",
	// Which of the two is right, only the operator knows.
	Unignorable: true,
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			blind := withoutWitness(f)
			if blind == nil || f.Alone.Stated || !f.HasStorage() {
				continue
			}
			w := f.Trigger.Network.Value
			r := Report{
				At: f.Range, Object: f.Object(),
				Message: fmt.Sprintf("%s does not say what a node does when its peer is silent on every network", f.Address()),
				Detail:  fmt.Sprintf("A third address on %s that answers would tell a dead peer from a cut cable, but none is known.", w.Address()),
				Help: fmt.Sprintf(`name the router: gateway = "ADDRESS" in %s, or witness = ["ADDRESS"] here. Without one choose: alone = "never" waits for the operator, `+
					`alone = "fence" first runs a program that switches the peer off, alone = "promote" serves and risks two writers`, w.Address()),
				Related: Also(w.Range, "the network has no gateway"),
			}
			switch {
			case f.Witness.Stated:
				r.At, r.Related = f.Witness.Range, nil
			case blind.On != nil && blind.On.Witness.Stated:
				r.At, r.Related = blind.On.Witness.Range, nil
			case w.Gateway.Stated:
				r.Detail = fmt.Sprintf("The gateway of %s is an address of the cluster itself, which goes down with what it should bear witness of.", w.Address())
				r.Related = Also(w.Gateway.Range, "the gateway is here")
			}
			p.Report(r)
		}
	},
}

// withoutWitness returns a node of f that knows no witness, or nil.
func withoutWitness(f *schema.Failover) *schema.Standby {
	for _, s := range f.Members {
		if len(s.Witness.Items) == 0 {
			return s
		}
	}
	return nil
}

var fail005 = &Rule{
	Code:     "FAIL005",
	Severity: schema.Error,
	Summary:  "alone = \"witness\" without a witness",
	Effect:   "No witness ever answers, so no node takes over from a peer that lost its power: it waits as with \"never\" (ping(8)).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			s := withoutWitness(f)
			if s == nil || !f.Alone.Stated || f.Alone.Value != "witness" || !f.HasStorage() {
				continue
			}
			p.Report(Report{
				At: f.Alone.Range, Object: f.Object(),
				Message: fmt.Sprintf("%s asks a witness, but %s knows none", f.Address(), s.Node.Address()),
				Help:    `name the router: gateway = "ADDRESS" in the network, or witness = ["ADDRESS"] here`,
				Related: Also(f.Trigger.Network.Value.Range, "the network is here"),
			})
		}
	},
}

var fail006 = &Rule{
	Code:     "FAIL006",
	Severity: schema.Error,
	Summary:  "alone = \"fence\" without a program",
	Effect:   "There is nothing that switches the peer off, so no node ever takes over from one that is silent.",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			if f.Alone.Value != "fence" || !f.HasStorage() {
				continue
			}
			for _, s := range f.Members {
				if s.Fence.Stated {
					continue
				}
				p.Report(Report{
					At: f.Alone.Range, Object: f.Object(),
					Message: fmt.Sprintf("%s shall fence its peer, but %s has no program for it", f.Address(), s.Node.Address()),
					Help:    `state one: fence = "/usr/local/sbin/PROGRAM"; it is called with the peer's name and exits 0 when the peer is off`,
				})
				break
			}
		}
	},
}

var fail007 = &Rule{
	Code:     "FAIL007",
	Severity: schema.Error,
	Summary:  "a witness that is part of what it bears witness of",
	Effect:   "An address of the cluster itself answers from the host that asks, or is silent together with the peer: it proves nothing, and a node that is cut off takes the data (ping(8)).",
	Check: func(p *Pass) {
		carriers := p.virtualAddresses()
		for _, f := range p.Failovers {
			nodes := map[*schema.Node]bool{}
			for _, s := range f.Members {
				nodes[s.Node] = true
			}
			lists := []schema.List[netip.Addr]{f.Witness}
			for _, o := range f.On {
				lists = append(lists, o.Witness)
			}
			for _, l := range lists {
				for _, a := range l.Items {
					p.witness(f, a, carriers[a.Value], nodes)
				}
			}
		}
	},
}

func (p *Pass) witness(f *schema.Failover, a schema.Attr[netip.Addr], v *schema.VIP, nodes map[*schema.Node]bool) {
	r := Report{At: a.Range, Object: f.Object(), Help: "name a host that stays: the router, or a switch with an address"}
	if a.Value.IsUnspecified() || a.Value.IsLoopback() || a.Value.IsMulticast() {
		r.Message = fmt.Sprintf("%s is no address of a third host", a.Value)
		p.Report(r)
		return
	}
	if v != nil {
		for _, m := range v.Members {
			if nodes[m.Node] {
				r.Message = fmt.Sprintf("%s is a virtual address of %s, which %s may carry itself", a.Value, v.Address(), m.Node.Address())
				r.Related = Also(v.Addresses.Range, "the virtual address is here")
				p.Report(r)
				return
			}
		}
	}
	for _, s := range f.Members {
		if ownAddress(s.Node, a.Value) {
			r.Message = fmt.Sprintf("%s is an address of %s, a node of %s", a.Value, s.Node.Address(), f.Address())
			r.Related = Also(s.Node.Range, "the node is here")
			p.Report(r)
			return
		}
	}
}

// holdMargin is how far below the best a node that waits advertises.
const holdMargin = 10

var fail008 = &Rule{
	Code:     "FAIL008",
	Severity: schema.Error,
	Summary:  "no room for the grades between advskew and its end",
	Effect:   "A node that could take over advertises its advskew plus the span of all plus ten, one that may not take over 240. Where the two meet, a node without current data ties with one that has them (carp(4); sys/netinet/ip_carp.c CARP_MAXSKEW).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			if !f.HasStorage() {
				continue
			}
			for _, v := range f.Group {
				p.room(f, v)
			}
		}
	},
}

func (p *Pass) room(f *schema.Failover, v *schema.VIP) {
	if len(v.Members) == 0 {
		return
	}
	low, high := v.Members[0], v.Members[0]
	for _, m := range v.Members {
		if standing(m) < standing(low) {
			low = m
		}
		if standing(m) > standing(high) {
			high = m
		}
	}
	span := standing(high) - standing(low)
	r := Report{Object: v.Object(), Related: Also(f.Range, "%s moves storage", f.Address())}
	switch {
	case isVRRP(high) && isVRRP(low) && high.VRRPPrio.Stated && high.VRRPPrio.Value >= 1 && high.VRRPPrio.Value-span-holdMargin <= 1:
		r.At = high.VRRPPrio.Range
		r.Message = fmt.Sprintf("vrrpprio %d with a span of %d leaves no room for the grades of %s", high.VRRPPrio.Value, span, f.Address())
		r.Help = "keep the lowest vrrpprio minus the span of all minus 10 above 1: for instance 200 and 190"
	case isCARP(high) && isCARP(low) && high.AdvSkew.Stated && high.AdvSkew.Value <= maxSkew && high.AdvSkew.Value+span+holdMargin >= maxSkew:
		r.At = high.AdvSkew.Range
		r.Message = fmt.Sprintf("advskew %d with a span of %d leaves no room for the grades of %s", high.AdvSkew.Value, span, f.Address())
		r.Help = "keep the highest advskew plus the span of all plus 10 below 240: for instance 50 and 100"
	default:
		return
	}
	p.Report(r)
}

var fail019 = &Rule{
	Code:     "FAIL019",
	Severity: schema.Error,
	Summary:  "failback = \"auto\" where no node is preferred",
	Effect:   "With equal advskew the service stays where it is, and there is no node to go back to (carp(4), advskew).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			if !f.Failback.Stated || f.Failback.Value != "auto" || len(f.Trigger.Members) < 2 {
				continue
			}
			equal := true
			for _, m := range f.Trigger.Members {
				equal = equal && standing(m) == standing(f.Trigger.Members[0])
			}
			// Equal values in on blocks are a finding of CARP020.
			if !equal || len(f.Trigger.On) > 0 || f.Trigger.Prefer.Stated {
				continue
			}
			p.Report(Report{
				At: f.Failback.Range, Object: f.Object(),
				Message: fmt.Sprintf("%s shall go back to the preferred node, but %s prefers none", f.Address(), f.Trigger.Address()),
				Help:    "say which in the vip: prefer = [node.A, node.B]; or leave failback out",
				Related: Also(f.Trigger.AdvSkew.Range, "all nodes have this advskew"),
			})
		}
	},
}
