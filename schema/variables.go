package schema

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// EnvPrefix begins the environment variables that give values.
const EnvPrefix = "CARPOOL_VAR_"

func (d *decoder) addVariable(in instance) {
	v := &Variable{}
	s := specOf(reflect.TypeFor[Variable]())
	d.head(v, in, s)
	if first := d.vars[v.Name]; first != nil {
		d.duplicate("variable", &v.Block, &first.Block)
		return
	}
	d.vars[v.Name] = v
	d.desc.Variables = append(d.desc.Variables, v)
	d.decodeBody(v, in.body, s)
}

// given is a value from outside, with the words a message names it by.
type given struct {
	text   string
	expr   hcl.Expression // from a var-file
	source string
}

// evalVariables gives every variable its value, checks it, and puts var into
// the root context.
func (d *decoder) evalVariables() {
	from := d.outside()
	values := map[string]cty.Value{}
	for _, v := range d.desc.Variables {
		val, ok := d.variable(v, from[v.Name])
		if !ok {
			d.failedVars[v.Name] = true
			val = cty.DynamicVal
		}
		values[v.Name] = val
	}
	d.root.Variables["var"] = cty.ObjectVal(values)
	for _, v := range d.desc.Variables {
		if !d.failedVars[v.Name] {
			d.validate(v, values[v.Name])
		}
	}
}

// outside collects the environment, then the arguments in order; later wins.
func (d *decoder) outside() map[string]given {
	from := map[string]given{}
	for _, kv := range d.in.Env {
		name, text, ok := strings.Cut(kv, "=")
		name, isVar := strings.CutPrefix(name, EnvPrefix)
		if !ok || !isVar {
			continue
		}
		if d.vars[name] == nil {
			d.unknownVariable(name, "the environment variable "+EnvPrefix+name)
			continue
		}
		from[name] = given{text: text, source: EnvPrefix + name}
	}
	for _, a := range d.in.Vars {
		if a.File {
			d.varFile(a, from)
			continue
		}
		name, text, ok := strings.Cut(a.Text, "=")
		switch {
		case !ok:
			d.report(Finding{Code: LangVariable, Help: "write -var NAME=VALUE"}, hcl.Range{}, "-var has no value", fmt.Sprintf("It says only %q.", a.Text))
		case d.vars[name] == nil:
			d.unknownVariable(name, "-var "+name)
		default:
			from[name] = given{text: text, source: "-var " + name}
		}
	}
	return from
}

func (d *decoder) unknownVariable(name, source string) {
	names := slices.Sorted(maps.Keys(d.vars))
	d.report(Finding{Code: LangVariable, Help: didYouMean(name, names, func(s string) string { return s },
		fmt.Sprintf("declare it in the description: variable %q { … }", name))}, hcl.Range{},
		fmt.Sprintf("%s gives a value to no variable", source), "The description declares no variable of this name.")
}

// variable returns the converted and marked value of v.
func (d *decoder) variable(v *Variable, g given) (cty.Value, bool) {
	want, defaults, ok := d.variableType(v)
	if !ok {
		return cty.NilVal, false
	}
	val, at, ok := d.variableValue(v, g, want)
	if !ok {
		return cty.NilVal, false
	}
	if val == cty.NilVal {
		return d.noValue(v, want)
	}
	if defaults != nil && !val.IsNull() {
		val = defaults.Apply(val)
	}
	val, err := convert.Convert(val, want)
	if err != nil {
		d.report(Finding{Code: LangVariable, Help: "give it a value of type " + typeexpr.TypeString(want)}, at,
			fmt.Sprintf("variable %q has a value of the wrong type", v.Name), "Its type is "+typeexpr.TypeString(want)+".")
		return cty.NilVal, false
	}
	if v.Sensitive.Value {
		val = markLeaves(val, v.Name)
	}
	return val, true
}

func (d *decoder) variableType(v *Variable) (cty.Type, *typeexpr.Defaults, bool) {
	if v.Type.Expr == nil {
		return cty.DynamicPseudoType, nil, true
	}
	t, defaults, diags := typeexpr.TypeConstraintWithDefaults(v.Type.Expr)
	d.hclDiags(diags, LangVariable)
	return t, defaults, !diags.HasErrors()
}

func (d *decoder) variableValue(v *Variable, g given, want cty.Type) (cty.Value, hcl.Range, bool) {
	switch {
	case g.expr != nil:
		val, ok := d.evalIn(&hcl.EvalContext{Functions: d.root.Functions}, g.expr)
		return val, g.expr.Range(), ok
	case g.source != "" && (want == cty.String || want == cty.DynamicPseudoType):
		return cty.StringVal(g.text), v.Range, true
	case g.source != "":
		val, ok := d.variableText(v, g)
		return val, v.Range, ok
	case v.Default.Expr != nil:
		val, ok := d.evalIn(&hcl.EvalContext{Functions: d.root.Functions}, v.Default.Expr)
		return val, v.Default.Expr.Range(), ok
	}
	return cty.NilVal, hcl.Range{}, true
}

// variableText reads the text of -var or the environment as an expression, as
// the type is not string. Its positions lie in no file and are not shown.
func (d *decoder) variableText(v *Variable, g given) (cty.Value, bool) {
	expr, diags := hclsyntax.ParseExpression([]byte(g.text), g.source, hcl.InitialPos)
	if !diags.HasErrors() {
		val, more := expr.Value(nil)
		if !more.HasErrors() {
			return val, true
		}
	}
	d.report(Finding{Code: LangVariable, Help: `quote it twice on a command line: -var 'NAME=["a", "b"]'`}, v.Range,
		fmt.Sprintf("the value of variable %q from %s is no expression", v.Name, g.source),
		"A variable whose type is not string is read as an HCL expression.")
	return cty.NilVal, false
}

func (d *decoder) noValue(v *Variable, want cty.Type) (cty.Value, bool) {
	help := fmt.Sprintf("set %s%s, or pass -var %s=… or -var-file FILE", EnvPrefix, v.Name, v.Name)
	if v.Sensitive.Value && !d.in.RequireSecrets {
		d.report(Finding{Code: LangVariable, Severity: Notice, Help: help}, v.Range,
			fmt.Sprintf("the secret %q has no value here", v.Name), "What depends on its text is not checked; render needs it.")
		return cty.UnknownVal(want).Mark(secretMark{v.Name}), true
	}
	d.report(Finding{Code: LangVariable, Help: help}, v.Range,
		fmt.Sprintf("variable %q has no value", v.Name), "It has no default, and nothing from outside gives it one.")
	return cty.NilVal, false
}

// markLeaves marks every leaf of a sensitive value with the expression that
// names it; containers stay unmarked, so that for_each over a map of secrets
// works.
func markLeaves(v cty.Value, origin string) cty.Value {
	out, err := cty.Transform(v, func(p cty.Path, e cty.Value) (cty.Value, error) {
		if t := e.Type(); e.IsKnown() && !e.IsNull() && (t.IsCollectionType() || t.IsObjectType() || t.IsTupleType()) {
			return e, nil
		}
		return e.Mark(secretMark{origin + pathText(keys(p))}), nil
	})
	if err != nil {
		return v.Mark(secretMark{origin}) // the transformer above returns no error
	}
	return out
}

// keys are the steps of a path.
func keys(p cty.Path) []cty.Value {
	var ks []cty.Value
	for _, s := range p {
		switch s := s.(type) {
		case cty.GetAttrStep:
			ks = append(ks, cty.StringVal(s.Name))
		case cty.IndexStep:
			ks = append(ks, s.Key)
		}
	}
	return ks
}

// validate evaluates the validation blocks of v. A value that is not known
// here cannot be judged.
func (d *decoder) validate(v *Variable, val cty.Value) {
	if !val.IsWhollyKnown() {
		return
	}
	for _, c := range v.Validations {
		if c.Condition.Expr == nil || c.ErrorMessage.Expr == nil {
			continue // reported as missing
		}
		cond, ok := d.evalIn(d.root, c.Condition.Expr)
		if !ok {
			continue
		}
		cond, _ = cond.UnmarkDeep()
		cond, err := convert.Convert(cond, cty.Bool)
		switch {
		case err != nil || cond.IsNull() || !cond.IsKnown():
			d.report(Finding{Code: LangVariable, Help: "write a condition such as length(var.x) > 0"}, c.Condition.Range,
				"the condition is neither true nor false", "A validation decides by it.")
		case cond.False():
			d.report(Finding{Code: LangVariable, Related: []Related{{"by this condition", c.Condition.Range}}}, v.Range,
				fmt.Sprintf("the value of variable %q is not valid", v.Name), d.validationMessage(c))
		}
	}
}

func (d *decoder) validationMessage(c *Validation) string {
	msg, ok := d.evalIn(d.root, c.ErrorMessage.Expr)
	if !ok {
		return "Its condition does not hold."
	}
	bare, secrecy := unmark(msg)
	switch {
	case secrecy.Secret:
		return "Its condition does not hold. (The error message contains the secret and is not shown.)"
	case bare.IsKnown() && !bare.IsNull() && bare.Type() == cty.String:
		return bare.AsString()
	}
	return "Its condition does not hold."
}
