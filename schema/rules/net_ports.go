package rules

import (
	"fmt"
	"slices"
	"strings"

	"carpool/schema"
)

var net036 = &Rule{
	Code:     "NET036",
	Severity: schema.Error,
	Summary:  "an interface belongs to two laggs or bridges",
	Effect:   "The second one cannot take it (\"Device busy\"), and works without it (lagg(4), if_bridge(4)).",
	Check: func(p *Pass) {
		first := ports(p)
		interfaces(p, func(i *schema.Interface) {
			for _, b := range slices.Concat(i.LaggPorts.Items, i.Bridge.Items) {
				up := first[port{i.Node, b.Value}]
				if b.Value == i.Name || up.iface == i && up.at == b.Range {
					continue
				}
				p.Report(Report{
					At: b.Range, Object: i.Node.Object(),
					Message: fmt.Sprintf("%s of %s already belongs to %s", b.Value, i.Node.Address(), up.iface.Name),
					Help:    "name each port once",
					Related: Also(up.at, "first named here"),
				})
			}
		})
	},
}

var net037 = &Rule{
	Code:     "NET037",
	Severity: schema.Error,
	Summary:  "a port of a lagg has addresses of its own",
	Effect:   "All frames of the port go to the lagg: nothing that is sent to the address arrives (lagg(4)).",
	Check: func(p *Pass) {
		above := ports(p)
		interfaces(p, func(i *schema.Interface) {
			up, ok := above[port{i.Node, i.Name}]
			if !ok || len(up.iface.LaggPorts.Items) == 0 || len(i.Addresses.Items) == 0 {
				return
			}
			p.Report(Report{
				At: i.Addresses.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s is a port of %s and has addresses", i.Name, i.Node.Address(), up.iface.Name),
				Help:    "put the addresses on " + up.iface.Name,
				Related: Also(up.at, "%s takes the interface here", up.iface.Name),
			})
		})
	},
}

var net038 = &Rule{
	Code:     "NET038",
	Severity: schema.Error,
	Summary:  "a member of a bridge has addresses of its own on 15.0 or later",
	Effect:   "ifconfig refuses it with \"Invalid argument\" unless net.link.bridge.member_ifaddrs is 1 (if_bridge(4) 15.0; release notes of 15.0).",
	Check: func(p *Pass) {
		above := ports(p)
		interfaces(p, func(i *schema.Interface) {
			up, ok := above[port{i.Node, i.Name}]
			if !ok || len(up.iface.Bridge.Items) == 0 || len(i.Addresses.Items) == 0 || i.Node.Release.Major < 15 || allowed(p, i.Node) {
				return
			}
			p.Report(Report{
				At: i.Addresses.Range, Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s belongs to %s and has addresses", i.Name, i.Node.Address(), up.iface.Name),
				Help:    "put the addresses on " + up.iface.Name,
				Related: Also(up.at, "%s takes the interface here", up.iface.Name),
			})
		})
	},
}

// allowed reports whether n asks the kernel to do as it did before 15.0.
func allowed(p *Pass, n *schema.Node) bool {
	it, ok := n.Sysctl.Over(p.Sysctl).Get("net.link.bridge.member_ifaddrs")
	return ok && it.Value.Value == "1"
}

var net039 = &Rule{
	Code:     "NET039",
	Severity: schema.Error,
	Summary:  "a lagg without ports",
	Effect:   "It never has a link: what is on it is unreachable, and a vhid stays INIT (lagg(4); sys/netinet/ip_carp.c carp_sc_state).",
	Check: func(p *Pass) {
		interfaces(p, func(i *schema.Interface) {
			stated := slices.ContainsFunc(i.Options.Values(), func(o string) bool { return strings.Contains(o, "laggport") })
			if len(i.LaggPorts.Items) > 0 || stated || !complete(i.Node) || driver(i) != "lagg" && !i.LaggProto.Stated && !i.LaggPorts.Stated {
				return
			}
			p.Report(Report{
				At: firstRange(i.LaggPorts.Range, i.LaggProto.Range, i.NameRange), Object: i.Node.Object(),
				Message: fmt.Sprintf("%s of %s has no laggports", i.Name, i.Node.Address()),
				Help:    "add laggports = [\"em0\", \"em1\"]",
			})
		})
	},
}
