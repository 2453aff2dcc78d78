package rules

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"carpool/schema"
)

var sto003 = &Rule{
	Code:     "STO003",
	Severity: schema.Error,
	Summary:  "a file system is mounted from a device that is not its resource",
	Effect:   "What is written to another device is not replicated; written to the disk below the resource it destroys the copy, because hastd keeps its metadata there (hastd(8); hast.conf(5), local).",
	// Mounting the disk below a resource destroys the copy.
	Unignorable: true,
	Check: func(p *Pass) {
		for _, u := range p.UFSs {
			if !u.Device.Stated || u.HAST.Value == nil {
				continue
			}
			for _, c := range u.HAST.Value.Members {
				want := schema.HASTDevices + c.Provider.Value
				if partOf(u.Device.Value, want) {
					continue
				}
				p.Report(Report{
					At: u.Device.Range, Object: u.Object(),
					Message: fmt.Sprintf("device %q is not %s on %s", u.Device.Value, u.HAST.Value.Address(), c.Node.Address()),
					Help:    fmt.Sprintf("leave device out for %s, or name a partition of it", want),
					Related: Also(u.HAST.Range, "the resource is here"),
				})
				break
			}
		}
	},
}

// partOf reports whether device is base or something geom makes on top of it:
// a partition, an encrypted or journaled layer.
func partOf(device, base string) bool {
	rest, ok := strings.CutPrefix(path.Clean(device), base)
	for _, layer := range []string{".eli", ".journal", ".nop"} {
		rest = strings.TrimSuffix(rest, layer)
	}
	return ok && (rest == "" || geomPart(rest))
}

// geomPart reports whether s names a partition: p1, s1, s1a, a.
func geomPart(s string) bool {
	number := func(s string) string { return strings.TrimLeft(s, "0123456789") }
	letter := func(s string) bool { return len(s) == 1 && 'a' <= s[0] && s[0] <= 'h' }
	if rest, ok := strings.CutPrefix(s, "p"); ok {
		return rest != "" && number(rest) == ""
	}
	if rest, ok := strings.CutPrefix(s, "s"); ok {
		after := number(rest)
		return rest != after && (after == "" || letter(after))
	}
	return letter(s)
}

// withoutMeaning are options of fstab(5) that mean nothing to mount -o.
var withoutMeaning = words("late noauto auto failok")

var sto007 = &Rule{
	Code:     "STO007",
	Severity: schema.Warning,
	Summary:  "an option that only fstab knows",
	Effect:   "noauto, late and failok tell the boot when to mount. carpool writes no fstab line, the switch mounts, and mount -o drops the word (fstab(5); sbin/mount/mount.c mangle).",
	Check: func(p *Pass) {
		for _, u := range p.UFSs {
			for _, o := range u.Options.Items {
				for w := range strings.SplitSeq(o.Value, ",") {
					if !withoutMeaning[w] {
						continue
					}
					p.Report(Report{
						At: o.Range, Object: u.Object(),
						Message: fmt.Sprintf("%q means nothing outside fstab", w),
						Help:    "take it out; nothing mounts the file system at boot",
					})
				}
			}
		}
	},
}

var sto008 = &Rule{
	Code:     "STO008",
	Severity: schema.Error,
	Summary:  "one mount point inside another, in the wrong order or in another failover",
	Effect:   "Mounted in the wrong order the outer file system hides the inner one; unmounted in the wrong order it is busy, and the release stops there (mount(8); umount(8)).",
	Check: func(p *Pass) {
		mover, order := p.mountOrder()
		byPath := map[string]*schema.UFS{}
		for _, u := range p.UFSs {
			byPath[u.Name] = u
		}
		for _, u := range p.UFSs {
			outer := outerMount(u, byPath)
			f, g := mover[u], mover[outer]
			if outer == nil || f == nil || g == nil || !shareNode(f, g) {
				continue
			}
			if f == g && order[outer] < order[u] {
				continue
			}
			r := Report{
				At: u.NameRange, Object: u.Object(),
				Message: fmt.Sprintf("%s is inside %s, which %s moves by itself", u.Address(), outer.Address(), g.Address()),
				Help:    "put both into one failover, the outer one first, or mount the inner one elsewhere",
				Related: Also(outer.NameRange, "the outer one is here"),
			}
			if f == g {
				r.At, r.Object = f.Storage.Items[order[u]].Range, f.Object()
				r.Message = fmt.Sprintf("%s is inside %s, which is mounted after it", u.Address(), outer.Address())
				r.Help = "name the outer one first: storage is taken in order and released in reverse"
			}
			p.Report(r)
		}
	},
}

func (p *Pass) mountOrder() (mover map[*schema.UFS]*schema.Failover, order map[*schema.UFS]int) {
	mover, order = map[*schema.UFS]*schema.Failover{}, map[*schema.UFS]int{}
	for _, f := range p.Failovers {
		for i, s := range f.Storage.Items {
			if u := s.Value.UFS; u != nil && mover[u] == nil {
				mover[u], order[u] = f, i
			}
		}
	}
	return mover, order
}

func outerMount(u *schema.UFS, byPath map[string]*schema.UFS) *schema.UFS {
	for dir := path.Dir(u.Name); dir != "/"; dir = path.Dir(dir) {
		if outer := byPath[dir]; outer != nil {
			return outer
		}
	}
	return nil
}

// shareNode reports whether some node may run both failovers.
func shareNode(f, g *schema.Failover) bool {
	nodes := map[*schema.Node]bool{}
	for _, s := range f.Members {
		nodes[s.Node] = true
	}
	return slices.ContainsFunc(g.Members, func(s *schema.Standby) bool { return nodes[s.Node] })
}

// systemPlaces hold what the host and the switch itself need to run.
var systemPlaces = words(`/bin /boot /compat /dev /etc /lib /lib32 /libexec /media /net /proc /rescue /root /sbin /tmp /usr /usr/bin
	/usr/lib /usr/libexec /usr/local /usr/local/bin /usr/local/etc /usr/local/etc/rc.d /usr/local/lib /usr/local/sbin
	/usr/sbin /usr/share /var /var/cron /var/db /var/empty /var/log /var/run /var/tmp`)

var sto009 = &Rule{
	Code:     "STO009",
	Severity: schema.Error,
	Summary:  "a file system of the failover is mounted over the system's own",
	Effect:   "While it is mounted it hides what the host needs: programs, settings, or the switch and its state. While it is not, they are there again: each host behaves differently depending on its role (hier(7)).",
	Check: func(p *Pass) {
		for _, u := range p.UFSs {
			if !systemPlaces[u.Name] && !under(schema.DefaultScriptDir, u.Name) {
				continue
			}
			p.Report(Report{
				At: u.NameRange, Object: u.Object(),
				Message: fmt.Sprintf("%s is a directory of the system", u.Name),
				Help:    fmt.Sprintf("mount it at a place of its own, such as %q or below", cmp.Or(example[u.Name], "/srv")),
			})
		}
	},
}

var example = map[string]string{"/var/db": "/var/db/mysql", "/var/log": "/var/log/shared", "/usr": "/usr/home", "/var": "/var/spool/imap"}

var sto012 = &Rule{
	Code:     "STO012",
	Severity: schema.Error,
	Summary:  "an altroot that is no absolute path",
	Effect:   "zpool import -R refuses it: \"invalid alternate root\" (zpool-import(8), -R).",
	Check: func(p *Pass) {
		for _, z := range p.Zpools {
			if !z.Altroot.Stated || programFault(z.Altroot.Value) == "" || z.Altroot.Value == "/" {
				continue
			}
			p.Report(Report{
				At: z.Altroot.Range, Object: z.Object(),
				Message: fmt.Sprintf("altroot %q of %s cannot be used: %s", z.Altroot.Value, z.Address(), programFault(z.Altroot.Value)),
				Help:    `write a path such as "/mnt", without white space and without a slash at its end`,
			})
		}
	},
}
