//go:build linux

package simulator

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const templates = "../templates"

// switchOptions say how the rendered scripts are installed on both hosts.
type switchOptions struct {
	policy   map[string]string // attributes of the failover blocks, over those of policies
	settings map[string]string // rendered settings that are changed afterwards, over those of limits
	// perHost changes one host's settings further; 0 is the preferred one.
	perHost func(host int) map[string]string
	// override is shell text read after all functions of the worker: one of the same name wins, so this is
	// how a test takes a protection out.
	override string
	replace  [][2]string // text of the script to replace; each must be there
}

// sourced is the line after which all functions of the worker are known.
const sourced = `. "$scripts/carp-hast-act"`

func replaceOnce(t *testing.T, scripts map[string]string, old, new string) {
	t.Helper()
	n := 0
	for f, text := range scripts {
		if c := strings.Count(text, old); c > 0 {
			n += c
			scripts[f] = strings.Replace(text, old, new, 1)
		}
	}
	if n != 1 {
		t.Fatalf("the scripts have %d of %q, want 1", n, old)
	}
}

// install puts what carpool renders for the world on a host. Only what belongs to the host's root is changed:
// the interpreter and the paths of rc.subr.
func install(t *testing.T, o switchOptions) func(w *World, h *Host) {
	return func(w *World, h *Host) {
		t.Helper()
		localise := func(s string) string {
			s = strings.Replace(s, "#!/bin/sh", "#!"+h.root+"/bin/sh", 1)
			s = strings.ReplaceAll(s, "/etc/rc.subr", h.root+"/etc/rc.subr")
			s = strings.ReplaceAll(s, `="/usr/local/scripts/`, `="`+h.root+"/usr/local/scripts/")
			return strings.ReplaceAll(s, "=/usr/local/scripts/", "="+h.root+"/usr/local/scripts/")
		}
		scripts := map[string]string{}
		for path, f := range rendered(t, w, h, o.policy) {
			text := string(f.Data)
			if f.Static {
				text = localise(text)
			}
			if n := filepath.Base(path); filepath.Dir(path) == scriptDir {
				scripts[n] = text
				continue
			}
			if path == settingsFile {
				text = adjust(t, text, over(limits, o.settings))
				if o.perHost != nil {
					text = adjust(t, text, o.perHost(h.idx))
				}
			}
			h.write(t, path, text, os.FileMode(f.Mode))
		}
		for _, r := range o.replace {
			replaceOnce(t, scripts, r[0], r[1])
		}
		if o.override != "" {
			replaceOnce(t, scripts, sourced, sourced+"\n"+o.override+"\n")
		}
		for n, text := range scripts {
			h.write(t, filepath.Join(scriptDir, n), text, 0o755)
		}
		h.write(t, "simulated-host", "", 0o644)
		h.furnish(t)
		h.write(t, "etc/rc.subr", strings.ReplaceAll(rcSubr, "ROOT", h.root), 0o644)
		if m := hastExec.FindStringSubmatch(h.config("etc/hast.conf")); m != nil {
			h.hookProgram = filepath.Join(h.root, m[1])
		}
	}
}

// furnish makes what check looks for: rc.d scripts, disks, mount points.
func (h *Host) furnish(t *testing.T) {
	disk := 0
	for _, g := range h.w.Groups {
		for _, s := range g.Services {
			name, _, _ := strings.Cut(s, " ")
			h.write(t, "etc/rc.d/"+name, "", 0o755)
		}
		for range g.Resources {
			disk++
			h.write(t, "dev/ada"+itoa(disk), "", 0o600)
		}
		for _, s := range g.Storage {
			if s.Kind == "ufs" {
				h.write(t, s.Name+"/.mount", "", 0o644)
			}
		}
	}
}

const (
	scriptDir    = "usr/local/scripts"
	settingsFile = "usr/local/etc/carp-hast-switch.conf"
)

var hastExec = regexp.MustCompile(`(?m)^\s+exec (\S+)$`)

func (h *Host) write(t *testing.T, path, data string, mode os.FileMode) {
	t.Helper()
	p := filepath.Join(h.root, path)
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(data), mode); err != nil {
		t.Fatal(err)
	}
}

// rcSubr is the part of rc.subr(8) that a small rc.d script uses.
const rcSubr = `
load_rc_config() { . ROOT/etc/rc.conf; }
set_rcvar() { :; }
checkyesno() {
	eval _v=\$$1
	case $_v in [Yy][Ee][Ss] | [Tt][Rr][Uu][Ee] | [Oo][Nn] | 1) return 0 ;; esac
	return 1
}
info() { echo "$*"; }
warn() { echo "$0: WARNING: $*" >&2; }
err() { shift; echo "$0: ERROR: $*" >&2; exit 1; }
debug() { :; }
run_rc_command() {
	_c=$1
	shift
	case $_c in fast* | one* | force* | quiet*) for _p in fast one force quiet; do _c=${_c#$_p}; done ;; esac
	eval _f=\${${_c}_cmd:-}
	[ -n "$_f" ] || { echo "$0: unknown directive '$_c'." >&2; return 1; }
	eval "$_f"
}
`
