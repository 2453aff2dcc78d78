package rules

import (
	"fmt"
	"regexp"
	"strings"

	"carpool/schema"
)

// ifconfigWord needs no quotes in any of the evaluations that network.subr
// puts the value of an ifconfig_ variable through.
var ifconfigWord = regexp.MustCompile(`^[A-Za-z0-9_.:,@%+=/-]+$`)

// vipWords belong to virtual addresses.
var vipWords = words("vhid advskew advbase pass carpver vrrpprio vrrpinterval peer peer6")

var rc012 = &Rule{
	Code:     "RC012",
	Severity: schema.Error,
	Summary:  "an interface has words that rc cannot carry",
	Effect:   "network.subr evaluates the value of ifconfig_IF more than once: quotes and $ do not survive, ; and the like run as commands (rc.conf(5); network.subr).",
	Check: func(p *Pass) {
		for _, n := range p.Nodes {
			for _, i := range n.Interfaces {
				p.ifconfigWords(n, "options", i.Options)
				p.ifconfigWords(n, "laggports", i.LaggPorts)
				p.ifconfigWords(n, "bridge", i.Bridge)
				for _, s := range []struct {
					name string
					attr schema.Attr[string]
				}{{"device", i.Device}, {"vlandev", i.VLANDev}} {
					if s.attr.Stated {
						p.ifconfigWords(n, s.name, schema.List[string]{Items: []schema.Attr[string]{s.attr}})
					}
				}
			}
		}
	},
}

func (p *Pass) ifconfigWords(n *schema.Node, name string, l schema.List[string]) {
	for _, it := range l.Items {
		ws := strings.Fields(it.Value)
		if name != "options" || len(ws) == 0 {
			ws = []string{it.Value}
		}
		for _, w := range ws {
			r := Report{At: it.Range, Object: n.Object(), Help: "write plain words of ifconfig(8), of letters, digits and _ . : , @ % + = / -"}
			switch {
			case !ifconfigWord.MatchString(w):
				r.Message = fmt.Sprintf("rc.conf cannot carry %q in %s", w, name)
			case name == "options" && vipWords[w]:
				r.Message = fmt.Sprintf("%q belongs to a virtual address, not to options", w)
				r.Effect = "The virtual address would be on this node only in rc.conf, unknown to every check across nodes (carp(4))."
				r.Help = "write a vip block"
			default:
				continue
			}
			p.Report(r)
			break
		}
	}
}
