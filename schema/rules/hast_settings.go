package rules

import (
	"fmt"
	"strconv"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

var hast019 = &Rule{
	Code:     "HAST019",
	Severity: schema.Error,
	Summary:  "the nodes of a resource replicate in different modes",
	Effect:   "Each primary uses its own mode, so whether an acknowledged write survives a power cut depends on which node happened to serve (hast.conf(5), replication).",
	Check: func(p *Pass) {
		for _, h := range p.HASTs {
			if len(h.Members) != 2 || h.Members[0].Replication.Value == h.Members[1].Replication.Value {
				continue
			}
			c, other := later(h, func(o *schema.HASTOn) bool { return o.Replication.Stated })
			p.Report(Report{
				At: c.Replication.Range, Object: h.Object(),
				Message: fmt.Sprintf("%s replicates with %s from %s, but with %s from %s", h.Address(),
					c.Replication.Value, c.Node.Address(), other.Replication.Value, other.Node.Address()),
				Help:    "state replication once, in the hast block",
				Related: Also(other.Replication.Range, "the other mode is here"),
			})
		}
	},
}

var hast020 = &Rule{
	Code:     "HAST020",
	Severity: schema.Error,
	Summary:  "a failover moves a resource that replicates with async",
	Effect:   "With async a write is acknowledged before it is sent. Every takeover loses what was on its way, and the database or mail server above was told that it is safe (hast.conf(5), replication).",
	Check: func(p *Pass) {
		moved, reported := p.movedBy(), once{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				f := moved[h]
				if f == nil || c.Replication.Value != "async" || !reported.first(site{c.Replication.Range, h.Address()}) {
					continue
				}
				p.Report(Report{
					At: c.Replication.Range, Object: h.Object(),
					Message: fmt.Sprintf("%s replicates with async, and %s takes it over", h.Address(), f.Address()),
					Help:    `write replication = "memsync", or "fullsync" if both may lose power at once`,
					Related: Also(f.Range, "the failover is here"),
				})
			}
		}
	},
}

var hast021 = &Rule{
	Code:     "HAST021",
	Severity: schema.Error,
	Summary:  "a replication mode that the release cannot do",
	Effect:   "hastd of that release falls back to fullsync or refuses the word; the two nodes differ in what a write means (hast.conf(5) 9.1).",
	Check: func(p *Pass) {
		reported := once{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				r := c.Replication
				if !r.Stated || r.Value == "fullsync" || c.Node.Release.Has(schema.HASTModes) || !reported.first(site{r.Range, h.Address()}) {
					continue
				}
				p.Report(Report{
					At: r.Range, Object: h.Object(),
					Message: fmt.Sprintf("replication %q needs FreeBSD %s, and %s runs %s", r.Value, schema.HASTModes.First(), c.Node.Address(), c.Node.Release),
					Help:    `write replication = "fullsync"`,
					Related: Also(releaseAt(p, c.Node), "the release is here"),
				})
			}
		}
	},
}

// releaseAt is where the text says which release a node runs.
func releaseAt(p *Pass, n *schema.Node) hcl.Range { return n.FreeBSD.Or(p.FreeBSD).Range }

var hast022 = &Rule{
	Code:     "HAST022",
	Severity: schema.Error,
	Summary:  "a setting of hast.conf that the release does not know",
	Effect:   "hastd and hastctl of that release stop at the unknown word and exit 78; no resource of the host works (hast.conf(5) 8.1).",
	Check: func(p *Pass) {
		reported := once{}
		for _, h := range p.HASTs {
			for _, c := range h.Members {
				if c.Node.Release.Has(schema.HASTHooks) {
					continue
				}
				for _, s := range laterSettings(c) {
					if !s.stated || !reported.first(site{s.at, h.Address()}) {
						continue
					}
					p.Report(Report{
						At: s.at, Object: h.Object(),
						Message: fmt.Sprintf("%s needs FreeBSD %s, and %s runs %s", s.name, schema.HASTHooks.First(), c.Node.Address(), c.Node.Release),
						Help:    fmt.Sprintf("leave %s out, or state it only for nodes of a later release", s.name),
						Related: Also(releaseAt(p, c.Node), "the release is here"),
					})
				}
			}
		}
	},
}

type setting struct {
	name   string
	at     hcl.Range
	stated bool
	value  string
}

// hastDefaults are what hastd takes where nothing is stated (hast.conf(5)).
var hastDefaults = map[string]string{"timeout": strconv.Itoa(schema.HASTTimeout), "checksum": "none", "compression": "hole"}

// effective is the value that hastd works with.
func (s setting) effective() string {
	if d, ok := hastDefaults[s.name]; ok && !s.stated {
		return d
	}
	return s.value
}

func settingOf[T any](name string, a schema.Attr[T]) setting {
	return setting{name, a.Range, a.Stated, fmt.Sprint(a.Value)}
}

// laterSettings are the keywords that FreeBSD 9.0 brought.
func laterSettings(c *schema.Copy) []setting {
	return []setting{
		settingOf("checksum", c.Checksum), settingOf("compression", c.Compression), settingOf("metaflush", c.Metaflush),
		settingOf("exec", c.Exec), settingOf("source", c.Source),
	}
}

var hast023 = &Rule{
	Code:     "HAST023",
	Severity: schema.Error,
	Summary:  "the release has no HAST",
	Effect:   "There is no hastd in that release: nothing replicates (hastd(8), HISTORY).",
	Check: func(p *Pass) {
		p.replicators(func(c *schema.Copy) {
			if c.Node.Release.Has(schema.HASTDaemon) {
				return
			}
			p.Report(Report{
				At: c.At, Object: c.HAST.Object(),
				Message: fmt.Sprintf("HAST needs FreeBSD %s, and %s runs %s", schema.HASTDaemon.First(), c.Node.Address(), c.Node.Release),
				Help:    "update the node, or keep the resource on others",
				Related: Also(releaseAt(p, c.Node), "the release is here"),
			})
		})
	},
}

var hast024 = &Rule{
	Code:     "HAST024",
	Severity: schema.Error,
	Summary:  "a HAST timeout of zero or less",
	Effect:   "hastd says \"Negative or zero timeout.\" and exits 78; no resource of the host works (sbin/hastd/parse.y).",
	Check: func(p *Pass) {
		p.timeouts(func(c *schema.Copy) {
			if c.Timeout.Value > 0 {
				return
			}
			p.Report(Report{
				At: c.Timeout.Range, Object: c.HAST.Object(),
				Message: fmt.Sprintf("timeout %d is not above zero", c.Timeout.Value),
				Help:    "write seconds, or leave it out for 20",
			})
		})
	},
}

// timeouts calls use once for every place that states a timeout.
func (p *Pass) timeouts(use func(*schema.Copy)) {
	seen := once{}
	for _, h := range p.HASTs {
		for _, c := range h.Members {
			if c.Timeout.Stated && seen.first(site{c.Timeout.Range, h.Address()}) {
				use(c)
			}
		}
	}
}

// shortestLease is how long a cut-off primary may go on unnoticed: its writes
// block for the timeout, and the peer waits no longer than that.
const shortestLease = 10

var hast025 = &Rule{
	Code:     "HAST025",
	Severity: schema.Warning,
	Summary:  "a HAST timeout too short for a failover",
	Effect:   "After the timeout a primary without its peer goes on alone. Until then its writes block, and in that time a node that is cut off has to notice and let go; below ten seconds it may acknowledge writes that the other side never sees (hast.conf(5), timeout).",
	Check: func(p *Pass) {
		moved := p.movedBy()
		p.timeouts(func(c *schema.Copy) {
			if c.Timeout.Value <= 0 || c.Timeout.Value >= shortestLease || moved[c.HAST] == nil {
				return
			}
			p.Report(Report{
				At: c.Timeout.Range, Object: c.HAST.Object(),
				Message: fmt.Sprintf("timeout %d is too short for %s, which %s moves", c.Timeout.Value, c.HAST.Address(), moved[c.HAST].Address()),
				Help:    fmt.Sprintf("write at least %d, or leave it out for 20", shortestLease),
			})
		})
	},
}

var hast026 = &Rule{
	Code:     "HAST026",
	Severity: schema.Notice,
	Summary:  "timeout, checksum or compression differ between the nodes",
	Effect:   "It works: checksum and compression travel with every message, and each node notices a dead peer after its own timeout. But the cluster behaves differently in each direction (hast.conf(5)).",
	Check: func(p *Pass) {
		for _, h := range p.HASTs {
			if len(h.Members) != 2 || !h.Members[0].Node.Release.Has(schema.HASTHooks) || !h.Members[1].Node.Release.Has(schema.HASTHooks) {
				continue
			}
			p.differs(h, func(c *schema.Copy) setting { return settingOf("timeout", c.Timeout) }, func(o *schema.HASTOn) bool { return o.Timeout.Stated })
			p.differs(h, func(c *schema.Copy) setting { return settingOf("checksum", c.Checksum) }, func(o *schema.HASTOn) bool { return o.Checksum.Stated })
			p.differs(h, func(c *schema.Copy) setting { return settingOf("compression", c.Compression) }, func(o *schema.HASTOn) bool { return o.Compression.Stated })
		}
	},
}

func (p *Pass) differs(h *schema.HAST, get func(*schema.Copy) setting, stated func(*schema.HASTOn) bool) {
	c, other := later(h, stated)
	a, b := get(c), get(other)
	if a.effective() == b.effective() || !a.stated {
		return
	}
	if a.name == "timeout" && (c.Timeout.Value <= 0 || c.Timeout.Value < shortestLease && p.movedBy()[h] != nil) {
		return // HAST024 and HAST025 look at it
	}
	r := Report{
		At: a.at, Object: h.Object(),
		Message: fmt.Sprintf("%s of %s differs between %s and %s", a.name, h.Address(), other.Node.Address(), c.Node.Address()),
		Help:    fmt.Sprintf("state %s once, in the hast block", a.name),
	}
	if b.stated {
		r.Related = Also(b.at, "the other value is here")
	}
	p.Report(r)
}
