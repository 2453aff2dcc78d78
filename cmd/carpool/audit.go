package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"carpool/importer"
	"carpool/importer/tree"
)

func auditCommand() *command {
	return &command{
		name:    "audit",
		args:    "TREES...",
		maxArgs: 1 << 20,
		summary: "check the files that hosts already have",
		about: "Audit reads the files of existing hosts the way FreeBSD reads them and prints what is wrong with them and " +
			"between them. TREES is a folder with one folder per host, each a mirror of the host's root, or pairs " +
			"HOST=DIR. Files may also lie side by side in the folder of their host: rc.conf, hast.conf, devd.conf, sysctl.conf, " +
			"loader.conf and so on, if it has no etc. The rules are those of validate, and the findings stand at the lines of the hosts' own files; in " +
			"addition audit finds what only existing files can show, such as devd rules that hide each other. The release " +
			"of a host is the one that --release states, for all of them or as HOST=RELEASE; else that of " +
			"bin/freebsd-version, os-release or motd below its folder; else it follows from the form of the CARP settings, " +
			"and audit says so. Settings that it does not know are not judged. Passwords are never shown.",
		example: `$ carpool audit out
$ carpool audit --release 13.2 skunk1=/backup/a skunk2=/backup/b
$ carpool audit --release old=9.3 --release new=14.2 trees`,
		judges: true,
		flags:  releaseFlag,
		run:    runAudit,
	}
}

func runAudit(c *call) error {
	hosts, done, err := c.hosts()
	if err != nil {
		return err
	}
	defer done()
	cluster := importer.Read(hosts)
	for _, h := range hosts {
		c.say(h)
	}
	diags := cluster.Audit()
	c.report.findings = findingsOf(diags, cluster.Source)
	return nil
}

// hosts opens the trees that the arguments name.
func (c *call) hosts() (hosts []*importer.Host, done func(), err error) {
	var opened []*tree.Tree
	done = func() {
		for _, t := range opened {
			t.Close()
		}
	}
	places, err := c.trees()
	if err != nil {
		return nil, nil, err
	}
	for _, p := range places {
		release, err := c.releaseOf(p.name)
		if err != nil {
			done()
			return nil, nil, err
		}
		t, err := tree.Open(p.dir)
		if err != nil {
			done()
			return nil, nil, fmt.Errorf("cannot read the files of %s: %w", p.name, err)
		}
		opened = append(opened, t)
		hosts = append(hosts, importer.NewHost(p.name, filepath.ToSlash(p.dir), t, release))
	}
	return hosts, done, nil
}

// treePlace is where the files of one host lie.
type treePlace struct {
	name, dir string
	named     bool // the user called it so
}

const treesHelp = "name a folder with one folder per host, or pairs HOST=DIR"

func (c *call) trees() ([]treePlace, error) {
	places, err := c.places(c.args)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, usagef(treesHelp, "%s needs the files of hosts", c.command.name)
	}
	for _, r := range c.opt.releases {
		name, _, named := strings.Cut(r, "=")
		if named && !slices.ContainsFunc(places, func(p treePlace) bool { return p.name == name }) {
			return nil, usagef("", "--release %s: there is no host %q", r, name)
		}
	}
	return places, nil
}

// places finds the trees that arguments name, sorted by host.
func (c *call) places(args []string) ([]treePlace, error) {
	var places []treePlace
	for _, arg := range args {
		name, dir, pair := strings.Cut(arg, "=")
		if pair && name != "" && dir != "" {
			places = append(places, treePlace{name, dir, true})
			continue
		}
		found, err := treesIn(arg)
		if err != nil {
			return nil, err
		}
		places = append(places, found...)
	}
	slices.SortStableFunc(places, func(a, b treePlace) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(places); i++ {
		if a, b := places[i-1], places[i]; a.name == b.name {
			return nil, usagef(treesHelp, "two trees are called %q: %s and %s", a.name, a.dir, b.dir)
		}
	}
	return places, nil
}

// treesIn lists the folders of hosts below dir.
func treesIn(dir string) ([]treePlace, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", dir, err)
	}
	var places []treePlace
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			places = append(places, treePlace{e.Name(), filepath.Join(dir, e.Name()), false})
		}
	}
	one := usagef("write "+filepath.Base(dir)+"="+dir, "%s is the tree of one host, not a folder of them", dir)
	switch names := []string{"etc", "boot", "usr"}; {
	case tree.IsFlat(os.DirFS(dir)):
		return nil, one
	case len(places) == 0:
		return nil, usagef(treesHelp, "%s has no folders of hosts", dir)
	case slices.ContainsFunc(places, func(p treePlace) bool { return p.name == "etc" }) &&
		!slices.ContainsFunc(places, func(p treePlace) bool {
			_, err := os.Stat(filepath.Join(p.dir, "etc"))
			return err == nil && !slices.Contains(names, p.name)
		}):
		return nil, one
	}
	return places, nil
}
