package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"carpool/importer"
	"carpool/importer/devdconf"
	"carpool/importer/trace"
	"carpool/importer/tree"
	"carpool/schema"
)

func traceCommand() *command {
	return &command{
		name:    "trace",
		args:    "TREE [--event SYSTEM SUBSYSTEM TYPE]",
		maxArgs: 3,
		summary: "show what a boot does with a host's files",
		about: "Trace reads the files of one host below TREE, a mirror of its root, the way FreeBSD reads them, and prints " +
			"the loader's, ifconfig's, kldload's and sysctl's commands of a boot in their order, one a line. With --event " +
			"it prints what devd runs for that event instead, with --events what it runs for every event of every vhid. " +
			"Nothing of the tree is ever executed. The files may lie side by side in TREE, if it has no etc. The findings are on stderr. Without --release the release is taken from " +
			"bin/freebsd-version or os-release of the tree, else from the form of its CARP settings.",
		example: `$ carpool trace out/skunk1
$ carpool trace --release 9.3 /backup/skunk1
$ carpool trace out/skunk1 --event CARP 1@em0 MASTER`,
		flags: func(fs *pflag.FlagSet, o *options) {
			releaseFlag(fs, o)
			fs.StringVar(&o.event, "event", "", "print what devd runs for an event: `SYSTEM`, and SUBSYSTEM and TYPE as arguments")
			fs.BoolVar(&o.events, "events", false, "print what devd runs for each event of each vhid")
		},
		run: runTrace,
	}
}

// releaseFlag is for the commands that read the files of hosts.
func releaseFlag(fs *pflag.FlagSet, o *options) {
	fs.StringArrayVar(&o.releases, "release", nil, "read the files as this `RELEASE` does, HOST=RELEASE for one host (repeatable)")
}

const traceUsage = "usage: carpool trace TREE [--event SYSTEM SUBSYSTEM TYPE]"

func runTrace(c *call) error {
	dir, event, err := c.traceArgs()
	if err != nil {
		return err
	}
	t, err := tree.Open(dir)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", dir, err)
	}
	defer t.Close()
	release, err := c.releaseOf("")
	if err != nil {
		return err
	}
	h := importer.NewHost("", dir, t, release)
	c.say(h)
	switch {
	case event != nil:
		run := h.Event(event[0], event[1], event[2])
		c.printRun("", run)
	case c.opt.events:
		for _, e := range h.CARPEvents() {
			c.printRun(strings.Join(e[:], " ")+": ", h.Event(e[0], e[1], e[2]))
		}
	default:
		for _, command := range h.Boot(trace.Options{}) {
			fmt.Fprintln(&c.product, oneLine(command.String()))
		}
	}
	src, diags := h.Findings()
	c.report.findings = findingsOf(diags, src)
	c.report.path = dir
	c.data = true
	return nil
}

// traceArgs finds the tree and the event among the arguments. The words behind
// --event are arguments to pflag, so that their order says which is which.
func (c *call) traceArgs() (dir string, event []string, err error) {
	args := c.args
	words := strings.Fields(c.opt.event)
	switch {
	case len(words) == 3 && len(args) == 1:
		return args[0], words, nil
	case c.opt.event == "" && len(args) == 1:
		return args[0], nil, nil
	case len(words) != 1 || len(args) != 3:
		if len(args) == 0 {
			return "", nil, usagef(traceUsage, "trace needs the TREE of a host")
		}
		return "", nil, usagef(traceUsage, "an event is SYSTEM SUBSYSTEM TYPE, as in --event CARP 1@em0 MASTER")
	}
	if info, err := os.Stat(args[0]); err == nil && info.IsDir() {
		return args[0], []string{words[0], args[1], args[2]}, nil
	}
	return args[2], []string{words[0], args[0], args[1]}, nil
}

// printRun prints the commands that devd hands to the shell, a line each.
func (c *call) printRun(prefix string, run *devdconf.Run) {
	if run == nil {
		return
	}
	for _, command := range run.Commands {
		fmt.Fprintln(&c.product, prefix+oneLine(command))
	}
}

// oneLine keeps a command on its line: a value of rc.conf may hold a line break.
func oneLine(s string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`).Replace(s)
}

// releaseOf returns the release that the flags state for a host, nil for none.
func (c *call) releaseOf(host string) (*schema.Release, error) {
	text := ""
	for _, r := range c.opt.releases {
		name, of, named := strings.Cut(r, "=")
		switch {
		case !named && text == "":
			text = r
		case named && name == host:
			text = of
		}
	}
	if text == "" {
		return nil, nil
	}
	r, err := schema.ParseRelease(text)
	if err != nil {
		return nil, usagef("write the release as 14.2, or as HOST=14.2", "--release: %v", err)
	}
	return &r, nil
}

// say tells a person as what release a host is read, where that is a guess or
// more is wanted.
func (c *call) say(h *importer.Host) {
	if c.opt.format == "text" && (c.opt.verbose || h.Guessed && !c.opt.quiet) {
		fmt.Fprintf(c.err, "carpool: %s; --release states another\n", printableLine(h.String()))
	}
}
