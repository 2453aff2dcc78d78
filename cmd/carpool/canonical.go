package main

import (
	"bytes"
	"regexp"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// canonical formats HCL that parses: HCL's own indentation and alignment, one
// blank line at most, none at either end, no spaces at the end of a line, and
// a newline at the end of the file. Text in quotes and heredocs stays, but for
// the carriage returns of a file that was edited elsewhere.
func canonical(src []byte) []byte {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf"))
	src = lineEnd.ReplaceAll(src, []byte("\n"))
	for range 10 { // HCL's formatter needs a second look at times
		next := tidyLines(hclwrite.Format(src))
		if bytes.Equal(next, src) {
			break
		}
		src = next
	}
	return src
}

var lineEnd = regexp.MustCompile(`\r+\n`)

// tidyLines drops blank lines beyond one and spaces at the ends of lines.
func tidyLines(src []byte) []byte {
	tokens, _ := hclsyntax.LexConfig(src, "", hcl.InitialPos)
	var out bytes.Buffer
	end, newlines := 0, 2 // as if two had been written: no blank line comes first
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenEOF {
			break
		}
		space := src[end:t.Range.Start.Byte]
		end = t.Range.End.Byte
		if t.Type == hclsyntax.TokenNewline {
			if newlines++; newlines <= 2 {
				out.WriteByte('\n')
			}
			continue
		}
		out.Write(space)
		newlines = 0
		if t.Type != hclsyntax.TokenComment {
			out.Write(t.Bytes)
			continue
		}
		out.Write(bytes.TrimRight(t.Bytes, " \t\r\n"))
		if bytes.HasSuffix(t.Bytes, []byte("\n")) {
			out.WriteByte('\n')
			newlines = 1
		}
	}
	text := bytes.TrimRight(out.Bytes(), "\n")
	if len(text) == 0 {
		return nil
	}
	return append(text, '\n')
}
