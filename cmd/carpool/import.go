package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/pflag"

	"carpool/generator"
	"carpool/importer"
	"carpool/schema"

	"github.com/hashicorp/hcl/v2"
)

func importCommand() *command {
	return &command{
		name:    "import",
		args:    "TREES...",
		maxArgs: 1 << 20,
		summary: "write the description of hosts that exist",
		about: "Import reads the files of existing hosts, as audit does, and prints the description of the cluster they " +
			"are: networks found from their prefixes, what all hosts share said once, what one does otherwise in its on " +
			"block, and everything that carpool has no word for in the rc, sysctl and loader maps. Passwords become " +
			"sensitive variables; --secrets-to writes their values to a new file that only its owner may read. Import then " +
			"renders the description, compares what a boot, devd and hastd would do with what they do now, and reports each " +
			"difference. Failovers of hosts that carpool rendered come back whole; the rules of devd that others have become " +
			"devd blocks, with a proposal in comments where their scripts tell what they move. --release and TREES are those of audit.",
		example: `$ carpool import trees > site/cluster.hcl
$ carpool import --secrets-to site/secrets.vars.hcl skunk1=/backup/a skunk2=/backup/b`,
		flags: func(fs *pflag.FlagSet, o *options) {
			releaseFlag(fs, o)
			fs.StringVar(&o.secretsTo, "secrets-to", "", "write the values of passwords to this new `FILE`, mode 0600")
		},
		run: runImport,
	}
}

// importedName is what findings about the description call it.
const importedName = "imported.hcl"

func runImport(c *call) error {
	hosts, done, err := c.hosts()
	if err != nil {
		return err
	}
	defer done()
	cluster := importer.Read(hosts)
	for _, h := range hosts {
		c.say(h)
	}
	d := cluster.Describe("imported")
	if c.opt.secretsTo != "" {
		if err := writeSecrets(c.opt.secretsTo, d.VarFile()); err != nil {
			return err
		}
	}
	diags, src := proof(hosts, d)
	c.report.findings = findingsOf(diags, src)
	c.data = true
	c.product.Write(d.HCL)
	return nil
}

// writeSecrets never writes over a file: it may hold other secrets.
func writeSecrets(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usagef("name a file that is not there yet", "--secrets-to: %s exists", name)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// proof renders the description and reports where a boot would then differ
// from that of the hosts' own files.
func proof(hosts []*importer.Host, d *importer.Description) (hcl.Diagnostics, *schema.Source) {
	src, diags := schema.Parse(map[string][]byte{importedName: d.HCL})
	in := schema.Inputs{RequireSecrets: true, Vars: []schema.VarArg{{Text: "secrets", File: true, Data: d.VarFile()}}}
	cluster, more := schema.Decode(src, in)
	if diags = append(diags, more...); diags.HasErrors() {
		return diags, src
	}
	files, err := generator.Render(cluster, generator.Options{})
	if err != nil {
		f := schema.Finding{Code: importer.CodeImport, Help: "correct the description by hand"}
		return append(diags, f.Diagnostic(hcl.Range{}, fmt.Sprintf("the description cannot be rendered: %v", err), "")), src
	}
	for _, h := range hosts {
		own := map[string][]byte{}
		for _, file := range files {
			if file.Node == h.Name {
				own["/"+file.Path] = file.Data
			}
		}
		for _, x := range h.Differences(own) {
			diags = append(diags, importer.Departure(x))
		}
	}
	return diags, src
}
