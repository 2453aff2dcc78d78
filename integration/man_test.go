//go:build integration

package integration

import (
	"path/filepath"
	"testing"
)

// TestMan: mandoc, which FreeBSD formats its manual with, finds nothing to
// complain about.
func TestMan(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(root, "docs/man/*.[0-9]"))
	if err != nil || len(pages) == 0 {
		t.Fatal("no manual pages: ", err)
	}
	if out := do(t, root, "mandoc", append([]string{"-Tlint", "-Wwarning"}, pages...)...); out != "" {
		t.Error(out)
	}
}
