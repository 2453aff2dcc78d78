package hastconf

import (
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/schema"
)

// Host is what hastd compares the names of "on" sections with.
type Host struct {
	Name string // gethostname(3), usually hostname of rc.conf
	UUID string // kern.hostuuid, the content of /etc/hostid; may be unknown
}

// id is kern.hostid: the first four bytes of the MD5 of the UUID (etc/rc.d/hostid).
func (h Host) id() string {
	if h.UUID == "" {
		return ""
	}
	sum := md5.Sum([]byte(h.UUID))
	return fmt.Sprintf("hostid%d", binary.BigEndian.Uint32(sum[:4]))
}

// Is says whether an "on name" section belongs to the host (isitme() of parse.y, 13.2).
func (h Host) Is(name string) bool {
	short, _, dotted := strings.Cut(h.Name, ".")
	return name == h.Name || dotted && name == short ||
		h.UUID != "" && (strings.EqualFold(name, h.UUID) || name == h.id())
}

// names lists what the host answers to, in the form and order of hastd's message.
func (h Host) names() string {
	var list []string
	if short, _, dotted := strings.Cut(h.Name, "."); dotted && short != "" {
		list = append(list, short)
	}
	list = append(list, h.Name)
	if h.UUID != "" {
		return strings.Join(append(list, h.UUID, h.id()), ", ")
	}
	return strings.Join(append(list, "its kern.hostuuid", "its hostid"), ", ")
}

// Config is what hastd works with on one host.
type Config struct {
	Control, PIDFile Value
	Listen           []Value
	Resources        []HostResource
}

// HostResource is a resource as one host sees it, all inheritance applied.
type HostResource struct {
	Name, Provider, Local, Remote, Source                        Value
	Replication, Checksum, Compression, Timeout, Exec, Metaflush Value
	Section                                                      *Resource
}

// Resource returns the resource called name, or nil.
func (c *Config) Resource(name string) *HostResource {
	for i := range c.Resources {
		if c.Resources[i].Name.Text == name {
			return &c.Resources[i]
		}
	}
	return nil
}

// ForHost returns the configuration the file gives to one host of a release. Errors are
// those for which hastd exits; call it for files that Parse found free of errors.
func (f *File) ForHost(h Host, release schema.Release) (*Config, hcl.Diagnostics) {
	diags := f.checkRelease(release)
	c := &Config{
		Control: pick("control", builtin("/var/run/hastctl"), f.Settings),
		PIDFile: pick("pidfile", builtin("/var/run/hastd.pid"), f.Settings),
	}
	listen := f.Settings
	for _, n := range f.Nodes {
		if !h.Is(n.Name.Text) {
			continue
		}
		diags = append(diags, tooLong(n.Settings)...)
		c.Control = pick("control", c.Control, n.Settings)
		c.PIDFile = pick("pidfile", c.PIDFile, n.Settings)
		listen = append(listen[:len(listen):len(listen)], n.Settings...)
	}
	c.Listen = listenOn(listen, release)
	for _, r := range f.Resources {
		res, d := f.resource(r, h, release)
		c.Resources = append(c.Resources, res)
		diags = append(diags, d...)
	}
	sortDiags(diags)
	return c, diags
}

// listenOn collects every listen address in the order of the file: they accumulate, and any
// of them replaces both defaults.
func listenOn(settings []Setting, release schema.Release) []Value {
	var list []Value
	for _, s := range settings {
		if s.Keyword == "listen" {
			list = append(list, s.Value)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].Range.Start.Byte < list[j].Range.Start.Byte })
	if len(list) > 0 {
		return list
	}
	list = append(list, builtin("tcp4://0.0.0.0:8457"))
	if release.AtLeast(8, 2) {
		list = append(list, builtin("tcp6://[::]:8457"))
	}
	return list
}

// resource applies resource-node > resource > global > built-in.
func (f *File) resource(r *Resource, h Host, release schema.Release) (HostResource, hcl.Diagnostics) {
	own, diags := r.own(h)
	defaults := builtins(release)
	inherit := func(word string, levels ...[]Setting) Value {
		return pick(word, builtin(defaults[word]), levels...)
	}
	res := HostResource{
		Name: r.Name, Section: r,
		Provider:    pick("name", r.Name, r.Settings, own),
		Local:       inherit("local", r.Settings, own),
		Remote:      inherit("remote", own),
		Source:      inherit("source", own),
		Replication: inherit("replication", f.Settings, r.Settings),
		Checksum:    inherit("checksum", f.Settings, r.Settings),
		Compression: inherit("compression", f.Settings, r.Settings),
		Timeout:     inherit("timeout", f.Settings, r.Settings),
		Exec:        inherit("exec", f.Settings, r.Settings),
		Metaflush:   inherit("metaflush", f.Settings, r.Settings, own),
	}
	res.Provider.Text = res.Provider.Text[:min(len(res.Provider.Text), nameSize-1)]
	if res.Timeout.IsSet() {
		res.Timeout.Text = fmt.Sprint(timeout(res.Timeout.Text))
	}
	if diags.HasErrors() {
		return res, diags
	}
	if res.Remote.Text == "" {
		diags = append(diags, refused(r.Range, "Remote address not configured for resource "+r.Name.Text+".",
			"Write \"remote ADDRESS\" (or \"remote none\") in the section of this host."))
	}
	if res.Local.Text == "" {
		diags = append(diags, refused(r.Range, "Path to local component not configured for resource "+r.Name.Text+".",
			"Write \"local PATH\" in the resource or in the section of this host."))
	}
	return res, diags
}

// own joins the settings of the sections that belong to the host.
func (r *Resource) own(h Host) ([]Setting, hcl.Diagnostics) {
	var own []Setting
	var mine []*Node
	var diags hcl.Diagnostics
	for _, n := range r.Nodes {
		if !h.Is(n.Name.Text) {
			continue
		}
		if len(mine) > 0 {
			diags = append(diags, &hcl.Diagnostic{
				Severity: hcl.DiagWarning,
				Summary:  fmt.Sprintf("Two sections of resource %s belong to host %s", r.Name.Text, h.Name),
				Detail: fmt.Sprintf("hastd applies both, \"on %s\" (line %d) first and this one after it, without a warning. Keep one.",
					mine[0].Name.Text, mine[0].Range.Start.Line),
				Subject: n.Name.Range.Ptr(),
			})
		}
		mine = append(mine, n)
		own = append(own, n.Settings...)
		diags = append(diags, tooLong(n.Settings)...)
	}
	if len(mine) == 0 {
		text := fmt.Sprintf("No resource %s configuration for this node (acceptable node names: %s).", r.Name.Text, h.names())
		diags = append(diags, refused(r.Name.Range, text,
			"One such resource is enough to lose all of them. Add an \"on\" section with one of these names, or list here only the resources of this host."))
	}
	return own, diags
}

func tooLong(list []Setting) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, s := range list {
		if s.Keyword == "listen" {
			continue // already refused for every host
		}
		if d := checkSize(s, sizes[s.Keyword]); d != nil {
			diags = append(diags, d)
		}
	}
	return diags
}

// pick returns the last setting of word, later levels first, or the fallback.
func pick(word string, fallback Value, levels ...[]Setting) Value {
	for _, level := range levels {
		for _, s := range level {
			if s.Keyword == word {
				fallback = s.Value
			}
		}
	}
	return fallback
}

func builtin(text string) Value { return Value{Text: text} }

// builtins are the values of settings that no level states.
func builtins(release schema.Release) map[string]string {
	d := map[string]string{
		"replication": "memsync", "checksum": "none", "compression": "hole", "timeout": "20", "metaflush": "on",
	}
	if !hasMemsync(release) {
		d["replication"] = "fullsync"
	}
	if !release.AtLeast(8, 2) {
		d["timeout"] = "5"
	}
	return d
}

// hasMemsync: memsync came with 9.2 and 8.4.
func hasMemsync(r schema.Release) bool {
	return r.AtLeast(9, 2) || r.Major == 8 && r.AtLeast(8, 4)
}

// oldWords are all the keywords of the first hastd (hast.conf(5) of August 2010, 8.1).
const oldWords = "control listen replication timeout on resource name local remote"

// checkRelease refuses words that the hastd of 8.1 did not know.
func (f *File) checkRelease(release schema.Release) hcl.Diagnostics {
	if release.AtLeast(8, 2) {
		return nil
	}
	all := [][]Setting{f.Settings}
	for _, n := range f.Nodes {
		all = append(all, n.Settings)
	}
	for _, r := range f.Resources {
		all = append(all, r.Settings)
		for _, n := range r.Nodes {
			all = append(all, n.Settings)
		}
	}
	var diags hcl.Diagnostics
	for _, list := range all {
		for _, s := range list {
			if !listed(oldWords, s.Keyword) {
				diags = append(diags, refused(s.Range, fmt.Sprintf("hastd of FreeBSD %s does not know %q", release, s.Keyword), "Remove it."))
			}
		}
	}
	return diags
}
