package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"carpool/generator"
	"carpool/importer"
	"carpool/importer/tree"
	"carpool/schema"
)

func diffCommand() *command {
	return &command{
		name:    "diff",
		args:    "[PATH] -o DIR | --live TREES",
		maxArgs: 1 << 20,
		summary: "show what render would change, effects first",
		about: "Diff compares what render would write with what is there: in DIR, which render wrote, or in TREES, the files " +
			"of hosts as audit takes them: a folder with one folder per host, or pairs HOST=DIR. A DIR that render did not " +
			"write is taken for TREES. First come the effects: what FreeBSD would do, to which vip, resource or failover, on " +
			"which node. They are found by reading both sides as FreeBSD reads them, so that files which differ and mean the " +
			"same have none. Then come the files that would change, with what the host needs afterwards, and the changes as " +
			"unified diffs. In TREES only the files that render writes count. A secret is shown as changed, its text never. " +
			"Diff exits with 1 if there are differences; with --effects only effects are shown, and only they count. DIR or " +
			"TREES may be given as further arguments too.",
		example: `$ carpool diff examples/skunk -o out
$ carpool diff examples/skunk out
$ carpool diff --host skunk1 -o out .
$ carpool diff --effects --live skunk1=/backup/a --live skunk2=/backup/b site`,
		takesPath: true,
		flags: func(fs *pflag.FlagSet, o *options) {
			outFlag(fs, o, "compare with this `DIR`, which render wrote")
			fs.StringArrayVar(&o.live, "live", nil, "compare with the files of hosts in `TREES`, or HOST=DIR (repeatable)")
			fs.BoolVar(&o.effects, "effects", false, "show what the changes do, and only that")
			fileFlags(fs, o)
		},
		run: runDiff,
	}
}

const diffUsage = "usage: carpool diff [PATH] -o DIR | --live TREES"

func runDiff(c *call) error {
	if err := c.diffArgs(); err != nil {
		return err
	}
	places, err := c.places(c.opt.live)
	if err != nil {
		return err
	}
	cluster, files, err := c.renderCluster()
	if files == nil || err != nil {
		return err
	}
	d := &difference{call: c, cluster: cluster, files: files, before: map[string]*importer.Host{}}
	defer d.close()
	if len(places) > 0 {
		err = d.withLive(places)
	} else {
		err = d.withRendered()
	}
	if err != nil || len(d.changes) == 0 {
		return err
	}
	effects := importer.Effects(cluster, d.pairs())
	c.report.effects = effects
	writeEffects(&c.product, effects)
	if !c.opt.effects {
		writeChanges(&c.product, d.changes)
	} else if !slices.ContainsFunc(effects, func(e importer.Effect) bool { return e.Code != importer.NoEffect }) {
		return nil
	}
	return errDiffers
}

// diffArgs sorts out what to compare with: after it, that is either the folder
// of -o or the trees of --live.
func (c *call) diffArgs() error {
	given := slices.Clone(c.opt.live)
	if len(c.args) > 1 {
		given = append(given, c.args[1:]...)
	}
	switch {
	case c.opt.out != "" && len(given) > 0:
		return usagef(diffUsage, "the folder is given twice: %q and -o %q", given[0], c.opt.out)
	case c.opt.out == "" && len(given) == 0:
		return usagef(diffUsage, "diff needs to be told what to compare with: -o DIR")
	case c.opt.out != "":
		given = []string{c.opt.out}
	}
	for _, dir := range given {
		if dir == "-" || strings.HasSuffix(dir, ".tar") {
			return usagef("carpool render --check -o FILE.tar tells whether an archive is current", "diff compares folders, not archives")
		}
	}
	if len(given) == 1 && len(c.opt.live) == 0 && rendered(given[0]) {
		c.opt.out = given[0]
	} else {
		c.opt.out, c.opt.live = "", given
	}
	return nil
}

// rendered reports whether render wrote the folder, or could write it: it is
// empty, or not there.
func rendered(dir string) bool {
	if strings.Contains(dir, "=") {
		return false
	}
	if _, err := os.Stat(filepath.Join(dir, generator.ManifestName)); err == nil {
		return true
	}
	entries, err := os.ReadDir(dir)
	return err != nil || len(entries) == 0
}

// difference is what lies there beside what would be written.
type difference struct {
	*call
	cluster *schema.Cluster
	files   []generator.File
	before  map[string]*importer.Host // by label of the node
	trees   map[string]*tree.Tree
	changes []generator.Change
}

func (d *difference) close() {
	for _, t := range d.trees {
		t.Close()
	}
}

// open reads what lies there of a node. Where nothing says which release it
// is, it is that of the description.
func (d *difference) open(node, dir string, release *schema.Release) error {
	t, err := tree.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot read the files of %s: %w", node, err)
	}
	if d.trees == nil {
		d.trees = map[string]*tree.Tree{}
	}
	d.trees[node] = t
	own := release
	if n := d.node(node); own == nil && n != nil {
		if h := importer.NewHost(node, dir, t, nil); h.Guessed {
			own = &n.Release
		}
	}
	d.before[node] = importer.NewHost(node, filepath.ToSlash(dir), t, own)
	return nil
}

func (d *difference) node(name string) *schema.Node {
	for _, n := range d.cluster.Nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// withRendered compares with a folder of render's own.
func (d *difference) withRendered() (err error) {
	d.changes, err = generator.Target{Dir: d.opt.out, Only: d.opt.hosts, Shard: d.opt.shard.Shard}.Diff(d.files)
	if err != nil {
		return err
	}
	for _, change := range d.changes {
		dir := filepath.Join(d.opt.out, change.Node)
		if _, err := os.Stat(dir); err != nil || d.before[change.Node] != nil {
			continue
		}
		release := &schema.Release{Major: schema.NewestMajor}
		if n := d.node(change.Node); n != nil {
			release = &n.Release
		}
		if err := d.open(change.Node, dir, release); err != nil {
			return err
		}
	}
	return nil
}

// withLive compares with files that carpool may not have written.
func (d *difference) withLive(places []treePlace) (err error) {
	for _, p := range places {
		n := d.nodeOf(p.name)
		switch {
		case n == nil && p.named:
			return usagef("the nodes are "+strings.Join(generator.Rendered(d.cluster), ", "), "there is no node %q in the description", p.name)
		case n == nil:
			fmt.Fprintf(d.err, "carpool: %s is no node of the description; it is left alone\n", printableLine(p.dir))
			continue
		case d.before[n.Name] != nil:
			return usagef("", "two trees are those of %s", n.Name)
		}
		if err := d.open(n.Name, p.dir, nil); err != nil {
			return err
		}
	}
	d.changes, err = generator.Live{
		Read: func(node, path string) ([]byte, error) {
			if d.trees[node] == nil {
				return nil, os.ErrNotExist
			}
			return d.trees[node].ReadFile(d.before[node].Path(path))
		},
		Cover: func(node, path string) string { return d.before[node].Covered(d.before[node].Path(path)) },
	}.Diff(d.files)
	return err
}

// nodeOf finds the node that a tree is called after: by its label, else by its
// host name.
func (d *difference) nodeOf(name string) *schema.Node {
	if n := d.node(name); n != nil {
		return n
	}
	for _, n := range d.cluster.Nodes {
		short, _, _ := strings.Cut(n.FQDN, ".")
		if name == n.FQDN || name == short {
			return n
		}
	}
	return nil
}

// pairs are the hosts as they are and as they would be.
func (d *difference) pairs() []importer.Pair {
	over, after := map[string]map[string][]byte{}, map[string]bool{}
	for _, change := range d.changes {
		if over[change.Node] == nil {
			over[change.Node] = map[string][]byte{}
		}
		path := change.Path
		if h := d.before[change.Node]; h != nil {
			path = h.Path(path)
		}
		over[change.Node][path] = change.Data
	}
	programs := map[string][]string{}
	var names []string
	for _, f := range d.files {
		if after[f.Node] = true; f.Static {
			programs[f.Node] = append(programs[f.Node], f.Path)
		}
		names = append(names, f.Node)
	}
	for node := range over {
		names = append(names, node)
	}
	slices.Sort(names)
	var pairs []importer.Pair
	for _, name := range slices.Compact(names) {
		p := importer.Pair{Name: name, Same: over[name] == nil, Before: d.before[name], Programs: programs[name]}
		if after[name] && !p.Same {
			base := tree.Memory(nil)
			if p.Before != nil {
				base = d.trees[name]
			}
			p.After = importer.NewHost(name, name, base.Over(over[name]), &d.node(name).Release)
		}
		pairs = append(pairs, p)
	}
	return pairs
}

// writeEffects tells what happens, and of each kind once why.
func writeEffects(b *bytes.Buffer, effects []importer.Effect) {
	for i, e := range effects {
		if b.Len() == 0 {
			b.WriteString("effects:\n")
		}
		fmt.Fprintf(b, "  %s\n", printableLine(e.String()))
		if i+1 == len(effects) || effects[i+1].Code != e.Code {
			fmt.Fprintf(b, "      %s\n", e.Kind().Does)
		}
	}
}

// writeChanges lists, host by host, what files would change and what that
// takes, and then the text.
func writeChanges(b *bytes.Buffer, changes []generator.Change) {
	width := 0
	for _, change := range changes {
		width = max(width, len(change.Path))
	}
	host := ""
	for _, change := range changes {
		if change.Node != host {
			host = change.Node
			if b.Len() > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(b, "%s:\n", host)
		}
		line := fmt.Sprintf("  %-7s  %-*s", change.Kind, width, change.Path)
		if change.Needs != "" {
			line += "  " + change.Needs
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	for _, change := range changes {
		b.WriteString("\n" + change.Text)
	}
}
