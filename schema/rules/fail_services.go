package rules

import (
	"fmt"
	"regexp"
	"strings"

	"carpool/schema"
)

// serviceLists calls use for every services attribute of the description.
func (p *Pass) serviceLists(use func(*schema.Failover, schema.List[string])) {
	for _, f := range p.Failovers {
		use(f, f.Services)
		for _, o := range f.On {
			use(f, o.Services)
		}
	}
}

var fail011 = &Rule{
	Code:     "FAIL011",
	Severity: schema.Error,
	Summary:  "a service is listed twice",
	Effect:   "The second start says \"already running\" and fails the promotion, or runs the service a second time (service(8); rc.subr(8)).",
	Check: func(p *Pass) {
		p.serviceLists(func(f *schema.Failover, l schema.List[string]) {
			first := map[string]schema.Attr[string]{}
			for _, s := range l.Items {
				name := strings.Join(strings.Fields(s.Value), " ")
				other, ok := first[name]
				if !ok || name == "" {
					first[name] = s
					continue
				}
				p.Report(Report{
					At: s.Range, Object: f.Object(),
					Message: fmt.Sprintf("service %q is already in the list", name),
					Help:    "name each service once, in the order of their start",
					Related: Also(other.Range, "first named here"),
				})
			}
		})
	},
}

var fail012 = &Rule{
	Code:     "FAIL012",
	Severity: schema.Warning,
	Summary:  "a service of a failover is also started at boot",
	Effect:   "rc(8) starts it on every host at boot, before the failover has decided who serves, and without the data (rc.conf(5)).",
	Check: func(p *Pass) {
		reported := once{}
		for _, f := range p.Failovers {
			for _, s := range f.Members {
				rc := s.Node.RC.Over(p.RC)
				for _, service := range s.Services.Items {
					p.startedAtBoot(s, rc, service, reported)
				}
			}
		}
	},
}

func (p *Pass) startedAtBoot(s *schema.Standby, rc schema.Settings, service schema.Attr[string], reported once) {
	if !serviceForm.MatchString(service.Value) || strings.Contains(service.Value, " ") {
		return // one of several that the service runs, as in "jail www"
	}
	key := schema.EnableVariable(service.Value)
	it, ok := rc.Get(key)
	if !ok || it.Value.Secret.Secret || !yes(it.Value.Value) || !reported.first(site{it.Value.Range, key}) {
		return
	}
	p.Report(Report{
		At: it.Value.Range, Object: s.Node.Object(),
		Message: fmt.Sprintf("%s starts %q at boot on %s, which %s starts too", key, service.Value, s.Node.Address(), s.Failover.Address()),
		Help:    fmt.Sprintf("take %s out: the switch starts services with onestart, which needs no variable", key),
		Related: Also(service.Range, "the service is named here"),
	})
}

// yes reports whether rc.subr's checkyesno takes s for YES.
func yes(s string) bool {
	switch strings.ToLower(s) {
	case "yes", "true", "on", "1":
		return true
	}
	return false
}

// serviceForm is an rc.d name and plain arguments: the switch splits the line
// into words as sh does.
var serviceForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]*(?: +[A-Za-z0-9_.,:=@%+/-]+)*$`)

var fail013 = &Rule{
	Code:     "FAIL013",
	Severity: schema.Error,
	Summary:  "a service that service(8) cannot run",
	Effect:   "service(8) looks for the name in /etc/rc.d and /usr/local/etc/rc.d, finds none, and the promotion fails.",
	Check: func(p *Pass) {
		p.serviceLists(func(f *schema.Failover, l schema.List[string]) {
			for _, s := range l.Items {
				if serviceForm.MatchString(s.Value) {
					continue
				}
				help := `write the name of its rc.d script, and arguments behind it if it takes any: "nginx", "jail www"`
				if strings.HasPrefix(s.Value, "/") {
					help = "write the name of the rc.d script without its folder, or use a hook for a program"
				}
				p.Report(Report{
					At: s.Range, Object: f.Object(),
					Message: fmt.Sprintf("%q is no service", s.Value),
					Help:    help,
				})
			}
		})
	},
}

// foundation is what the failover itself stands on.
var foundation = words("hastd devd netif carp_hast_switch carp_hast_hold")

var fail014 = &Rule{
	Code:     "FAIL014",
	Severity: schema.Error,
	Summary:  "a failover stops what it stands on",
	Effect:   "Stopping hastd takes the disks away under everything that is mounted, stopping netif or devd ends the failover itself, on the host that should take over next (rc.d/hastd, role init all; service(8)).",
	// A failover that stops hastd destroys devices in use.
	Unignorable: true,
	Check: func(p *Pass) {
		p.serviceLists(func(f *schema.Failover, l schema.List[string]) {
			for _, s := range l.Items {
				name, _, _ := strings.Cut(s.Value, " ")
				if !foundation[name] {
					continue
				}
				p.Report(Report{
					At: s.Range, Object: f.Object(),
					Message: fmt.Sprintf("%q has to run on every node, whether it serves or not", name),
					Help:    "take it out; carpool enables what the failover needs at boot",
				})
			}
		})
	},
}

var mailForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._%+=/&'-]*(?:@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)?$`)

var fail016 = &Rule{
	Code:     "FAIL016",
	Severity: schema.Error,
	Summary:  "no mail address",
	Effect:   "mail(1) gets it as a word of its command line: nobody is told of a failover, or somebody else is.",
	Check: func(p *Pass) {
		for _, f := range p.Failovers {
			lists := []schema.List[string]{f.Mail}
			for _, o := range f.On {
				lists = append(lists, o.Mail)
			}
			for _, l := range lists {
				for _, a := range l.Items {
					if !mailForm.MatchString(a.Value) {
						p.Report(Report{
							At: a.Range, Object: f.Object(),
							Message: fmt.Sprintf("%q is no mail address", a.Value),
							Help:    `write one address per element: "root", "ops@example.org"`,
						})
					}
				}
			}
		}
	},
}
