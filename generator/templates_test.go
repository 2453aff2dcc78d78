package generator

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"text/template/parse"
	"time"

	"carpool/templates"
)

// TestTemplatesDecideNothing walks every template: fields, range, if, with,
// one quoting function as the last step, and nesting of three at most.
func TestTemplatesDecideNothing(t *testing.T) {
	set, err := loadTemplates(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, tmpl := range set.parsed {
		walkTemplate(t, name, tmpl.Root, 0)
	}
}

func walkTemplate(t *testing.T, name string, n parse.Node, depth int) {
	if depth > 3 {
		t.Errorf("%s: nested deeper than three", name)
	}
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			walkTemplate(t, name, c, depth)
		}
	case *parse.ActionNode:
		checkPipe(t, name, n.Pipe)
	case *parse.RangeNode:
		walkBranch(t, name, &n.BranchNode, depth)
	case *parse.IfNode:
		walkBranch(t, name, &n.BranchNode, depth)
	case *parse.WithNode:
		walkBranch(t, name, &n.BranchNode, depth)
	case *parse.TextNode, *parse.CommentNode:
	default:
		t.Errorf("%s: %s is not allowed in a template", name, n)
	}
}

func walkBranch(t *testing.T, name string, b *parse.BranchNode, depth int) {
	if len(b.Pipe.Decl) > 0 || len(b.Pipe.Cmds) != 1 || !isField(b.Pipe.Cmds[0]) {
		t.Errorf("%s: %s decides more than whether a field is set", name, b.Pipe)
	}
	walkTemplate(t, name, b.List, depth+1)
	walkTemplate(t, name, b.ElseList, depth+1)
}

func isField(c *parse.CommandNode) bool {
	if len(c.Args) != 1 {
		return false
	}
	kind := c.Args[0].Type()
	return kind == parse.NodeField || kind == parse.NodeDot
}

func checkPipe(t *testing.T, name string, p *parse.PipeNode) {
	if len(p.Decl) > 0 || len(p.Cmds) > 2 || !isField(p.Cmds[0]) {
		t.Errorf("%s: {{%s}} is more than a field and a quoting function", name, p)
		return
	}
	if len(p.Cmds) == 2 {
		id, ok := p.Cmds[1].Args[0].(*parse.IdentifierNode)
		if !ok || quoting[id.Ident] == nil {
			t.Errorf("%s: {{%s}} ends in no quoting function", name, p)
		}
	}
}

// TestOutputsMatchTemplates holds that rows and files belong to each other one
// to one.
func TestOutputsMatchTemplates(t *testing.T) {
	rows := map[string]bool{}
	for _, o := range outputs {
		name := o.name
		if !o.static {
			name += ".tmpl"
		}
		if rows[name] {
			t.Errorf("two rows for %s", name)
		}
		rows[name] = true
	}
	err := fs.WalkDir(templates.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !rows[p] {
			t.Errorf("%s has no row in outputs", p)
		}
		if err == nil && !d.IsDir() && !strings.HasSuffix(p, ".tmpl") {
			if data, _ := fs.ReadFile(templates.FS, p); strings.Contains(string(data), "{{") {
				t.Errorf("%s is static and has a template action", p)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestOwnTemplateEnds holds that a template of the operator that would run for
// ever, or is no file, ends the render with its name.
func TestOwnTemplateEnds(t *testing.T) {
	defer func(d time.Duration) { ownTime = d }(ownTime)
	ownTime = 50 * time.Millisecond
	// text/template cannot be stopped: this one goes on for some seconds after the test.
	endless := fstest.MapFS{"etc/sysctl.conf.tmpl": {Data: []byte("{{range 20000000}}{{end}}")}}
	if _, err := Render(secretCluster(t), Options{Templates: endless}); err == nil || !strings.Contains(err.Error(), "still runs after 50ms") {
		t.Errorf("a template without end: %v", err)
	}
	pipe := fstest.MapFS{"etc/sysctl.conf.tmpl": {Mode: fs.ModeNamedPipe}}
	if _, err := Render(secretCluster(t), Options{Templates: pipe}); err == nil || !strings.Contains(err.Error(), "etc/sysctl.conf.tmpl: it is not a regular file") {
		t.Errorf("a pipe: %v", err)
	}
}
