package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// rewrite replaces the content of a file that is there and keeps its mode.
func rewrite(name string, data []byte) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return replace(name, data, info.Mode().Perm())
}

// replace puts data in the place of a file in one step.
func replace(name string, data []byte, mode fs.FileMode) error {
	return replaceBy(name, func(w io.Writer) error { _, err := w.Write(data); return err }, mode)
}

// replaceBy puts what write writes in the place of a file: a reader sees the
// old file or the new one. A link stays a link.
func replaceBy(name string, write func(io.Writer) error, mode fs.FileMode) error {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".carpool-*")
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(tmp, 1<<20)
	err = errors.Join(write(out), out.Flush(), tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
