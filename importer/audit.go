package importer

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
	"carpool/schema/rules"
)

// Audit judges the cluster: by the rules on descriptions that apply to the
// files of hosts, by what the readers found, and by what only such files can
// show.
func (c *Cluster) Audit() hcl.Diagnostics {
	c.alone()
	c.forms()
	c.events()
	c.switched()
	c.storage()
	c.routes()
	c.members()
	c.copies()
	c.ucarps()
	c.leftOut()
	c.daemons()
	c.masks()
	c.hostNames()
	diags := append(c.diags, c.judged()...)
	for _, h := range c.Hosts {
		h.loadDevd()
		diags = append(diags, h.placed(h.diags)...)
	}
	diags = schema.Unique(sorted(diags))
	c.Source = sourceOf(c.Hosts)
	return diags
}

func sorted(diags hcl.Diagnostics) hcl.Diagnostics {
	schema.Sort(diags)
	return diags
}

// judged are the findings of the rules, in words for host files.
func (c *Cluster) judged() hcl.Diagnostics {
	keep := func(r *rules.Rule) bool {
		_, ok := hostRules[r.Code]
		return ok && (len(c.Hosts) > 1 || !slices.Contains(ofPairs, r.Code))
	}
	var out hcl.Diagnostics
	names := c.plainNames()
	for _, d := range rules.CheckOnly(c.Cluster, keep) {
		f := schema.FindingOf(d)
		if f.Code == "RC001" && c.namedByFolder(d) || f.Code == "CARP034" && c.untold(d) {
			continue
		}
		f.Help = adviceFor(f.Code, f.Help)
		f.Severity = c.graded(f, d)
		f.Related = related(f.Related, names)
		f.Help, f.Effect = names.Replace(f.Help), names.Replace(f.Effect)
		at := hcl.Range{}
		if d.Subject != nil {
			at = *d.Subject
		}
		out = append(out, f.Diagnostic(at, names.Replace(d.Summary), names.Replace(d.Detail)))
	}
	return out
}

// related keeps the places that are in a file.
func related(places []schema.Related, names *strings.Replacer) []schema.Related {
	var kept []schema.Related
	for _, r := range places {
		if r.Range.Filename != "" {
			kept = append(kept, schema.Related{Message: names.Replace(r.Message), Range: r.Range})
		}
	}
	return kept
}

// graded is the severity of a finding about files that were not written by
// carpool: FreeBSD's default is no mistake of theirs.
func (c *Cluster) graded(f schema.Finding, d *hcl.Diagnostic) schema.Severity {
	switch f.Code {
	case "CARP080":
		for _, n := range c.Nodes {
			if d.Subject != nil && n.OS.Preempt.Range == *d.Subject && n.OS.Preempt.Stated {
				return f.Severity
			}
		}
		return schema.Warning
	case "RC010": // it is loaded, if late
		return schema.Warning
	case "RC001": // an underscore and the like: FreeBSD takes it
		return schema.Warning
	}
	return f.Severity
}

// namedByFolder reports whether the host name at fault is that of the folder.
func (c *Cluster) namedByFolder(d *hcl.Diagnostic) bool {
	return slices.ContainsFunc(c.Nodes, func(n *schema.Node) bool {
		return !n.Hostname.Stated && d.Subject != nil && n.Range == *d.Subject
	})
}

// untold reports whether a finding is about a virtual address on an interface
// whose own addresses are not known: what its prefixes are is a guess then.
func (c *Cluster) untold(d *hcl.Diagnostic) bool {
	for _, v := range c.VIPs {
		for _, m := range v.Members {
			for _, a := range m.Addresses.Items {
				if d.Subject != nil && a.Range == *d.Subject && len(m.Interface.Addresses.Items) == 0 {
					return true
				}
			}
		}
	}
	return false
}

// plainNames says skunk1 and not node.skunk1: there is no description that
// the reference could be looked up in.
func (c *Cluster) plainNames() *strings.Replacer {
	type name struct{ from, to string }
	var names []name
	for _, n := range c.Nodes {
		names = append(names, name{n.Address(), n.Name})
	}
	for _, w := range c.Networks {
		names = append(names, name{w.Address(), "network " + w.Name})
	}
	for _, v := range c.VIPs {
		names = append(names, name{v.Address(), "vip " + v.Name})
	}
	for _, h := range c.HASTs {
		names = append(names, name{h.Address(), "resource " + h.Name})
	}
	for _, p := range c.PFSyncs {
		names = append(names, name{p.Address(), "pfsync " + p.Name})
	}
	slices.SortFunc(names, func(a, b name) int { return len(b.from) - len(a.from) }) // the longer one first
	var words []string
	for _, n := range names {
		words = append(words, n.from, n.to)
	}
	return strings.NewReplacer(words...)
}

// report adds a finding of the audit's own, at a place that is ours already.
func (c *Cluster) report(code string, severity schema.Severity, at hcl.Range, summary, help string, related []schema.Related) {
	f := schema.Finding{Code: code, Severity: severity, Effect: effectOf(code), Help: help, Related: related}
	c.diags = append(c.diags, f.Diagnostic(at, summary, ""))
}
