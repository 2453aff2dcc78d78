package rules

import (
	"fmt"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

var hast009 = &Rule{
	Code:     "HAST009",
	Severity: schema.Error,
	Summary:  "local is no path that hastd can open",
	Effect:   "hastd exits 78 at the word, or its worker cannot open the provider and the resource stays in role init (hast.conf(5), local; sbin/hastd/subr.c provinfo).",
	Check: func(p *Pass) {
		reported := once{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				fault := hastPathFault(c.Local.Value)
				if fault == "" && under(c.Local.Value, schema.HASTDevices) {
					fault = "it is itself the device of a resource"
				}
				if fault == "" || !reported.first(site{c.Local.Range, h.Address()}) {
					continue
				}
				p.Report(Report{
					At: c.Local.Range, Object: h.Object(),
					Message: fmt.Sprintf("local %q of %s cannot be used: %s", c.Local.Value, h.Address(), fault),
					Help:    `write the disk, partition or file that keeps the copy: local = "/dev/ada1"`,
				})
			}
		}
	},
}

var hast027 = &Rule{
	Code:     "HAST027",
	Severity: schema.Error,
	Summary:  "exec is no path of a program",
	Effect:   "hast.conf holds a bare path there, without arguments or quotes: hastd exits 78 at the word, or logs that it cannot run it (hast.conf(5), exec; sbin/hastd/hooks.c).",
	Check: func(p *Pass) {
		reported := once{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				if !c.Exec.Stated || hastPathFault(c.Exec.Value) == "" || !reported.first(site{c.Exec.Range, h.Address()}) {
					continue
				}
				p.Report(Report{
					At: c.Exec.Range, Object: h.Object(),
					Message: fmt.Sprintf("exec %q of %s cannot be run: %s", c.Exec.Value, h.Address(), hastPathFault(c.Exec.Value)),
					Help:    "write the absolute path of a program; put arguments into a script of your own",
				})
			}
		}
	},
}

var hast028 = &Rule{
	Code:     "HAST028",
	Severity: schema.Warning,
	Summary:  "replication runs over the only network that carries CARP",
	Effect:   "One cable or switch then ends both at once: each node hears neither advertisements nor its mirror, becomes MASTER, and only the witness keeps the two from writing (hast.conf(5); carp(4)).",
	Check: func(p *Pass) {
		carried := p.carpNetworks()
		for _, h := range p.HASTs {
			if len(h.Members) != 2 {
				continue
			}
			c := h.Members[1]
			w := replicationNetwork(c)
			v := carried[h]
			if w == nil || v == nil || v.Network.Value != w {
				continue
			}
			at := h.Range
			if c.Remote.Stated {
				at = c.Remote.Range
			}
			if h.Network.Stated {
				at = h.Network.Range
			}
			p.Report(Report{
				At: at, Object: h.Object(),
				Message: fmt.Sprintf("%s replicates over %s, the only network that also carries the advertisements of %s", h.Address(), w.Address(), v.Address()),
				Help:    "give the nodes a second network, best a direct cable, and name it here: network = network.NAME",
				Related: Also(v.Network.Range, "the virtual address is on the same network"),
			})
		}
	},
}

// carpNetworks maps each moved resource to the trigger of its failover, if all
// vips of the failover are on one network.
func (p *Pass) carpNetworks() map[*schema.HAST]*schema.VIP {
	m := map[*schema.HAST]*schema.VIP{}
	for h, f := range p.movedBy() {
		one := true
		for _, v := range f.Group {
			one = one && v.Network.Value == f.Trigger.Network.Value
		}
		if one {
			m[h] = f.Trigger
		}
	}
	return m
}

// replicationNetwork is the network that c reaches its peer over.
func replicationNetwork(c *schema.Copy) *schema.Network {
	remote := readEndpoint(c.Remote.Value)
	if wrong, _, _ := misdirected(c, remote.addr); wrong != "" {
		return c.Network // HAST014 reports it
	}
	for _, i := range c.Peer.Node.Interfaces {
		for _, a := range i.Addresses.Items {
			if remote.fault == "" && a.Value.Addr == remote.addr {
				return i.Network.Value
			}
		}
	}
	return c.Network
}

var hast029 = &Rule{
	Code:     "HAST029",
	Severity: schema.Error,
	Summary:  "a jail keeps a copy of a hast resource",
	Effect:   "hastd runs on the host only: its rc script has the keyword nojail, and a jail reaches neither GEOM nor /dev/hast (rc.d/hastd; jail(8)).",
	Check: func(p *Pass) {
		p.replicators(func(c *schema.Copy) {
			if !c.Node.Jail.Value {
				return
			}
			p.Report(Report{
				At: c.At, Object: c.HAST.Object(),
				Message: fmt.Sprintf("%s is a jail and cannot keep a copy of %s", c.Node.Address(), c.HAST.Address()),
				Help:    "name the host of the jail instead, and move the jail as a service: services = [\"jail NAME\"]",
				Related: Also(c.Node.Jail.Range, "the node is a jail"),
			})
		})
	},
}

var hast030 = &Rule{
	Code:     "HAST030",
	Severity: schema.Error,
	Summary:  "the nodes of a resource have no address of one family in common",
	Effect:   "Without a remote hastd says \"Remote address not configured for resource\" and exits 78 (sbin/hastd/parse.y).",
	Check: func(p *Pass) {
		for _, h := range p.HASTs {
			if len(h.Members) != 2 || h.Members[0].Remote.Value != "" && h.Members[1].Remote.Value != "" {
				continue
			}
			r := Report{
				At: h.Range, Object: h.Object(),
				Message: fmt.Sprintf("the nodes of %s have no fixed addresses of one family in common", h.Address()),
				Help:    "give both an address on the network, or state remote and source in on blocks",
			}
			if h.Network.Stated {
				r.At = h.Network.Range
			}
			for _, c := range h.Members {
				if c.Interface != nil {
					r.Related = append(r.Related, schema.Related{Message: "the interface of " + c.Node.Address() + " is here", Range: c.Interface.Range})
				}
			}
			p.Report(r)
		}
	},
}

var hast031 = &Rule{
	Code:     "HAST031",
	Severity: schema.Warning,
	Summary:  "a hast resource that nothing uses",
	Effect:   "hastd starts every resource in role init and never chooses another one. Nothing makes this one primary, so there is no /dev/hast device on any node (hastd(8)).",
	Check: func(p *Pass) {
		used := map[*schema.HAST]bool{}
		for h := range p.movedBy() {
			used[h] = true
		}
		p.holders(func(h *schema.HAST, _ hcl.Range, _ string) { used[h] = true })
		for _, h := range p.HASTs {
			if used[h] {
				continue
			}
			p.Report(Report{
				At: h.Range, Object: h.Object(),
				Message: fmt.Sprintf("%s belongs to no pool, no file system and no failover", h.Address()),
				Help:    fmt.Sprintf("name what lies on it in the storage of a failover, or %s itself", h.Address()),
			})
		}
	},
}

// holders calls use for every resource that a pool or file system lies on, in
// the order of the text.
func (p *Pass) holders(use func(h *schema.HAST, at hcl.Range, holder string)) {
	for _, z := range p.Zpools {
		for _, h := range z.HAST.Items {
			use(h.Value, h.Range, z.Address())
		}
	}
	for _, u := range p.UFSs {
		if u.HAST.Value != nil {
			use(u.HAST.Value, u.HAST.Range, u.Address())
		}
	}
}

var hast032 = &Rule{
	Code:     "HAST032",
	Severity: schema.Error,
	Summary:  "two failovers move the same hast resource",
	Effect:   "Each of them sets the role by its own address. When the two addresses are on different nodes, one takes the disk away under the mounted file system of the other (hastctl(8), role).",
	Check: func(p *Pass) {
		first := map[*schema.HAST]*schema.Failover{}
		for _, f := range p.Failovers {
			for _, s := range f.Storage.Items {
				p.takenBy(f, s, first)
			}
		}
	},
}

func (p *Pass) takenBy(f *schema.Failover, s schema.Attr[schema.Storage], first map[*schema.HAST]*schema.Failover) {
	var other *schema.Failover
	var shared []string
	for _, h := range s.Value.HASTs() {
		if first[h] == nil {
			first[h] = f
		}
		if first[h] != f {
			other = first[h]
			shared = append(shared, h.Address())
		}
	}
	if other == nil {
		return
	}
	p.Report(Report{
		At: s.Range, Object: f.Object(),
		Message: fmt.Sprintf("%s is already moved by %s", strings.Join(shared, ", "), other.Address()),
		Help:    "let one failover move it; put addresses that need the same disk into its vips",
		Related: Also(other.Storage.Range, "first used here"),
	})
}
