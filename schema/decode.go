package schema

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Inputs is what comes from outside the description.
type Inputs struct {
	// Env holds KEY=VALUE pairs as os.Environ returns them; only
	// CARPOOL_VAR_* are read.
	Env []string
	// Vars holds -var and -var-file arguments in the order given.
	Vars []VarArg
	// RequireSecrets makes a sensitive variable without a value an error;
	// otherwise it is a notice, and its value is unknown.
	RequireSecrets bool
}

// VarArg is one -var NAME=VALUE, or one -var-file with its content.
type VarArg struct {
	Text string // NAME=VALUE; for a file, its name
	File bool
	Data []byte // content of the file
}

type decodeState int

const (
	waiting decodeState = iota
	running
	decoded
)

// pending is what a block still needs to be decoded.
type pending struct {
	body hcl.Body
	ctx  *hcl.EvalContext
	spec *blockSpec
}

// decoder evaluates a description. Blocks are decoded on demand: an expression
// that reads vip.web makes sure that vip.web is decoded first, wherever it
// stands, and a circle of such needs is reported.
type decoder struct {
	src   *Source
	in    Inputs
	diags hcl.Diagnostics

	root       *hcl.EvalContext // var and the functions
	ctx        *hcl.EvalContext // of the block being decoded
	object     string           // of the block being decoded, when produced
	vars       map[string]*Variable
	failedVars map[string]bool
	locals     map[string]*local
	desc       *description
	index      map[string]map[string]blocker
	order      map[string][]string
	whole      map[string]cty.Value
	stack      []string // addresses of what is being evaluated
	late       []func()
	produced   int
	current    atomic.Pointer[hcl.Range] // of the expression being evaluated, for guard
	repeats    map[*hcl.EvalContext]repeated
	early      bool // which blocks there are is not known yet
}

// Decode reads the parsed description src: it evaluates every expression,
// resolves every reference and derives what was not stated. The diagnostics
// are sorted; with an error among them the cluster is nil.
func Decode(src *Source, in Inputs) (*Cluster, hcl.Diagnostics) {
	d := &decoder{
		src: src, in: in, desc: &description{},
		vars: map[string]*Variable{}, failedVars: map[string]bool{}, locals: map[string]*local{},
		index: map[string]map[string]blocker{}, order: map[string][]string{}, whole: map[string]cty.Value{},
		repeats: map[*hcl.EvalContext]repeated{},
	}
	d.current.Store(&hcl.Range{})
	d.root = &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: functions(src)}
	d.ctx = d.root
	var c *Cluster
	if problem := guard(func() { c = d.description() }); problem != "" {
		return nil, hcl.Diagnostics{Finding{Code: LangLimit, Help: "repeat over fewer elements"}.Diagnostic(*d.current.Load(), problem,
			"The expression evaluated last is this one.")}
	}
	Sort(d.diags)
	d.diags = Unique(d.diags)
	if d.diags.HasErrors() {
		return nil, d.diags
	}
	return c, d.diags
}

// description runs the stages: reading all blocks, then deriving what was not
// stated. Each reports all it finds; the second starts only without errors.
func (d *decoder) description() *Cluster {
	tops := d.tops()
	if d.tooManyNodes(tops) {
		return nil
	}
	d.blocks(tops)
	c := d.cluster()
	if c == nil {
		return nil
	}
	d.ensure(c, c.Range)
	for _, list := range []string{"network", "node", "vip", "hast", "zpool", "ufs", "pfsync", "failover", "devd", "output"} {
		for _, b := range d.all(list) {
			d.ensure(b, b.base().Range)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.locals)) {
		d.local(name)
	}
	if d.diags.HasErrors() {
		return nil
	}
	d.assemble(c)
	d.resolve(c)
	if d.diags.HasErrors() {
		return nil
	}
	d.lateFields()
	return c
}

// report adds a finding about the block being decoded.
func (d *decoder) report(f Finding, at hcl.Range, summary, detail string) {
	if f.Object == "" {
		f.Object = d.object
	}
	d.diags = append(d.diags, f.Diagnostic(at, summary, detail))
}

func (d *decoder) valueError(f *fieldSpec, err error, at hcl.Range) {
	help := ""
	if ve, ok := err.(*valueErr); ok {
		help = ve.help
	}
	text := err.Error()
	if f.secret {
		text, help = "it does not fit", ""
	}
	d.report(Finding{Code: LangValue, Help: help}, at, fmt.Sprintf("%s has a value of the wrong kind", f.name), upperFirst(text)+".")
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// hclDiags takes over diagnostics of the HCL library.
func (d *decoder) hclDiags(diags hcl.Diagnostics, code string) {
	for _, g := range diags {
		f := &Finding{Code: code, Object: d.object}
		if g.Severity == hcl.DiagWarning {
			f.Severity = Warning
		}
		if g.Summary == unknownFunction {
			f.Code = LangName
		}
		improve(g, f, nil)
		g.Extra = f
		d.diags = append(d.diags, g)
	}
}

// tops returns the top-level blocks of all files, variables and locals taken
// out and evaluated first, since dynamic blocks may use them.
func (d *decoder) tops() []instance {
	spec := specOf(reflect.TypeFor[description]())
	var plain, rest, out []instance
	for _, f := range d.src.Files {
		plain = append(plain, d.topLevel(f.Body, spec)...)
	}
	for _, in := range plain {
		switch in.kind {
		case "variable":
			d.addVariable(in)
		case "locals":
			d.addLocals(in)
		default:
			rest = append(rest, in)
		}
	}
	d.early = true
	defer func() { d.early = false }()
	d.evalVariables()
	for _, in := range rest {
		if in.kind != "dynamic" {
			out = append(out, in)
			continue
		}
		b := &hcl.Block{Type: "dynamic", Labels: in.labels, LabelRanges: in.labelRanges, DefRange: in.header, Body: in.body}
		out = append(out, d.expand(b, spec, d.root)...)
	}
	return out
}

// topLevel reads one file's blocks and leaves dynamic ones unexpanded.
func (d *decoder) topLevel(body hcl.Body, spec *blockSpec) []instance {
	var blocks hcl.Blocks
	if native, ok := body.(*hclsyntax.Body); ok {
		_, blocks = d.readNative(native, spec, "a description")
	} else {
		got, diags := body.Content(spec.schema())
		d.hclDiags(diags, LangName)
		blocks = got.Blocks
	}
	out := make([]instance, len(blocks))
	for i, b := range blocks {
		out[i] = written(b, d.root)
	}
	return out
}

// blocks makes a struct for every top-level block, so that references have
// something to point to before anything is decoded.
func (d *decoder) blocks(tops []instance) {
	spec := specOf(reflect.TypeFor[description]())
	for _, in := range tops {
		n := spec.blocks[in.kind]
		ptr := reflect.New(n.spec.goType)
		b := ptr.Interface().(blocker)
		d.head(b, in, n.spec)
		base := b.base()
		base.pend = &pending{body: in.body, ctx: in.ctx, spec: n.spec}
		if d.index[in.kind] == nil {
			d.index[in.kind] = map[string]blocker{}
		}
		if first, ok := d.index[in.kind][base.Name]; ok {
			d.duplicate(in.kind, base, first.base())
			continue
		}
		d.index[in.kind][base.Name] = b
		d.order[in.kind] = append(d.order[in.kind], base.Name)
	}
	if len(d.order["cluster"]) == 0 {
		d.report(Finding{Code: LangMissing, Help: "add: cluster \"NAME\" { freebsd = \"14.2\" }"}, d.src.start(),
			"there is no cluster block", "Every description has exactly one; it names the cluster and its FreeBSD release.")
	}
	if len(d.order["cluster"]) > 1 {
		a, b := d.index["cluster"][d.order["cluster"][0]].base(), d.index["cluster"][d.order["cluster"][1]].base()
		d.report(Finding{Code: LangDuplicate, Help: "describe each cluster in a folder of its own", Related: []Related{{"the first one is here", a.Range}}},
			b.Range, "there are two cluster blocks", "All files of a folder form one description of one cluster.")
	}
}

func (d *decoder) duplicate(kind string, b, first *Block) {
	name := fmt.Sprintf("%s %q", kind, b.Name)
	if b.Name == "" {
		name = "the " + kind + " block"
	}
	d.report(Finding{Code: LangDuplicate, Object: b.Object(), Related: []Related{{"first written here", first.NameRange}}},
		b.NameRange, name+" is there twice", "A name has one meaning in the whole description.")
}

// head fills in what every block has, and checks its label.
func (d *decoder) head(b blocker, in instance, s *blockSpec) {
	base := b.base()
	base.Kind, base.Range, base.Extent, base.NameRange = in.kind, in.header, in.extent, in.header
	base.Key, base.Produced = in.key, in.produced
	if s.label == noLabel {
		return
	}
	base.Name, base.NameRange = in.labels[0], in.labelRanges[0]
	if s.label == nodeLabel && d.index["node"][base.Name] == nil {
		d.report(Finding{Code: LangReference, Help: didYouMean(base.Name, d.names("node"),
			func(s string) string { return fmt.Sprintf("%q", s) }, fmt.Sprintf("describe it: node %q { … }", base.Name))},
			base.NameRange, fmt.Sprintf("there is no node %q", base.Name), "The label of on is the label of a node block.")
	}
	if err := s.label.check(base.Name); err != nil {
		d.report(Finding{Code: LangName, Object: base.Object(), Help: err.help}, base.NameRange, err.msg,
			"Labels become names of files, variables and devices on the hosts.")
	}
}

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	pathForm = regexp.MustCompile(`^(/[A-Za-z0-9._:@+-]+)+$`)
)

// maxName bounds a label: the longest name that a file system takes.
const maxName = 200

func (k labelKind) check(s string) *valueErr {
	switch {
	case len(s) > maxName:
		return &valueErr{fmt.Sprintf("the label is longer than %d bytes", maxName), "choose a shorter one"}
	case k == pathLabel && (!pathForm.MatchString(s) || slices.Contains(strings.Split(s, "/"), "..") || slices.Contains(strings.Split(s, "/"), ".")):
		return &valueErr{fmt.Sprintf("%q is not an absolute path", s), `write a mount point such as "/export", of letters, digits and . _ : @ + -`}
	case k == ifLabel && !nameForm.MatchString(s), k == nameLabel && !nameForm.MatchString(s):
		return &valueErr{fmt.Sprintf("%q cannot be a label", s), "use letters, digits, dots, underscores and hyphens, beginning with a letter or digit"}
	}
	return nil
}

func (d *decoder) cluster() *Cluster {
	names := d.order["cluster"]
	if len(names) == 0 {
		return nil
	}
	return d.index["cluster"][names[0]].(*Cluster)
}

func (d *decoder) all(kind string) []blocker {
	bs := make([]blocker, len(d.order[kind]))
	for i, n := range d.order[kind] {
		bs[i] = d.index[kind][n]
	}
	return bs
}

func (d *decoder) names(kind string) []string { return d.order[kind] }

// ensure decodes b unless it is decoded already; at is where the need arose.
// False means that b is being decoded: the description goes in a circle.
func (d *decoder) ensure(b blocker, at hcl.Range) bool {
	base := b.base()
	switch base.state {
	case decoded:
		return true
	case running:
		d.circle(base.Address(), at)
		return false
	}
	leave := d.enter(base.Address(), base.pend.ctx, base.Object())
	base.state = running
	d.decodeBody(b, base.pend.body, base.pend.spec)
	if n, ok := b.(*Node); ok {
		d.identify(n)
	}
	base.state, base.pend = decoded, nil
	leave()
	return true
}

// enter pushes what is being evaluated and returns the function that pops it.
func (d *decoder) enter(address string, ctx *hcl.EvalContext, object string) func() {
	oldCtx, oldObject := d.ctx, d.object
	d.ctx, d.object = ctx, object
	d.stack = append(d.stack, address)
	return func() {
		d.stack = d.stack[:len(d.stack)-1]
		d.ctx, d.object = oldCtx, oldObject
	}
}

func (d *decoder) circle(address string, at hcl.Range) {
	i := max(slices.Index(d.stack, address), 0)
	way := strings.Join(append(slices.Clone(d.stack[i:]), address), " -> ")
	d.report(Finding{Code: LangOrder, Help: "state one of these values instead of deriving it"}, at,
		fmt.Sprintf("%s depends on itself", address), "The values refer to each other in a circle: "+way+".")
}

// decodeBody fills the struct behind b from its body.
func (d *decoder) decodeBody(b blocker, body hcl.Body, s *blockSpec) {
	where := b.base().Kind
	if b.base().Name != "" {
		where = fmt.Sprintf("%s %q", where, b.base().Name)
	}
	c := d.read(body, s, where, d.ctx)
	v := reflect.ValueOf(b).Elem()
	for _, f := range s.fields {
		a, ok := c.attrs[f.name]
		if !ok {
			if f.required {
				d.missing(b.base(), f.name)
			}
			continue
		}
		d.field(v.FieldByIndex(f.index).Addr().Interface(), f, a, b.base())
	}
	d.nested(v, s, c.blocks)
}

func (d *decoder) missing(b *Block, name string) {
	d.report(Finding{Code: LangMissing, Help: fmt.Sprintf("add %s = …", name)}, b.Range,
		fmt.Sprintf("%s has no %s", b.Address(), name), fmt.Sprintf("Every %s block needs it.", b.Kind))
}

func (d *decoder) field(ptr any, f *fieldSpec, a *hcl.Attribute, b *Block) {
	switch p := ptr.(type) {
	case field:
		n := len(d.diags)
		p.decode(d, f, a.Expr)
		list, isList := p.(interface{ empty() bool })
		switch {
		case !f.required || len(d.diags) > n:
		case !p.stated():
			d.missing(b, f.name)
		case isList && list.empty() && !f.ref: // a pool of nothing has a rule of its own
			d.report(Finding{Code: LangMissing, Help: fmt.Sprintf("write %s = [ … ] with at least one element", f.name)}, a.Expr.Range(),
				fmt.Sprintf("%s of %s is an empty list", f.name, b.Address()), fmt.Sprintf("Every %s block needs an element of it.", b.Kind))
		}
	case *Raw:
		p.Expr, p.Range = a.Expr, a.Range
	case lateField:
		ctx, object, address := d.ctx, d.object, b.Address()+"."+f.name
		d.late = append(d.late, func() {
			leave := d.enter(address, ctx, object)
			defer leave()
			p.decodeLate(d, f, a)
		})
	}
}

// Raw is an attribute that is kept as an expression.
type Raw struct {
	Expr  hcl.Expression
	Range hcl.Range
}

func (d *decoder) nested(v reflect.Value, s *blockSpec, blocks []instance) {
	seen := map[string]*Block{}
	for _, in := range blocks {
		n := s.blocks[in.kind]
		ptr := reflect.New(n.spec.goType)
		b := ptr.Interface().(blocker)
		d.head(b, in, n.spec)
		base := b.base()
		id := in.kind + " " + base.Name
		if first := seen[id]; first != nil {
			d.duplicate(in.kind, base, first)
			continue
		}
		seen[id] = base
		oldCtx := d.ctx
		d.ctx = in.ctx
		d.decodeBody(b, in.body, n.spec)
		d.ctx = oldCtx
		f := v.FieldByIndex(n.index)
		if n.many {
			f.Set(reflect.Append(f, ptr))
		} else {
			f.Set(ptr)
		}
	}
}

// assemble hangs the blocks into the cluster, in source order.
func (d *decoder) assemble(c *Cluster) {
	c.Ignores = d.src.ignores
	c.Networks = list[*Network](d, "network")
	c.Nodes = list[*Node](d, "node")
	c.VIPs = list[*VIP](d, "vip")
	c.HASTs = list[*HAST](d, "hast")
	c.Zpools = list[*Zpool](d, "zpool")
	c.UFSs = list[*UFS](d, "ufs")
	c.PFSyncs = list[*PFSync](d, "pfsync")
	c.Failovers = list[*Failover](d, "failover")
	c.Devds = list[*Devd](d, "devd")
	if o := list[*Output](d, "output"); len(o) > 0 {
		c.Output = o[0]
	}
	c.Variables = d.desc.Variables
	for _, l := range d.locals {
		c.Locals = append(c.Locals, Local{l.name, l.attr.NameRange, l.used})
	}
	slices.SortFunc(c.Locals, func(a, b Local) int { return strings.Compare(a.Name, b.Name) })
}

func list[T blocker](d *decoder, kind string) []T {
	out := make([]T, 0, len(d.order[kind]))
	for _, b := range d.all(kind) {
		out = append(out, b.(T))
	}
	return out
}
