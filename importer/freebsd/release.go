// Package freebsd names the releases whose rules the readers follow.
package freebsd

import (
	"fmt"
	"strconv"
	"strings"
)

// Release is a FreeBSD release such as 14.2. The readers ask it AtLeast; they
// never compare versions themselves.
type Release struct{ Major, Minor int }

// ParseRelease reads "14.2", "14" (14.0) and uname's "14.2-RELEASE-p3".
func ParseRelease(s string) (Release, error) {
	number, _, _ := strings.Cut(s, "-")
	major, minor, dotted := strings.Cut(number, ".")
	r := Release{}
	var err error
	if r.Major, err = digits(major); err == nil && dotted {
		r.Minor, err = digits(minor)
	}
	if err != nil || r.Major < 8 {
		return Release{}, fmt.Errorf("%q is not a FreeBSD release from 8.0 on; write it as \"14.2\"", s)
	}
	return r, nil
}

// digits reads one or two decimal digits: no sign, no space.
func digits(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 8)
	if len(s) > 2 {
		err = strconv.ErrRange
	}
	return int(n), err
}

// AtLeast says whether r is the release major.minor or a later one.
func (r Release) AtLeast(major, minor int) bool {
	return r.Major > major || r.Major == major && r.Minor >= minor
}

func (r Release) String() string { return fmt.Sprintf("%d.%d", r.Major, r.Minor) }
