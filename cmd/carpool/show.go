package main

import "carpool/generator"

func showCommand() *command {
	return &command{
		name:    "show",
		args:    "[PATH]",
		maxArgs: 1,
		summary: "print the resolved model as JSON",
		about: "Show prints what the description at PATH means once every reference is followed and every default " +
			"is filled in, as JSON whose keys are the words of the language. Secrets are shown as (secret). Where a " +
			"finding fails the command there is no model; the findings go to stderr, or with --format to stdout in its place.",
		example: `$ carpool show examples/skunk
$ carpool show . | jq '.vips[].members[] | {node, interface, advskew}'`,
		takesPath: true,
		flags:     noFlags,
		run:       runShow,
	}
}

func runShow(c *call) error {
	cluster, err := c.compile(false)
	if cluster == nil || err != nil {
		return err
	}
	data, err := generator.Show(cluster)
	if err != nil {
		return err
	}
	c.data = true
	c.product.Write(data)
	return nil
}
