package schema

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Setting is one entry of an rc, sysctl or loader map, or of a devd rule's match.
type Setting struct {
	Key      string
	KeyRange hcl.Range
	Value    Attr[string] // as the file holds it, before quoting
	Bool     bool         // Value is "true" or "false"; each file has its own words for it
	Null     bool         // the author took the key away
}

// Settings is a map of such entries in the order written.
type Settings struct {
	Items []Setting
	Range hcl.Range
}

// Get returns the entry of a key.
func (s Settings) Get(key string) (Setting, bool) {
	for _, it := range s.Items {
		if it.Key == key {
			return it, true
		}
	}
	return Setting{}, false
}

// Over lays s over below key by key; null takes a key away.
func (s Settings) Over(below Settings) Settings {
	out := Settings{Range: s.Range}
	for _, it := range below.Items {
		if _, ok := s.Get(it.Key); !ok && !it.Null {
			out.Items = append(out.Items, it)
		}
	}
	for _, it := range s.Items {
		if !it.Null {
			out.Items = append(out.Items, it)
		}
	}
	return out
}

func (s *Settings) decodeLate(d *decoder, f *fieldSpec, a *hcl.Attribute) {
	s.Range = a.Expr.Range()
	f = &fieldSpec{name: f.name, secret: f.name != "match"} // devd.conf is for everybody to read
	if pairs, diags := hcl.ExprMap(a.Expr); !diags.HasErrors() {
		seen := map[string]hcl.Range{}
		for _, p := range pairs {
			k, ok := d.evalIn(d.ctx, p.Key)
			if !ok {
				continue
			}
			key := plainText(k)
			if first, dup := seen[key]; dup {
				d.report(Finding{Code: LangDuplicate, Related: []Related{{"first written here", first}}}, p.Key.Range(),
					fmt.Sprintf("%s has the key %q twice", f.name, key), "Only one of them could be in force.")
				continue
			}
			seen[key] = p.Key.Range()
			if v, ok := d.evalIn(d.ctx, p.Value); ok {
				s.add(d, f, key, p.Key.Range(), v, p.Value.Range())
				s.origin(d, p.Value, nil, v)
			}
		}
		return
	}
	v, ok := d.evalIn(d.ctx, a.Expr)
	if !ok || v.IsNull() {
		return
	}
	bare, marks := v.Unmark()
	if t := bare.Type(); !bare.IsKnown() || !t.IsMapType() && !t.IsObjectType() {
		d.report(Finding{Code: LangValue, Help: fmt.Sprintf("write %s = { key = \"value\" }", f.name)}, s.Range,
			fmt.Sprintf("%s is a map", f.name), fmt.Sprintf("It has %s instead.", kindOf(bare)))
		return
	}
	for it := bare.ElementIterator(); it.Next(); {
		k, e := it.Element()
		s.add(d, f, plainText(k), s.Range, e.WithMarks(marks), s.Range)
		s.origin(d, a.Expr, []cty.Value{k}, e)
	}
}

// origin says of the entry added last which variable it is.
func (s *Settings) origin(d *decoder, expr hcl.Expression, path []cty.Value, v cty.Value) {
	if n := len(s.Items); n > 0 && s.Items[n-1].Value.Secret.Secret {
		s.Items[n-1].Value.Secret.Origin = d.originOf(d.ctx, expr, path, v)
	}
}

func (s *Settings) add(d *decoder, f *fieldSpec, key string, keyAt hcl.Range, v cty.Value, at hcl.Range) {
	if v.IsNull() {
		s.Items = append(s.Items, Setting{Key: key, KeyRange: keyAt, Null: true})
		return
	}
	bare, secrecy := unmark(v)
	it := Setting{Key: key, KeyRange: keyAt, Value: Attr[string]{Range: at, Stated: true, Secret: secrecy}}
	if secrecy.Secret && !f.secret {
		d.report(Finding{Code: LangSecret, Help: fmt.Sprintf("keep the secret out of %s, or lift the mark on purpose with nonsensitive()", f.name)}, at,
			fmt.Sprintf("%s may not be a secret", f.name), "The value comes from a sensitive variable, and this attribute reaches files and reports that everybody may read.")
		return
	}
	switch t := bare.Type(); {
	case !bare.IsWhollyKnown():
		it.Value.Secret.Unknown = true
	case t == cty.Bool && f.name != "match":
		it.Bool, it.Value.Value = true, fmt.Sprint(bare.True())
	case t == cty.String, t == cty.Number:
		text, ok := settingText(bare)
		if !ok {
			d.settingError(f, key, at, bare)
			return
		}
		it.Value.Value = text
	case f.name == "rc" && (t.IsTupleType() || t.IsListType() || t.IsSetType()):
		words, ok := settingWords(bare)
		if !ok {
			d.settingError(f, key, at, bare)
			return
		}
		it.Value.Value = strings.Join(words, " ")
	default:
		d.settingError(f, key, at, bare)
		return
	}
	s.Items = append(s.Items, it)
}

func (d *decoder) settingError(f *fieldSpec, key string, at hcl.Range, v cty.Value) {
	d.report(Finding{Code: LangValue, Help: settingHelp(f)}, at,
		fmt.Sprintf("%s[%q] has a value of the wrong kind", f.name, key), fmt.Sprintf("It has %s.", kindOf(v)))
}

func settingHelp(f *fieldSpec) string {
	if f.name == "match" {
		return "write a regular expression as text, or a number"
	}
	return "write text, a number, true or false; in rc also a list of words"
}

func settingText(v cty.Value) (string, bool) {
	if v.Type() == cty.String {
		return v.AsString(), true
	}
	return numberText(v)
}

func settingWords(v cty.Value) ([]string, bool) {
	var words []string
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() || e.Type() != cty.String && e.Type() != cty.Number {
			return nil, false
		}
		text, ok := settingText(e)
		if !ok {
			return nil, false
		}
		words = append(words, text)
	}
	return words, true
}

// Free is a value of any shape, passed through to Ansible and Salt.
type Free struct {
	Value  cty.Value // unmarked; cty.NilVal when absent
	Range  hcl.Range
	Marked cty.Value // with its marks
}

func (p *Free) decodeLate(d *decoder, f *fieldSpec, a *hcl.Attribute) {
	p.Range = a.Expr.Range()
	v, ok := d.evalIn(d.ctx, a.Expr)
	if !ok || v.IsNull() {
		return
	}
	bare, _ := v.UnmarkDeep()
	if t := bare.Type(); !t.IsObjectType() && !t.IsMapType() || isBlock(bare) {
		d.report(Finding{Code: LangValue, Help: fmt.Sprintf("write %s = { name = value }", f.name)}, p.Range,
			fmt.Sprintf("%s is a map", f.name), fmt.Sprintf("It has %s instead.", kindOf(bare)))
		return
	}
	p.Value, p.Marked = bare, v
}

// VHIDs is a list of vhids, or a map from vhid to who uses it.
type VHIDs struct {
	Items  []ReservedVHID
	Range  hcl.Range
	Stated bool
}

// ReservedVHID is a vhid that something outside the description uses.
type ReservedVHID struct {
	VHID  int
	Who   string // "" if not said
	Range hcl.Range
}

var _ field = (*VHIDs)(nil)

func (l *VHIDs) stated() bool      { return l.Stated }
func (l *VHIDs) refers() bool      { return false }
func (l *VHIDs) ctyType() cty.Type { return cty.List(cty.Number) }

func (l *VHIDs) value() cty.Value {
	if !l.Stated {
		return cty.NullVal(l.ctyType())
	}
	if len(l.Items) == 0 {
		return cty.ListValEmpty(cty.Number)
	}
	vs := make([]cty.Value, len(l.Items))
	for i, r := range l.Items {
		vs[i] = cty.NumberIntVal(int64(r.VHID))
	}
	return cty.ListVal(vs)
}

func (l *VHIDs) decode(d *decoder, f *fieldSpec, expr hcl.Expression) {
	v, ok := d.eval(f, expr)
	if !ok || v.IsNull() {
		return
	}
	l.Range, l.Stated = expr.Range(), true
	bare, _ := v.UnmarkDeep()
	t := bare.Type()
	if !bare.IsWhollyKnown() || !bare.CanIterateElements() || isBlock(bare) {
		d.report(Finding{Code: LangValue, Help: `write reserved_vhids = [7] or { 7 = "core routers" }`}, l.Range,
			"reserved_vhids is a list of numbers or a map", fmt.Sprintf("It has %s.", kindOf(bare)))
		return
	}
	named := t.IsMapType() || t.IsObjectType()
	for it := bare.ElementIterator(); it.Next(); {
		k, e := it.Element()
		r := ReservedVHID{Range: l.Range}
		num := e
		if named {
			num, r.Who = k, plainText(e)
		}
		if num.IsNull() || setInt(&r.VHID, num) != nil || r.VHID < 1 || r.VHID > 255 {
			d.report(Finding{Code: LangValue, Help: "write numbers from 1 to 255"}, l.Range,
				"reserved_vhids holds something that is no vhid", "A vhid is the last byte of the virtual MAC address.")
			continue
		}
		l.Items = append(l.Items, r)
	}
}
