package schema

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// maxBlocks bounds what dynamic blocks may expand to in one description: ten
// times a fleet of 10,000 hosts, and far from exhausting memory.
const maxBlocks = 1_000_000

// instance is one block as it counts: written out, or produced by a dynamic
// block, with the context its expressions are evaluated in.
type instance struct {
	kind        string
	labels      []string
	labelRanges []hcl.Range
	header      hcl.Range
	extent      hcl.Range
	body        hcl.Body
	ctx         *hcl.EvalContext
	key         string
	produced    bool
}

// content is a body read against its spec.
type content struct {
	attrs  map[string]*hcl.Attribute
	blocks []instance
}

// read splits body into attributes and blocks, reports names that the spec
// does not have, and expands dynamic blocks in place. It does what package
// dynblock does; that package can neither say which for_each key produced a
// block nor wait with the evaluation context until it is known what is needed.
func (d *decoder) read(body hcl.Body, s *blockSpec, where string, ctx *hcl.EvalContext) content {
	var c content
	var blocks hcl.Blocks
	if native, ok := body.(*hclsyntax.Body); ok {
		c.attrs, blocks = d.readNative(native, s, where)
	} else {
		got, diags := body.Content(s.schema())
		d.hclDiags(diags, LangName)
		c.attrs, blocks = got.Attributes, got.Blocks
	}
	for _, b := range blocks {
		if b.Type != "dynamic" {
			c.blocks = append(c.blocks, written(b, ctx))
			continue
		}
		c.blocks = append(c.blocks, d.expand(b, s, ctx)...)
	}
	return c
}

func written(b *hcl.Block, ctx *hcl.EvalContext) instance {
	in := instance{kind: b.Type, labels: b.Labels, labelRanges: b.LabelRanges,
		header: b.DefRange, extent: b.DefRange, body: b.Body, ctx: ctx}
	if native, ok := b.Body.(*hclsyntax.Body); ok {
		in.extent = hcl.RangeBetween(b.DefRange, native.EndRange)
	}
	return in
}

// readNative does what hclsyntax's Content does, with messages that know the
// language.
func (d *decoder) readNative(body *hclsyntax.Body, s *blockSpec, where string) (map[string]*hcl.Attribute, hcl.Blocks) {
	attrs := make(map[string]*hcl.Attribute, len(body.Attributes))
	for name, a := range body.Attributes {
		if _, ok := s.byName[name]; ok {
			attrs[name] = a.AsHCLAttribute()
			continue
		}
		d.unknownAttr(a, s, where)
	}
	blocks := make(hcl.Blocks, 0, len(body.Blocks))
	for _, b := range body.Blocks {
		n, ok := s.blocks[b.Type]
		switch {
		case b.Type == "dynamic":
			if d.labels(b, 1, "the type of block to produce") {
				blocks = append(blocks, b.AsHCLBlock())
			}
		case !ok:
			d.unknownBlock(b, s, where)
		case n.spec.label == noLabel && d.labels(b, 0, ""), n.spec.label != noLabel && d.labels(b, 1, "a name"):
			blocks = append(blocks, b.AsHCLBlock())
		}
	}
	return attrs, blocks
}

func (d *decoder) unknownAttr(a *hclsyntax.Attribute, s *blockSpec, where string) {
	help := didYouMean(a.Name, s.attrNames(), func(w string) string { return w }, "")
	switch {
	case a.Name == "count" || a.Name == "for_each":
		help = fmt.Sprintf("repeat a block with: dynamic %q { for_each = …, labels = […], content { … } }", blockWord(where))
	case s.blocks[a.Name] != nil:
		help = fmt.Sprintf("%s is a block: write %s { … } without the equals sign", a.Name, a.Name)
	case help == "":
		help = "known here: " + known(s)
	}
	d.report(Finding{Code: LangName, Help: help}, a.NameRange,
		fmt.Sprintf("unknown attribute %q in %s", a.Name, where),
		"carpool does not know this attribute here, so it would have no effect on any host.")
}

func (d *decoder) unknownBlock(b *hclsyntax.Block, s *blockSpec, where string) {
	help := didYouMean(b.Type, s.blockNames(), func(w string) string { return w }, "")
	switch {
	case s.byName[b.Type] != nil:
		help = fmt.Sprintf("%s is an attribute: write %s = …", b.Type, b.Type)
	case help == "":
		help = "known here: " + known(s)
	}
	d.report(Finding{Code: LangName, Help: help}, b.TypeRange,
		fmt.Sprintf("unknown block %q in %s", b.Type, where),
		"carpool does not know this block here, so it would have no effect on any host.")
}

func known(s *blockSpec) string {
	names := append(s.attrNames(), s.blockNames()...)
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

func blockWord(where string) string {
	w, _, _ := strings.Cut(where, " ")
	return w
}

// labels checks how many labels a block has.
func (d *decoder) labels(b *hclsyntax.Block, want int, what string) bool {
	if len(b.Labels) == want {
		return true
	}
	help := fmt.Sprintf("write %s { … }", b.Type)
	if want == 1 {
		help = fmt.Sprintf("write %s \"NAME\" { … }", b.Type)
	}
	summary := fmt.Sprintf("%s takes no label", b.Type)
	if want == 1 {
		summary = fmt.Sprintf("%s takes one label: %s", b.Type, what)
	}
	d.report(Finding{Code: LangName, Help: help}, b.DefRange(), summary,
		fmt.Sprintf("It has %d.", len(b.Labels)))
	return false
}

var dynamicSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "for_each", Required: true}, {Name: "iterator"}, {Name: "labels"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "content"}},
}

// expand produces the blocks of one dynamic block.
func (d *decoder) expand(b *hcl.Block, s *blockSpec, ctx *hcl.EvalContext) []instance {
	word := b.Labels[0]
	n, ok := s.blocks[word]
	if !ok || word == "variable" || word == "locals" || word == "cluster" {
		d.report(Finding{Code: LangName, Help: didYouMean(word, s.blockNames(), func(w string) string { return fmt.Sprintf("%q", w) }, "")},
			b.LabelRanges[0], fmt.Sprintf("dynamic cannot produce %q blocks here", word), "The label of dynamic is the type of block to produce.")
		return nil
	}
	c, diags := b.Body.Content(dynamicSchema)
	d.hclDiags(diags, LangName)
	if diags.HasErrors() {
		return nil
	}
	if len(c.Blocks) != 1 {
		d.report(Finding{Code: LangMissing, Help: "write one content { … } block in it"}, b.DefRange,
			"dynamic needs exactly one content block", "The content is the body of each block it produces.")
		return nil
	}
	dyn := dynamic{block: b, content: c.Blocks[0], labels: c.Attributes["labels"], nest: n, iterator: word}
	if it := c.Attributes["iterator"]; it != nil {
		if dyn.iterator = hcl.ExprAsKeyword(it.Expr); dyn.iterator == "" {
			d.report(Finding{Code: LangValue, Help: "write iterator = item"}, it.Expr.Range(),
				"iterator is a bare word", "It names the variable that content reads.")
			return nil
		}
	}
	return d.repeat(dyn, c.Attributes["for_each"].Expr, ctx)
}

// dynamic is a dynamic block taken apart.
type dynamic struct {
	block    *hcl.Block
	content  *hcl.Block
	labels   *hcl.Attribute
	nest     *nestSpec
	iterator string
}

func (d *decoder) repeat(dyn dynamic, forEach hcl.Expression, ctx *hcl.EvalContext) []instance {
	at := forEach.Range()
	v, ok := d.evalIn(ctx, forEach)
	if !ok {
		return nil
	}
	bare, secrecy := unmarkShallow(v)
	switch {
	case secrecy.Secret, !bare.IsKnown():
		d.report(Finding{Code: LangSecret, Help: "repeat over a value that is no secret"}, at,
			"for_each may not be a secret", "The names of the blocks it produces appear in files and reports.")
		return nil
	case bare.IsNull() || !bare.CanIterateElements():
		help := "give it a map, an object, a list or a set"
		if bare.Type() == cty.Number {
			help = "for a number of blocks write range(…)"
		}
		d.report(Finding{Code: LangValue, Help: help}, at,
			"for_each cannot be repeated over", fmt.Sprintf("It has %s.", kindOf(bare)))
		return nil
	}
	var out []instance
	for it := bare.ElementIterator(); it.Next(); {
		if d.produced++; d.produced > maxBlocks {
			d.report(Finding{Code: LangLimit}, at, "dynamic blocks produce too many blocks",
				fmt.Sprintf("A description may have %d of them.", maxBlocks))
			return nil
		}
		k, e := it.Element()
		if bare.Type().IsSetType() {
			k = e
		}
		if in, ok := d.produce(dyn, k, e, ctx); ok {
			d.repeats[in.ctx] = repeated{ctx, forEach, k}
			out = append(out, in)
		}
	}
	return out
}

func (d *decoder) produce(dyn dynamic, k, e cty.Value, ctx *hcl.EvalContext) (instance, bool) {
	child := ctx.NewChild()
	child.Variables = map[string]cty.Value{
		dyn.iterator: cty.ObjectVal(map[string]cty.Value{"key": k, "value": e}),
	}
	in := written(dyn.content, child)
	in.kind, in.header, in.produced = dyn.nest.name, dyn.block.DefRange, true
	in.key = plainText(k)
	if dyn.nest.spec.label == noLabel {
		return in, true
	}
	if dyn.labels == nil {
		d.report(Finding{Code: LangMissing, Help: fmt.Sprintf("add labels = [%s.key]", dyn.iterator)}, dyn.block.DefRange,
			fmt.Sprintf("dynamic %q needs labels", dyn.nest.name), "Each block it produces needs a name of its own.")
		return in, false
	}
	v, ok := d.evalIn(child, dyn.labels.Expr)
	if !ok {
		return in, false
	}
	label, ok := labelOf(v)
	if !ok {
		d.report(Finding{Code: LangValue, Help: fmt.Sprintf("write labels = [%s.key]", dyn.iterator)}, dyn.labels.Expr.Range(),
			"labels is a list of one text", "It names the block that is produced.")
		return in, false
	}
	in.labels, in.labelRanges = []string{label}, []hcl.Range{dyn.labels.Expr.Range()}
	return in, true
}

func labelOf(v cty.Value) (string, bool) {
	if v.IsMarked() || v.ContainsMarked() || v.IsNull() || !v.IsWhollyKnown() || !v.CanIterateElements() || v.LengthInt() != 1 {
		return "", false
	}
	elems := v.AsValueSlice()
	s := plainText(elems[0])
	return s, s != ""
}

// plainText is the text of a key or label; "" if it is neither text nor number.
func plainText(v cty.Value) string {
	v, secrecy := unmark(v)
	if secrecy.Secret || !v.IsKnown() || v.IsNull() {
		return ""
	}
	switch v.Type() {
	case cty.String:
		return v.AsString()
	case cty.Number:
		text, _ := numberText(v)
		return text
	}
	return ""
}

func unmarkShallow(v cty.Value) (cty.Value, Secrecy) {
	bare, marks := v.Unmark()
	return bare, Secrecy{Secret: len(marks) > 0}
}
