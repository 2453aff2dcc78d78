package importer

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2/hclwrite"

	"carpool/importer/hastconf"
	"carpool/schema"
)

// blocks are the blocks that the cluster has, and a node where it departs.
type blocks struct {
	carp, hastd, output []line
}

// commonOf lists what stands in these blocks for one node.
func (w *writer) commonOf(n *schema.Node) blocks {
	return blocks{w.carpOf(n), w.hastdOf(n), w.outputOf(n)}
}

// sharedBlocks finds what is the same for all nodes that it is about: the carp
// options of those with vips, hastd's of those with resources.
func (w *writer) sharedBlocks() blocks {
	var carp, hastd, output [][]line
	for _, n := range w.Nodes {
		vips, copies := w.duties(n)
		c := w.commonOf(n)
		if vips {
			carp = append(carp, c.carp)
		}
		if copies {
			hastd = append(hastd, c.hastd)
		}
		output = append(output, c.output)
	}
	alike := func(each [][]line) []line {
		if len(each) == 0 || len(each) == 1 && len(w.Nodes) > 1 {
			return nil
		}
		all, _ := shared(each)
		return all
	}
	return blocks{alike(carp), alike(hastd), alike(output)}
}

// beyond takes what the cluster says already out of what a node says.
func beyond(list, said []line) []line {
	return slices.DeleteFunc(list, func(l line) bool { return slices.Contains(said, l) })
}

// remarks stand above the attributes that somebody should look at.
var remarks = map[line]string{
	{"preempt", "false"}:       "net.inet.carp.preempt is not on, so a better node does not take over: better take the line out.",
	{"mode", `"fragment"`}:     "The files that were read do not tell the hosts' own addresses.",
	{"listen", listenAnywhere}: "hast.conf states no address. Without this line hastd would listen where its peers connect to.",
}

const listenAnywhere = `["0.0.0.0", "::"]`

// commonBlocks writes the blocks in the cluster (top is where its output block
// goes), or in a node.
func (w *writer) commonBlocks(b *hclwrite.Body, c blocks, ignore bool) {
	for _, part := range []struct {
		kind string
		list []line
	}{{"carp", c.carp}, {"hastd", c.hastd}, {"output", c.output}} {
		if len(part.list) == 0 {
			continue
		}
		gap(b)
		in := b.AppendNewBlock(part.kind, nil).Body()
		for _, l := range part.list {
			if text := remarks[l]; text != "" {
				commentIn(in, text)
			}
			if ignore && l.name == "preempt" {
				commentIn(in, "carpool:ignore CARP080 the hosts have always run without")
			}
			w.expr(in, l.name, l.text)
		}
	}
}

// outputOf says where the files of the host are, if that is not where carpool
// would put them.
func (w *writer) outputOf(n *schema.Node) []line {
	var list []line
	if n.Out.Fragment {
		list = append(list, line{"mode", quoted("fragment")})
		if start := w.hosts[n].aliasStart(); start > 0 {
			list = append(list, line{"alias_start", fmt.Sprint(start)})
		}
	}
	if dir := w.hosts[n].scriptDir(); len(w.moved(n)) > 0 && dir != "" && dir != schema.DefaultScriptDir {
		list = append(list, line{"script_dir", quoted(dir)})
	}
	return list
}

// hastdOf says where hastd listens, if that is not where carpool would let it
// listen: on the source of each resource. Without a word it listens everywhere.
func (w *writer) hastdOf(n *schema.Node) []line {
	config := w.hosts[n].hastConfig()
	if config == nil {
		return nil
	}
	var listen []string
	for _, v := range config.Listen {
		if e, err := schema.SplitHASTAddress(v.Text); err == nil && parsable(e.Host) && !slices.Contains(listen, e.Host) {
			listen = append(listen, e.Host)
		}
	}
	everywhere := !slices.ContainsFunc(config.Listen, hastconf.Value.IsSet)
	derived := w.derivedListen(n)
	same := len(listen) == len(derived) && !slices.ContainsFunc(listen, func(a string) bool { return !slices.Contains(derived, a) })
	var list []line
	if !same && !(everywhere && len(derived) == 0) {
		list = append(list, line{"listen", quotedList(listen)})
	}
	if n.Daemon.Port.Stated {
		list = append(list, line{"port", fmt.Sprint(n.Daemon.Port.Value)})
	}
	return list
}

func parsable(host string) bool { _, err := parseAddr(host); return err == nil }

// derivedListen lists the addresses that carpool would let hastd listen on.
func (w *writer) derivedListen(n *schema.Node) []string {
	var list []string
	for _, h := range w.HASTs {
		c := h.Copy(n)
		if c == nil {
			continue
		}
		text := c.Source.Value
		if c.Peer != nil && !n.Release.Has(schema.HASTHooks) {
			text = c.Peer.Remote.Value
		}
		if a, _, err := schema.ParseHASTAddress(text); err == nil && !slices.Contains(list, a.String()) {
			list = append(list, a.String())
		}
	}
	return list
}
