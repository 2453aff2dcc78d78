package schema

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// TestMaxBlocks: the limit on what dynamic blocks produce, which takes seconds to reach from a description.
func TestMaxBlocks(t *testing.T) {
	expr, diags := hclsyntax.ParseExpression([]byte("[1, 2]"), "c.hcl", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	d := &decoder{produced: maxBlocks}
	d.ctx = &hcl.EvalContext{}
	d.current.Store(&hcl.Range{})
	if out := d.repeat(dynamic{}, expr, d.ctx); out != nil {
		t.Errorf("%d blocks are produced", len(out))
	}
	if len(d.diags) != 1 || !strings.Contains(d.diags[0].Summary, "too many blocks") {
		t.Error(d.diags)
	}
}
