package generator

import (
	"errors"

	"golang.org/x/sys/unix"
)

// exchange swaps two folders of the folder dir in one step.
func exchange(dir int, a, b string) error {
	err := unix.RenameatxNp(dir, a, dir, b, unix.RENAME_SWAP)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EINVAL) {
		return errors.ErrUnsupported
	}
	return err
}
