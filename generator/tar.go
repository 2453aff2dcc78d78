package generator

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"time"

	"carpool/internal/parallel"
)

// Archive is a tar of files and their manifest that depends on nothing else:
// names sorted, times zero, owners as on the host.
type Archive struct {
	tree   *tree
	secret bool
}

// NewArchive lays the files out. The error is a defect of carpool; writing the
// archive can fail only where it is written to.
func NewArchive(files []File) (*Archive, error) {
	t, err := makeTree(files, nil)
	if err != nil {
		return nil, err
	}
	return &Archive{t, slices.ContainsFunc(files, func(f File) bool { return f.Secret })}, nil
}

// Mode is what a file with the archive gets: for its owner alone if a secret
// is in it.
func (a *Archive) Mode() fs.FileMode {
	if a.secret {
		return 0o600
	}
	return 0o644
}

// hostsAtOnce is how many hosts each CPU makes ready before what all have made
// is written: half a megabyte.
const hostsAtOnce = 4

// Write writes the archive. It is as long as all files together and never kept
// as a whole: a few hosts at a time are made ready beside each other.
func (a *Archive) Write(w io.Writer) error {
	hosts := hostsOf(len(a.tree.names), func(i int) string { return a.tree.names[i] })
	ready := make([]bytes.Buffer, hostsAtOnce*runtime.GOMAXPROCS(0))
	for len(hosts) > 0 {
		n := min(len(hosts), len(ready))
		err := parallel.Try(n, func() func(int) error {
			return func(i int) error {
				ready[i].Reset()
				return a.host(&ready[i], hosts[i])
			}
		})
		if err != nil {
			return err
		}
		for i := range n {
			if _, err := w.Write(ready[i].Bytes()); err != nil {
				return err
			}
		}
		hosts = hosts[n:]
	}
	return tar.NewWriter(w).Close()
}

// host appends the files of one host, and their folders.
func (a *Archive) host(out *bytes.Buffer, p part) error {
	tw := tar.NewWriter(out)
	made := map[string]bool{".": true}
	for i := p.from; i < p.to; i++ {
		name, f := a.tree.names[i], a.tree.files[i]
		if err := tarFolders(tw, made, path.Dir(name)); err != nil {
			return err
		}
		h := header(name, int64(f.mode))
		h.Typeflag, h.Size = tar.TypeReg, int64(len(f.data))
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		if _, err := tw.Write(f.data); err != nil {
			return err
		}
	}
	return tw.Flush()
}

func tarFolders(tw *tar.Writer, made map[string]bool, dir string) error {
	if made[dir] {
		return nil
	}
	if err := tarFolders(tw, made, path.Dir(dir)); err != nil {
		return err
	}
	made[dir] = true
	h := header(dir+"/", 0o755)
	h.Typeflag = tar.TypeDir
	return tw.WriteHeader(h)
}

func header(name string, mode int64) *tar.Header {
	return &tar.Header{Name: name, Mode: mode, Uname: Owner, Gname: Group, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
}
