package generator

import (
	"archive/tar"
	"io"
	"path"
	"time"
)

// Tar writes the files and their manifest as an archive that depends on
// nothing else: names sorted, times zero, owners as on the host.
func Tar(w io.Writer, files []File) error {
	t, err := makeTree(files, nil)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(w)
	made := map[string]bool{".": true}
	for _, name := range t.names() {
		if err := tarFolders(tw, made, path.Dir(name)); err != nil {
			return err
		}
		f := t[name]
		h := header(name, int64(f.mode))
		h.Typeflag, h.Size = tar.TypeReg, int64(len(f.data))
		if err := tw.WriteHeader(h); err != nil {
			return err
		}
		if _, err := tw.Write(f.data); err != nil {
			return err
		}
	}
	return tw.Close()
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
