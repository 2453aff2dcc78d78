package rules

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

var hast001 = &Rule{
	Code:     "HAST001",
	Severity: schema.Error,
	Summary:  "a hast resource has not exactly two members",
	Effect:   "hastd mirrors between two components and no more: a node talks to the one remote of its own section, so a third node never gets a copy, and a single one has nowhere to send it (sbin/hastd/hast.h HAST_NCOMPONENTS).",
	Check: func(p *Pass) {
		for _, h := range p.HASTs {
			if len(h.Members) == 2 {
				continue
			}
			at := h.Range
			if h.Nodes.Stated {
				at = h.Nodes.Range
			}
			if len(h.Members) > 2 && h.Members[2].At != h.Range {
				at = h.Members[2].At
			}
			p.Report(Report{
				At: at, Object: h.Object(),
				Message: fmt.Sprintf("%s has %d members where HAST takes two", h.Address(), len(h.Members)),
				Help:    "name the two nodes: nodes = [node.A, node.B]",
			})
		}
	},
}

var hast002 = &Rule{
	Code:     "HAST002",
	Severity: schema.Error,
	Summary:  "a host name that hast.conf cannot hold",
	Effect:   "The name stands after `on` in hast.conf. hastd and hastctl find a syntax error there and exit 78; no resource of the host works (hast.conf(5); sbin/hastd/token.l).",
	Check: func(p *Pass) {
		p.replicators(func(c *schema.Copy) {
			fault := hastWordFault(c.Node.FQDN)
			if fault == "" || hostnameFault(c.Node.FQDN) != "" {
				return
			}
			p.Report(Report{
				At: hostnameAt(c.Node), Object: c.Node.Object(),
				Message: fmt.Sprintf("the host name %q of %s cannot stand in hast.conf: %s", c.Node.FQDN, c.Node.Address(), fault),
				Help:    "give the host another name, or a domain: domain = \"example.org\" in the cluster block",
				Related: Also(c.At, "the node keeps a copy of %s", c.HAST.Address()),
			})
		})
	},
}

var hast003 = &Rule{
	Code:     "HAST003",
	Severity: schema.Error,
	Summary:  "one host of a resource answers to the name of the other",
	Effect:   "hastd takes a section `on NAME` for its own if NAME is its host name or the part before the first dot. Two sections match, the later values win without a word, and the host replicates to itself (sbin/hastd/parse.y isitme).",
	Check: func(p *Pass) {
		p.pairs(func(a, b *schema.Copy) {
			if a.Node.FQDN == b.Node.FQDN {
				return // RC002 reports it
			}
			if a.Node.FQDN != b.Node.Short() && b.Node.FQDN != a.Node.Short() {
				return
			}
			p.Report(Report{
				At: hostnameAt(b.Node), Object: b.Node.Object(),
				Message: fmt.Sprintf("the hosts %q and %q of %s share a name for hastd", a.Node.FQDN, b.Node.FQDN, a.HAST.Address()),
				Help:    "give them different first labels",
				Related: Also(hostnameAt(a.Node), "the other host is here"),
			})
		})
	},
}

var hast004 = &Rule{
	Code:     "HAST004",
	Severity: schema.Warning,
	Summary:  "the hosts of a resource differ only in their domain",
	Effect:   "hastd tells the two apart by their full names. If one of them ever starts with its short name only, for instance from DHCP or in single-user mode, no section of hast.conf is for it and hastd exits 78 (sbin/hastd/parse.y isitme).",
	Check: func(p *Pass) {
		p.pairs(func(a, b *schema.Copy) {
			if a.Node.FQDN == b.Node.FQDN || a.Node.Short() != b.Node.Short() ||
				a.Node.FQDN == b.Node.Short() || b.Node.FQDN == a.Node.Short() {
				return
			}
			p.Report(Report{
				At: hostnameAt(b.Node), Object: b.Node.Object(),
				Message: fmt.Sprintf("the hosts %q and %q of %s have the same first label", a.Node.FQDN, b.Node.FQDN, a.HAST.Address()),
				Help:    "give them different first labels",
				Related: Also(hostnameAt(a.Node), "the other host is here"),
			})
		})
	},
}

// pairs calls use once for every two nodes that share a resource.
func (p *Pass) pairs(use func(a, b *schema.Copy)) {
	seen := once{}
	for _, h := range p.HASTs {
		if len(h.Members) == 2 && seen.first([2]*schema.Node{h.Members[0].Node, h.Members[1].Node}) {
			use(h.Members[0], h.Members[1])
		}
	}
}

var hast005 = &Rule{
	Code:     "HAST005",
	Severity: schema.Error,
	Summary:  "a resource or device name that hastd cannot use",
	Effect:   "hastd and hastctl stop at the word and exit 78, for every resource of the file; a resource called `all` parses, but hastctl takes the word for every resource (hast.conf(5); sbin/hastd/token.l, control.c).",
	Check: func(p *Pass) {
		for _, h := range p.HASTs {
			p.hastName(h, h.NameRange, "resource", h.Name)
			if h.Name == "all" {
				p.Report(Report{At: h.NameRange, Object: h.Object(),
					Message: `a resource cannot be called "all", which hastctl takes for every resource`,
					Help:    "choose another name"})
			}
			if h.Provider.Stated {
				p.hastName(h, h.Provider.Range, "device", h.Provider.Value)
			}
			for _, o := range h.On {
				if o.Provider.Stated {
					p.hastName(h, o.Provider.Range, "device", o.Provider.Value)
				}
			}
		}
	},
}

// devfsName is what is left of a device name below /dev/hast up to FreeBSD 12
// (sys/sys/param.h SPECNAMELEN).
const devfsName = 63 - len("hast/")

func (p *Pass) hastName(h *schema.HAST, at hcl.Range, what, name string) {
	fault := hastWordFault(name)
	switch {
	case fault != "":
	case what == "device" && strings.Contains(name, "/"):
		fault = "it is a name below /dev/hast, not a path"
	case len(name) > 254:
		fault = "hastd takes at most 254 bytes"
	case len(name) > devfsName && oldDevfs(h):
		fault = fmt.Sprintf("device names before FreeBSD 13.0 leave room for %d bytes", devfsName)
	default:
		return
	}
	p.Report(Report{
		At: at, Object: h.Object(),
		Message: fmt.Sprintf("the %s name cannot be used: %s", what, fault),
		Help:    "use letters, digits, hyphens and underscores, beginning with a letter",
	})
}

func oldDevfs(h *schema.HAST) bool {
	for _, c := range h.Members {
		if c.Node.Release.Major < 13 {
			return true
		}
	}
	return false
}

var hast006 = &Rule{
	Code:     "HAST006",
	Severity: schema.Warning,
	Summary:  "the device of a resource has different names on its nodes",
	Effect:   "Replication works, but /dev/hast/NAME is another path on each host: what names it, from fstab to a note on the wall, is right on one of them only (hast.conf(5), name).",
	Check: func(p *Pass) {
		for _, h := range p.HASTs {
			if len(h.Members) != 2 || h.Members[0].Provider.Value == h.Members[1].Provider.Value {
				continue
			}
			c, other := later(h, func(o *schema.HASTOn) bool { return o.Provider.Stated })
			if hastWordFault(c.Provider.Value) != "" {
				continue // HAST005 reports it
			}
			p.Report(Report{
				At: c.Provider.Range, Object: h.Object(),
				Message: fmt.Sprintf("%s is %s%s on %s, but %s%s on %s", h.Address(), schema.HASTDevices, c.Provider.Value, c.Node.Address(),
					schema.HASTDevices, other.Provider.Value, other.Node.Address()),
				Help:    "state name once in the hast block, or leave it out",
				Related: Also(other.Provider.Range, "the other name is here"),
			})
		}
	},
}

var hast007 = &Rule{
	Code:     "HAST007",
	Severity: schema.Error,
	Summary:  "two resources have the same device on one node",
	Effect:   "Only one of them can have /dev/hast/NAME. The other cannot become primary: hastd logs \"Unable to create … device\" and goes back to init (sbin/hastd/primary.c init_ggate).",
	Check: func(p *Pass) {
		type key struct {
			node *schema.Node
			name string
		}
		first := map[key]*schema.Copy{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				k := key{c.Node, c.Provider.Value}
				other := first[k]
				if other == nil {
					first[k] = c
					continue
				}
				p.Report(Report{
					At: c.Provider.Range, Object: h.Object(),
					Message: fmt.Sprintf("%s%s on %s is already the device of %s", schema.HASTDevices, k.name, c.Node.Address(), other.HAST.Address()),
					Help:    "state another name, or none",
					Related: Also(other.Provider.Range, "first used here"),
				})
				break
			}
		}
	},
}

var hast008 = &Rule{
	Code:     "HAST008",
	Severity: schema.Error,
	Summary:  "two resources use the same disk of a node",
	// Both would write their own metadata and data over the other's.
	Unignorable: true,
	Effect:      "The second one finds the disk locked and stays in role init; but `hastctl create` takes no such lock and wipes the metadata of the first (sbin/hastd/metadata.c; hastctl(8)).",
	Check: func(p *Pass) {
		type key struct {
			node *schema.Node
			disk string
		}
		first, whole := map[key]*schema.Copy{}, map[key]*schema.Copy{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				disks := layers(c.Local.Value)
				other := whole[key{c.Node, disks[0]}]
				for _, d := range disks {
					if o := first[key{c.Node, d}]; o != nil {
						other = o
					}
				}
				first[key{c.Node, disks[0]}] = c
				for _, d := range disks {
					whole[key{c.Node, d}] = c
				}
				if other == nil {
					continue
				}
				p.Report(Report{
					At: c.Local.Range, Object: h.Object(),
					Message: fmt.Sprintf("%s of %s is already used by %s", c.Local.Value, c.Node.Address(), other.HAST.Address()),
					Help:    "give each resource a disk, partition or file of its own",
					Related: Also(other.Local.Range, "first used here"),
				})
				break
			}
		}
	},
}

// layers returns the device and the devices below it: ada1p2 lies on ada1,
// ada1.eli too (geom(4), gpart(8)).
func layers(device string) []string {
	device = path.Clean(device)
	out := []string{device}
	for strings.HasPrefix(device, "/dev/") {
		below := parentDevice(device)
		if below == "" {
			break
		}
		device = below
		out = append(out, device)
	}
	return out
}

func parentDevice(device string) string {
	for _, suffix := range []string{".eli", ".nop", ".journal"} {
		if below, ok := strings.CutSuffix(device, suffix); ok {
			return below
		}
	}
	if m := partition.FindStringSubmatch(device); m != nil {
		return m[1]
	}
	return ""
}

// partition is a disk or slice followed by the name of a part of it.
var partition = regexp.MustCompile(`^(/dev/[a-z]+[0-9]+(?:s[0-9]+)?)(?:p[0-9]+|s[0-9]+|[a-h])$`)
