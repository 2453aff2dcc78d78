package main

import (
	"errors"
	"strings"

	"github.com/spf13/pflag"

	"carpool/generator"
	"carpool/schema"
)

func inventoryCommand() *command {
	return &command{
		name:    "inventory",
		args:    "[PATH] [--list | --host NODE]",
		maxArgs: 1,
		summary: "print the hosts and groups for Ansible",
		about: "Inventory prints the nodes of the description at PATH as Ansible's dynamic inventories do: groups carpool, " +
			"cluster_NAME, freebsd_RELEASE, network_NAME, vip_NAME, hast_NAME, failover_NAME and pfsync_NAME (in a group's name " +
			"dots and hyphens become underscores), and for each host what the description says of it in variables that begin " +
			"with carpool_. What vars of the cluster and of the node hold is passed on as it is. No secret is printed: those in " +
			"vars are left out. --yaml prints the same as a file for machines that have no carpool.",
		example: `$ carpool inventory examples/skunk --list
$ carpool inventory examples/skunk --yaml > hosts.yml
$ CARPOOL_PATH=examples/skunk ansible-inventory -i examples/ansible/inventory --graph`,
		takesPath: true,
		flags: func(fs *pflag.FlagSet, o *options) {
			fs.BoolVar(&o.list, "list", false, "all hosts and groups; this is the default")
			fs.StringVar(&o.host, "host", "", "only the variables of this `NODE`")
			fs.BoolVar(&o.yaml, "yaml", false, "YAML instead of JSON; of all hosts, in the form of an inventory file")
		},
		run: runInventory,
	}
}

func runInventory(c *call) error {
	if c.opt.list && c.opt.host != "" {
		return usagef("usage: carpool inventory [PATH] [--list | --host NODE]", "--list and --host exclude each other")
	}
	cluster, err := c.compile(false)
	if cluster == nil || err != nil {
		return err
	}
	inventory, err := generator.NewInventory(cluster)
	var same *generator.GroupError
	if errors.As(err, &same) {
		return usagef("rename one of them: names of Ansible's groups have letters, digits and underscores only", "%v", err)
	}
	if err != nil {
		return err
	}
	return c.printInventory(inventory)
}

func (c *call) printInventory(inventory *generator.Inventory) error {
	answer := inventory.List()
	if c.opt.yaml {
		answer = inventory.Static()
	}
	if name := c.opt.host; name != "" {
		vars, ok := inventory.Host(name)
		if !ok {
			unknown := &generator.UnknownHostError{Name: name, Suggestion: schema.Suggest(name, inventory.Hosts())}
			return usagef("the nodes are "+strings.Join(inventory.Hosts(), ", "), "--host: %v", unknown)
		}
		answer = vars
	}
	c.data = true
	if c.opt.yaml {
		return c.printYAML(answer)
	}
	return encodeJSON(&c.product, answer)
}

func (c *call) printYAML(v any) error {
	text, err := generator.YAML(v)
	c.product.Write(text)
	return err
}
