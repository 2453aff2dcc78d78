package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"carpool/generator"
)

func renderCommand() *command {
	return &command{
		name:    "render",
		args:    "[PATH] -o DIR|FILE.tar|-",
		maxArgs: 1,
		summary: "validate, then write every host's files",
		about: "Render checks the description at PATH as validate does and, if nothing fails, writes DIR/HOST/... for " +
			"every host, a mirror of the host's root, and DIR/manifest.json. A reader of DIR sees the old tree or the " +
			"new one, never a mix; files that have not changed are not touched, files that are no longer made go. " +
			"FILE.tar or - (stdout) gets the same as an archive that is equal byte for byte for equal input. Findings go to stderr.",
		example: `$ export CARPOOL_VAR_carp_password
$ carpool render examples/skunk -o out
$ carpool render examples/skunk -o - | ssh admin@build tar -xf - -C /srv/artifacts
$ carpool render examples/skunk -o out --check`,
		takesPath: true,
		flags: func(fs *pflag.FlagSet, o *options) {
			outFlag(fs, o, "write to this folder, archive `DIR|FILE.tar|-`; - is stdout")
			fs.BoolVar(&o.check, "check", false, "write nothing; exit with 1 if DIR or FILE.tar is not what would be written")
			fs.BoolVar(&o.force, "force", false, "write to a DIR that holds files carpool did not write; they are kept")
			fileFlags(fs, o)
		},
		run: runRender,
	}
}

func outFlag(fs *pflag.FlagSet, o *options, usage string) {
	fs.StringVarP(&o.out, "out", "o", "", usage)
}

// fileFlags are for commands that make the hosts' files.
func fileFlags(fs *pflag.FlagSet, o *options) {
	o.secrets = string(generator.Embed)
	fs.StringArrayVar(&o.hosts, "host", nil, "only the files of this `NODE` (repeatable); those of the others stay as they are")
	fs.Var(&o.shard, "shard", "only the hosts of the K-th of N parts, `K/N`; every host is in one of them")
	fs.StringVar(&o.templates, "templates", "", "lay the templates in `DIR` over the built-in ones")
	fs.Var(choice{&o.secrets, secretModes()}, "secrets", "what stands for secrets in the files, `MODE` "+orList(secretModes()))
}

func secretModes() []string {
	var names []string
	for _, mode := range generator.SecretModes {
		names = append(names, string(mode))
	}
	return names
}

func runRender(c *call) error {
	archive := c.opt.out == "-" || strings.HasSuffix(c.opt.out, ".tar")
	switch {
	case c.opt.out == "":
		return usagef("carpool render "+c.report.path+" -o DIR writes a folder, -o FILE.tar or -o - an archive",
			"render needs to be told where to write: -o DIR")
	case c.opt.out == "-" && c.opt.check:
		return usagef("-o DIR --check compares a folder", "with -o - there is nothing to --check")
	case c.opt.out == "-" && c.out.terminal:
		return usagef("carpool render "+c.report.path+" -o - > FILE.tar", "an archive is not for a terminal")
	}
	c.data = c.opt.out == "-"
	files, err := c.render()
	switch {
	case err != nil || files == nil:
		return err
	case archive:
		return c.renderArchive(files)
	}
	return c.renderFolder(files)
}

func (c *call) renderFolder(files []generator.File) error {
	target := generator.Target{Dir: c.opt.out, Force: c.opt.force, Only: c.opt.hosts, Shard: c.opt.shard.Shard}
	if c.opt.check {
		current, err := target.Current(files)
		if err != nil {
			return notOurs(err)
		}
		return c.checked(current)
	}
	done := c.progress("writing " + c.opt.out)
	changed, err := target.Write(files)
	done()
	if err != nil {
		return notOurs(err)
	}
	c.wrote(files, changed)
	return nil
}

// notOurs says what to do about files that carpool did not write.
func notOurs(err error) error {
	var foreign *generator.ForeignError
	if errors.As(err, &foreign) {
		return usagef("name an empty or a new folder, or add --force to keep them beside carpool's", "%v", err)
	}
	return err
}

// renderArchive writes the archive, to stdout or in one step to a file.
func (c *call) renderArchive(files []generator.File) error {
	archive, err := generator.NewArchive(files)
	if err != nil {
		return err
	}
	if c.opt.out == "-" {
		c.pour = archive.Write
		return nil
	}
	current, err := isArchive(c.opt.out, archive)
	switch {
	case err != nil:
		return err
	case c.opt.check:
		return c.checked(current)
	case !current:
		if err := os.MkdirAll(filepath.Dir(c.opt.out), 0o755); err != nil {
			return err
		}
		if err := replaceBy(c.opt.out, archive.Write, archive.Mode()); err != nil {
			return err
		}
	}
	c.wrote(files, !current)
	return nil
}

// isArchive reports whether the file is the archive already.
func isArchive(name string, archive *generator.Archive) (bool, error) {
	f, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	have := &comparer{old: bufio.NewReaderSize(f, 1<<20)}
	if err := archive.Write(have); err != nil {
		return false, nil // it differs, or cannot be read and will be replaced
	}
	_, err = have.old.ReadByte()
	return errors.Is(err, io.EOF), nil
}

// comparer is a writer that fails where what is written is not what it reads.
type comparer struct {
	old *bufio.Reader
	buf []byte
}

var errUnequal = errors.New("not equal")

func (c *comparer) Write(p []byte) (int, error) {
	c.buf = slices.Grow(c.buf[:0], len(p))[:len(p)]
	if _, err := io.ReadFull(c.old, c.buf); err != nil || !bytes.Equal(c.buf, p) {
		return 0, errUnequal
	}
	return len(p), nil
}

// checked ends render --check.
func (c *call) checked(current bool) error {
	if current {
		return nil
	}
	fmt.Fprintf(&c.product, "%s is not current\n", c.opt.out)
	return errDiffers
}

// wrote says what there is now.
func (c *call) wrote(files []generator.File, changed bool) {
	if c.opt.quiet {
		return
	}
	hosts := map[string]bool{}
	for _, f := range files {
		hosts[f.Node] = true
		if c.opt.verbose {
			fmt.Fprintf(&c.product, "%04o %s/%s\n", f.Mode, f.Node, f.Path)
		}
	}
	verb := "wrote"
	if !changed {
		verb = "nothing to change in"
	}
	fmt.Fprintf(&c.product, "%s %s: %s, %s\n", verb, c.opt.out, plural(len(hosts), "host"), plural(len(files), "file"))
}

// plural counts things: "1 host", "2 hosts".
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
