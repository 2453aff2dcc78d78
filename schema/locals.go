package schema

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// local is one local value, evaluated when first needed.
type local struct {
	name  string
	attr  *hcl.Attribute
	value cty.Value
	ok    bool
	used  bool
	state decodeState
}

func (d *decoder) addLocals(in instance) {
	attrs, diags := in.body.JustAttributes()
	d.hclDiags(diags, LangName)
	for name, a := range attrs {
		if first := d.locals[name]; first != nil {
			d.report(Finding{Code: LangDuplicate, Related: []Related{{"first written here", first.attr.NameRange}}},
				a.NameRange, fmt.Sprintf("local %q is there twice", name), "All locals blocks of a description share their names.")
			continue
		}
		d.locals[name] = &local{name: name, attr: a}
	}
}

// maxLocal bounds the size of a local: values in it, and 16 bytes of text each.
const maxLocal = 1_000_000

// within reports whether v is no larger than budget, which it uses up.
func within(v cty.Value, budget *int) bool {
	v, _ = v.Unmark()
	if *budget--; *budget < 0 || !v.IsKnown() || v.IsNull() {
		return *budget >= 0
	}
	switch t := v.Type(); {
	case t == cty.String:
		*budget -= len(v.AsString()) / 16
	case !isBlock(v) && v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			if _, e := it.Element(); !within(e, budget) {
				return false
			}
		}
	}
	return *budget >= 0
}

// local evaluates a local value unless it is evaluated already.
func (d *decoder) local(name string) (cty.Value, bool) {
	l := d.locals[name]
	if len(d.stack) > 0 {
		l.used = true
	}
	switch l.state {
	case decoded:
		return l.value, l.ok
	case running:
		d.circle("local."+name, l.attr.Range)
		return cty.NilVal, false
	}
	leave := d.enter("local."+name, d.root, "")
	l.state = running
	l.value, l.ok = d.evalIn(d.root, l.attr.Expr)
	if budget := maxLocal; l.ok && !within(l.value, &budget) {
		l.ok = false
		d.report(Finding{Code: LangLimit, Help: "look for a local that is made of itself many times over"}, l.attr.Expr.Range(),
			fmt.Sprintf("local.%s is too large", name), "Locals that each hold another one twice grow beyond every memory.")
	}
	l.state = decoded
	leave()
	if !l.ok {
		l.value = cty.DynamicVal
	}
	return l.value, l.ok
}
