// Package keyvalue reads sysctl.conf and loader.conf as sysctl(8), rc.d/sysctl and the
// loader read them.
package keyvalue

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/source"
	"carpool/importer/tree"
	"carpool/schema"
)

// Entry is one setting.
type Entry struct {
	Name, Value string
	Range       hcl.Range // of the whole setting
	ValueRange  hcl.Range
}

// List is the settings of one or more files in the order they are applied.
type List []Entry

// Last returns the setting of name that counts in the end, or nil.
func (l List) Last(name string) *Entry {
	for i := range slices.Backward(l) {
		if l[i].Name == name {
			return &l[i]
		}
	}
	return nil
}

// Sysctl reads /etc/sysctl.conf and /etc/sysctl.conf.local (etc/rc.d/sysctl, 9.3 to 15).
func Sysctl(t *tree.Tree, release schema.Release) (List, hcl.Diagnostics) {
	return load(t, []string{"/etc/sysctl.conf", "/etc/sysctl.conf.local"}, release, ParseSysctl)
}

// Loader reads /boot/loader.conf, /boot/loader.conf.local and, from 13 on, the files of
// /boot/loader.conf.d: after the local file in 13, before it later (stand/lua/config.lua and
// stand/defaults/loader.conf, 13.2 and 15).
func Loader(t *tree.Tree, release schema.Release) (List, hcl.Diagnostics) {
	const local = "/boot/loader.conf.local"
	names := []string{"/boot/loader.conf"}
	if !release.AtLeast(14, 0) {
		names = append(names, local)
	}
	if release.AtLeast(13, 0) {
		in, _ := t.ReadDir("/boot/loader.conf.d")
		for _, name := range in {
			if strings.HasSuffix(name, ".conf") {
				names = append(names, "/boot/loader.conf.d/"+name)
			}
		}
	}
	if release.AtLeast(14, 0) {
		names = append(names, local)
	}
	return load(t, names, release, ParseLoader)
}

type parse func(string, []byte, schema.Release) (List, hcl.Diagnostics)

func load(t *tree.Tree, names []string, release schema.Release, parse parse) (List, hcl.Diagnostics) {
	var all List
	var diags hcl.Diagnostics
	for _, name := range names {
		src, err := t.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Cannot read " + name, Detail: err.Error() + ".", Subject: &at})
		default:
			list, found := parse(name, src, release)
			all = append(all, list...)
			diags = append(diags, found...)
		}
	}
	return all, diags
}

// line is a line of a file without its newline.
type line struct {
	text  string
	start int
	whole bool // ends with a newline
}

// lines cuts longer ones than longest bytes into several.
func lines(t *source.Text, longest int) []line {
	var list []line
	for start := 0; start < len(t.Bytes); {
		text, _, found := bytes.Cut(t.Bytes[start:min(len(t.Bytes), start+longest)], []byte("\n"))
		list = append(list, line{string(text), start, found})
		start += len(text)
		if found {
			start++
		}
	}
	return list
}

const space = " \t\n\v\f\r"

// entry builds the Entry for a name and a value that stand at offsets in a line.
func entry(t *source.Text, l line, name, value string) Entry {
	from := l.start + max(0, strings.Index(l.text, name))
	to := l.start + len(strings.TrimRight(l.text, space))
	at := from + len(name)
	if i := strings.LastIndex(l.text, value); i >= 0 && value != "" {
		at = max(at, l.start+i)
	}
	return Entry{
		Name: name, Value: value,
		Range:      t.Range(from, max(from, to)),
		ValueRange: t.Range(at, min(len(t.Bytes), at+len(value))),
	}
}

func warning(t *source.Text, l line, summary, detail string) *hcl.Diagnostic {
	at := t.Range(l.start, l.start+len(l.text))
	return &hcl.Diagnostic{Severity: hcl.DiagWarning, Summary: summary, Detail: detail, Subject: &at}
}

func sorted(diags hcl.Diagnostics) hcl.Diagnostics {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int { return cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte) })
	return diags
}
