package devdconf

import (
	"strings"
)

// Event is what the kernel told devd.
type Event struct {
	Class string // notify for all events of CARP, IFNET, ZFS
	Vars  map[string]string
}

// Notify is an event with a system, a subsystem and a type, as CARP posts it.
func Notify(system, subsystem, kind string) Event {
	return Event{Class: "notify", Vars: map[string]string{"system": system, "subsystem": subsystem, "type": kind}}
}

// line is the text of a notify event as the kernel writes it.
func (e Event) line() string {
	return "system=" + e.Vars["system"] + " subsystem=" + e.Vars["subsystem"] + " type=" + e.Vars["type"]
}

// Run is what devd does for an event.
type Run struct {
	Rule     *Rule
	Commands []string // each for /bin/sh -c, in order
	Shadowed []*Rule  // rules that match too and do not run
	// Uncertain says that Rule and the first of Shadowed stand in different files of one
	// folder with the same priority: the order of the directory decides which one runs.
	Uncertain bool
}

// Match returns what devd does for an event, or nil if no rule matches. Of the rules of a
// class only the first one that matches runs, the highest priority first.
func (c *Config) Match(e Event) *Run {
	var run *Run
	var winner *rule
	for _, r := range c.rules {
		if r.Class != e.Class || !c.matches(r, e) {
			continue
		}
		if run == nil {
			winner, run = r, &Run{Rule: r.Rule, Commands: c.commands(r, e)}
			continue
		}
		run.Shadowed = append(run.Shadowed, r.Rule)
		if r.Priority == winner.Priority && r.dir != "" && r.dir == winner.dir && r.Range.Filename != winner.Range.Filename {
			run.Uncertain = true
		}
	}
	return run
}

func (c *Config) commands(r *rule, e Event) []string {
	vars := func(name string) string { return c.lookup(e, name) }
	var list []string
	for _, a := range r.actions {
		list = append(list, dialectOf(c.Release).expand(a, vars, true))
	}
	return list
}

func (c *Config) matches(r *rule, e Event) bool {
	for _, cond := range r.conditions {
		if cond.media != "" {
			if !hasMedia(c.mediaDevice(e), cond.media) {
				return false
			}
			continue
		}
		ok := cond.re != nil && cond.re.MatchString(latin1(c.lookup(e, cond.variable)))
		if ok == cond.inverted {
			return false
		}
	}
	return true
}

// lookup is get_variable(): the event first, then the options sections, else nothing.
func (c *Config) lookup(e Event, name string) string {
	if v, ok := e.Vars[name]; ok {
		return c.fixValue(v)
	}
	if c.Release.AtLeast(11, 3) && e.Class == "notify" {
		switch name {
		case "*":
			return "!" + e.line()
		case "_":
			return e.line()
		case "timestamp":
			return "0.000000" // the moment of the event, which nobody knows beforehand
		}
	}
	return c.vars[name]
}

func (c *Config) mediaDevice(e Event) string {
	if name := c.lookup(e, "device-name"); name != "" {
		return name
	}
	return c.lookup(e, "subsystem")
}

// hasMedia guesses what SIOCGIFMEDIA would say: wlan and old wireless drivers are 802.11,
// pseudo interfaces have no media, all else is Ethernet.
func hasMedia(name, media string) bool {
	driver := strings.TrimRight(name, "0123456789.")
	switch driver {
	case "carp", "lo", "pfsync", "pflog", "enc", "gif", "gre", "stf", "tun", "faith", "ipfw", "usbus", "":
		return media == "unknown"
	case "wlan":
		return media == "802.11"
	}
	return media == "ethernet"
}
