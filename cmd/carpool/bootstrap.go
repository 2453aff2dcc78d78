package main

import (
	"fmt"
	"strings"

	"carpool/generator"
)

func bootstrapCommand() *command {
	return &command{
		name:    "bootstrap",
		args:    "[PATH]",
		maxArgs: 1,
		summary: "print the once-only commands of a cluster's first hour",
		about: "Bootstrap prints what no file can do: the commands that are typed once, on each host and in this " +
			"order, when the cluster at PATH is set up: HAST metadata and first roles, pools or file systems on them, " +
			"mount points. It runs nothing. Some of the commands destroy what is on the disks they name.",
		example: `$ carpool bootstrap examples/skunk
$ carpool bootstrap examples/skunk > first-hour.txt`,
		takesPath: true,
		flags:     noFlags,
		run:       runBootstrap,
	}
}

func runBootstrap(c *call) error {
	cluster, err := c.compile(false)
	if cluster == nil || err != nil {
		return err
	}
	steps := generator.Bootstrap(cluster)
	if len(steps) > 0 {
		c.product.WriteString("# Type each block on the host that it names, one after the other. This is no\n# script: do not feed it to a shell as a whole.\n")
	}
	for i, step := range steps {
		fmt.Fprintf(&c.product, "\n# %d. On %s: %s\n", i+1, step.Node, step.Title)
		for _, note := range step.Notes {
			fmt.Fprintf(&c.product, "# %s\n", strings.ReplaceAll(wrapped(note), "\n", "\n# "))
		}
		for _, command := range step.Commands {
			c.product.WriteString(command + "\n")
		}
	}
	return nil
}
