package schema

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Ignore is one carpool:ignore comment.
type Ignore struct {
	Code   string
	Reason string
	Range  hcl.Range // the comment
	Scope  hcl.Range // the attribute or block it belongs to
}

// Covers reports whether at lies in the scope of the comment.
func (g *Ignore) Covers(at hcl.Range) bool {
	return at.Filename == g.Scope.Filename && at.Start.Byte >= g.Scope.Start.Byte && at.End.Byte <= g.Scope.End.Byte
}

const ignoreWord = "carpool:ignore"

var ignoreForm = regexp.MustCompile(`^(?:#|//)\s*carpool:ignore(?:\s+(\S+))?(?:\s+(\S.*?))?\s*$`)

// readIgnores finds the comments of one file. A comment alone on its line
// belongs to what begins on the next line that is no comment; a comment after
// code belongs to what begins or ends on its own line.
func (s *Source) readIgnores(name string, data []byte, body hcl.Body) hcl.Diagnostics {
	native, ok := body.(*hclsyntax.Body)
	if !ok || native == nil || !bytes.Contains(data, []byte(ignoreWord)) {
		return nil
	}
	var diags hcl.Diagnostics
	tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
	for i, t := range tokens {
		if t.Type != hclsyntax.TokenComment || !bytes.Contains(t.Bytes, []byte(ignoreWord)) {
			continue
		}
		m := ignoreForm.FindStringSubmatch(strings.TrimRight(string(t.Bytes), "\r\n"))
		if m == nil {
			continue
		}
		at := t.Range
		at.End = at.Start
		at.End.Byte += len(bytes.TrimRight(t.Bytes, "\r\n"))
		at.End.Column += len(bytes.TrimRight(t.Bytes, "\r\n"))
		if m[1] == "" || m[2] == "" {
			diags = append(diags, Finding{Code: LangIgnore, Help: "write # carpool:ignore CODE reason"}.Diagnostic(at,
				"an ignore needs a code and a reason", "Whoever reads it later has to know why the finding does not count."))
			continue
		}
		scope, ok := s.scopeOf(native, tokens, i)
		if !ok {
			diags = append(diags, Finding{Code: LangIgnore, Help: "put it on the line above an attribute or block, or at its end"}.Diagnostic(at,
				"this ignore belongs to nothing", fmt.Sprintf("No attribute or block begins below it, so it would silence no %s.", m[1])))
			continue
		}
		s.ignores = append(s.ignores, &Ignore{Code: m[1], Reason: m[2], Range: at, Scope: scope})
	}
	return diags
}

func (s *Source) scopeOf(body *hclsyntax.Body, tokens hclsyntax.Tokens, i int) (hcl.Range, bool) {
	line := tokens[i].Range.Start.Line
	alone := true
	for k := i - 1; k >= 0 && tokens[k].Range.Start.Line == line; k-- {
		if tokens[k].Type != hclsyntax.TokenNewline && tokens[k].Type != hclsyntax.TokenComment {
			alone = false
		}
	}
	if !alone {
		return findItem(body, func(r hcl.Range) bool { return r.Start.Line == line || r.End.Line == line })
	}
	for k := i + 1; k < len(tokens); k++ {
		if t := tokens[k].Type; t != hclsyntax.TokenNewline && t != hclsyntax.TokenComment {
			line = tokens[k].Range.Start.Line
			return findItem(body, func(r hcl.Range) bool { return r.Start.Line == line })
		}
	}
	return hcl.Range{}, false
}

// findItem returns the smallest attribute or block whose range fits.
func findItem(body *hclsyntax.Body, fits func(hcl.Range) bool) (best hcl.Range, found bool) {
	consider := func(r hcl.Range) {
		if fits(r) && (!found || r.End.Byte-r.Start.Byte < best.End.Byte-best.Start.Byte) {
			best, found = r, true
		}
	}
	for _, a := range body.Attributes {
		consider(a.Range())
	}
	for _, b := range body.Blocks {
		consider(b.Range())
		if r, ok := findItem(b.Body, fits); ok {
			consider(r)
		}
	}
	return best, found
}
