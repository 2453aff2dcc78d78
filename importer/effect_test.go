package importer

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"carpool/importer/tree"
	"carpool/schema"
)

const (
	hastA = "resource shared {\n\treplication memsync\n\ton a { local /dev/ada1\n remote 10.0.0.2 }\n\ton b { local /dev/ada1\n remote 10.0.0.1 }\n}\n"
	// confA are settings of the switch as generator writes them.
	confA = "answer_port='8458'\nrelease='14.2'\nlisteners=' l1'\nl1_address='10.0.0.1'\nl1_peers='10.0.0.2'\ngroups=' g1'\n" +
		"g1_name='files'\ng1_services='mountd\nnfsd'\ng1_alone='witness'\ng1_vips=' g1v1'\ng1v1_name='web'\n" +
		"g1_storage=' g1s1'\ng1s1_kind='zpool'\ng1s1_name='tank'\ng1_resources=' g1r1'\ng1r1_name='shared'\ng1r1_timeout='20'\n"
	script = "/usr/local/scripts/carp-hast-switch"
)

// live is base with storage and the switch.
func live() map[string]string {
	files := base()
	for host := range map[string]int{"a": 0, "b": 0} {
		files[host+"/etc/hast.conf"] = hastA
		files[host+switchFile] = confA
		files[host+script] = "#!/bin/sh\n"
		files[host+"/usr/local/etc/devd/x.conf"] = rule
	}
	return files
}

// edits makes one change of several.
func edits(list ...func(map[string]string)) func(map[string]string) {
	return func(f map[string]string) {
		for _, e := range list {
			e(f)
		}
	}
}

// effectsOf compares two states of two hosts, whose vip is called web.
func effectsOf(before, after map[string]string) []Effect {
	c := &schema.Cluster{}
	var v schema.VIP
	v.Name = "web"
	var pairs []Pair
	for _, name := range []string{"a", "b"} {
		host := func(all map[string]string) *Host {
			files := map[string][]byte{}
			for path, text := range all {
				if rest, ok := strings.CutPrefix(path, name+"/"); ok {
					files["/"+rest] = []byte(text)
				}
			}
			if len(files) == 0 {
				return nil
			}
			var stated *schema.Release
			if files["/bin/freebsd-version"] == nil {
				stated = &schema.Release{Major: 14}
			}
			return NewHost(name, name, tree.Memory(files), stated)
		}
		n := &schema.Node{}
		n.Name, n.Release = name, schema.Release{Major: 14}
		c.Nodes = append(c.Nodes, n)
		i := &schema.Interface{}
		i.Name = "em0"
		m := &schema.Member{Node: n, Interface: i, VHID: schema.Attr[int]{Value: 1}}
		m.Addresses.Items = []schema.Attr[schema.Address]{{Value: schema.Address{Addr: netip.MustParseAddr("10.0.0.3")}}}
		v.Members = append(v.Members, m)
		p := Pair{Name: name, Before: host(before), After: host(after), Programs: []string{script}}
		p.Same = maps.Equal(of(before, name), of(after, name))
		pairs = append(pairs, p)
	}
	c.VIPs = []*schema.VIP{&v}
	return Effects(c, pairs)
}

func of(files map[string]string, host string) map[string]string {
	m := maps.Clone(files)
	maps.DeleteFunc(m, func(name, _ string) bool { return !strings.HasPrefix(name, host+"/") })
	return m
}

// without takes files away.
func without(prefix string) func(map[string]string) {
	return func(f map[string]string) {
		maps.DeleteFunc(f, func(name, _ string) bool { return strings.HasPrefix(name, prefix) })
	}
}

// appended adds to the end of a file.
func appended(name, text string) func(map[string]string) {
	return func(f map[string]string) { f[name] += text }
}

// alone leaves the switch of a without a failover.
func alone(f map[string]string) {
	common, _, _ := strings.Cut(confA, "groups=")
	f["a"+switchFile] = common + "groups=''\n"
}

// effectTests has what each kind of effect is found in. The changes are made
// to the state that before makes of live().
var effectTests = map[string]struct {
	before, change func(map[string]string)
	want           []string
}{
	"advskew":       {nil, edit("b/etc/rc.conf", "advskew 20", "advskew 10"), []string{"vip web restarts its election on b (advskew 20 → 10)"}},
	"advbase":       {nil, edit("b/etc/rc.conf", "advskew 20", "advskew 20 advbase 3"), []string{"vip web restarts its election on b (advbase 1 → 3)"}},
	"password":      {nil, edits(edit("a/etc/rc.conf", "FeedLucas", "FeedLucas2"), edit("b/etc/rc.conf", "FeedLucas", "FeedLucas2")), []string{"vip web changes its password on a and b"}},
	"tail":          {edits(edit("a/etc/rc.conf", "FeedLucas", "FeedLucas0123456789"), edit("b/etc/rc.conf", "FeedLucas", "FeedLucas0123456789")), edit("a/etc/rc.conf", "456789", "456789xyz"), []string{"node a has no effect"}},
	"joins":         {edit("b/etc/rc.conf", "FeedLucas", "Other"), edit("b/etc/rc.conf", "Other", "FeedLucas"), []string{"vip web agrees with its other nodes on b (its password)"}},
	"joins vhid":    {edit("b/etc/rc.conf", "vhid 1", "vhid 2"), edit("b/etc/rc.conf", "vhid 2", "vhid 1"), []string{"vip web agrees with its other nodes on b (its vhid: vhid 2 → 1)"}},
	"vhid":          {nil, edits(edit("a/etc/rc.conf", "vhid 1", "vhid 7"), edit("b/etc/rc.conf", "vhid 1", "vhid 7")), []string{"vip web changes its vhid on a and b (vhid 1 → 7)"}},
	"address":       {nil, edits(edit("a/etc/rc.conf", ".3/24", ".4/24"), edit("b/etc/rc.conf", ".3/24", ".4/24")), []string{"vip web changes its addresses on a and b (+10.0.0.4, -10.0.0.3)"}},
	"length":        {nil, edit("a/etc/rc.conf", ".3/24", ".3/32"), []string{"vip web changes the length of an address on a (+10.0.0.3/32, -10.0.0.3/24)"}},
	"protocol":      {nil, edits(edit("a/etc/rc.conf", "vhid 1", "vhid 1 carpver 3"), edit("b/etc/rc.conf", "vhid 1", "vhid 1 carpver 3")), []string{"vip web changes its protocol on a and b (carpver 2 → 3)"}},
	"peer":          {nil, edit("a/etc/rc.conf", "vhid 1", "vhid 1 peer 10.0.0.2"), []string{"vip web advertises to another place on a (peer nothing → 10.0.0.2)"}},
	"interface":     {nil, edit("a/etc/rc.conf", "ifconfig_em0_alias0", "ifconfig_em1_alias0"), []string{"vip web moves to another interface on a (em0 → em1)"}},
	"vip new":       {edit("a/etc/rc.conf", "ifconfig_em0_alias0", "#"), edit("a/etc/rc.conf", "#", "ifconfig_em0_alias0"), []string{"vip web starts on a (vhid 1 on em0: 10.0.0.3/24)"}},
	"vip gone":      {nil, edit("a/etc/rc.conf", "ifconfig_em0_alias0", "#"), []string{"vip web ends on a (vhid 1 on em0: 10.0.0.3/24)"}},
	"node new":      {without("b/"), func(f map[string]string) { maps.Copy(f, of(live(), "b")) }, []string{"node b is new"}},
	"node gone":     {nil, without("b/"), []string{"node b is not rendered any more"}},
	"release":       {appended("a/bin/freebsd-version", "USERLAND_VERSION=\"13.2-RELEASE\"\n"), edit("a/bin/freebsd-version", "13.2", "14.0"), []string{"node a says that it runs another release (13.2, the description says 14.0)"}},
	"local":         {nil, edit("a/etc/hast.conf", "on a { local /dev/ada1", "on a { local /dev/ada2"), []string{"hast shared must be created anew on a (local /dev/ada1 → /dev/ada2)"}},
	"renamed":       {nil, edit("a/etc/hast.conf", "resource shared", "resource data"), []string{"hast data must be created anew on a (resource shared → data)"}},
	"hast new":      {edits(without("a/etc/hast.conf"), without("b/etc/hast.conf")), edits(appended("a/etc/hast.conf", hastA), appended("b/etc/hast.conf", hastA)), []string{"hast shared is new on a and b (on /dev/ada1)"}},
	"hast gone":     {nil, without("a/etc/hast.conf"), []string{"hast shared ends on a (on /dev/ada1)"}},
	"device":        {nil, edit("a/etc/hast.conf", "replication", "name disk\nreplication"), []string{"hast shared gets another device on a (/dev/hast/shared → /dev/hast/disk)"}},
	"remote":        {nil, edit("a/etc/hast.conf", "remote 10.0.0.2", "remote 10.0.0.9"), []string{"hast shared reconnects on a (remote 10.0.0.2 → 10.0.0.9)"}},
	"replication":   {nil, edit("a/etc/hast.conf", "memsync", "async"), []string{"hast shared takes other settings on a (replication memsync → async)"}},
	"listen":        {nil, edit("a/etc/hast.conf", "resource", "listen 10.0.0.1\nresource"), []string{"hastd listens elsewhere on a (+10.0.0.1, -tcp4://0.0.0.0:8457, -tcp6://[::]:8457)"}},
	"pidfile":       {nil, edit("a/etc/hast.conf", "resource", "pidfile /tmp/x\nresource"), []string{"hastd has another socket or pid file on a (pidfile /var/run/hastd.pid → /tmp/x)"}},
	"refused":       {edit("a/etc/hast.conf", "on a {", "on c {"), edit("a/etc/hast.conf", "on c {", "on a {"), []string{"hast shared is new on a (on /dev/ada1)", "hastd reads hast.conf again on a"}},
	"failover new":  {alone, func(f map[string]string) { f["a"+switchFile] = confA }, []string{"failover files is new on a"}},
	"failover gone": {nil, alone, []string{"failover files ends on a"}},
	"services":      {nil, edit("a"+switchFile, "mountd\n", "rpcbind\nmountd\n"), []string{"failover files has another list of services on a (+rpcbind)"}},
	"order":         {nil, edit("a"+switchFile, "mountd\nnfsd", "nfsd\nmountd"), []string{"failover files has another list of services on a (their order)"}},
	"storage":       {nil, edit("a"+switchFile, "'tank'", "'lake'"), []string{"failover files moves other storage on a (storage 1 name tank → lake)"}},
	"policy":        {nil, edit("a"+switchFile, "'witness'", "'never'"), []string{"failover files has other settings on a (alone witness → never)"}},
	"timeout":       {nil, edit("a"+switchFile, "timeout='20'", "timeout='30'"), []string{"failover files has other settings on a (resources 1 timeout 20 → 30)"}},
	"answer":        {nil, edit("a"+switchFile, "'8458'", "'8459'"), []string{"the switch answers its peer elsewhere on a (answer_port 8458 → 8459)"}},
	"scripts":       {nil, appended("a"+script, "exit 0\n"), []string{"the switch runs other scripts on a (/usr/local/scripts/carp-hast-switch)"}},
	"devd":          {nil, edit("a/usr/local/etc/devd/x.conf", "bin/act", "bin/do"), []string{"devd reads other rules on a (MASTER of 1@em0 runs /usr/local/bin/act $'MASTER' → /usr/local/bin/do $'MASTER', BACKUP of 1@em0 runs /usr/local/bin/act $'BACKUP' → /usr/local/bin/do $'BACKUP', and 1 more events)"}},
	"devd off":      {nil, edit("a/etc/rc.conf", "devd_enable=\"YES\"", "devd_enable=NO"), []string{"devd reads other rules", "service devd is no longer started by rc on a"}},
	"hostname":      {nil, edit("a/etc/rc.conf", "a.example.org", "a.example.com"), []string{"the host is called otherwise on a (a.example.org → a.example.com)"}},
	"own address":   {nil, edit("a/etc/rc.conf", "10.0.0.1/24", "10.0.0.7/24"), []string{"interface em0 is configured otherwise on a (+10.0.0.7/24, -10.0.0.1/24)"}},
	"dhcp":          {appended("a/etc/rc.conf", "ifconfig_em1=\"up\"\n"), edit("a/etc/rc.conf", "em1=\"up", "em1=\"DHCP"), []string{"interface em1 is configured otherwise on a (+DHCP)"}},
	"route":         {nil, appended("a/etc/rc.conf", "defaultrouter=10.0.0.254\n"), []string{"routing changes on a (defaultrouter nothing → 10.0.0.254)"}},
	"pfsync":        {nil, appended("a/etc/rc.conf", "pfsync_enable=YES\npfsync_syncdev=em1\n"), []string{"pfsync is configured otherwise on a (+syncdev em1)", "service pfsync is started by rc on a"}},
	"service on":    {nil, appended("a/etc/rc.conf", "nginx_enable=YES\n"), []string{"service nginx is started by rc on a"}},
	"service off":   {appended("a/etc/rc.conf", "nginx_enable=YES\n"), edit("a/etc/rc.conf", "nginx_enable=YES", "nginx_enable=NO"), []string{"service nginx is no longer started by rc on a"}},
	"variable":      {nil, appended("a/etc/rc.conf", "nfs_server_flags=\"-u secretly\"\n"), []string{"variables of rc.conf change on a (nfs_server_flags)"}},
	"sysctl":        {nil, edit("a/etc/sysctl.conf", "preempt=1", "preempt=1\nkern.maxfiles=9"), []string{"sysctl kern.maxfiles changes on a (nothing → 9)"}},
	"preempt off":   {nil, edit("a/etc/sysctl.conf", "preempt=1", "preempt=0"), []string{"sysctl net.inet.carp.preempt is no longer set on a"}},
	"loader":        {nil, appended("a/boot/loader.conf", "geom_gate_load=\"YES\"\n"), []string{"loader.conf geom_gate_load changes on a (nothing → YES)"}},
	"same boot":     {nil, edit("a/etc/rc.conf", "inet 10.0.0.1/24", "10.0.0.1 netmask 255.255.255.0"), []string{"node a has no effect"}},
	"comment":       {nil, edits(appended("a/etc/rc.conf", "# x\n"), appended("b/etc/hast.conf", "# x\n")), []string{"the change has no effect on a and b"}},
	"control bytes": {without("a/etc/hast.conf"), edit("a/etc/rc.conf", "a.example.org", "a\x1b[31m"), []string{"the host is called otherwise on a (a.example.org → a [31m)"}},
}

func TestEffects(t *testing.T) {
	seen := map[EffectCode]bool{}
	for name, test := range effectTests {
		before := live()
		if test.before != nil {
			test.before(before)
		}
		after := maps.Clone(before)
		test.change(after)
		effects := effectsOf(before, after)
		var got []string
		for _, e := range effects {
			got = append(got, e.String())
			seen[e.Code] = true
			if strings.Contains(e.String(), "Lucas") {
				t.Errorf("%s: a password is shown: %s", name, e)
			}
		}
		if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, test.want)
		}
	}
	for _, k := range EffectKinds {
		if !seen[k.Code] {
			t.Errorf("no test shows %s", k.Code)
		}
		if k.Verb == "" || k.Does == "" || k.Source == "" {
			t.Errorf("%s is not documented", k.Code)
		}
	}
}

// TestNoEffects compares each state with itself.
func TestNoEffects(t *testing.T) {
	if got := effectsOf(live(), live()); len(got) > 0 {
		t.Error(got)
	}
}
