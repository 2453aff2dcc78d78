package importer

import (
	"fmt"
	"slices"
	"strings"

	"carpool/schema"
)

// masks reports IPv4 addresses that were given no mask.
func (c *Cluster) masks() {
	for _, h := range c.Hosts {
		for _, s := range h.commands() {
			if s.addr == nil || s.addr.masked || !s.addr.prefix.Addr().Is4() || slices.ContainsFunc(s.flags, func(w word) bool { return w.text == "delete" || w.text == "-alias" }) {
				continue
			}
			if s.at.Filename == "" {
				continue
			}
			a, severity, what := s.addr.prefix, schema.Warning, fmt.Sprintf("it becomes /%d", s.addr.prefix.Bits())
			if h.Release.AtLeast(15, 0) {
				severity, what = schema.Error, "ifconfig refuses it"
			}
			c.report(CodeNoMask, severity, h.place(s.addr.at), fmt.Sprintf("%s of %s has no mask: %s", a.Addr(), h.Name, what),
				"write the length behind the address: "+a.Addr().String()+"/24, or /32 for one address of a network that the interface has already", nil)
		}
	}
}

// hostNames reports underscores, which rules on descriptions let pass.
func (c *Cluster) hostNames() {
	for _, n := range c.Nodes {
		if n.Hostname.Stated && strings.Contains(n.FQDN, "_") {
			c.report(CodeName, schema.Warning, n.Hostname.Range, fmt.Sprintf("the host name %s holds an underscore", n.FQDN), "use letters, digits and hyphens", nil)
		}
	}
}

// crossed reports an interface without addresses of its own whose virtual
// addresses lie in the subnet of another one of the host.
func (c *Cluster) crossed(n *schema.Node, m *schema.Member) {
	for _, i := range n.Interfaces {
		for _, a := range m.Addresses.Items {
			if i == m.Interface || !within(i, a.Value.Addr) {
				continue
			}
			own := i.Addresses.Range
			c.report("NET007", schema.Warning, a.Range, fmt.Sprintf("%s of %s is on %s, but its subnet is that of %s", a.Value.Addr, n.Name, m.Interface.Name, i.Name),
				"put the virtual address on "+i.Name+", or give the two interfaces different subnets", []schema.Related{{Message: i.Name + " has its address from here", Range: own}})
			return
		}
	}
}
