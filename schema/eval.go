package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// eval evaluates the expression of attribute f in the context of the block
// being decoded. False means that a finding was reported.
func (d *decoder) eval(f *fieldSpec, expr hcl.Expression) (cty.Value, bool) {
	if f.ref {
		if v, ok := d.staticRef(expr); ok {
			return v, true
		}
	}
	if f.secret && d.unquoted(f, expr) {
		return cty.NilVal, false
	}
	return d.evalIn(d.ctx, expr)
}

// unquoted reports a bare word in a secret attribute without showing it: most
// likely it is the secret itself.
func (d *decoder) unquoted(f *fieldSpec, expr hcl.Expression) bool {
	for _, t := range expr.Variables() {
		root := t.RootName()
		switch root {
		case "var", "local", "cluster", "variable", "locals", "each", "count", "self":
			continue // roots, and what unknownRoot takes for one
		}
		if kinds()[root] != nil || d.shadowed(d.ctx, root) {
			continue
		}
		d.report(Finding{Code: LangReference, Help: "write text in quotes, or name a variable: var.NAME"}, expr.Range(),
			fmt.Sprintf("%s has a word without quotes", f.name), "A bare word is a reference, and nothing of this name can be referred to.")
		return true
	}
	return false
}

// staticRef resolves `network.lan` without evaluation: the block need not be
// decoded yet, and a fleet of ten thousand nodes needs no map of all of them.
// In JSON syntax the text "network.lan" is such a reference too.
func (d *decoder) staticRef(expr hcl.Expression) (cty.Value, bool) {
	t, diags := hcl.AbsTraversalForExpr(expr)
	if diags.HasErrors() || len(t) != 2 || kinds()[t.RootName()] == nil || d.shadowed(d.ctx, t.RootName()) {
		return cty.NilVal, false
	}
	b := d.index[t.RootName()][stepName(t[1])]
	if b == nil {
		return cty.NilVal, false
	}
	return bareRef(b), true
}

func stepName(t hcl.Traverser) string {
	switch t := t.(type) {
	case hcl.TraverseAttr:
		return t.Name
	case hcl.TraverseIndex:
		return plainText(t.Key)
	}
	return ""
}

func (d *decoder) shadowed(ctx *hcl.EvalContext, name string) bool {
	for c := ctx; c != nil && c != d.root; c = c.Parent() {
		if _, ok := c.Variables[name]; ok {
			return true
		}
	}
	return false
}

// evalIn evaluates expr in ctx, after whatever the expression refers to has
// been evaluated itself.
func (d *decoder) evalIn(ctx *hcl.EvalContext, expr hcl.Expression) (cty.Value, bool) {
	vars := expr.Variables()
	if len(vars) > 0 {
		needed, ok := d.need(ctx, vars)
		if !ok {
			return cty.NilVal, false
		}
		if len(needed) > 0 {
			ctx = ctx.NewChild()
			ctx.Variables = needed
		}
	}
	at := expr.Range()
	d.current.Store(&at)
	if err := checkExpansion(ctx, expr); err != nil {
		d.report(Finding{Code: LangLimit, Help: "repeat over fewer elements"}, at, "the expression is too large", upperFirst(err.Error())+".")
		return cty.NilVal, false
	}
	v, diags := expr.Value(ctx)
	if diags.HasErrors() {
		if d.touchesSecret(ctx, vars) {
			diags = hideDetails(diags)
		}
		d.hclDiags(diags, LangValue)
		return cty.NilVal, false
	}
	return v, true
}

// need collects what the traversals refer to, evaluating it first.
func (d *decoder) need(ctx *hcl.EvalContext, vars []hcl.Traversal) (map[string]cty.Value, bool) {
	needed := map[string]map[string]cty.Value{}
	whole := map[string]cty.Value{}
	ok := true
	for _, t := range vars {
		root := t.RootName()
		switch {
		case d.shadowed(ctx, root):
			ok = d.checkIterator(t, root) && ok
		case root == "var":
			ok = d.needVar(t) && ok
		case root == "local":
			ok = d.needLocal(t, needed, whole) && ok
		case d.early && (root == "cluster" || kinds()[root] != nil):
			d.tooEarly(t)
			ok = false
		case root == "cluster":
			ok = d.needCluster(t, whole) && ok
		case kinds()[root] != nil:
			ok = d.needBlock(t, needed, whole) && ok
		default:
			d.unknownRoot(t)
			ok = false
		}
	}
	if !ok {
		return nil, false
	}
	values := map[string]cty.Value{}
	for root, some := range needed {
		values[root] = cty.ObjectVal(some)
	}
	maps.Copy(values, whole)
	return values, true
}

// tooEarly reports a block that is read while it is being found out which
// blocks there are.
func (d *decoder) tooEarly(t hcl.Traversal) {
	name := t.RootName()
	if len(t) > 1 && stepName(t[1]) != "" {
		name += "." + stepName(t[1])
	}
	d.report(Finding{Code: LangOrder, Help: "repeat over a local or variable that both this and the other blocks are made of"}, t.SourceRange(),
		name+" cannot be used here", "It decides which blocks a dynamic block at the top produces, and no block is read before that is known.")
}

func put(m map[string]map[string]cty.Value, root, name string, v cty.Value) {
	if m[root] == nil {
		m[root] = map[string]cty.Value{}
	}
	m[root][name] = v
}

// checkIterator catches vip.web inside dynamic "vip", where vip is the
// iterator and hides the blocks.
func (d *decoder) checkIterator(t hcl.Traversal, root string) bool {
	if len(t) < 2 {
		return true
	}
	step := stepName(t[1])
	if step == "key" || step == "value" || kinds()[root] == nil || d.index[root][step] == nil {
		return true
	}
	d.report(Finding{
		Code: LangReference,
		Help: fmt.Sprintf("name the iterator otherwise: iterator = item, then item.key and item.value; %s is the block again", Reference(root, step)),
	}, t.SourceRange(), fmt.Sprintf("%s is the iterator of the dynamic block here", root),
		fmt.Sprintf("Inside dynamic %q the word %s has key and value only.", root, root))
	return false
}

func (d *decoder) needVar(t hcl.Traversal) bool {
	if len(t) < 2 {
		return true
	}
	name := stepName(t[1])
	v, ok := d.vars[name]
	if ok {
		v.Used = true
		return !d.failedVars[name]
	}
	if name == "" {
		return true
	}
	d.unknown(t, "variable", name, slices.Sorted(maps.Keys(d.vars)), func(s string) string { return "var." + s },
		fmt.Sprintf("declare it: variable %q { … }", name))
	return false
}

func (d *decoder) needLocal(t hcl.Traversal, needed map[string]map[string]cty.Value, whole map[string]cty.Value) bool {
	name := ""
	if len(t) > 1 {
		name = stepName(t[1])
	}
	if name == "" {
		all, ok := map[string]cty.Value{}, true
		for _, n := range slices.Sorted(maps.Keys(d.locals)) {
			v, good := d.local(n)
			all[n], ok = v, ok && good
		}
		whole["local"] = cty.ObjectVal(all)
		return ok
	}
	if d.locals[name] == nil {
		d.unknown(t, "local", name, slices.Sorted(maps.Keys(d.locals)), func(s string) string { return "local." + s },
			"define it in a locals block")
		return false
	}
	v, ok := d.local(name)
	put(needed, "local", name, v)
	return ok
}

func (d *decoder) needCluster(t hcl.Traversal, whole map[string]cty.Value) bool {
	c := d.cluster()
	if c == nil || !d.ensure(c, t.SourceRange()) {
		return false
	}
	whole["cluster"] = cty.ObjectVal(map[string]cty.Value{
		"name": cty.StringVal(c.Name), "domain": c.Domain.value(), "freebsd": c.FreeBSD.value(),
	})
	return true
}

// needBlock makes the values of the blocks that t refers to: of one, where t
// names it, of all of its kind where the name is computed.
func (d *decoder) needBlock(t hcl.Traversal, needed map[string]map[string]cty.Value, whole map[string]cty.Value) bool {
	k := kinds()[t.RootName()]
	name := ""
	if len(t) > 1 {
		name = stepName(t[1])
	}
	if name == "" {
		v, ok := d.allOf(k, t.SourceRange())
		whole[k.name] = v
		return ok
	}
	b := d.index[k.name][name]
	if b == nil {
		d.unknown(t, k.name, name, d.names(k.name), func(s string) string { return Reference(k.name, s) },
			fmt.Sprintf("describe it: %s %q { … }", k.name, name))
		return false
	}
	if !d.ensure(b, t.SourceRange()) || !d.checkSteps(t, k, b) {
		return false
	}
	d.settle(b, t.SourceRange())
	put(needed, k.name, name, k.valueOf(b))
	return true
}

// allOf is the map of all blocks of a kind, made once they are all decoded.
func (d *decoder) allOf(k *kind, at hcl.Range) (cty.Value, bool) {
	if v, ok := d.whole[k.name]; ok {
		return v, true
	}
	values, whole := map[string]cty.Value{}, true
	for _, name := range d.names(k.name) {
		b := d.index[k.name][name]
		if !d.ensure(b, at) {
			return cty.NilVal, false
		}
		d.settle(b, at)
		values[name] = k.valueOf(b)
		whole = whole && settled(b)
	}
	v := cty.MapValEmpty(k.valueType())
	if len(values) > 0 {
		v = cty.MapVal(values)
	}
	if whole {
		d.whole[k.name] = v
	}
	return v, true
}

// settle decodes the blocks that b refers to, whose values are part of its
// own. One that is being decoded right now is left alone: the value then lacks
// what is still to come, and is made again for the next who needs it.
func (d *decoder) settle(b blocker, at hcl.Range) {
	for _, r := range refs(b) {
		if r.base().state == waiting {
			d.ensure(r, at)
		}
		d.settle(r, at)
	}
}

// checkSteps looks at what follows the name of a block, for the mistakes that
// HCL words badly.
func (d *decoder) checkSteps(t hcl.Traversal, k *kind, b blocker) bool {
	if len(t) < 3 {
		return true
	}
	attr, ok := t[2].(hcl.TraverseAttr)
	if !ok {
		if i, isNum := t[2].(hcl.TraverseIndex); isNum && i.Key.Type() == cty.Number {
			full := t[1].(hcl.TraverseAttr).Name + "." + plainText(i.Key)
			d.report(Finding{Code: LangReference, Help: fmt.Sprintf("write %s[%q]", k.name, full)}, t.SourceRange(),
				fmt.Sprintf("%s.%s reads as an index", k.name, full), "A name with a dot in it needs brackets and quotes.")
			return false
		}
		return true
	}
	types := k.valueType().AttributeTypes()
	if _, ok := types[attr.Name]; !ok {
		names := slices.Sorted(maps.Keys(types))
		names = slices.DeleteFunc(names, func(s string) bool { return s == blockKey })
		d.report(Finding{Code: LangReference, Help: didYouMean(attr.Name, names, func(s string) string { return s },
			"it has "+strings.Join(names, ", "))}, t.SourceRange(),
			fmt.Sprintf("%s has no attribute %q to read", b.base().Address(), attr.Name), "Attributes of a block and what is derived from them can be read.")
		return false
	}
	node, isNode := b.(*Node)
	if !isNode || attr.Name != "interface" || len(t) < 4 {
		return true
	}
	return d.checkInterface(t, node)
}

func (d *decoder) checkInterface(t hcl.Traversal, n *Node) bool {
	name := stepName(t[3])
	if name == "" || n.Interface(name) != nil && len(t) < 5 {
		return true
	}
	if len(t) > 4 {
		if i, ok := t[4].(hcl.TraverseIndex); ok && i.Key.Type() == cty.Number {
			full := name + "." + plainText(i.Key)
			d.report(Finding{Code: LangReference, Help: fmt.Sprintf("write %s.interface[%q]", n.Address(), full)}, t.SourceRange(),
				fmt.Sprintf("interface.%s reads as an index", full), "An interface name with a dot in it needs brackets and quotes.")
			return false
		}
	}
	if n.Interface(name) != nil {
		return true
	}
	var names []string
	for _, i := range n.Interfaces {
		names = append(names, i.Name)
	}
	d.unknown(t, "interface", name, names, func(s string) string { return s }, n.Address()+" has "+listOr(names, "no interface"))
	return false
}

func listOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}

// unknown reports a reference to something that is not described.
func (d *decoder) unknown(t hcl.Traversal, what, name string, have []string, form func(string) string, otherwise string) {
	d.report(Finding{Code: LangReference, Help: didYouMean(name, have, form, otherwise)}, t.SourceRange(),
		fmt.Sprintf("there is no %s %q", what, name), "The description has no block or value of this name.")
}

// unknownRoot reports a word that is no root of references at all.
func (d *decoder) unknownRoot(t hcl.Traversal) {
	root := t.RootName()
	roots := append(slices.Sorted(maps.Keys(kinds())), "var", "local", "cluster")
	help := didYouMean(root, roots, func(s string) string { return s }, "")
	switch {
	case len(t) == 1 && d.named(root) != "":
		help = fmt.Sprintf("did you mean %s?", d.named(root))
	case len(t) == 1 && len(root) < 5:
		help = fmt.Sprintf("write text in quotes: %q", root)
	case root == "each" || root == "count" || root == "self":
		help = "inside dynamic \"vip\" the element is vip.key and vip.value"
	case root == "locals":
		help = "write local.NAME"
	case root == "variable":
		help = "write var.NAME"
	case help == "" && len(t) == 1:
		help = fmt.Sprintf("write text in quotes: %q", root)
	case help == "":
		help = "references begin with " + strings.Join(roots, ", ")
	}
	d.report(Finding{Code: LangReference, Help: help}, t.SourceRange(),
		fmt.Sprintf("unknown name %q", root), "A bare word is a reference, and nothing of this name can be referred to.")
}

// named is the reference to a block with this label, or "".
func (d *decoder) named(label string) string {
	for _, kind := range slices.Sorted(maps.Keys(kinds())) {
		if d.index[kind][label] != nil {
			return Reference(kind, label)
		}
	}
	return ""
}

// touchesSecret reports whether an expression reads anything secret, so that
// an error of a function cannot quote it.
func (d *decoder) touchesSecret(ctx *hcl.EvalContext, vars []hcl.Traversal) bool {
	for _, t := range vars {
		v, diags := t.TraverseAbs(ctx)
		if diags.HasErrors() || v.ContainsMarked() {
			return true
		}
	}
	return false
}

func hideDetails(diags hcl.Diagnostics) hcl.Diagnostics {
	for _, g := range diags {
		g.Detail = "The expression reads a secret, so what exactly is wrong with its value is not shown."
	}
	return diags
}
