package schema

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// maxExpansion bounds how often the innermost part of nested for expressions is
// evaluated in one expression: a hundred times for each host of a large fleet,
// and about a second.
const maxExpansion = 1_000_000

// checkExpansion refuses an expression whose for expressions, nested in each
// other, would go on for ever: HCL has no means to stop an evaluation. It
// multiplies the lengths of what they repeat over; one that depends on the
// element of another counts once, and the guard is what is left to stop it.
func checkExpansion(ctx *hcl.EvalContext, expr hcl.Expression) error {
	e, ok := expr.(hclsyntax.Node)
	if !ok {
		return nil
	}
	var depth forDepth
	hclsyntax.Walk(e, &depth)
	if depth.most < 2 {
		return nil
	}
	x := &expansion{ctx: ctx}
	hclsyntax.Walk(e, x)
	if x.most > maxExpansion {
		return fmt.Errorf("its for expressions repeat %d times in all; %d are allowed", x.most, maxExpansion)
	}
	return nil
}

// forDepth counts how deep for expressions are nested.
type forDepth struct{ now, most int }

func (f *forDepth) Enter(n hclsyntax.Node) hcl.Diagnostics {
	if _, ok := n.(*hclsyntax.ForExpr); ok {
		f.now++
		f.most = max(f.most, f.now)
	}
	return nil
}

func (f *forDepth) Exit(n hclsyntax.Node) hcl.Diagnostics {
	if _, ok := n.(*hclsyntax.ForExpr); ok {
		f.now--
	}
	return nil
}

// expansion multiplies. loops are the for expressions that the walk is in, and
// inside those in whose bodies it is, with the names of their variables.
type expansion struct {
	ctx    *hcl.EvalContext
	loops  []*loop
	inside []*loop
	names  []map[string]struct{}
	most   int
}

type loop struct {
	coll   hclsyntax.Expression
	around int // how often the whole expression is evaluated
	times  int // how often its body is; 0 while not known
}

func (x *expansion) Enter(n hclsyntax.Node) hcl.Diagnostics {
	switch n := n.(type) {
	case *hclsyntax.ForExpr:
		l := &loop{coll: n.CollExpr, around: 1}
		if n := len(x.inside); n > 0 {
			l.around = x.inside[n-1].times
		}
		x.loops = append(x.loops, l)
	case hclsyntax.ChildScope:
		// What is repeated over has been walked by now, and is evaluated only
		// if nothing in it goes on for ever.
		if l := x.loops[len(x.loops)-1]; l.times == 0 {
			l.times = min(max(x.length(l.coll), 1)*l.around, 1<<40)
			x.most = max(x.most, l.times)
		}
		x.inside, x.names = append(x.inside, x.loops[len(x.loops)-1]), append(x.names, n.LocalNames)
	}
	return nil
}

func (x *expansion) Exit(n hclsyntax.Node) hcl.Diagnostics {
	switch n.(type) {
	case *hclsyntax.ForExpr:
		x.loops = x.loops[:len(x.loops)-1]
	case hclsyntax.ChildScope:
		x.inside, x.names = x.inside[:len(x.inside)-1], x.names[:len(x.names)-1]
	}
	return nil
}

// length is how many elements a collection has; 1 if only its evaluation can
// tell.
func (x *expansion) length(coll hclsyntax.Expression) int {
	if x.most > maxExpansion {
		return 1
	}
	for _, t := range coll.Variables() {
		for _, names := range x.names {
			if _, local := names[t.RootName()]; local {
				return 1
			}
		}
	}
	v, diags := coll.Value(x.ctx)
	v, _ = v.Unmark()
	if diags.HasErrors() || !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return 1
	}
	return v.LengthInt()
}
