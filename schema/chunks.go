package schema

import (
	"bytes"
	"sync/atomic"

	"carpool/internal/parallel"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// chunkSize is how long a piece of a file is that is parsed on its own, in
// bytes. HCL keeps all tokens of what it parses, a hundred bytes for each few of
// text, in one slice that it grows by copying.
const chunkSize = 8 << 10

// parseNative parses a file of HCL's native syntax. A long one is parsed in
// pieces, side by side, cut between two blocks at the top: what is a body
// before the cut and a body after it is one body. If a piece does not parse,
// the whole is parsed at once, so that findings do not depend on the cuts.
func parseNative(name string, data []byte, cuts []int) (*hcl.File, hcl.Diagnostics) {
	if len(cuts) > 0 {
		if body := parsePieces(name, data, cuts); body != nil {
			return &hcl.File{Body: body, Bytes: data}, nil
		}
	}
	return hclsyntax.ParseConfig(data, name, hcl.InitialPos)
}

// parsePieces returns nil if a piece is not a body of its own.
func parsePieces(name string, data []byte, cuts []int) *hclsyntax.Body {
	type piece struct {
		data  []byte
		start hcl.Pos
		body  *hclsyntax.Body
	}
	pieces := make([]piece, 0, len(cuts)+1)
	at := hcl.InitialPos
	for _, end := range append(cuts, len(data)) {
		p := piece{data: data[at.Byte:end], start: at}
		at = hcl.Pos{Byte: end, Line: at.Line + bytes.Count(p.data, []byte("\n")), Column: 1}
		pieces = append(pieces, p)
	}
	var failed atomic.Bool
	parallel.Do(len(pieces), func(i int) {
		p := &pieces[i]
		f, diags := hclsyntax.ParseConfig(p.data, name, p.start)
		if len(diags) > 0 {
			failed.Store(true)
			return
		}
		p.body = f.Body.(*hclsyntax.Body)
	})
	if failed.Load() {
		return nil
	}
	whole := pieces[0].body
	for _, p := range pieces[1:] {
		for attr, a := range p.body.Attributes {
			if whole.Attributes[attr] != nil {
				return nil
			}
			whole.Attributes[attr] = a
		}
		whole.Blocks = append(whole.Blocks, p.body.Blocks...)
		whole.SrcRange.End, whole.EndRange = p.body.SrcRange.End, p.body.EndRange
	}
	return whole
}
