package schema

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// A block of the language is a struct that embeds Block. Its fields say what
// the block may hold, by their tags:
//
//	hcl:"vhid,required"         an attribute: Attr, List, Settings or Free
//	hcl:"password,secret"       an attribute whose value never shows
//	hcl:"on,block"              nested blocks: *T (at most one) or []*T
//	oneof:"multicast unicast"   the words an attribute may have
//
// Fields without the hcl tag are what the block means, filled by resolve.

// fieldSpec describes one attribute.
type fieldSpec struct {
	name     string
	index    []int
	required bool
	secret   bool
	ref      bool // its values are references to blocks
	late     bool // read after all other attributes of the description: Settings and Free
	oneOf    []string
}

// nestSpec describes one type of nested blocks.
type nestSpec struct {
	name  string
	index []int
	many  bool
	spec  *blockSpec
}

// blockSpec is what the struct of one block type says.
type blockSpec struct {
	goType reflect.Type
	label  labelKind
	fields []*fieldSpec
	nested []*nestSpec
	byName map[string]*fieldSpec
	blocks map[string]*nestSpec
}

// labelKind says which labels a block carries.
type labelKind int

const (
	noLabel   labelKind = iota
	nameLabel           // a name of ours
	pathLabel           // an absolute path on the host
	nodeLabel           // the name of a node block
	ifLabel             // the name of a network interface
)

var specs sync.Map // reflect.Type -> *blockSpec

// specOf reads the tags of t, a struct type, once.
func specOf(t reflect.Type) *blockSpec {
	if s, ok := specs.Load(t); ok {
		return s.(*blockSpec)
	}
	s := &blockSpec{goType: t, byName: map[string]*fieldSpec{}, blocks: map[string]*nestSpec{}}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, ok := f.Tag.Lookup("hcl")
		if !ok {
			continue
		}
		words := strings.Split(tag, ",")
		if slices.Contains(words, "label") {
			s.label = labelKinds[words[0]]
			continue
		}
		if slices.Contains(words, "block") {
			s.addNested(words[0], f)
			continue
		}
		fs := &fieldSpec{
			name: words[0], index: f.Index,
			required: slices.Contains(words, "required"),
			secret:   slices.Contains(words, "secret"),
			oneOf:    strings.Fields(f.Tag.Get("oneof")),
		}
		a, eager := reflect.New(f.Type).Interface().(field)
		fs.late = !eager
		fs.ref = eager && a.refers()
		s.fields = append(s.fields, fs)
		s.byName[fs.name] = fs
	}
	specs.Store(t, s)
	return s
}

var labelKinds = map[string]labelKind{"name": nameLabel, "path": pathLabel, "node": nodeLabel, "interface": ifLabel}

func (s *blockSpec) addNested(name string, f reflect.StructField) {
	n := &nestSpec{name: name, index: f.Index}
	t := f.Type
	if n.many = t.Kind() == reflect.Slice; n.many {
		t = t.Elem()
	}
	n.spec = specOf(t.Elem())
	s.nested = append(s.nested, n)
	s.blocks[name] = n
}

// attrNames and blockNames list what the block may hold, for suggestions.
func (s *blockSpec) attrNames() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}

func (s *blockSpec) blockNames() []string {
	names := make([]string, len(s.nested))
	for i, n := range s.nested {
		names[i] = n.name
	}
	return names
}

// schema is the spec as package hcl takes it; JSON bodies need it to tell
// attributes from blocks.
func (s *blockSpec) schema() *hcl.BodySchema {
	hs := &hcl.BodySchema{}
	for _, f := range s.fields {
		hs.Attributes = append(hs.Attributes, hcl.AttributeSchema{Name: f.name})
	}
	for _, n := range s.nested {
		b := hcl.BlockHeaderSchema{Type: n.name}
		if n.spec.label != noLabel {
			b.LabelNames = []string{"name"}
		}
		hs.Blocks = append(hs.Blocks, b)
	}
	hs.Blocks = append(hs.Blocks, hcl.BlockHeaderSchema{Type: "dynamic", LabelNames: []string{"type"}})
	return hs
}

// attrTypes returns the cty types of the eager attributes.
func (s *blockSpec) attrTypes() map[string]cty.Type {
	v := reflect.New(s.goType).Elem()
	types := map[string]cty.Type{}
	for _, f := range s.fields {
		if !f.late {
			types[f.name] = v.FieldByIndex(f.index).Addr().Interface().(field).ctyType()
		}
	}
	return types
}

// attrValues returns the eager attributes of the block at ptr, unset ones null.
func (s *blockSpec) attrValues(ptr any) map[string]cty.Value {
	v := reflect.ValueOf(ptr).Elem()
	values := map[string]cty.Value{}
	for _, f := range s.fields {
		if !f.late {
			values[f.name] = v.FieldByIndex(f.index).Addr().Interface().(field).value()
		}
	}
	return values
}

// AttributeNames returns, per block type with its path ("vip", "vip.on"), the
// attributes and nested blocks that the language has. Documentation is tested
// against it.
func AttributeNames() map[string][]string {
	all := map[string][]string{}
	var walk func(path string, s *blockSpec)
	walk = func(path string, s *blockSpec) {
		if path != "" {
			all[path] = append(s.attrNames(), s.blockNames()...)
		}
		for _, n := range s.nested {
			walk(strings.TrimPrefix(path+"."+n.name, "."), n.spec)
		}
	}
	walk("", specOf(reflect.TypeFor[description]()))
	return all
}
