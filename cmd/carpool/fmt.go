package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/pflag"

	"carpool/schema"
)

func fmtCommand() *command {
	return &command{
		name:    "fmt",
		args:    "[PATH...]",
		maxArgs: 1 << 20,
		summary: "rewrite descriptions in canonical style",
		about: "Fmt rewrites the *.hcl files at each PATH, files or folders, in canonical style and prints " +
			"the names of those that it changed. Comments stay. The style is a fixed point: a second run " +
			"changes nothing. With - it reads stdin and writes stdout. A file that does not parse is left alone " +
			"and reported, and so are JSON files without a word.",
		example: `$ carpool fmt
$ carpool fmt --check --diff examples/skunk
$ carpool fmt - < draft.hcl > site.hcl`,
		flags: func(fs *pflag.FlagSet, o *options) {
			fs.BoolVar(&o.check, "check", false, "change nothing; print the names of files that are not canonical and exit with 1")
			fs.BoolVar(&o.diff, "diff", false, "change nothing; print what would change and exit with 1")
		},
		run: runFmt,
	}
}

func runFmt(c *call) error {
	paths := c.args
	if len(paths) == 0 {
		paths = []string{c.path()}
	}
	differs := false
	for _, path := range paths {
		files, err := hclFiles(path)
		if err != nil {
			return err
		}
		for _, file := range files {
			changed, err := c.formatFile(file)
			if err != nil {
				return err
			}
			differs = differs || changed
		}
	}
	if differs && (c.opt.check || c.opt.diff) {
		return errDiffers
	}
	return nil
}

// hclFiles returns the files that fmt is about: those of a description and
// the var-files beside it.
func hclFiles(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && strings.HasSuffix(name, ".hcl") && !strings.HasPrefix(name, ".") {
			files = append(files, filepath.Join(path, name))
		}
	}
	return files, nil
}

// formatFile formats one file and reports whether that changes it.
func (c *call) formatFile(name string) (bool, error) {
	if strings.HasSuffix(name, ".json") {
		return false, nil
	}
	old, err := c.source(name)
	if err != nil {
		return false, err
	}
	if _, diags := hclsyntax.ParseConfig(old, name, hcl.InitialPos); diags.HasErrors() {
		src, diags := schema.Parse(map[string][]byte{name: old})
		c.report.findings = append(c.report.findings, findingsOf(diags, excerpts(name, src))...)
		return false, nil
	}
	canonical := canonical(old)
	changed := !bytes.Equal(old, canonical)
	switch {
	case c.opt.diff && changed:
		c.product.WriteString(udiff.Unified(name+" (as it is)", name+" (canonical)", shownText(name, old), shownText(name, canonical)))
	case c.opt.check && changed:
		fmt.Fprintln(&c.product, name)
	case c.opt.check, c.opt.diff:
	case name == "-":
		c.product.Write(canonical)
	case changed:
		fmt.Fprintln(&c.product, name)
		return true, rewrite(name, canonical)
	}
	return changed, nil
}

func (c *call) source(name string) ([]byte, error) {
	if name == "-" {
		data, err := io.ReadAll(io.LimitReader(c.in, schema.MaxFileSize+1))
		if err == nil && len(data) > schema.MaxFileSize {
			err = fmt.Errorf("stdin has more than %d bytes", schema.MaxFileSize)
		}
		return data, err
	}
	return os.ReadFile(name)
}

// excerpts withholds the text of a var-file: any value in it may be secret.
func excerpts(name string, src *schema.Source) sources {
	if strings.HasSuffix(name, ".vars.hcl") {
		return nil
	}
	return src
}

// shownText is the text of a file as a diff may show it: secrets replaced,
// and nothing at all of the values in a var-file.
func shownText(name string, data []byte) string {
	src, _ := schema.Parse(map[string][]byte{name: data})
	var b strings.Builder
	for i := range bytes.Count(data, []byte("\n")) {
		at := hcl.Pos{Line: i + 1}
		line, _ := src.Excerpt(hcl.Range{Filename: name, Start: at, End: at})
		text := line.Text
		if excerpts(name, src) == nil {
			before, _, _ := strings.Cut(text, "=")
			text = before + "= (secret)"
		}
		b.WriteString(text + "\n")
	}
	return b.String()
}
