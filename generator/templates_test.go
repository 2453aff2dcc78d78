package generator

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"text/template"
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

// TestOwnTemplateGrows holds that no function makes a text without end of a
// short one.
func TestOwnTemplateGrows(t *testing.T) {
	const most = `{{$x := "a&'"}}{{range 22}}{{$x = print $x $x}}{{end}}` // 12 MB
	for _, text := range []string{
		`{{$x := "aaaaaaaa"}}{{range 60}}{{$x = print $x $x}}{{end}}`,
		`{{$x := "aaaaaaaa"}}{{range 60}}{{$x = println $x $x}}{{end}}`,
		`{{$x := "aaaaaaaa"}}{{range 60}}{{$x = printf "%s%[1]s" $x}}{{end}}`,
		`{{$x := "&"}}{{range 60}}{{$x = html $x $x}}{{end}}`,
		`{{$x := "<"}}{{range 60}}{{$x = js $x}}{{end}}`,
		`{{$x := "%"}}{{range 600}}{{$x = printf "%s%s" (urlquery $x) "%"}}{{$x = urlquery $x $x}}{{end}}`,
		`{{$x := "'"}}{{range 60}}{{$x = sh $x}}{{end}}`,
		`{{$x := "$"}}{{range 60}}{{$x = rc $x}}{{end}}`,
		`{{$x := "$"}}{{range 60}}{{$x = rcAppend "x" $x}}{{end}}`,
		`{{$x := "a"}}{{range 23}}{{$x = print $x $x}}{{end}}{{range 4}}{{$x = loader $x}}{{$x = print $x $x}}{{end}}`,
		most + `{{$x = replace "a" $x $x}}`,
		most + `{{$x = replace "" $x $x}}`,
		most + `{{$x = join $x (splitList "a" $x)}}`,
		most + `{{$x = printf (replace "&" "%[1]s" $x) $x}}`,
		`{{$x := "%[1]999999d"}}{{range 20}}{{$x = print $x $x}}{{end}}{{printf $x 1}}`,
		`{{$x := "%[1]*[1]d"}}{{range 20}}{{$x = print $x $x}}{{end}}{{printf $x 999999}}`,
	} {
		own := fstest.MapFS{"etc/sysctl.conf.tmpl": {Data: []byte(text)}}
		_, err := Render(secretCluster(t), Options{Templates: own})
		if err == nil || !strings.Contains(err.Error(), "more than 16777216 bytes") {
			t.Errorf("%s: %.300v", text, err)
		}
	}
	long := fstest.MapFS{"usr/local/etc/carp-hast-switch.conf.tmpl": {Data: []byte(`{{$x := "a"}}{{range 20}}{{$x = print $x $x}}{{end}}{{. | vars $x}}`)}}
	if _, err := Render(secretCluster(t), Options{Templates: long}); err == nil || !strings.Contains(err.Error(), "the prefix is too long") {
		t.Errorf("a long prefix: %.300v", err)
	}
}

// TestOwnFuncs holds that the functions with a limit do what those without do.
func TestOwnFuncs(t *testing.T) {
	const text = `{{print 1 "a" 2 3}}|{{println "a" 1}}|{{printf "%03d %q" 7 "x"}}|{{html "<&"}}|{{js "<'"}}|{{urlquery "a b" 1}}|` +
		`{{replace "a" "b" "banana"}}|{{join "," (splitList " " "x y z")}}|{{join "-" "x"}}|{{"it's $x" | sh}}|{{"it's $x" | rc}}|` +
		`{{"w" | rcAppend "v"}}|{{"a b" | devd}}|{{"a" | hast}}|{{"1" | sysctl}}|{{"yes" | loader}}`
	var got []string
	for _, m := range []template.FuncMap{funcs(), ownFuncs()} {
		var b strings.Builder
		if err := template.Must(template.New("x").Funcs(m).Parse(text)).Execute(&b, nil); err != nil {
			t.Fatal(err)
		}
		got = append(got, b.String())
	}
	if got[0] != got[1] {
		t.Errorf("without a limit %q, with one %q", got[0], got[1])
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
