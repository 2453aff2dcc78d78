package main

import (
	"github.com/spf13/pflag"

	"carpool/generator"
)

func pillarCommand() *command {
	return &command{
		name:    "pillar",
		args:    "[PATH] --minion ID",
		maxArgs: 1,
		summary: "print what Salt is to know of a minion",
		about: "Pillar prints what the description at PATH says of one host as YAML, for cmd_yaml in Salt's ext_pillar. A minion " +
			"is known by the label of a node, its hostname, or the first word of that; of any other there is {}. What carpool " +
			"knows stands below the key carpool; what vars of the cluster and of the node hold is passed on beside it. " +
			"No secret is printed: those in vars are left out.",
		example: `$ carpool pillar examples/skunk --minion skunk1.example.org
$ carpool pillar examples/skunk --minion=nobody`,
		takesPath: true,
		flags: func(fs *pflag.FlagSet, o *options) {
			fs.StringVar(&o.minion, "minion", "", "the `ID` of the minion")
		},
		run: runPillar,
	}
}

func runPillar(c *call) error {
	if c.opt.minion == "" {
		return usagef("usage: carpool pillar [PATH] --minion ID", "pillar needs to be told which minion: --minion ID")
	}
	cluster, err := c.compile(false)
	if cluster == nil || err != nil {
		return err
	}
	c.data = true
	return c.printYAML(generator.Pillar(cluster, c.opt.minion))
}
