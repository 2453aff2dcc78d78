package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/pflag"

	"carpool/examples"
	"carpool/schema"
)

//go:embed init.hcl
var startingDescription []byte

func initCommand() *command {
	return &command{
		name:    "init",
		args:    "[DIR]",
		maxArgs: 1,
		summary: "write a commented description to start from",
		about: "Init asks nothing and writes DIR/main.hcl, a commented description of two hosts with a shared " +
			"address and a mirrored disk, which validates as it is; --from writes one of the examples instead. DIR is the " +
			"current folder unless given and is made if need be. A folder that already holds a description is left alone.",
		example: `$ carpool init site
$ carpool init --from firewall gateways
$ carpool validate site`,
		flags: func(fs *pflag.FlagSet, o *options) {
			fs.Var(choice{&o.from, examples.Names()}, "from", "begin with this `EXAMPLE`: "+orList(examples.Names()))
		},
		run: runInit,
	}
}

func runInit(c *call) error {
	dir := "."
	if len(c.args) > 0 {
		dir = c.args[0]
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if schema.IsDescriptionFile(e.Name()) {
			return usagef("carpool init DIR writes to another folder",
				"%s already holds a description: %s", dir, e.Name())
		}
	}
	files := map[string][]byte{"main.hcl": startingDescription}
	if c.opt.from != "" {
		files = examples.Files(c.opt.from)
	}
	for _, base := range slices.Sorted(maps.Keys(files)) {
		name := filepath.Join(dir, base)
		if err := writeNew(name, files[base]); err != nil {
			return err
		}
		fmt.Fprintln(&c.product, name)
	}
	return nil
}

// writeNew writes a file that must not be there yet.
func writeNew(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is already there", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
