// Package hastconf reads hast.conf as hastd(8) reads it.
//
// Parse does what the grammar does, without knowing whose host reads the file.
// File.ForHost then applies what hastd decides per host: which "on" sections are
// its own, what is inherited and what is missing.
//
// hastd's grammar and scanner (sbin/hastd/parse.y, sbin/hastd/token.l) are the same
// from 9.3 to 15; differences of 8.x are applied by ForHost.
package hastconf

import "github.com/hashicorp/hcl/v2"

// Value is a word of the file and its place. A built-in default has a zero Range.
type Value struct {
	Text  string
	Range hcl.Range
}

// IsSet says whether the value was written in the file.
func (v Value) IsSet() bool { return v.Range.Filename != "" }

// Setting is a keyword with its one argument.
type Setting struct {
	Keyword string
	Value   Value
	Range   hcl.Range // keyword and argument
}

// Node is an "on NAME { … }" section.
type Node struct {
	Name     Value
	Settings []Setting
	Range    hcl.Range // from "on" to the closing brace
}

// Resource is a "resource NAME { … }" section.
type Resource struct {
	Name     Value
	Settings []Setting // of the resource level
	Nodes    []*Node
	Range    hcl.Range
}

// File is a hast.conf before it is decided which host reads it.
type File struct {
	Name      string
	Settings  []Setting // of the global level
	Nodes     []*Node   // top-level "on" sections
	Resources []*Resource
}

// Resource returns the resource called name, or nil.
func (f *File) Resource(name string) *Resource {
	for _, r := range f.Resources {
		if r.Name.Text == name {
			return r
		}
	}
	return nil
}
