package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// folder is an open folder. Everything below it is reached through it, one
// name at a time: no name on the way can be swapped for a symbolic link that
// leads elsewhere, and the kernel need not look long paths up.
type folder struct {
	fd   int
	path string // for messages
}

func (d folder) close() { unix.Close(d.fd) }

// again repeats a system call that a signal interrupted.
func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

func (d folder) failed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: d.path + "/" + name, Err: err}
}

const openFolder = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// openFile opens nothing but a file, and does not wait for the other end of a pipe.
const openFile = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC

// folderAt opens a folder by its path; the last name may be no link.
func folderAt(path string) (folder, error) {
	d := folder{path: path}
	err := again(func() (err error) { d.fd, err = unix.Open(path, openFolder, 0); return err })
	if err != nil {
		return d, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return d, nil
}

func (d folder) open(name string) (folder, error) {
	sub := folder{path: d.path + "/" + name}
	err := again(func() (err error) { sub.fd, err = unix.Openat(d.fd, name, openFolder, 0); return err })
	return sub, d.failed("open", name, err)
}

// make makes a folder and opens it; it may be there already.
func (d folder) make(name string) (folder, error) {
	err := again(func() error { return unix.Mkdirat(d.fd, name, 0o755) })
	if err != nil && err != unix.EEXIST {
		return folder{}, d.failed("mkdir", name, err)
	}
	return d.open(name)
}

// names lists the folder, in no order, with the help of some space. It can be
// called once. Package os would need three more system calls, and half of those
// for an unchanged tree are about folders.
func (d folder) names(space []byte) ([]string, error) {
	var names []string
	for {
		n := 0
		err := again(func() (err error) { n, err = unix.ReadDirent(d.fd, space); return err })
		if err != nil {
			return nil, d.failed("read", ".", err)
		}
		if n <= 0 {
			return names, nil
		}
		_, _, names = unix.ParseDirent(space[:n], -1, names)
	}
}

// kind says what a name is: 0 for a regular file, or ModeDir, or ModeIrregular.
func (d folder) kind(name string) (fs.FileMode, error) {
	var st unix.Stat_t
	err := again(func() error { return unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) })
	switch {
	case err != nil:
		return 0, d.failed("stat", name, err)
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return fs.ModeDir, nil
	case st.Mode&unix.S_IFMT == unix.S_IFREG:
		return 0, nil
	}
	return fs.ModeIrregular, nil
}

// read returns the bytes of a regular file, nil if there is none.
func (d folder) read(name string) ([]byte, error) {
	fd := 0
	err := again(func() (err error) { fd, err = unix.Openat(d.fd, name, openFile, 0); return err })
	if err == unix.ENOENT || err == unix.ELOOP || err == unix.EMLINK { // the last two: a link
		return nil, nil
	}
	if err != nil {
		return nil, d.failed("open", name, err)
	}
	f := os.NewFile(uintptr(fd), d.path+"/"+name)
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, err
	}
	buf := bytes.NewBuffer(make([]byte, 0, info.Size()+bytes.MinRead)) // a fleet's manifest has 40 MB
	_, err = buf.ReadFrom(f)
	return buf.Bytes(), err
}

// write makes a new file.
func (d folder) write(name string, f treeFile, modes *modeTable) error {
	fd := 0
	err := again(func() (err error) {
		fd, err = unix.Openat(d.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, f.mode)
		return err
	})
	if err != nil {
		return d.failed("create", name, err)
	}
	for data := f.data; len(data) > 0 && err == nil; {
		n := 0
		err = again(func() (err error) { n, err = unix.Write(fd, data); return err })
		data = data[max(n, 0):]
	}
	if err == nil {
		err = modes.set(fd, f.mode)
	}
	return d.failed("write", name, errors.Join(err, unix.Close(fd)))
}

// holds reports whether the file has exactly these bytes and this mode. What
// cannot be read is not what is wanted: it will be replaced.
func (d folder) holds(name string, f treeFile, buf *bytes.Buffer) bool {
	fd := 0
	err := again(func() (err error) {
		fd, err = unix.Openat(d.fd, name, openFile, 0)
		return err
	})
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || uint32(st.Mode)&0o7777 != f.mode || st.Size != int64(len(f.data)) {
		return false
	}
	buf.Reset()
	buf.Grow(len(f.data) + 1) // one more, so that the end of the file is seen at once
	space := buf.AvailableBuffer()[:len(f.data)+1]
	for have := 0; ; {
		n := 0
		if again(func() (err error) { n, err = unix.Read(fd, space[have:]); return err }) != nil {
			return false
		}
		// The file had this size a moment ago: nothing more is to come.
		if have += n; n == 0 || have >= len(f.data) {
			return bytes.Equal(space[:have], f.data)
		}
	}
}

// link gives a file of another folder a second name here.
func (d folder) link(name string, from folder, old string) error {
	err := again(func() error { return unix.Linkat(from.fd, old, d.fd, name, 0) })
	if err != nil {
		return fmt.Errorf("cannot link %s/%s to %s/%s: %w", from.path, old, d.path, name, err)
	}
	return nil
}
