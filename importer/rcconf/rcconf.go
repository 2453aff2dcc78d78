// Package rcconf reads rc.conf and its companions as the rc scripts do: as programs for
// sh(1), of which no command is ever run.
package rcconf

import (
	"cmp"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"carpool/importer/internal/shell"
	"carpool/importer/tree"
	"carpool/schema"
)

// Var is a variable with the place of the assignment that won.
type Var struct {
	Name, Value string
	Range       hcl.Range // zero for a default of FreeBSD
	// Guessed says that the value depends on the output of a command, which was not run.
	Guessed bool
}

// Config holds the variables after all files were read.
type Config struct {
	// Broken says that sh(1) does not survive one of the files: it exits, or it never ends.
	// At boot /etc/rc ends with it and no rc script runs.
	Broken bool

	vars  map[string]Var
	order []string // names in the order of their first assignment
}

// defaults are those of /etc/defaults/rc.conf that the network scripts need (9.3 to 15).
var defaults = map[string]string{
	"network_interfaces":           "auto",
	"cloned_interfaces":            "",
	"gif_interfaces":               "",
	"ipv6_network_interfaces":      "auto",
	"ipv6_activate_all_interfaces": "NO",
	"ipv6_gateway_enable":          "NO",
	"ipv6_cpe_wanif":               "NO",
	"gateway_enable":               "NO",
	"synchronous_dhclient":         "NO",
	"netif_enable":                 "YES",
	"devd_enable":                  "YES",
	"hastd_enable":                 "NO",
	"zfs_enable":                   "NO",
	"pfsync_enable":                "NO",
	"pfsync_syncdev":               "",
	"pfsync_syncpeer":              "",
	"pfsync_ifconfig":              "",
	"pf_enable":                    "NO",
	"hostname":                     "",
	"rc_conf_files":                "/etc/rc.conf /etc/rc.conf.local",
	"local_startup":                "/usr/local/etc/rc.d",
}

// Load reads what a script of the services named reads, in its order: rc.conf, rc.conf.local
// and then rc.conf.d of each service. netif is both "network" and "netif"; see Netif.
func Load(t *tree.Tree, release schema.Release, services ...string) (*Config, hcl.Diagnostics) {
	r := newReader(t)
	r.file("/etc/rc.conf")
	r.file("/etc/rc.conf.local")
	for _, s := range services {
		r.service(s, release)
	}
	return r.config(), r.findings()
}

// Netif returns the services whose rc.conf.d files rc.d/netif reads (rc.d/netif, 10.4 and 13.2).
func Netif(release schema.Release) []string {
	if release.AtLeast(11, 0) {
		return []string{"network", "netif"}
	}
	return []string{"network"}
}

// Parse reads one text alone, such as a rendered rc.conf.
func Parse(filename string, src []byte) (*Config, hcl.Diagnostics) {
	r := newReader(tree.Memory(map[string][]byte{filename: src}))
	r.read(filename, src)
	return r.config(), r.findings()
}

// Get returns a variable; unset ones have an empty value.
func (c *Config) Get(name string) Var { return c.vars[name] }

// Value returns the value of a variable, "" if unset.
func (c *Config) Value(name string) string { return c.vars[name].Value }

// IsSet says whether the host's files set the variable.
func (c *Config) IsSet(name string) bool {
	v, ok := c.vars[name]
	return ok && v.Range.Filename != ""
}

// Yes is checkyesno of rc.subr: YES, TRUE, ON and 1 in any case.
func (c *Config) Yes(name string) bool { return IsYes(c.Value(name)) }

// IsYes is checkyesno of rc.subr for a value.
func IsYes(value string) bool {
	switch strings.ToLower(value) {
	case "yes", "true", "on", "1":
		return true
	}
	return false
}

// Names returns the variables that the host's files set, in the order of their first
// assignment.
func (c *Config) Names() []string { return slices.Clone(c.order) }

// All returns every variable with a value, defaults included.
func (c *Config) All() map[string]Var { return c.vars }

// reader runs the files in one shell.
type reader struct {
	tree  *tree.Tree
	in    *shell.Interp
	order []string
	seen  map[string]bool
	dead  bool // sh exited: nothing after it counts
}

func newReader(t *tree.Tree) *reader {
	r := &reader{tree: t, in: shell.New(t), seen: map[string]bool{}}
	for name, value := range defaults {
		r.in.Preset(name, value)
	}
	r.in.Assigned = func(name string, _ *shell.Var) {
		if !r.seen[name] {
			r.seen[name] = true
			r.order = append(r.order, name)
		}
	}
	return r
}

// file reads a file if it is there.
func (r *reader) file(name string) {
	src, err := r.tree.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		at := hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}
		r.in.Report(hcl.DiagError, at, "Cannot read "+name, err.Error()+".")
	default:
		r.read(name, src)
	}
}

func (r *reader) read(name string, src []byte) {
	if r.dead {
		return
	}
	r.lint(name, src)
	r.dead = !r.in.Source(name, src)
}

// service reads rc.conf.d/NAME (load_rc_config in rc.subr): in 9 one file in /etc; later a
// file or all files of a folder, in /etc and in /usr/local/etc.
func (r *reader) service(name string, release schema.Release) {
	if !release.AtLeast(10, 0) {
		if file := "/etc/rc.conf.d/" + name; !r.tree.IsDir(file) {
			r.file(file)
		}
		return
	}
	for _, base := range []string{"/etc/rc.conf.d", "/usr/local/etc/rc.conf.d"} {
		full := path.Join(base, name)
		if !r.tree.IsDir(full) {
			r.file(full)
			continue
		}
		names, _ := r.tree.ReadDir(full)
		for _, n := range names {
			if !strings.HasPrefix(n, ".") && !r.tree.IsDir(path.Join(full, n)) {
				r.file(path.Join(full, n))
			}
		}
	}
}

func (r *reader) config() *Config {
	c := &Config{vars: map[string]Var{}, Broken: r.dead}
	for name, v := range r.in.Vars {
		c.vars[name] = Var{Name: name, Value: v.Value, Range: v.Range, Guessed: v.Guessed}
	}
	for _, name := range r.order {
		if _, ok := c.vars[name]; ok { // not unset since
			c.order = append(c.order, name)
		}
	}
	return c
}

// findings returns what was found, sorted by place.
func (r *reader) findings() hcl.Diagnostics {
	slices.SortStableFunc(r.in.Diags, func(a, b *hcl.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Subject.Filename, b.Subject.Filename), cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte))
	})
	return r.in.Diags
}
