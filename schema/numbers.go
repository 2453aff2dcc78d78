package schema

import (
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// hugeNumber finds a number with an exponent of four digits or more. Written
// out, as text needs it, it would fill the memory.
var hugeNumber = regexp.MustCompile(`[0-9.][eE]\+?[0-9]{4}`)

// checkNumbers refuses such numbers; in text they mean nothing.
func checkNumbers(name string, data []byte) *hcl.Diagnostic {
	if !hasExponent(data) {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenNumberLit && hugeNumber.Match(t.Bytes) {
			return Finding{Code: LangLimit, Help: "write a smaller number"}.Diagnostic(t.Range,
				"a number is too large", "No part of a description needs a number of more than 1000 digits.")
		}
	}
	return nil
}

// hasExponent reports whether hugeNumber could match. It takes a hundredth of
// the time of a regular expression, which would be a tenth of the parser's.
func hasExponent(data []byte) bool {
	for i := 1; i+4 < len(data); i++ {
		if (data[i] == 'e' || data[i] == 'E') && (data[i-1] == '.' || isDigit(data[i-1])) && (data[i+1] == '+' || isDigit(data[i+1])) && isDigit(data[i+2]) {
			return true
		}
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// maxExponent bounds the numbers that are written out as text, in bits.
const maxExponent = 4096

// numberText writes a number out, unless it is infinite or would be endless.
func numberText(v cty.Value) (string, bool) {
	f := v.AsBigFloat()
	if f.IsInf() || f.MantExp(nil) > maxExponent {
		return "", false
	}
	return f.Text('f', -1), true
}
