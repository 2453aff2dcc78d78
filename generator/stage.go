package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// stage is the folder that holds the target. The new tree is built in it, so
// that it lies on the same file system, and everything is named relative to
// it: whoever moves the folder or swaps a name in it meanwhile cannot lead a
// rendering anywhere else.
type stage struct {
	parent     *os.Root
	handle     *os.File // of parent; holds the lock
	path       string
	base       string // the target
	next, last string // the new tree; the old one, where two cannot be exchanged
}

// openStage opens the folder and keeps two renderings into one target apart.
// It locks the folder itself, so that no lock file is left behind.
func openStage(path, base string) (*stage, error) {
	s := &stage{path: path, base: base, next: "." + base + ".carpool-new", last: "." + base + ".carpool-old"}
	var err error
	if s.parent, err = os.OpenRoot(path); err != nil {
		return nil, err
	}
	if s.handle, err = s.parent.Open("."); err != nil {
		s.parent.Close()
		return nil, err
	}
	err = again(func() error { return unix.Flock(int(s.handle.Fd()), unix.LOCK_EX) })
	if err != nil && !errors.Is(err, unix.ENOTSUP) {
		s.close()
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	return s, nil
}

func (s *stage) close() {
	s.handle.Close()
	s.parent.Close()
}

func (s *stage) missing(name string) bool {
	_, err := s.parent.Lstat(name)
	return errors.Is(err, fs.ErrNotExist)
}

// recover cleans up after a run that was killed.
func (s *stage) recover() error {
	if s.missing(s.base) && !s.missing(s.last) {
		if err := s.parent.Rename(s.last, s.base); err != nil {
			return err
		}
	}
	var errs []error
	for _, name := range []string{s.next, s.last} {
		if !s.missing(name) {
			errs = append(errs, s.parent.RemoveAll(name))
		}
	}
	return errors.Join(errs...)
}

// begin makes the folder of the new tree, with the mode of the old one.
func (s *stage) begin(old *published) (folder, error) {
	if err := s.parent.Mkdir(s.next, 0o755); err != nil {
		return folder{}, err
	}
	if old.exists {
		var st unix.Stat_t
		if err := unix.Fstat(old.root.fd, &st); err != nil {
			return folder{}, err
		}
		if err := s.parent.Chmod(s.next, fs.FileMode(st.Mode&0o777)); err != nil {
			return folder{}, err
		}
	}
	return folder{fd: int(s.handle.Fd()), path: s.path}.open(s.next)
}

// clean removes what is not published: a new tree that failed, or the old one
// after the exchange. What is left all the same goes with the next run.
func (s *stage) clean() { s.parent.RemoveAll(s.next) }

// publish puts the new tree in the place of the old one.
func (s *stage) publish(replace bool) error {
	if !replace {
		return s.parent.Rename(s.next, s.base)
	}
	err := exchange(int(s.handle.Fd()), s.next, s.base)
	if err == nil {
		return nil // next is the old tree now
	}
	if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EXDEV) {
		return fmt.Errorf("%s is a mount point and cannot be replaced as a whole: name a folder below it", filepath.Join(s.path, s.base))
	}
	if !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("cannot replace %s: %w", filepath.Join(s.path, s.base), err)
	}
	if err := s.parent.Rename(s.base, s.last); err != nil {
		return err
	}
	if err := s.parent.Rename(s.next, s.base); err != nil {
		return errors.Join(err, s.parent.Rename(s.last, s.base))
	}
	return s.parent.RemoveAll(s.last)
}
