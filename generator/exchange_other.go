//go:build !linux && !darwin

package generator

import "errors"

// exchange is not to be had: FreeBSD's rename(2) cannot swap two folders. Two
// renames follow each other instead, and a reader may find no tree for an
// instant, but never a mixed one; the next run puts back what was killed then.
func exchange(_ int, _, _ string) error { return errors.ErrUnsupported }
