// Package source turns byte offsets of a host's file into hcl ranges.
package source

import (
	"sort"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// Text is one file with the offsets of its lines.
type Text struct {
	Name  string
	Bytes []byte
	lines []int // offset of the first byte of every line
}

// New indexes the lines of src.
func New(name string, src []byte) *Text {
	t := &Text{Name: name, Bytes: src, lines: []int{0}}
	for i, b := range src {
		if b == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	return t
}

// Pos returns the position of the byte at offset; columns count characters.
func (t *Text) Pos(offset int) hcl.Pos {
	offset = max(0, min(offset, len(t.Bytes)))
	line := sort.SearchInts(t.lines, offset+1)
	start := t.lines[line-1]
	column := utf8.RuneCount(t.Bytes[start:offset]) + 1
	return hcl.Pos{Line: line, Column: column, Byte: offset}
}

// Range returns the range of the bytes [start, end).
func (t *Text) Range(start, end int) hcl.Range {
	return hcl.Range{Filename: t.Name, Start: t.Pos(start), End: t.Pos(end)}
}
