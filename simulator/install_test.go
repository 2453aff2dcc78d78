//go:build linux

package simulator

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
)

const templates = "../templates"

type fields = map[string]any

// settings is what the generator would hand to the template of the settings file for host i of w. Change,
// if any, may alter it before it is printed.
func settings(w *World, i int, change func(host int, top, group, timeouts fields)) fields {
	h := w.Hosts[i]
	top := fields{
		"Host": h.Name, "Node": h.Name, "Release": fmt.Sprintf("%d.2", w.Release),
		"CARPInterface": w.Release < 10, "CARPDemotion": w.Release >= 10, "CARPAllow": w.Release >= 12,
		"CARPAllowTunable": w.Release >= 13, "HastctlList": true, "HastctlStatus": true, "HastHooks": true,
		"ReleaseEarly": false, "AnswerPort": 8458,
		"Timeouts": fields{"Tick": 5, "Ask": 1, "Shutdown": 80},
		"Listeners": []fields{
			{"ID": "l1", "Address": h.ip(true), "Peers": h.peer.ip(true)},
			{"ID": "l2", "Address": h.ip(false), "Peers": h.peer.ip(false)},
		},
	}
	var groups []fields
	for n, g := range w.Groups {
		id := fmt.Sprintf("g%d", n+1)
		timeouts := fields{
			"Worker": 25, "Careful": 20, "Role": 10, "Device": 10, "Import": 60, "Fsck": 60, "Mount": 60,
			"Start": 60, "Stop": 30, "Export": 15, "Hook": 60, "LookAge": 10, "Debounce": 2,
			"LANDead": 6, "CoolGive": 10, "CoolFirst": 30, "CoolMost": 600, "Stable": 30,
			"LastWord": 10, "BootAlone": 120, "ExportTries": 5,
		}
		group := fields{
			"ID": id, "Name": g.Name, "Peer": h.peer.Name, "PeerPreferred": i == 1, "Preferred": i == 0,
			"VIPs": []fields{{
				"ID": id + "v1", "Name": "v", "Interface": w.iface(g.VHID), "VHID": g.VHID, "Word": "advskew",
				"Normal": 100 * i, "Hold": 100*i + 110, "Gone": 240, "Addresses": "10.0.0.101",
			}},
			"Paths": []fields{
				{"ID": id + "p1", "Network": "rep", "Own": h.ip(true), "Peer": h.peer.ip(true), "LAN": false, "Replication": true},
				{"ID": id + "p2", "Network": "lan", "Own": h.ip(false), "Peer": h.peer.ip(false), "LAN": true, "Replication": false},
			},
			"Services": strings.Join(g.Services, "\n"), "Mail": "root",
			"Failback": "manual", "Witness": Router, "Alone": "witness", "Fence": "", "Patience": "quick",
			"Isolated": "release", "BootAlone": "wait", "Stuck": "hold",
			"BeforeMaster": "", "AfterMaster": "", "BeforeBackup": "", "AfterBackup": "", "Failed": "",
			"Check": "", "CheckEvery": 0, "Timeouts": timeouts,
		}
		var resources, storage []fields
		for k, r := range g.Resources {
			resources = append(resources, fields{
				"ID": fmt.Sprintf("%sr%d", id, k+1), "Name": r, "Device": "/dev/hast/" + r, "Local": "/dev/ada1",
				"Remote": h.peer.ip(true), "Timeout": int(w.HastTimeout.Seconds()), "Exec": "",
			})
		}
		for k, s := range g.Storage {
			f := fields{"ID": fmt.Sprintf("%ss%d", id, k+1), "Kind": s.Kind, "Name": s.Name, "Device": "", "Options": "", "Altroot": "", "Fsck": ""}
			if s.Kind == "ufs" {
				f["Device"], f["Fsck"] = "/dev/hast/"+s.Resources[0], "preen"
			}
			storage = append(storage, f)
		}
		group["Resources"], group["Storage"] = resources, storage
		if change != nil {
			change(i, top, group, timeouts)
		}
		groups = append(groups, group)
	}
	top["Groups"] = groups
	return top
}

// switchOptions say how the rendered scripts are installed on both hosts.
type switchOptions struct {
	change func(host int, top, group, timeouts fields)
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

// install puts the real scripts on a host. Only what belongs to the host's root is changed: the interpreter
// and the paths of rc.subr.
func install(t *testing.T, o switchOptions) func(w *World, h *Host) {
	return func(w *World, h *Host) {
		t.Helper()
		write := func(path, data string, mode os.FileMode) {
			p := filepath.Join(h.root, path)
			if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(p, []byte(data), mode); err != nil {
				t.Fatal(err)
			}
		}
		read := func(path string) string {
			b, err := os.ReadFile(filepath.Join(templates, path))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		localise := func(s string) string {
			s = strings.Replace(s, "#!/bin/sh", "#!"+h.root+"/bin/sh", 1)
			s = strings.ReplaceAll(s, "/etc/rc.subr", h.root+"/etc/rc.subr")
			s = strings.ReplaceAll(s, `="/usr/local/scripts/`, `="`+h.root+"/usr/local/scripts/")
			return strings.ReplaceAll(s, "=/usr/local/scripts/", "="+h.root+"/usr/local/scripts/")
		}
		scripts := map[string]string{}
		files, err := filepath.Glob(filepath.Join(templates, "usr/local/scripts/*"))
		if err != nil || len(files) == 0 {
			t.Fatal("no scripts", err)
		}
		for _, f := range files {
			n := filepath.Base(f)
			scripts[n] = localise(read("usr/local/scripts/" + n))
		}
		for _, r := range o.replace {
			replaceOnce(t, scripts, r[0], r[1])
		}
		if o.override != "" {
			replaceOnce(t, scripts, sourced, sourced+"\n"+o.override+"\n")
		}
		for n, text := range scripts {
			write("usr/local/scripts/"+n, text, 0o755)
		}
		write("simulated-host", "", 0o644)
		write("etc/rc.subr", rcSubr, 0o644)
		rcd, err := filepath.Glob(filepath.Join(templates, "usr/local/etc/rc.d/*"))
		if err != nil || len(rcd) == 0 {
			t.Fatal("no rc.d scripts", err)
		}
		for _, f := range rcd {
			n := strings.TrimSuffix(filepath.Base(f), ".tmpl")
			write("usr/local/etc/rc.d/"+n, localise(read("usr/local/etc/rc.d/"+filepath.Base(f))), 0o755)
		}
		write("usr/local/etc/devd/carpool.conf", devdConf(w), 0o644)
		if w.Release >= 13 {
			write("boot/loader.conf", "net.inet.carp.allow=\"0\"\n", 0o644)
		}
		tmpl, err := template.New("conf").Option("missingkey=error").Funcs(template.FuncMap{"sh": shQuote}).
			Parse(read("usr/local/etc/carp-hast-switch.conf.tmpl"))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := tmpl.Execute(&b, settings(w, h.idx, o.change)); err != nil {
			t.Fatal(err)
		}
		write("usr/local/etc/carp-hast-switch.conf", b.String(), 0o644)
		h.hookProgram = filepath.Join(h.root, "usr/local/scripts/carp-hast-hook")
	}
}

func shQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// devdConf is the rule of each trigger as the generator's template prints it.
func devdConf(w *World) string {
	var b strings.Builder
	for _, g := range w.Groups {
		const rule = "notify 30 {\n\tmatch \"system\" \"%s\";\n\tmatch \"subsystem\" \"%s\";\n\tmatch \"type\" \"%s\";\n\taction \"%s\";\n};\n"
		script := "/usr/local/scripts/carp-hast-switch "
		if w.Release < 10 {
			fmt.Fprintf(&b, rule, "IFNET", w.iface(g.VHID), "LINK_UP", script+"master")
			fmt.Fprintf(&b, rule, "IFNET", w.iface(g.VHID), "LINK_DOWN", script+"slave")
			continue
		}
		fmt.Fprintf(&b, rule, "CARP", itoa(g.VHID)+"@"+w.iface(g.VHID), "(MASTER|BACKUP|INIT)", script+"$type $subsystem")
	}
	return b.String()
}

// rcSubr is the part of rc.subr(8) that a small rc.d script uses.
const rcSubr = `
load_rc_config() { eval "${1}_enable=YES carp_hast_switch_enable=YES"; }
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
