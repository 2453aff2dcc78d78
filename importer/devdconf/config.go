package devdconf

import (
	"errors"
	"io/fs"
	"path"
	"regexp"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/tree"
	"carpool/schema"
)

// MainFile is the file devd begins with.
const MainFile = "/etc/devd.conf"

// Config is what devd of one release works with: all rules, prepared and sorted.
type Config struct {
	Release schema.Release
	rules   []*rule
	vars    map[string]string
	dirs    []string
	diags   hcl.Diagnostics
}

// rule is a Rule with its expressions compiled.
type rule struct {
	*Rule
	conditions []condition
	actions    []string
	dir        string // the folder its file was found in, "" for the main file
}

type condition struct {
	variable string
	inverted bool
	re       *regexp.Regexp // nil if regcomp(3) refuses it: it never matches
	media    string         // of media-type
}

// New prepares files that are read in the order given.
func New(release schema.Release, files ...*File) (*Config, hcl.Diagnostics) {
	c := &Config{Release: release, vars: map[string]string{}}
	for _, f := range files {
		c.add(f, "")
	}
	return c.finish()
}

// Load reads the main file of a host and the folders it names, as devd does at its start. A
// tree without a main file is taken to have FreeBSD's own. The order of files inside a folder
// is that of their names here; devd takes them as the file system gives them.
func Load(t *tree.Tree, release schema.Release) (*Config, hcl.Diagnostics) {
	c := &Config{Release: release, vars: map[string]string{}}
	src, err := t.ReadFile(MainFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.add(stock(release), "")
	case err != nil:
		c.unreadable(MainFile, err)
	default:
		c.parse(MainFile, "", src)
	}
	for i := 0; i < len(c.dirs) && i < 100; i++ {
		c.loadDir(t, c.dirs[i])
	}
	return c.finish()
}

// loadDir reads every NAME.conf of a folder; a missing folder is fine.
// Rules returns all rules in the order in which devd tries them, those of
// FreeBSD's own file among them, without a place.
func (c *Config) Rules() []*Rule {
	list := make([]*Rule, len(c.rules))
	for i, r := range c.rules {
		list[i] = r.Rule
	}
	return list
}

func (c *Config) loadDir(t *tree.Tree, dir string) {
	names, _ := t.ReadDir(dir)
	for _, name := range names {
		if !strings.HasSuffix(name, ".conf") {
			continue
		}
		file := path.Join(dir, name)
		src, err := t.ReadFile(file)
		if err != nil {
			c.unreadable(file, err)
			continue
		}
		c.parse(file, dir, src)
	}
}

func (c *Config) parse(name, dir string, src []byte) {
	f, diags := Parse(name, src)
	c.diags = append(c.diags, diags...)
	c.add(f, dir)
}

func (c *Config) unreadable(name string, err error) {
	c.diags = append(c.diags, &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  "Cannot read " + name,
		Detail:   "devd exits when it cannot read a file it found, and handles no event of any kind: " + err.Error() + ".",
		Subject:  &hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos},
	})
}

// add takes the statements of a file in order: a variable counts for the rules after it.
func (c *Config) add(f *File, dir string) {
	for _, s := range f.Statements {
		switch s := s.(type) {
		case *Option:
			switch s.Keyword {
			case "directory":
				c.dirs = append(c.dirs, s.Value.Text)
			case "set":
				c.vars[s.Variable.Text] = c.fixValue(s.Value.Text)
			}
		case *Rule:
			if len(s.Clauses) > 0 { // devd drops empty rules
				c.rules = append(c.rules, c.prepare(s, dir))
			}
		}
	}
}

// fixValue is fix_value() of devd.cc, 11.3 and later: \" stands for ".
func (c *Config) fixValue(s string) string {
	if !c.Release.AtLeast(11, 3) {
		return s
	}
	return strings.ReplaceAll(s, `\"`, `"`)
}

func (c *Config) finish() (*Config, hcl.Diagnostics) {
	sort.SliceStable(c.rules, func(i, j int) bool { return c.rules[i].Priority > c.rules[j].Priority })
	sortDiags(c.diags)
	return c, c.diags
}

// prepare compiles the conditions of a rule. Variables of options sections are put in when a
// rule is read, with the values they have at that moment.
func (c *Config) prepare(r *Rule, dir string) *rule {
	out := &rule{Rule: r, dir: dir}
	for _, clause := range r.Clauses {
		switch clause.Keyword {
		case "action":
			c.checkAction(clause)
			out.actions = append(out.actions, clause.Value.Text)
		case "media-type":
			out.conditions = append(out.conditions, condition{media: strings.ToLower(clause.Value.Text)})
		default:
			out.conditions = append(out.conditions, c.condition(clause))
		}
	}
	return out
}

func (c *Config) condition(clause Clause) condition {
	c.checkMatch(clause)
	value := clause.Value.Text
	cond := condition{variable: c.variable(clause)}
	if strings.HasPrefix(value, "!") {
		cond.inverted, value = true, value[1:]
	}
	vars := func(name string) string { return c.vars[name] }
	expanded := "^" + dialectOf(c.Release).expand(value, vars, false) + "$"
	re, err := compileERE(expanded, c.Release)
	if err != nil {
		c.deadRule(clause, err, cond.inverted)
	}
	cond.re = re
	return cond
}

// variable is the name a match compares; 14 renames one old spelling.
func (c *Config) variable(clause Clause) string {
	if clause.Variable.Text == "kern" && c.Release.AtLeast(14, 0) {
		return "kernel"
	}
	return clause.Variable.Text
}
