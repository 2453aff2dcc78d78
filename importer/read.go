package importer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/hastconf"
	"carpool/importer/keyvalue"
	"carpool/importer/trace"
	"carpool/schema"
)

// Cluster is what the files of all hosts say together.
type Cluster struct {
	*schema.Cluster
	Source *schema.Source // the text of the files
	Hosts  []*Host
	hosts  map[*schema.Node]*Host
	nodes  map[*Host]*schema.Node
	// given is the group of a member as its host configures it.
	given  map[*schema.Member]*vhid
	groups []*group        // what the settings of carpool's own switch move
	diags  hcl.Diagnostics // of audit, placed
}

// Read makes one cluster of the hosts' files. Its values have their places in
// those files. There are no failovers in it: what the settings of carpool's
// own switch say is kept beside it.
func Read(hosts []*Host) *Cluster {
	c := &Cluster{Cluster: &schema.Cluster{}, Hosts: hosts, hosts: map[*schema.Node]*Host{}, nodes: map[*Host]*schema.Node{}, given: map[*schema.Member]*vhid{}}
	for _, h := range hosts {
		h.Boot(trace.Options{})
		n := h.node()
		c.Nodes = append(c.Nodes, n)
		c.hosts[n], c.nodes[h] = h, n
	}
	c.fromPeers()
	c.networks()
	c.named()
	c.vips()
	c.failovers()
	c.hasts()
	c.pfsyncs()
	c.Source = sourceOf(hosts)
	return c
}

// start is the first line of the host's main file.
func (h *Host) start() hcl.Range {
	return h.place(hcl.Range{Filename: h.mainFile(), Start: hcl.InitialPos, End: hcl.InitialPos})
}

// mainFile is the first that is there of the files that every host has, "" if
// none is.
func (h *Host) mainFile() string {
	for _, name := range []string{"/etc/rc.conf", "/etc/rc.conf.local", "/etc/hast.conf"} {
		if h.tree.Exists(name) {
			return name
		}
	}
	return ""
}

// stated makes an attribute of what a host's file says.
func stated[T any](h *Host, v T, at hcl.Range) schema.Attr[T] {
	return schema.Attr[T]{Value: v, Range: h.place(at), Stated: true}
}

func (h *Host) node() *schema.Node {
	n := &schema.Node{Release: h.Release, FQDN: h.Name}
	n.Kind, n.Name, n.Range = "node", h.Name, h.start()
	if v := h.cfg.Get("hostname"); v.Value != "" && !v.Guessed {
		n.Hostname = stated(h, v.Value, v.Range)
		n.Range, n.FQDN = n.Hostname.Range, v.Value
	}
	if !n.Hostname.Stated {
		h.hastName(n)
	}
	n.NameRange = n.Range
	n.Out.Fragment = h.fragment
	n.Daemon.Port = schema.Attr[int]{Value: schema.HASTPort, Range: n.Range}
	h.settings(n)
	h.interfaces(n)
	if len(n.Interfaces) == 0 && !n.Hostname.Stated {
		n.Out.Fragment = true // the network is configured elsewhere
	}
	h.told(n)
	if h.jailed(n) {
		n.Jail = schema.Attr[bool]{Value: true, Range: n.Range, Stated: true}
		h.diags = slices.DeleteFunc(h.diags, func(d *hcl.Diagnostic) bool { return d.Summary == "No carp module" }) // it has the host's
	}
	return n
}

// settings keeps every setting of rc.conf, sysctl.conf and loader.conf.
func (h *Host) settings(n *schema.Node) {
	for _, name := range h.cfg.Names() {
		v := h.cfg.Get(name)
		if strings.Contains(name, "pass") || strings.Contains(v.Value, "pass ") {
			continue // what is secret is not judged here
		}
		n.RC.Items = append(n.RC.Items, schema.Setting{Key: name, KeyRange: h.place(v.Range), Value: stated(h, v.Value, v.Range)})
	}
	sysctls, _ := keyvalue.Sysctl(h.tree, h.Release) // Boot has reported what is wrong
	n.Sysctl = h.entries(sysctls)
	loader, _ := keyvalue.Loader(h.tree, h.Release)
	n.Loader = h.entries(loader)
	n.OS.Preempt = schema.Attr[bool]{Range: n.Range}
	if e := sysctls.Last("net.inet.carp.preempt"); e != nil {
		n.OS.Preempt = stated(h, e.Value != "0", e.Range)
	}
}

func (h *Host) entries(list keyvalue.List) schema.Settings {
	var s schema.Settings
	for _, e := range list {
		if last := list.Last(e.Name); last.Range == e.Range {
			s.Items = append(s.Items, schema.Setting{Key: e.Name, KeyRange: h.place(e.Range), Value: stated(h, e.Value, e.ValueRange)})
		}
	}
	return s
}

// hast reads hast.conf as the host itself does; nil if hastd would not start.
func (h *Host) hast() *hastconf.Config {
	const name = "/etc/hast.conf"
	if !h.tree.Exists(name) {
		return nil
	}
	f, diags := hastconf.Parse(name, h.text(name).Bytes)
	if diags.HasErrors() {
		h.diags = append(h.diags, coded(CodeHAST, diags)...)
		return nil
	}
	h.hastFile = f
	config, more := f.ForHost(hastconf.Host{Name: h.nameIn(f)}, h.Release)
	h.diags = append(h.diags, coded(CodeHAST, append(diags, more...))...)
	if more.HasErrors() {
		return nil
	}
	return config
}

// hastConfig is what hast gives, without findings.
func (h *Host) hastConfig() *hastconf.Config {
	kept := h.diags
	defer func() { h.diags = kept }()
	return h.hast()
}

// hastName takes the name of a host from hast.conf where rc.conf does not tell.
func (h *Host) hastName(n *schema.Node) {
	const name = "/etc/hast.conf"
	if h.cfg.Get("hostname").Guessed || !h.tree.Exists(name) {
		return
	}
	if f, diags := hastconf.Parse(name, h.text(name).Bytes); !diags.HasErrors() {
		n.FQDN = h.nameIn(f)
	}
}

// nameIn is the name by which the host finds itself in hast.conf. Where
// rc.conf does not tell it, it is taken to be the one that begins with the
// name of the folder.
func (h *Host) nameIn(f *hastconf.File) string {
	if v := h.cfg.Get("hostname"); v.Value != "" && !v.Guessed {
		return v.Value
	}
	for _, r := range f.Resources {
		for _, n := range r.Nodes {
			if short, _, _ := strings.Cut(n.Name.Text, "."); strings.EqualFold(short, h.Name) {
				return n.Name.Text
			}
		}
	}
	return h.Name
}

// jailed reports whether the files seem to be those of a vnet jail: all its
// interfaces are VLANs or ends of an epair that somebody else made, and it has
// no loader.conf.
func (h *Host) jailed(n *schema.Node) bool {
	if h.tree.Exists("/boot/loader.conf") || len(n.Interfaces) == 0 {
		return false
	}
	return !slices.ContainsFunc(n.Interfaces, func(i *schema.Interface) bool {
		_, _, vlan := i.VLANOf()
		return !strings.HasPrefix(i.Name, "epair") && !vlan || slices.Contains(h.created, i.Name)
	})
}

// Notes says as what release each host is read.
func (c *Cluster) Notes() []string {
	var notes []string
	for _, h := range c.Hosts {
		if h.Guessed {
			notes = append(notes, h.String())
		}
	}
	return notes
}

// sortHosts orders hosts by name.
func sortHosts(hosts []*Host) {
	slices.SortFunc(hosts, func(a, b *Host) int { return cmp.Compare(a.Name, b.Name) })
}
