package schema

import (
	"strings"
	"testing"
	"time"

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

// TestGuard holds that an evaluation which nothing else bounds is given up, and
// where it was is told. What is left behind ends some tenths of a second later.
func TestGuard(t *testing.T) {
	defer func(d time.Duration, n uint64) { maxTime, maxHeap = d, n }(maxTime, maxHeap)
	for _, c := range []struct {
		time       time.Duration
		heap       uint64
		expr, want string
	}{
		{60 * time.Millisecond, maxHeap, `strlen(join("", [for i in range(5000) : "xxxxxxxxxx"]))`, "takes more than 60ms"},
		{60 * time.Millisecond, maxHeap, `regexall("(x+x+)+y", join("", [for i in range(20000) : "xxxxxxxxxx"]))`, "takes more than 60ms"},
		{time.Hour, 1, `strlen(join("", [for i in range(5000) : "xxxxxxxxxx"]))`, "GiB of memory"},
	} {
		maxTime, maxHeap = c.time, c.heap
		src, diags := Parse(map[string][]byte{"c.hcl": []byte("cluster \"c\" { freebsd = \"14.2\" }\nlocals { a = " + c.expr + " }\n")})
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		cluster, diags := Decode(src, Inputs{})
		if cluster != nil || len(diags) != 1 || FindingOf(diags[0]).Code != LangLimit || !strings.Contains(diags[0].Summary, c.want) {
			t.Fatalf("%s: %v", c.expr, diags)
		}
		if at := diags[0].Subject.Start; at.Line != 2 || at.Column != 14 {
			t.Errorf("%s is blamed on %v", c.expr, diags[0].Subject)
		}
	}
}
