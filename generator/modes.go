package generator

import (
	"sync"

	"golang.org/x/sys/unix"
)

// modeTable gives new files their modes. The umask, or a default ACL of the
// folder, takes bits away from what a file is created with; whether it does is
// seen from the first file of each mode, and only then are the others changed.
type modeTable struct {
	mu    sync.Mutex
	whole map[uint32]bool // by mode: a file gets it as asked for
}

func newModeTable() *modeTable { return &modeTable{whole: map[uint32]bool{}} }

func (t *modeTable) set(fd int, mode uint32) error {
	t.mu.Lock()
	whole, known := t.whole[mode]
	t.mu.Unlock()
	if !known {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			return err
		}
		whole = uint32(st.Mode)&0o7777 == mode
		t.mu.Lock()
		t.whole[mode] = whole
		t.mu.Unlock()
	}
	if whole {
		return nil
	}
	return unix.Fchmod(fd, mode)
}
