package schema

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// lateField is an attribute that may use everything else of the description.
type lateField interface {
	decodeLate(d *decoder, f *fieldSpec, a *hcl.Attribute)
}

// lateFields evaluates the attributes that may use everything, derived values
// included.
func (d *decoder) lateFields() {
	clear(d.whole)
	d.forget()
	for _, f := range d.late {
		f()
	}
	d.forget() // nobody asks again, and they outweigh the blocks
}

// forget drops the values that blocks have for expressions.
func (d *decoder) forget() {
	for _, blocks := range d.index {
		for _, b := range blocks {
			b.base().cached = cty.NilVal
		}
	}
}
