package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"go.yaml.in/yaml/v4"
)

// plainName is the name of a var-file without what says that it was encrypted.
func plainName(name string) string { return strings.TrimSuffix(name, ".age") }

func isYAML(name string) bool {
	name = plainName(name)
	return strings.HasSuffix(name, ".yml") || strings.HasSuffix(name, ".yaml")
}

// varFile reads a file of values: HCL or its JSON syntax, where every name is
// one of the description's; or YAML, which is how Ansible and Salt keep theirs.
func (d *decoder) varFile(a VarArg, from map[string]given) {
	d.src.remember(a.Text, a.Data, true)
	if isYAML(a.Text) {
		d.yamlFile(a, from)
		return
	}
	body, diags := parseBody(a.Text, a.Data)
	if diags.HasErrors() {
		d.hclDiags(diags, LangSyntax)
		return
	}
	attrs, diags := body.JustAttributes()
	d.hclDiags(diags, LangVariable)
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		at := attrs[name]
		if d.vars[name] == nil {
			names := slices.Sorted(maps.Keys(d.vars))
			d.report(Finding{Code: LangVariable, Help: didYouMean(name, names, func(s string) string { return s },
				fmt.Sprintf("declare it in the description: variable %q { … }", name))}, at.NameRange,
				fmt.Sprintf("%q is no variable of the description", name), "A misspelt name would leave the default in force.")
			continue
		}
		from[name] = given{expr: at.Expr, source: a.Text}
	}
}

// yamlFile reads values from YAML. Names that are no variables are left alone:
// the file is Ansible's or Salt's too, and holds more than carpool needs.
func (d *decoder) yamlFile(a VarArg, from map[string]given) {
	y := &yamlFile{decoder: d, name: a.Text}
	var doc yaml.Node
	if err := yaml.Unmarshal(a.Data, &doc); err != nil {
		y.syntax(err)
		return
	}
	if doc.Kind == 0 {
		return // empty
	}
	top := doc.Content[0]
	if top.Kind != yaml.MappingNode {
		y.report(top, "a var-file is a map", "It gives variables their values, one a line.", "write NAME: VALUE")
		return
	}
	for i := 0; i < len(top.Content); i += 2 {
		k, v := top.Content[i], top.Content[i+1]
		if k.Kind != yaml.ScalarNode || d.vars[k.Value] == nil {
			continue
		}
		if _, twice := y.seen(top, i); twice {
			y.report(k, fmt.Sprintf("%q is there twice", k.Value), "Only one of them could be in force.", "")
			continue
		}
		if val, ok := y.value(v); ok {
			from[k.Value] = given{expr: hcl.StaticExpr(val, y.at(v)), source: a.Text}
		}
	}
}

// yamlFile turns nodes of YAML into values.
type yamlFile struct {
	*decoder
	name string
}

func (y *yamlFile) at(n *yaml.Node) hcl.Range {
	start := hcl.Pos{Line: n.Line, Column: n.Column}
	if t := y.src.texts[y.name]; t != nil && n.Line >= 1 && n.Line <= len(t.lines) {
		start.Byte = min(t.lines[n.Line-1]+n.Column-1, len(t.data))
	}
	return hcl.Range{Filename: y.name, Start: start, End: start}
}

func (y *yamlFile) report(n *yaml.Node, summary, detail, help string) {
	y.decoder.report(Finding{Code: LangVariable, Help: help}, y.at(n), summary, detail)
}

var yamlLine = regexp.MustCompile(`line ([0-9]+)`)

// syntax reports that the file does not parse, without the words of the
// library, which may quote it.
func (y *yamlFile) syntax(err error) {
	n := &yaml.Node{Line: 1, Column: 1}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		n.Line, _ = strconv.Atoi(m[1])
	}
	y.decoder.report(Finding{Code: LangSyntax, Help: "see what a YAML linter says of it"}, y.at(n),
		"the file is no YAML", "What exactly is wrong is not shown, since the file may hold secrets.")
}

// seen reports whether the key at i stands in the map before.
func (y *yamlFile) seen(m *yaml.Node, i int) (int, bool) {
	for j := 0; j < i; j += 2 {
		if m.Content[j].Value == m.Content[i].Value {
			return j, true
		}
	}
	return 0, false
}

func (y *yamlFile) value(n *yaml.Node) (cty.Value, bool) {
	switch {
	case n.Tag == "!vault":
		y.report(n, "a value is encrypted in place", "carpool decrypts whole files only.", "encrypt the file as a whole: ansible-vault encrypt FILE")
		return cty.NilVal, false
	case n.Kind == yaml.AliasNode, n.Anchor != "":
		y.report(n, "anchors of YAML are not read", "A value stands where it is used.", "write the value out")
		return cty.NilVal, false
	case n.Kind == yaml.MappingNode:
		return y.object(n)
	case n.Kind == yaml.SequenceNode:
		vs := make([]cty.Value, 0, len(n.Content))
		for _, e := range n.Content {
			v, ok := y.value(e)
			if !ok {
				return cty.NilVal, false
			}
			vs = append(vs, v)
		}
		return cty.TupleVal(vs), true
	}
	return y.scalar(n)
}

func (y *yamlFile) object(n *yaml.Node) (cty.Value, bool) {
	vs := map[string]cty.Value{}
	for i := 0; i < len(n.Content); i += 2 {
		k := n.Content[i]
		if _, twice := y.seen(n, i); twice || k.Kind != yaml.ScalarNode || k.Tag == "!!merge" {
			y.report(k, "a key is there twice, or is no text", "A name has one value.", "")
			return cty.NilVal, false
		}
		v, ok := y.value(n.Content[i+1])
		if !ok {
			return cty.NilVal, false
		}
		vs[k.Value] = v
	}
	return cty.ObjectVal(vs), true
}

var (
	// yamlNumber is a number that every YAML reads as the same.
	yamlNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?$`)
	// yamlOther is what PyYAML, which Ansible and Salt read with, takes for
	// something else than text, beside numbers.
	yamlOther = regexp.MustCompile(`(?i)^(y|n|yes|no|on|off|true|false|null|~|=|<<|)$|^[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)$` +
		`|^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$|^[-+]?([0-9][0-9_]*)?\.[0-9_]*(e[-+]?[0-9]+)?$|^[-+]?\.(inf|nan)$|^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t ].*)?$`)
)

// scalar reads one value. Text without quotes that one YAML takes for a number
// and another for text is refused: a password must be the same everywhere.
func (y *yamlFile) scalar(n *yaml.Node) (cty.Value, bool) {
	quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch {
	case quoted || n.Tag == "!!str" && !yamlOther.MatchString(n.Value):
		return cty.StringVal(n.Value), true
	case n.Tag == "!!null" && (n.Value == "" || n.Value == "null" || n.Value == "~"):
		return cty.NullVal(cty.DynamicPseudoType), true
	case n.Value == "true", n.Value == "false":
		return cty.BoolVal(n.Value == "true"), true
	case yamlNumber.MatchString(n.Value):
		if v, err := cty.ParseNumberVal(n.Value); err == nil {
			return v, true
		}
	}
	y.report(n, "a value reads differently in different YAML", "What stands there without quotes is text for some programs, a number or a switch for others.", "put it in quotes")
	return cty.NilVal, false
}
