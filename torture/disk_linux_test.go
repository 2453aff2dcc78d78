package torture

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// inNamespace runs a script of sh as root of a namespace of its own, where it
// can mount what it likes on $DISK.
func inNamespace(t *testing.T, env []string, script string) string {
	t.Helper()
	disk := t.TempDir()
	args := []string{"--user", "--map-root-user", "--mount", "sh", "-euc", script}
	if exec.Command("unshare", "--user", "--map-root-user", "--mount", "true").Run() != nil {
		args = append([]string{"--mount"}, args[3:]...) // root, where users may make no namespaces
	}
	cmd := exec.Command("unshare", args...)
	cmd.Env = append(append(os.Environ(), "DISK="+disk, "CARPOOL="+binary), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: this test needs unshare(1) of util-linux and the right to mount in a namespace\n%s", err, out)
	}
	return string(out)
}

// hashes prints what a tree is: names, modes, bytes.
const hashes = `
state() { (cd "$1" && find . -type f -printf '%m ' -exec sha256sum {} + | sort); }
fails() { if "$@" >$DISK.said 2>&1; then echo "must fail: $*"; cat $DISK.said; exit 1; fi; cat $DISK.said; }
`

// TestDiskFull: on a disk that has room for one tree and not for two, a
// rendering fails, says why, and leaves the old tree and nothing else.
func TestDiskFull(t *testing.T) {
	one, two := describe(t, 20, "one"), describe(t, 20, "two")
	small := describe(t, 2, "small")
	out := inNamespace(t, []string{"ONE=" + one, "TWO=" + two, "SMALL=" + small}, hashes+`
mount -t tmpfs -o size=64m none $DISK
"$CARPOOL" render "$ONE" -o $DISK/out >/dev/null
need=$(du -sk $DISK/out | cut -f1)
mount -o remount,size=$((need + need / 2))k $DISK
before=$(state $DISK/out)
dd if=/dev/zero of=$DISK/filler bs=1k count=$((need / 2 - 64)) 2>/dev/null
fails "$CARPOOL" render "$TWO" -o $DISK/out
[ "$before" = "$(state $DISK/out)" ] || { echo "the old tree has changed"; exit 1; }
[ "$(ls -A $DISK)" = "filler
out" ] || { ls -lA $DISK; echo "something was left"; exit 1; }
rm $DISK/filler
mount -o remount,size=64m $DISK
"$CARPOOL" render "$TWO" -o $DISK/out
"$CARPOOL" render "$TWO" -o $DISK/out --check
`)
	if !strings.Contains(out, "no space left on device") {
		t.Errorf("said:\n%s", out)
	}
}

// TestReadOnly: a target that cannot be written is told apart from one that is
// current.
func TestReadOnly(t *testing.T) {
	out := inNamespace(t, []string{"ONE=" + describe(t, 2, "one"), "TWO=" + describe(t, 2, "two")}, hashes+`
mount -t tmpfs -o size=64m none $DISK
"$CARPOOL" render "$ONE" -o $DISK/out
mount -o remount,ro $DISK
before=$(state $DISK/out)
fails "$CARPOOL" render "$TWO" -o $DISK/out
"$CARPOOL" render "$ONE" -o $DISK/out
[ "$before" = "$(state $DISK/out)" ]
mount -o remount,rw $DISK
"$CARPOOL" render "$TWO" -o $DISK/out
`)
	if !strings.Contains(out, "read-only file system") || !strings.Contains(out, "nothing to change in") {
		t.Errorf("said:\n%s", out)
	}
}

// TestOtherFileSystem: the target lies on a disk of its own, or is one.
func TestOtherFileSystem(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	out := inNamespace(t, []string{"ONE=" + describe(t, 2, "one"), "TWO=" + describe(t, 2, "two"), "LINK=" + link}, hashes+`
mount -t tmpfs -o size=64m none $DISK
ln -s $DISK/out $LINK
mkdir $DISK/out
"$CARPOOL" render "$ONE" -o $LINK
"$CARPOOL" render "$TWO" -o $LINK
[ -L $LINK ] && [ -f $DISK/out/manifest.json ]
mkdir $DISK/mounted
mount -t tmpfs -o size=64m none $DISK/mounted
fails "$CARPOOL" render "$ONE" -o $DISK/mounted
[ -z "$(ls -A $DISK/mounted)" ]
"$CARPOOL" render "$ONE" -o $DISK/mounted/out
[ "$(ls -A $DISK)" = "mounted
out" ] || { ls -lA $DISK; echo "something was left"; exit 1; }
`)
	if !strings.Contains(out, "mounted is a mount point and cannot be replaced as a whole: name a folder below it") {
		t.Errorf("said:\n%s", out)
	}
}
