package rules

import (
	"fmt"
	"regexp"
	"strings"

	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

var sto001 = &Rule{
	Code:     "STO001",
	Severity: schema.Error,
	Summary:  "two pools or file systems lie on one resource",
	Effect:   "The second one finds the device in use, or overwrites the first: a resource is one disk (zpool(8); newfs(8)).",
	// Going on would have one of them overwrite the other.
	Unignorable: true,
	Check: func(p *Pass) {
		type use struct {
			at     hcl.Range
			holder string
		}
		first := map[*schema.HAST]use{}
		p.holders(func(h *schema.HAST, at hcl.Range, holder string) {
			other, taken := first[h]
			if !taken {
				first[h] = use{at, holder}
				return
			}
			p.Report(Report{
				At: at, Object: h.Object(),
				Message: fmt.Sprintf("%s cannot lie on %s, which is already used by %s", holder, h.Address(), other.holder),
				Help:    "give each of them a hast resource of its own; one pool may have several",
				Related: Also(other.at, "first used here"),
			})
		})
	},
}

var sto002 = &Rule{
	Code:     "STO002",
	Severity: schema.Error,
	Summary:  "a pool or file system that no failover moves",
	Effect:   "Nothing makes its resource primary and nothing imports or mounts it. Whoever does so by hand does it outside the failover, on any node (hastctl(8); zpool-import(8)).",
	Check: func(p *Pass) {
		moved := map[any]bool{}
		for _, f := range p.Failovers {
			for _, s := range f.Storage.Items {
				if s.Value.Zpool != nil {
					moved[s.Value.Zpool] = true
				} else {
					moved[s.Value.UFS] = true
				}
			}
		}
		for _, z := range p.Zpools {
			if !moved[z] {
				p.homeless(&z.Block)
			}
		}
		for _, u := range p.UFSs {
			if !moved[u] {
				p.homeless(&u.Block)
			}
		}
	},
}

func (p *Pass) homeless(b *schema.Block) {
	p.Report(Report{
		At: b.Range, Object: b.Object(),
		Message: fmt.Sprintf("%s is in the storage of no failover", b.Address()),
		Help:    fmt.Sprintf("add it: storage = [%s]", b.Address()),
	})
}

var sto004 = &Rule{
	Code:     "STO004",
	Severity: schema.Error,
	Summary:  "a name that zpool refuses",
	Effect:   "zpool create says \"cannot create: name is reserved\" or \"name must begin with a letter\" (zpool-create(8); lib/libzfs zpool_name_valid).",
	Check: func(p *Pass) {
		for _, z := range p.Zpools {
			fault := poolFault(z)
			if fault == "" {
				continue
			}
			p.Report(Report{
				At: z.NameRange, Object: z.Object(),
				Message: fmt.Sprintf("a pool cannot be called %q: %s", z.Name, fault),
				Help:    "begin with a letter and keep clear of mirror, raidz, draid, spare and log",
			})
		}
	},
}

// diskLike is a name that zpool before OpenZFS takes for a disk of Solaris.
var diskLike = regexp.MustCompile(`^c[0-9]`)

func poolFault(z *schema.Zpool) string {
	for _, w := range []string{"mirror", "raidz", "draid", "spare"} {
		if strings.HasPrefix(z.Name, w) {
			return fmt.Sprintf("names beginning with %q are reserved", w)
		}
	}
	switch {
	case z.Name == "log":
		return "the name is reserved"
	case !letterOrDigit(rune(z.Name[0])) || '0' <= z.Name[0] && z.Name[0] <= '9':
		return "it does not begin with a letter"
	case !diskLike.MatchString(z.Name):
		return ""
	}
	for _, h := range z.HAST.Items {
		if oldDevfs(h.Value) {
			return "ZFS before FreeBSD 13.0 takes it for a disk"
		}
	}
	return ""
}

var sto005 = &Rule{
	Code:     "STO005",
	Severity: schema.Error,
	Summary:  "a pool on HAST is put into a cache file",
	Effect:   "At the next boot the pool is imported from the cache file before hastd runs, outside HAST and maybe on both hosts: the data diverge or are destroyed (zpool-import(8), cachefile; rc.d/zpool).",
	// Both hosts writing to one pool destroys it.
	Unignorable: true,
	Check: func(p *Pass) {
		for _, z := range p.Zpools {
			for _, o := range z.Options.Items {
				value, ok := strings.CutPrefix(strings.TrimSpace(o.Value), "cachefile=")
				if !ok || value == "none" {
					continue
				}
				p.Report(Report{
					At: o.Range, Object: z.Object(),
					Message: fmt.Sprintf("%s would be remembered in a cache file", z.Address()),
					Help:    "take cachefile out; carpool imports with cachefile=none",
				})
			}
		}
	},
}

var sto006 = &Rule{
	Code:     "STO006",
	Severity: schema.Error,
	Summary:  "an option that is no word for -o",
	Effect:   "Every element becomes one -o of the command. Anything else ends it with a usage error, at the first failover (zpool-import(8); mount(8)).",
	Check: func(p *Pass) {
		for _, z := range p.Zpools {
			p.optionWords(&z.Block, z.Options, "zpool import")
		}
		for _, u := range p.UFSs {
			p.optionWords(&u.Block, u.Options, "mount")
		}
	},
}

func (p *Pass) optionWords(b *schema.Block, options schema.List[string], command string) {
	for _, o := range options.Items {
		fault := ""
		switch {
		case o.Value == "":
			fault = "it is empty"
		case strings.HasPrefix(o.Value, "-"):
			fault = "it begins with a hyphen"
		case strings.ContainsFunc(o.Value, blank):
			fault = "it holds white space"
		default:
			continue
		}
		p.Report(Report{
			At: o.Range, Object: b.Object(),
			Message: fmt.Sprintf("%q cannot be an option of %s: %s", o.Value, command, fault),
			Help:    fmt.Sprintf("write what follows -o of %s, one option per element", command),
		})
	}
}

var sto010 = &Rule{
	Code:     "STO010",
	Severity: schema.Error,
	Summary:  "a pool without resources",
	Effect:   "There is no /dev/hast device that the pool could be found on; the import fails (zpool-import(8)).",
	Check: func(p *Pass) {
		for _, z := range p.Zpools {
			if len(z.HAST.Items) == 0 {
				p.Report(Report{
					At: z.HAST.Range, Object: z.Object(),
					Message: fmt.Sprintf("%s lies on no hast resource", z.Address()),
					Help:    "name all of its members: hast = [hast.NAME]",
				})
			}
		}
	},
}

var sto011 = &Rule{
	Code:     "STO011",
	Severity: schema.Warning,
	Summary:  "a failover names the same storage twice",
	Effect:   "A resource gets its role once, before what lies on it is imported or mounted; a second mention changes nothing and hides the order (hastctl(8)).",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			first := map[*schema.HAST]schema.Attr[schema.Storage]{}
			named := map[schema.Storage]bool{}
			for _, s := range f.Storage.Items {
				p.again(f, s, first, named)
			}
		}
	},
}

func (p *Pass) again(f *schema.Failover, s schema.Attr[schema.Storage], first map[*schema.HAST]schema.Attr[schema.Storage], named map[schema.Storage]bool) {
	twice := named[s.Value]
	named[s.Value] = true
	for _, h := range s.Value.HASTs() {
		other, ok := first[h]
		if !ok {
			first[h] = s
			continue
		}
		if !twice && s.Value.HAST == nil && other.Value.HAST == nil {
			continue // STO001 reports two holders of one resource
		}
		p.Report(Report{
			At: s.Range, Object: f.Object(),
			Message: fmt.Sprintf("%s is already there as %s", s.Value.Address(), other.Value.Address()),
			Help:    "name the pool or file system only; its resources follow",
			Related: Also(other.Range, "first named here"),
		})
		return
	}
}

var sto013 = &Rule{
	Code:     "STO013",
	Severity: schema.Warning,
	Summary:  "a pool that moves between two series of FreeBSD",
	Effect:   "zpool create and zpool upgrade enable all features that their release knows, and a release that does not know one of them refuses to import the pool: the take-over fails (zpool-features(7); zpool-create(8); UPDATING 20200824 of 13).",
	Check: func(p *Pass) {
		for _, z := range p.Zpools {
			var older, newer *schema.Node
			for _, h := range z.HAST.Values() {
				for _, c := range h.Members {
					if older == nil || c.Node.Release.Before(older.Release) {
						older = c.Node
					}
					if newer == nil || newer.Release.Before(c.Node.Release) {
						newer = c.Node
					}
				}
			}
			if older == nil || older.Release.Major == newer.Release.Major {
				continue
			}
			p.Report(Report{
				At: z.NameRange, Object: z.Object(),
				Message: fmt.Sprintf("%s moves between %s with FreeBSD %s and %s with %s", z.Address(), older.Address(), older.Release, newer.Address(), newer.Release),
				Help:    fmt.Sprintf("create the pool on %s, and run no zpool upgrade before both have one release", older.Address()),
			})
		}
	},
}
