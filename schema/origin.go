package schema

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Where a secret comes from decides what stands for it in a template: the
// variable it is, or the element of one. The mark of the value says which
// secret went in, not whether it came out unchanged, and of a map without a
// value here there are no elements to be marked. So the expression is followed.

// way is what following an expression found out.
type way int

const (
	computed way = iota // something is made of the secret
	unclear             // it went through what only hands elements on
	traced              // it is the variable, unchanged
)

// passing lists the functions that hand on elements as they are.
var passing = []string{"coalesce", "element", "lookup", "merge", "sensitive", "tostring", "try", "values", "zipmap", "concat", "flatten", "one"}

// originOf returns the variable, or the element of one, that v, the value of
// expr in ctx, is; path leads from expr to it. "" means that it is none.
func (d *decoder) originOf(ctx *hcl.EvalContext, expr hcl.Expression, path []cty.Value, v cty.Value) string {
	bare, s := unmark(v)
	if !s.Secret || bare.IsNull() || bare.Type() != cty.String && bare.Type() != cty.Number && bare.Type() != cty.DynamicPseudoType {
		return ""
	}
	name, how := d.trace(ctx, expr, path)
	switch {
	case how == traced:
		return name
	case how == unclear && s.Origin != "" && bare.IsKnown() && d.isVariable(s.Origin, bare):
		return s.Origin
	}
	return ""
}

// isVariable reports whether the variable called origin has the value v.
func (d *decoder) isVariable(origin string, v cty.Value) bool {
	expr, diags := hclsyntax.ParseExpression([]byte("var."+origin), "", hcl.InitialPos)
	if diags.HasErrors() {
		return false
	}
	have, diags := expr.Value(d.root)
	if diags.HasErrors() {
		return false
	}
	bare, _ := unmark(have)
	return bare.IsKnown() && bare.RawEquals(v)
}

// trace follows the element at path of expr to the variable it is.
func (d *decoder) trace(ctx *hcl.EvalContext, expr hcl.Expression, path []cty.Value) (string, way) {
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return d.trace(ctx, e.Expression, path)
	case *hclsyntax.TemplateWrapExpr:
		return d.trace(ctx, e.Wrapped, path)
	case *hclsyntax.ScopeTraversalExpr:
		return d.traceTraversal(ctx, e.Traversal, path)
	case *hclsyntax.RelativeTraversalExpr:
		return d.trace(ctx, e.Source, slices.Concat(steps(e.Traversal), path))
	case *hclsyntax.IndexExpr:
		if k, ok := d.plainKey(ctx, e.Key); ok {
			return d.trace(ctx, e.Collection, slices.Concat([]cty.Value{k}, path))
		}
	case *hclsyntax.ConditionalExpr:
		if c, ok := d.plainKey(ctx, e.Condition); ok && c.Type() == cty.Bool {
			if c.True() {
				return d.trace(ctx, e.TrueResult, path)
			}
			return d.trace(ctx, e.FalseResult, path)
		}
	case *hclsyntax.ObjectConsExpr:
		return d.traceItem(ctx, e, path)
	case *hclsyntax.TupleConsExpr:
		if i, ok := indexOf(path, len(e.Exprs)); ok {
			return d.trace(ctx, e.Exprs[i], path[1:])
		}
	case *hclsyntax.ForExpr:
		return "", unclear
	case *hclsyntax.FunctionCallExpr:
		if slices.Contains(passing, e.Name) {
			return "", unclear
		}
	case hclsyntax.Expression:
	default:
		if e := d.jsonText(expr); e != nil {
			return d.trace(ctx, e, path)
		}
	}
	return "", computed
}

// plainKey evaluates what chooses between elements or branches. A choice that
// hangs on a secret is none that a template could repeat.
func (d *decoder) plainKey(ctx *hcl.EvalContext, expr hcl.Expression) (cty.Value, bool) {
	v, ok := d.evalIn(ctx, expr)
	if !ok || v.IsMarked() || !v.IsKnown() || v.IsNull() {
		return cty.NilVal, false
	}
	return v, true
}

func steps(t hcl.Traversal) []cty.Value {
	var path []cty.Value
	for _, s := range t {
		switch s := s.(type) {
		case hcl.TraverseAttr:
			path = append(path, cty.StringVal(s.Name))
		case hcl.TraverseIndex:
			path = append(path, s.Key)
		}
	}
	return path
}

func (d *decoder) traceTraversal(ctx *hcl.EvalContext, t hcl.Traversal, path []cty.Value) (string, way) {
	root := t.RootName()
	path = slices.Concat(steps(t[1:]), path)
	for c := ctx; c != nil && c != d.root; c = c.Parent() {
		if _, ok := c.Variables[root]; !ok {
			continue
		}
		r, ok := d.repeats[c]
		if !ok || len(path) == 0 || plainText(path[0]) != "value" {
			return "", computed
		}
		return d.trace(r.ctx, r.forEach, slices.Concat([]cty.Value{r.key}, path[1:]))
	}
	if len(path) == 0 {
		return "", computed
	}
	name := plainText(path[0])
	switch {
	case root == "var" && d.vars[name] != nil && d.vars[name].Sensitive.Value:
		return name + pathText(path[1:]), traced
	case root == "local" && d.locals[name] != nil:
		return d.trace(d.root, d.locals[name].attr.Expr, path[1:])
	case root == "vip" && len(path) == 2 && plainText(path[1]) == "password":
		if v, ok := d.index[root][name].(*VIP); ok && v.Password.Secret.Origin != "" {
			return v.Password.Secret.Origin, traced
		}
	}
	return "", computed
}

// traceItem follows path into an object that is written out.
func (d *decoder) traceItem(ctx *hcl.EvalContext, e *hclsyntax.ObjectConsExpr, path []cty.Value) (string, way) {
	if len(path) == 0 {
		return "", computed
	}
	for _, it := range e.Items {
		if k, ok := d.plainKey(ctx, it.KeyExpr); ok && plainText(k) == plainText(path[0]) {
			return d.trace(ctx, it.ValueExpr, path[1:])
		}
	}
	return "", computed
}

func indexOf(path []cty.Value, length int) (int, bool) {
	if len(path) == 0 || path[0].Type() != cty.Number {
		return 0, false
	}
	i, _ := path[0].AsBigFloat().Int64()
	return int(i), i >= 0 && int(i) < length
}

// jsonText is a string of JSON syntax as the template it is.
func (d *decoder) jsonText(expr hcl.Expression) hclsyntax.Expression {
	at := expr.Range()
	file := d.src.texts[at.Filename]
	if file == nil || at.Start.Byte > at.End.Byte || at.End.Byte > len(file.data) {
		return nil
	}
	var text string
	if json.Unmarshal(file.data[at.Start.Byte:at.End.Byte], &text) != nil {
		return nil
	}
	e, diags := hclsyntax.ParseTemplate([]byte(text), at.Filename, at.Start)
	if diags.HasErrors() {
		return nil
	}
	return e
}

// pathText writes the way into a variable as Jinja2 and HCL both do.
func pathText(path []cty.Value) string {
	var b strings.Builder
	for _, k := range path {
		quoted, _ := json.Marshal(plainText(k))
		if k.Type() == cty.Number {
			quoted = []byte(plainText(k))
		}
		b.WriteString("[" + string(quoted) + "]")
	}
	return b.String()
}

// repeated is what a block that dynamic produced was produced from.
type repeated struct {
	ctx     *hcl.EvalContext
	forEach hcl.Expression
	key     cty.Value
}
