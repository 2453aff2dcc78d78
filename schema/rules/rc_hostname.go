package rules

import (
	"fmt"
	"strings"

	"carpool/schema"
)

// hostnameFault says why s is no host name, or "".
func hostnameFault(s string) string {
	switch {
	case s == "":
		return "it is empty"
	case len(s) > 255:
		return "it is longer than 255 bytes"
	case strings.HasPrefix(s, "-"):
		return "hostname(1) takes a leading hyphen for an option"
	}
	for label := range strings.SplitSeq(s, ".") {
		switch {
		case label == "":
			return "a part between its dots is empty"
		case len(label) > 63:
			return "a part between its dots is longer than 63 bytes"
		}
		for _, r := range label {
			if !letterOrDigit(r) && r != '-' && r != '_' {
				return fmt.Sprintf("it holds %q", r)
			}
		}
	}
	return ""
}

var rc001 = &Rule{
	Code:     "RC001",
	Severity: schema.Error,
	Summary:  "a host name that is none",
	Effect:   "rc.d/hostname sets whatever stands there; the resolver, syslog, mail and hastd each understand something else by it, or nothing (hostname(7); rc.conf(5)).",
	Check: func(p *Pass) {
		domain := ""
		if p.Domain.Value != "" {
			domain = hostnameFault(p.Domain.Value)
		}
		if domain != "" {
			p.Report(Report{
				At:      p.Domain.Range,
				Message: fmt.Sprintf("domain %q ends no host name: %s", p.Domain.Value, domain),
				Help:    `write a domain such as "example.org", without a dot at either end`,
			})
		}
		for _, n := range p.Nodes {
			fault := hostnameFault(n.FQDN)
			if fault == "" || domain != "" && !n.Hostname.Stated {
				continue
			}
			p.Report(Report{
				At: hostnameAt(n), Object: n.Object(),
				Message: fmt.Sprintf("%q is no host name: %s", n.FQDN, fault),
				Help:    "use letters, digits and hyphens, with dots between the parts",
			})
		}
	},
}

var rc002 = &Rule{
	Code:     "RC002",
	Severity: schema.Error,
	Summary:  "two nodes have the same host name",
	Effect:   "Both hosts take every section of the other in hast.conf for their own, and logs, mail and Salt cannot tell them apart (sbin/hastd/parse.y isitme; hostname(7)).",
	Check: func(p *Pass) {
		first := map[string]*schema.Node{}
		for _, n := range p.Nodes {
			name := strings.ToLower(n.FQDN)
			other := first[name]
			if other == nil {
				first[name] = n
				continue
			}
			at, rest := n, other
			if !n.Hostname.Stated && other.Hostname.Stated {
				at, rest = other, n
			}
			p.Report(Report{
				At: hostnameAt(at), Object: at.Object(),
				Message: fmt.Sprintf("%s is called %q, as %s is", at.Address(), at.FQDN, rest.Address()),
				Help:    "give each node a host name of its own",
				Related: Also(hostnameAt(rest), "the other one is here"),
			})
		}
	},
}
