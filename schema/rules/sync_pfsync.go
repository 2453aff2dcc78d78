package rules

import (
	"fmt"
	"net/netip"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

var sync001 = &Rule{
	Code:     "SYNC001",
	Severity: schema.Error,
	Summary:  "a pfsync has fewer than two nodes",
	Effect:   "Nobody keeps the states for a failover; and at every boot the node waits a minute for an answer, with CARP demoted (pfsync(4); net.pfsync.carp_demotion_factor).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			if len(s.Members) > 1 {
				continue
			}
			p.Report(Report{
				At: s.Range, Object: s.Object(),
				Message: fmt.Sprintf("%s has %s", s.Address(), [...]string{"no node", "only one node"}[len(s.Members)]),
				Help:    fmt.Sprintf("give interfaces of at least two nodes network = %s, or name the nodes", s.Network.Value.Address()),
				Related: Also(s.Network.Value.Range, "the network is here"),
			})
		}
	},
}

// unicastSync reports whether a pfsync sends to one peer, and where it says so.
func unicastSync(s *schema.PFSync) (hcl.Range, bool) {
	if s.Mode.Stated {
		return s.Mode.Range, s.Mode.Value == "unicast"
	}
	for _, m := range s.Members {
		if m.SyncPeer.Stated {
			return m.SyncPeer.Range, true
		}
	}
	return hcl.Range{}, false
}

var sync002 = &Rule{
	Code:     "SYNC002",
	Severity: schema.Error,
	Summary:  "a syncpeer is not the other node",
	Effect:   "The states go where nobody takes them: after a failover every connection breaks (pfsync(4) syncpeer).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			if len(s.Members) != 2 {
				continue
			}
			for k, m := range s.Members {
				other := s.Members[1-k]
				if !m.SyncPeer.Stated {
					continue
				}
				if why := astray(m.SyncPeer.Value, m.Node, other.Node); why != "" {
					p.Report(Report{
						At: m.SyncPeer.Range, Object: s.Object(),
						Message: fmt.Sprintf("the syncpeer %s of %s %s", m.SyncPeer.Value, m.Node.Address(), why),
						Help:    fmt.Sprintf("write mode = \"unicast\" and leave syncpeer out, or write an address of %s", other.Node.Address()),
						Related: Also(other.Node.Range, "the other node is here"),
					})
				}
			}
		}
	},
}

var sync003 = &Rule{
	Code:     "SYNC003",
	Severity: schema.Error,
	Summary:  "a unicast pfsync has more than two nodes",
	Effect:   "pfsync has one syncpeer: the third node gets no states, and its connections break when it takes over (pfsync(4)).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			at, unicast := unicastSync(s)
			if !unicast || len(s.Members) < 3 {
				continue
			}
			p.Report(Report{
				At: at, Object: s.Object(),
				Message: fmt.Sprintf("%s is unicast and has %d nodes", s.Address(), len(s.Members)),
				Help:    "use mode = \"multicast\", or leave two nodes",
			})
		}
	},
}

var sync004 = &Rule{
	Code:     "SYNC004",
	Severity: schema.Error,
	Summary:  "the interface of a pfsync is on another network",
	Effect:   "The states of this node go to the other network, and it hears none (pfsync(4) syncdev).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			for _, m := range s.Members {
				if m.On == nil || !m.On.Interface.Stated || m.Interface == nil {
					continue
				}
				w := m.Interface.Network.Value
				if w == nil || w == s.Network.Value {
					continue
				}
				p.Report(Report{
					At: m.On.Interface.Range, Object: s.Object(),
					Message: fmt.Sprintf("%s of %s is on %s, but %s is on %s", m.Interface.Name, m.Node.Address(), w.Address(), s.Address(), s.Network.Value.Address()),
					Help:    "name the interface that is on " + s.Network.Value.Address(),
					Related: Also(m.Interface.Network.Range, "the interface is on %s here", w.Address()),
				})
			}
		}
	},
}

var sync005 = &Rule{
	Code:     "SYNC005",
	Severity: schema.Warning,
	Summary:  "pfsync runs over a network with virtual addresses",
	Effect:   "pfsync has no authentication: every host of the network can read and insert states, and a busy network delays them (pfsync(4)).",
	Check: func(p *Pass) {
		busy := map[*schema.Network]*schema.VIP{}
		for _, v := range p.VIPs {
			if busy[v.Network.Value] == nil {
				busy[v.Network.Value] = v
			}
		}
		for _, s := range p.PFSyncs {
			if v := busy[s.Network.Value]; v != nil {
				p.Report(Report{
					At: s.Network.Range, Object: s.Object(),
					Message: fmt.Sprintf("%s runs over %s, where %s is", s.Address(), s.Network.Value.Address(), v.Address()),
					Help:    "use a network of its own, such as a cable between the two hosts",
					Related: Also(v.Range, "the vip is here"),
				})
			}
		}
	},
}

var sync006 = &Rule{
	Code:     "SYNC006",
	Severity: schema.Error,
	Summary:  "a maxupd is outside 0 to 255",
	Effect:   "ifconfig refuses it, and pfsync is not configured (sbin/ifconfig/ifpfsync.c).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			seen := map[hcl.Range]bool{}
			for _, m := range s.Members {
				a := m.MaxUpd
				if !a.Stated || a.Value >= 0 && a.Value <= 255 || seen[a.Range] {
					continue
				}
				seen[a.Range] = true
				p.Report(Report{
					At: a.Range, Object: s.Object(),
					Message: fmt.Sprintf("maxupd %d is outside 0 to 255", a.Value),
					Help:    "leave it out: 128 is the default",
				})
			}
		}
	},
}

var sync007 = &Rule{
	Code:     "SYNC007",
	Severity: schema.Error,
	Summary:  "a multicast pfsync has a syncpeer",
	Effect:   "A syncpeer makes the node send to this one address, whatever the mode says (pfsync(4)).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			for _, m := range s.Members {
				if s.Mode.Value != "multicast" || !m.SyncPeer.Stated {
					continue
				}
				p.Report(Report{
					At: m.SyncPeer.Range, Object: s.Object(),
					Message: fmt.Sprintf("%s is multicast, but %s has a syncpeer", s.Address(), m.Node.Address()),
					Help:    "write mode = \"unicast\", or take syncpeer out",
					Related: Also(s.Mode.Range, "the mode is here"),
				})
			}
		}
	},
}

var sync008 = &Rule{
	Code:     "SYNC008",
	Severity: schema.Error,
	Summary:  "a node of a unicast pfsync has no syncpeer",
	Effect:   "It sends its states by multicast to 224.0.0.240, where the other node does not have to hear them (pfsync(4)).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			at, unicast := unicastSync(s)
			if !unicast || len(s.Members) != 2 {
				continue
			}
			for _, m := range s.Members {
				if m.SyncPeer.Value != (netip.Addr{}) {
					continue
				}
				p.Report(Report{
					At: m.At, Object: s.Object(),
					Message: fmt.Sprintf("%s is unicast, but %s has no syncpeer", s.Address(), m.Node.Address()),
					Help:    fmt.Sprintf("write mode = \"unicast\", which derives it, and give the other node an IPv4 address; or on %q { syncpeer = \"ADDRESS\" }", m.Node.Name),
					Related: Also(at, "unicast follows from here"),
				})
			}
		}
	},
}

var sync009 = &Rule{
	Code:     "SYNC009",
	Severity: schema.Error,
	Summary:  "a multicast pfsync on a network without multicast",
	Effect:   "States go to 224.0.0.240, which the network does not pass: the nodes have different states (pfsync(4)).",
	Check: func(p *Pass) {
		for _, s := range p.PFSyncs {
			w := s.Network.Value.Multicast
			if _, unicast := unicastSync(s); unicast || !w.Stated || w.Value {
				continue
			}
			p.Report(Report{
				At: firstRange(s.Mode.Range, s.Range), Object: s.Object(),
				Message: fmt.Sprintf("%s is multicast, but %s passes none", s.Address(), s.Network.Value.Address()),
				Help:    "write mode = \"unicast\"",
				Related: Also(w.Range, "the network says so here"),
			})
		}
	},
}

var sync010 = &Rule{
	Code:     "SYNC010",
	Severity: schema.Error,
	Summary:  "a node is in two pfsync blocks",
	Effect:   "A host has one pfsync0, which rc.d/pfsync sets up from one syncdev and one syncpeer (rc.conf(5) pfsync_syncdev).",
	Check: func(p *Pass) {
		first := map[*schema.Node]*schema.SyncMember{}
		for _, s := range p.PFSyncs {
			for _, m := range s.Members {
				other := first[m.Node]
				if other == nil {
					first[m.Node] = m
					continue
				}
				p.Report(Report{
					At: m.At, Object: s.Object(),
					Message: fmt.Sprintf("%s is already a node of %s", m.Node.Address(), other.PFSync.Address()),
					Help:    "leave one pfsync block; name its nodes with nodes = [ … ]",
					Related: Also(other.At, "first named here"),
				})
				break
			}
		}
	},
}
