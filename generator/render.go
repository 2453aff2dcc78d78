package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/template"

	"carpool/internal/parallel"
	"carpool/schema"
	"carpool/templates"

	"github.com/Masterminds/sprig/v3"
)

// File is one file of one host.
type File struct {
	Node     string
	Path     string // relative to the host's root
	Mode     uint32 // permission bits
	Data     []byte
	Secret   bool
	Static   bool   // the same on every host: a copy of a file of package templates
	OnChange string // what the host needs when the file has changed
	Content  Content
	// Variables are those that a template reads, sorted.
	Variables []string

	shown func() (string, error) // Data with secrets covered; nil if Data holds none
}

// covered returns what a reader may see of the file, "" if that is all of it.
func (f *File) covered() string {
	if f.shown == nil {
		if f.Secret { // not from Render: nothing is known of it
			return coverLines(string(f.Data))
		}
		return ""
	}
	text, err := f.shown()
	if err != nil {
		return coverLines(string(f.Data))
	}
	return text
}

// Content says what the bytes of a file are.
type Content string

const (
	Final    Content = "final"    // as they are on the host
	Template Content = "jinja"    // a Jinja2 template of that
	Redacted Content = "redacted" // that, but for its secrets: for review only
)

// Owner and group of every file.
const (
	Owner = "root"
	Group = "wheel"
)

// Options of a rendering.
type Options struct {
	Hosts     []string   // labels of the nodes to render; all if empty
	Shard     Shard      // the part of them to render
	Secrets   SecretMode // Embed if empty
	Templates fs.FS      // the operator's own templates over the built-in ones, or nil
}

// Render makes the files of the cluster's managed nodes, sorted by node and
// path. After the rules nothing the author wrote may fail here: an error is a
// wrong option, a template of the operator, or a defect of carpool; it is that
// of the first node which has one.
func Render(c *schema.Cluster, o Options) ([]File, error) {
	if o.Secrets == "" {
		o.Secrets = Embed
	}
	set, err := loadTemplates(o.Templates)
	if err != nil {
		return nil, err
	}
	nodes, err := chosen(c, o.Hosts, o.Shard)
	if err != nil {
		return nil, err
	}
	x := newIndex(c)
	perNode := make([][]File, len(nodes))
	err = parallel.Try(len(nodes), func() func(int) error {
		buf := &limited{}
		return func(i int) (err error) {
			perNode[i], err = set.render(x, nodes[i], o.Secrets, buf)
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	return slices.Concat(perNode...), nil
}

// chosen returns the managed nodes to render, sorted by label.
func chosen(c *schema.Cluster, names []string, part Shard) ([]*schema.Node, error) {
	var nodes []*schema.Node
	known := map[string]bool{}
	for _, n := range c.Nodes {
		known[n.Name] = true
		if n.IsManaged() && part.Has(n.Name) && (len(names) == 0 || slices.Contains(names, n.Name)) {
			nodes = append(nodes, n)
		}
	}
	for _, name := range names {
		if !known[name] {
			return nil, &UnknownHostError{Name: name, Suggestion: schema.Suggest(name, nodeNames(c))}
		}
	}
	slices.SortFunc(nodes, func(a, b *schema.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes, nil
}

// UnknownHostError says that a host asked for is not described.
type UnknownHostError struct{ Name, Suggestion string }

func (e *UnknownHostError) Error() string {
	if e.Suggestion == "" {
		return fmt.Sprintf("there is no node %q", e.Name)
	}
	return fmt.Sprintf("there is no node %q; did you mean %q?", e.Name, e.Suggestion)
}

func nodeNames(c *schema.Cluster) []string {
	names := make([]string, len(c.Nodes))
	for i, n := range c.Nodes {
		names[i] = n.Name
	}
	return names
}

// templateSet holds the parsed templates and the static files.
type templateSet struct {
	parsed map[string]*template.Template
	static map[string][]byte
	own    map[string]bool // the operator's
}

// sprigNames are the functions of sprig that templates may call: pure ones on
// texts and lists. The others could read the environment, the clock or chance.
var sprigNames = []string{
	"contains", "default", "empty", "first", "hasPrefix", "hasSuffix", "join", "last", "lower", "replace",
	"splitList", "ternary", "trim", "trimPrefix", "trimSuffix", "upper", "uniq", "without",
}

// quoting holds the function of each grammar by the name it has in templates.
var quoting = template.FuncMap{
	"rc": quoteRC, "rcAppend": quoteRCAppend, "sh": quoteSh, "vars": quoteVars,
	"sysctl": quoteSysctl, "loader": quoteLoader, "devd": quoteDevd, "hast": quoteHAST,
}

func funcs() template.FuncMap {
	m := maps.Clone(quoting)
	all := sprig.HermeticTxtFuncMap()
	for _, n := range sprigNames {
		m[n] = all[n]
	}
	return m
}

// TemplateFuncs returns the names of the functions that templates may call: the
// quoting ones, and those of sprig.
func TemplateFuncs() (quotes, sprigs []string) {
	return slices.Sorted(maps.Keys(quoting)), sprigNames
}

func loadTemplates(over fs.FS) (*templateSet, error) {
	set := &templateSet{parsed: map[string]*template.Template{}, static: map[string][]byte{}, own: map[string]bool{}}
	used := map[string]bool{}
	for _, o := range outputs {
		name := o.name
		if !o.static {
			name += ".tmpl"
		}
		data, err := fs.ReadFile(templates.FS, name)
		if err != nil {
			return nil, err
		}
		if over != nil {
			own, err := readOwn(over, name)
			if err == nil {
				data, set.own[o.name] = own, true
			} else if !errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("cannot read the template %s: %w", name, err)
			}
		}
		used[name] = true
		if o.static {
			set.static[o.name] = data
			continue
		}
		calls := funcs
		if set.own[o.name] {
			calls = ownFuncs
		}
		t, err := template.New(name).Funcs(calls()).Option("missingkey=error").Parse(string(data))
		if err != nil {
			return nil, fmt.Errorf("template: %w", err)
		}
		set.parsed[o.name] = t
	}
	return set, unknownTemplates(over, used)
}

// render makes the files of one node; buf is for what templates print.
func (s *templateSet) render(x *index, n *schema.Node, mode SecretMode, buf *limited) ([]File, error) {
	h, err := x.host(n, mode)
	if err != nil {
		return nil, err
	}
	if mode == Embed {
		mode = covered
	}
	// The same host with marks in place of secrets. It is made when it is asked
	// for, and the first one is not kept for it: a fleet of them outweighs its files.
	blind := sync.OnceValues(func() (*Host, error) { return x.host(n, mode) })
	files := make([]File, 0, len(outputs))
	for _, o := range outputs {
		if !o.when(h) {
			continue
		}
		f := File{Node: h.Name, Path: strings.TrimPrefix(o.path(n), "/"), Mode: o.mode, OnChange: o.onChange, Content: Final}
		if f.Static = o.static; f.Static {
			f.Data = s.static[o.name]
		} else if err := s.fill(&f, o, h, blind, buf); err != nil {
			return nil, err
		}
		if err := f.cover(h.secrets); err != nil {
			return nil, fmt.Errorf("%s/%s: %w", f.Node, f.Path, err)
		}
		files = append(files, f)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// fill executes the template of a file, and finds out whether a secret is in
// it. Of built-in templates the model knows; one of the operator's may print
// any part of the model, so it is executed again with marks. Which lines hold a
// secret matters to few and is found out when they ask.
func (s *templateSet) fill(f *File, o output, h *Host, blind func() (*Host, error), buf *limited) (err error) {
	if f.Data, err = s.execute(o.name, h, buf); err != nil || len(h.secrets.known) == 0 {
		return err
	}
	marks := sync.OnceValues(func() (marked, error) {
		b, err := blind()
		if err != nil {
			return marked{}, err
		}
		data, err := s.execute(o.name, b, &limited{})
		return marked{string(data), b.secrets}, err
	})
	f.Secret = slices.Contains(h.secretIn, o.name)
	if s.own[o.name] {
		m, err := marks()
		if err != nil {
			return err
		}
		f.Secret = m.secrets.contains(m.text)
	}
	if f.Secret {
		f.Mode = 0o600
		f.shown = func() (string, error) {
			m, err := marks()
			if err != nil {
				return "", err
			}
			return m.secrets.cover(m.text), nil
		}
	}
	return nil
}

// marked is a file with marks, or with what else stands for secrets.
type marked struct {
	text    string
	secrets *secretTexts
}

// cover says what the file is in a mode that leaves its secrets out.
func (f *File) cover(s *secretTexts) error {
	switch {
	case s.mode == Jinja:
		text, reads, err := s.jinja(string(f.Data))
		f.Data, f.Content, f.Variables = []byte(text), Template, reads
		return err
	case s.mode == Redact && f.Secret:
		f.Content = Redacted
	}
	return nil
}

// maxOutput bounds what one template may print.
const maxOutput = 16 << 20

func (s *templateSet) execute(name string, h *Host, buf *limited) ([]byte, error) {
	var data any = h
	if name == "usr/local/etc/carp-hast-switch.conf" {
		data = h.Switch
	}
	if s.own[name] {
		buf = &limited{} // one that still runs when its time is over goes on writing
	}
	buf.Reset()
	run := func() error { return s.parsed[name].Execute(buf, data) }
	if s.own[name] {
		run = within(ownTime, run)
	}
	if err := run(); err != nil {
		return nil, fmt.Errorf("node %s: %w", h.Name, err)
	}
	text := bytes.TrimRight(buf.Bytes(), "\n")
	out := make([]byte, len(text)+1)
	out[copy(out, text)] = '\n'
	return out, nil
}

type limited struct{ bytes.Buffer }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, fmt.Errorf("a template printed more than %d bytes", maxOutput)
	}
	return l.Buffer.Write(p)
}
