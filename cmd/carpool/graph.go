package main

import (
	"io"

	"github.com/spf13/pflag"

	"carpool/graph"
)

// pictures are the languages that graph writes: the values of --as.
var pictures = []struct {
	name  string
	write func(*graph.Picture, io.Writer) error
}{
	{"svg", (*graph.Picture).SVG},
	{"dot", (*graph.Picture).DOT},
	{"mermaid", (*graph.Picture).Mermaid},
}

func pictureNames() []string {
	names := make([]string, len(pictures))
	for i, p := range pictures {
		names[i] = p.name
	}
	return names
}

func graphCommand() *command {
	return &command{
		name:    "graph",
		args:    "[PATH]",
		maxArgs: 1,
		summary: "draw the cluster as SVG, DOT or Mermaid",
		about: "Graph draws the description at PATH: networks, hosts and what wires them, vips with the order in which " +
			"CARP elects their members, HAST resources with what lies on them, and failovers. SVG is complete in " +
			"itself, a browser shows it; DOT is for Graphviz, Mermaid for Markdown pages. Hosts that share nothing are " +
			"drawn apart. A fleet is more than Mermaid takes, and more than one looks at: --host and --failover draw a part.",
		example: `$ carpool graph examples/skunk > skunk.svg
$ carpool graph examples/skunk --as dot | dot -Tpdf > skunk.pdf
$ carpool graph examples/fleet --host pair007a > pair007.svg`,
		takesPath: true,
		flags: func(fs *pflag.FlagSet, o *options) {
			o.as = "svg"
			fs.Var(choice{&o.as, pictureNames()}, "as", "draw in `LANGUAGE`: "+orList(pictureNames()))
			fs.StringArrayVar(&o.hosts, "host", nil, "draw only what this `NODE` is part of (repeatable)")
			fs.StringArrayVar(&o.failovers, "failover", nil, "draw only what the failover `NAME` is part of (repeatable)")
		},
		run: runGraph,
	}
}

func runGraph(c *call) error {
	cluster, err := c.compile(false)
	if cluster == nil || err != nil {
		return err
	}
	p := graph.Of(cluster)
	if unknown := p.Select(c.opt.hosts, c.opt.failovers); unknown != "" {
		return usagef("carpool show prints the names", "there is no host or failover %q to draw", unknown)
	}
	c.data = true
	for _, language := range pictures {
		if language.name == c.opt.as {
			return language.write(p, &c.product)
		}
	}
	return nil
}
