// Package importer reads what hosts already have: the files of each, as
// FreeBSD reads them, become one cluster, which the rules then judge and which
// can be written as a description.
//
// A host's interfaces and virtual addresses are taken from the commands of a
// boot (package trace), not from the text of rc.conf: what counts is what
// FreeBSD makes of the text. Every value keeps its place in the host's files.
package importer

import (
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/devdconf"
	"carpool/importer/hastconf"
	"carpool/importer/internal/source"
	"carpool/importer/rcconf"
	"carpool/importer/trace"
	"carpool/importer/tree"
	"carpool/schema"
)

// Host is one host's files.
type Host struct {
	Name    string // of its folder, or as the user calls it
	Dir     string // where the files lie, for findings
	Release schema.Release
	// Known says how the release was found: "stated", the file that says so,
	// or, where nothing does, the guess from the form of the settings.
	Known   string
	Guessed bool

	tree     *tree.Tree
	cfg      *rcconf.Config
	boot     []trace.Command
	parsed   []settings       // of the commands that are ifconfig's
	groups   []*vhid          // nil until asked for
	known    []string         // passwords
	devd     *devdconf.Config // nil where devd refuses its files
	devdRead bool
	devdOn   bool           // rc starts it
	hastFile *hastconf.File // nil if hastd cannot parse it
	texts    map[string]*source.Text
	diags    hcl.Diagnostics // places as the host calls its files
	created  []string        // interfaces that the boot makes
	fragment bool            // no rc.conf: these are files beside the host's own

	settingsOfSwitch *rcconf.Config // nil without carpool's own switch
	switched         bool           // settingsOfSwitch was looked for
	adopted          bool           // what they move is in the cluster
}

// NewHost reads the files below t. Without a stated release it is found in the
// tree. dir stands before the names of files in findings.
func NewHost(name, dir string, t *tree.Tree, release *schema.Release) *Host {
	h := &Host{Name: name, Dir: dir, tree: t, texts: map[string]*source.Text{}}
	if release != nil {
		h.Release, h.Known = *release, "stated"
	} else {
		h.findRelease()
	}
	h.fragment = !t.Exists("/etc/rc.conf")
	cfg, diags := rcconf.Load(t, h.Release, append(rcconf.Netif(h.Release), "hostname")...)
	h.cfg, h.diags = cfg, append(h.diags, coded(CodeRC, diags)...)
	return h
}

// Path is where a file that belongs below the host's root lies in its tree.
func (h *Host) Path(name string) string { return "/" + strings.TrimPrefix(name, "/") }

// Boot returns the commands of a boot, and keeps the findings about them.
func (h *Host) Boot(options trace.Options) []trace.Command {
	commands, diags := trace.Boot(h.tree, h.Release, options)
	h.boot, h.parsed, h.groups, h.known = commands, nil, nil, nil
	h.diags = append(h.diags, coded("", diags)...)
	return commands
}

// Event returns what devd runs for an event, nil if nothing.
func (h *Host) Event(system, subsystem, kind string) *devdconf.Run {
	return h.run(devdconf.Notify(system, subsystem, kind))
}

func (h *Host) run(e devdconf.Event) *devdconf.Run {
	h.loadDevd()
	if !h.devdOn || h.devd == nil {
		return nil
	}
	return h.devd.Match(e)
}

// loadDevd reads the rules of devd; they stay nil where devd refuses them.
func (h *Host) loadDevd() {
	if h.devdRead {
		return
	}
	h.devdRead = true
	cfg, _ := rcconf.Load(h.tree, h.Release, "devd")
	h.devdOn = cfg.Yes("devd_enable")
	c, diags := devdconf.Load(h.tree, h.Release)
	h.diags = append(h.diags, coded(CodeDevd, diags)...)
	if !diags.HasErrors() {
		h.devd = c
	}
}

// CARPEvents lists the events that the kernel posts about the vhids of the
// host: of carpN interfaces up to 9.x, of vhids later (ip_carp.c
// carp_set_state, if.c do_link_state_change).
func (h *Host) CARPEvents() [][3]string {
	if h.boot == nil {
		h.Boot(trace.Options{})
	}
	var events [][3]string
	for _, v := range h.vhids() {
		if !h.Release.AtLeast(10, 0) {
			events = append(events, [3]string{"IFNET", v.iface, "LINK_UP"}, [3]string{"IFNET", v.iface, "LINK_DOWN"})
			continue
		}
		for _, kind := range []string{"MASTER", "BACKUP", "INIT"} {
			events = append(events, [3]string{"CARP", v.subsystem(), kind})
		}
	}
	return events
}

// maxMatches bounds how many pairs of an event and a rule are tried: a host has
// a few dozen.
const maxMatches = 50_000

// probes are the events of CARPEvents that the rules are tried on, as many as
// maxMatches leaves room for.
func (h *Host) probes() [][3]string {
	events := h.CARPEvents()
	h.loadDevd()
	if h.devd == nil {
		return events
	}
	return events[:min(len(events), maxMatches/max(1, len(h.devd.Rules())))]
}

// Findings returns what was found so far with the text it points at.
func (h *Host) Findings() (*schema.Source, hcl.Diagnostics) {
	diags := h.placed(h.diags)
	schema.Sort(diags)
	return sourceOf([]*Host{h}), schema.Unique(diags)
}

// placed moves findings from the host's names of its files to ours, and takes
// passwords out of what they say.
func (h *Host) placed(diags hcl.Diagnostics) hcl.Diagnostics {
	out := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		c := *d
		if d.Subject != nil {
			c.Subject = h.place(*d.Subject).Ptr()
			c.Context = nil
		}
		c.Summary, c.Detail = h.discreet(c.Summary), h.discreet(c.Detail)
		out[i] = &c
	}
	return out
}

// place names the file of a range as the user finds it.
func (h *Host) place(at hcl.Range) hcl.Range {
	if at.Filename == "" || !strings.HasPrefix(at.Filename, "/") {
		return at
	}
	h.text(at.Filename)
	at.Filename = h.fileName(at.Filename)
	return at
}

func (h *Host) fileName(name string) string {
	if h.Dir == "" {
		return name
	}
	return path.Join(h.Dir, h.tree.Where(name))
}

// text returns a file of the host, empty if it cannot be read.
func (h *Host) text(name string) *source.Text {
	if t := h.texts[name]; t != nil {
		return t
	}
	data, err := h.tree.ReadFile(name)
	if err != nil {
		data = nil
	}
	t := source.New(name, data)
	h.texts[name] = t
	return t
}
