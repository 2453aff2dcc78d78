// Package devdconf reads devd.conf and its folders as devd(8) reads them, and says which
// rule runs for an event.
//
// Parse reads one file. Load reads all files of a host and prepares their rules for one
// release. Config.Match gives the commands that devd would run.
package devdconf

import "github.com/hashicorp/hcl/v2"

// Value is a string or word of the file and its place.
type Value struct {
	Text  string
	Range hcl.Range
}

// File is one parsed file; statements in the order of the file.
type File struct {
	Name       string
	Statements []Statement
}

// Statement is *Option or *Rule.
type Statement interface{ statement() }

// Option is a line of an options section: directory, pid-file or set.
type Option struct {
	Keyword  string
	Variable Value // of set
	Value    Value
	Range    hcl.Range
}

// Rule is an attach, detach, nomatch or notify section.
type Rule struct {
	Class    string
	Priority int
	Clauses  []Clause
	Range    hcl.Range
	Heading  hcl.Range // class and priority
}

// Clause is one line of a rule: an action, or a condition on a variable.
type Clause struct {
	Keyword  string // match, device-name, class, subdevice, media-type or action
	Variable Value  // what is compared; for the short forms it is the keyword
	Value    Value  // expression or command
	Range    hcl.Range
}

func (*Option) statement() {}
func (*Rule) statement()   {}

// Rules returns the rules of the file.
func (f *File) Rules() []*Rule {
	var rules []*Rule
	for _, s := range f.Statements {
		if r, ok := s.(*Rule); ok {
			rules = append(rules, r)
		}
	}
	return rules
}
