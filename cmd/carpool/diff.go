package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"carpool/generator"
)

func diffCommand() *command {
	return &command{
		name:    "diff",
		args:    "[PATH] -o DIR",
		maxArgs: 2,
		summary: "show what render would change, effects first",
		about: "Diff compares what render would write with what is in DIR: first, for each host, the files that " +
			"would change and what the host needs afterwards, then the changes as unified diffs. A secret is shown " +
			"as changed, its text never. It exits with 1 if there are differences. DIR may be given as a second " +
			"argument too.",
		example: `$ carpool diff examples/skunk -o out
$ carpool diff examples/skunk out
$ carpool diff --host skunk1 -o out .`,
		takesPath: true,
		flags: func(fs *pflag.FlagSet, o *options) {
			outFlag(fs, o, "compare with this `DIR`, which render wrote")
			fileFlags(fs, o)
		},
		run: runDiff,
	}
}

func runDiff(c *call) error {
	if len(c.args) == 2 {
		if c.opt.out != "" {
			return usagef("usage: carpool diff [PATH] -o DIR", "the folder is given twice: %q and -o %q", c.args[1], c.opt.out)
		}
		c.opt.out = c.args[1]
	}
	switch {
	case c.opt.out == "":
		return usagef("usage: carpool diff [PATH] -o DIR", "diff needs to be told what to compare with: -o DIR")
	case c.opt.out == "-", strings.HasSuffix(c.opt.out, ".tar"):
		return usagef("carpool render --check -o FILE.tar tells whether an archive is current", "diff compares folders, not archives")
	}
	files, err := c.render()
	if files == nil || err != nil {
		return err
	}
	changes, err := generator.Target{Dir: c.opt.out, Only: c.opt.hosts}.Diff(files)
	if err != nil || len(changes) == 0 {
		return err
	}
	writeEffects(&c.product, changes)
	for _, change := range changes {
		c.product.WriteString("\n" + change.Text)
	}
	return errDiffers
}

// writeEffects lists, host by host, what would change and what that takes.
func writeEffects(b *bytes.Buffer, changes []generator.Change) {
	width := 0
	for _, change := range changes {
		width = max(width, len(change.Path))
	}
	host := ""
	for _, change := range changes {
		if change.Node != host {
			host = change.Node
			fmt.Fprintf(b, "%s:\n", host)
		}
		line := fmt.Sprintf("  %-7s  %-*s", change.Kind, width, change.Path)
		if change.Needs != "" {
			line += "  " + change.Needs
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}
