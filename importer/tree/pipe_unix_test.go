//go:build unix

package tree

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipe: opening a pipe without a writer would wait for ever.
func TestPipe(t *testing.T) {
	tr, dir := open(t, nil)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tr.ReadFile("pipe"); !errors.Is(err, ErrSpecial) {
		t.Error(err)
	}
}
