package schema

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions returns what expressions may call: pure functions only, so that
// the same description means the same everywhere and at any time.
func functions(src *Source) map[string]function.Function {
	m := map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc,
		"max": stdlib.MaxFunc, "min": stdlib.MinFunc, "parseint": stdlib.ParseIntFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc,

		"chomp": stdlib.ChompFunc, "format": boundedFormat(stdlib.FormatFunc), "formatlist": boundedFormat(stdlib.FormatListFunc), "indent": boundedIndent,
		"join": stdlib.JoinFunc, "lower": stdlib.LowerFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc,
		"regexreplace": stdlib.RegexReplaceFunc, "replace": stdlib.ReplaceFunc, "split": stdlib.SplitFunc, "strlen": stdlib.StrlenFunc,
		"strrev": stdlib.ReverseFunc, "substr": stdlib.SubstrFunc, "title": stdlib.TitleFunc, "trim": stdlib.TrimFunc,
		"trimprefix": stdlib.TrimPrefixFunc, "trimspace": stdlib.TrimSpaceFunc, "trimsuffix": stdlib.TrimSuffixFunc, "upper": stdlib.UpperFunc,
		"startswith": affix("startswith", func(s, p string) bool { return len(s) >= len(p) && s[:len(p)] == p }),
		"endswith":   affix("endswith", func(s, p string) bool { return len(s) >= len(p) && s[len(s)-len(p):] == p }),

		"chunklist": stdlib.ChunklistFunc, "coalesce": stdlib.CoalesceFunc, "coalescelist": stdlib.CoalesceListFunc, "compact": stdlib.CompactFunc,
		"concat": stdlib.ConcatFunc, "contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc,
		"flatten": stdlib.FlattenFunc, "index": stdlib.IndexFunc, "keys": stdlib.KeysFunc, "length": stdlib.LengthFunc,
		"lookup": stdlib.LookupFunc, "merge": stdlib.MergeFunc, "range": boundedRange(), "reverse": stdlib.ReverseListFunc,
		"setintersection": stdlib.SetIntersectionFunc, "setproduct": boundedProduct, "setsubtract": stdlib.SetSubtractFunc,
		"setunion": stdlib.SetUnionFunc, "slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,

		"csvdecode": stdlib.CSVDecodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc,
		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc,

		"tostring": stdlib.MakeToFunc(cty.String), "tonumber": boundedNumber, "tobool": stdlib.MakeToFunc(cty.Bool),
		"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tomap": stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"try":   tryfunc.TryFunc, "can": tryfunc.CanFunc,

		"cidrhost": cidrHost, "cidrnetmask": cidrNetmask, "cidrsubnet": cidrSubnet, "ip": bareIP,
		"sensitive": sensitive, "nonsensitive": nonsensitive,
		"file": fileFunc(src),
	}
	// A template may call everything but templatefile itself, so that no file
	// can include itself for ever.
	inner := make(map[string]function.Function, len(m))
	for n, f := range m {
		inner[n] = f
	}
	m["templatefile"] = templateFunc(src, inner)
	return m
}

// FunctionNames returns the names of all functions, sorted. Documentation is
// tested against it.
func FunctionNames() []string {
	return slices.Sorted(maps.Keys(functions(&Source{})))
}

func text1(name, desc string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.String, Description: desc}
}

func affix(name string, has func(s, p string) bool) function.Function {
	return function.New(&function.Spec{
		Description: name + " reports whether text has the given affix.",
		Params:      []function.Parameter{text1("text", ""), text1("affix", "")},
		Type:        function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(has(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// maxRange bounds range(). The one of the standard library ends at 1024, less
// than a fleet has hosts.
const maxRange = 100_000

// maxRanges bounds all calls of range() of a description together, of which
// there may be one in every element of another.
const maxRanges = 1_000_000

// boundedRange is made for one description.
func boundedRange() function.Function {
	var made atomic.Int64
	return function.New(&function.Spec{
		Description: "range returns the numbers from start (0) to before end in steps (1).",
		VarParam:    &function.Parameter{Name: "numbers", Type: cty.Number},
		Type:        function.StaticReturnType(cty.List(cty.Number)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			from, step := cty.Zero, cty.NumberIntVal(1)
			var to cty.Value
			switch len(args) {
			case 1:
				to = args[0]
			case 2:
				from, to = args[0], args[1]
			case 3:
				from, to, step = args[0], args[1], args[2]
			default:
				return cty.NilVal, errors.New("it takes an end, or a start and an end, or a start, an end and a step")
			}
			if len(args) < 3 && to.LessThan(from).True() {
				step = cty.NumberIntVal(-1)
			}
			up := step.GreaterThan(cty.Zero).True()
			if step.RawEquals(cty.Zero) || up && to.LessThan(from).True() || !up && to.GreaterThan(from).True() {
				return cty.NilVal, errors.New("the step does not lead from the start to the end")
			}
			var numbers []cty.Value
			for n := from; up && n.LessThan(to).True() || !up && n.GreaterThan(to).True(); n = n.Add(step) {
				if len(numbers) == maxRange {
					return cty.NilVal, fmt.Errorf("more than %d elements", maxRange)
				}
				if made.Add(1) > maxRanges {
					return cty.NilVal, fmt.Errorf("all ranges of the description together have more than %d elements", maxRanges)
				}
				numbers = append(numbers, n)
			}
			if len(numbers) == 0 {
				return cty.ListValEmpty(cty.Number), nil
			}
			return cty.ListVal(numbers), nil
		},
	})
}

// boundedProduct is setproduct with the bound of range.
var boundedProduct = function.New(&function.Spec{
	Description: "setproduct returns every combination of elements of the given lists or sets.",
	VarParam:    &function.Parameter{Name: "sets", Type: cty.DynamicPseudoType, AllowMarked: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		size := 1
		for _, a := range args {
			if bare, _ := a.Unmark(); bare.IsKnown() && bare.CanIterateElements() {
				size *= max(bare.LengthInt(), 1)
			}
			if size > maxRange {
				return cty.NilType, fmt.Errorf("more than %d elements", maxRange)
			}
		}
		return stdlib.SetProductFunc.ReturnTypeForValues(args)
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return stdlib.SetProductFunc.Call(args) },
})

// wideVerb finds a width or precision that would fill the memory.
var wideVerb = regexp.MustCompile(`%[^a-zA-Z%]*[0-9]{5}`)

// boundedFormat is format or formatlist without such verbs.
func boundedFormat(f function.Function) function.Function {
	return function.New(&function.Spec{
		Description: f.Description(),
		Params:      f.Params(),
		VarParam:    f.VarParam(),
		Type: func(args []cty.Value) (cty.Type, error) {
			if bare, _ := args[0].Unmark(); bare.IsKnown() && bare.Type() == cty.String && wideVerb.MatchString(bare.AsString()) {
				return cty.NilType, function.NewArgErrorf(0, "a width or precision has more than four digits")
			}
			return f.ReturnTypeForValues(args)
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return f.Call(args) },
	})
}

// maxIndent is more than any file is indented by.
const maxIndent = 1000

var boundedIndent = function.New(&function.Spec{
	Description: "indent puts spaces before every line but the first.",
	Params:      []function.Parameter{{Name: "spaces", Type: cty.Number}, text1("text", "")},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if args[0].GreaterThan(cty.NumberIntVal(maxIndent)).True() || args[0].LessThan(cty.Zero).True() {
			return cty.NilVal, function.NewArgErrorf(0, "not a number from 0 to %d", maxIndent)
		}
		return stdlib.IndentFunc.Call(args)
	},
})

var toNumber = stdlib.MakeToFunc(cty.Number)

// boundedNumber is tonumber for numbers that can be written out again.
var boundedNumber = function.New(&function.Spec{
	Description: toNumber.Description(),
	Params:      toNumber.Params(),
	Type:        func(args []cty.Value) (cty.Type, error) { return toNumber.ReturnTypeForValues(args) },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, err := toNumber.Call(args)
		if bare, _ := v.Unmark(); err == nil && bare.IsKnown() && !bare.IsNull() {
			if _, ok := numberText(bare); !ok {
				return cty.NilVal, function.NewArgErrorf(0, "the number is too large")
			}
		}
		return v, err
	},
})

var bareIP = function.New(&function.Spec{
	Description: "ip returns an address without its length.",
	Params:      []function.Parameter{text1("address", "")},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		a, err := parseAddress(args[0].AsString())
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		return cty.StringVal(a.Addr.String()), nil
	},
})

var cidrNetmask = function.New(&function.Spec{
	Description: "cidrnetmask returns the dotted netmask of an IPv4 prefix.",
	Params:      []function.Parameter{text1("prefix", "")},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := netip.ParsePrefix(args[0].AsString())
		if err != nil || !p.Addr().Is4() {
			return cty.NilVal, function.NewArgErrorf(0, "not an IPv4 prefix")
		}
		return cty.StringVal(Netmask(p)), nil
	},
})

var cidrHost = function.New(&function.Spec{
	Description: "cidrhost returns the address with the given host number; a negative number counts from the end.",
	Params:      []function.Parameter{text1("prefix", ""), {Name: "number", Type: cty.Number}},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := netip.ParsePrefix(args[0].AsString())
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "not a prefix")
		}
		n, ok := wholeNumber(args[1])
		if !ok {
			return cty.NilVal, function.NewArgErrorf(1, "not a whole number")
		}
		a, err := hostNumber(p, n)
		if err != nil {
			return cty.NilVal, function.NewArgError(1, err)
		}
		return cty.StringVal(a.String()), nil
	},
})

var cidrSubnet = function.New(&function.Spec{
	Description: "cidrsubnet returns the subnet of the given number, newbits longer than prefix.",
	Params:      []function.Parameter{text1("prefix", ""), {Name: "newbits", Type: cty.Number}, {Name: "number", Type: cty.Number}},
	Type:        function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		p, err := netip.ParsePrefix(args[0].AsString())
		if err != nil {
			return cty.NilVal, function.NewArgErrorf(0, "not a prefix")
		}
		bits, ok1 := wholeNumber(args[1])
		n, ok2 := wholeNumber(args[2])
		if !ok1 || !ok2 {
			return cty.NilVal, function.NewArgErrorf(1, "not whole numbers")
		}
		s, err := subnet(p, bits, n)
		if err != nil {
			return cty.NilVal, function.NewArgError(2, err)
		}
		return cty.StringVal(s.String()), nil
	},
})

func wholeNumber(v cty.Value) (*bigInt, bool) {
	i, acc := v.AsBigFloat().Int(nil)
	return i, acc == exact
}

var sensitive = function.New(&function.Spec{
	Description: "sensitive marks a value as secret.",
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true,
		AllowMarked: true, AllowNull: true, AllowUnknown: true}},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return markLeaves(args[0], ""), nil },
})

var nonsensitive = function.New(&function.Spec{
	Description: "nonsensitive lifts the mark of a secret on purpose.",
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true,
		AllowMarked: true, AllowNull: true, AllowUnknown: true}},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, _ := args[0].UnmarkDeep()
		return v, nil
	},
})

// readInside reads a file below the folder of the description, wherever
// symbolic links lead (os.Root follows none out of it).
func (s *Source) readInside(name string) ([]byte, error) {
	if s.Dir == "" {
		return nil, fmt.Errorf("this description has no folder to read files from")
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return nil, fmt.Errorf("cannot open the folder of the description")
	}
	defer root.Close()
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot read %q inside the folder of the description", name)
	case !info.Mode().IsRegular() || info.Size() > MaxFileSize:
		return nil, fmt.Errorf("%q is no regular file of reasonable size", name)
	}
	return root.ReadFile(name)
}

func fileFunc(src *Source) function.Function {
	return function.New(&function.Spec{
		Description: "file returns the text of a file in the folder of the description.",
		Params:      []function.Parameter{text1("path", "")},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			data, err := src.readInside(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return cty.StringVal(string(data)), nil
		},
	})
}

func templateFunc(src *Source, funcs map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Description: "templatefile evaluates a file as an HCL template with the given values.",
		Params:      []function.Parameter{text1("path", ""), {Name: "values", Type: cty.DynamicPseudoType}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			data, err := src.readInside(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			if err := checkTemplate(data); err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			expr, diags := hclsyntax.ParseTemplate(data, args[0].AsString(), hcl.InitialPos)
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgErrorf(0, "line %d: %s", diags[0].Subject.Start.Line, diags[0].Summary)
			}
			ctx := &hcl.EvalContext{Functions: funcs, Variables: map[string]cty.Value{}}
			if args[1].CanIterateElements() {
				for it := args[1].ElementIterator(); it.Next(); {
					k, v := it.Element()
					ctx.Variables[plainText(k)] = v
				}
			}
			if err := checkExpansion(ctx, expr); err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			v, diags := expr.Value(ctx)
			if diags.HasErrors() {
				return cty.NilVal, function.NewArgErrorf(0, "line %d: %s", diags[0].Subject.Start.Line, diags[0].Summary)
			}
			return convert.Convert(v, cty.String)
		},
	})
}
