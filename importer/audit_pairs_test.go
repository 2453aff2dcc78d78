package importer

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

const hastPair = "resource shared {\n\ton a { local /dev/ada1\n remote 10.0.0.2 }\n\ton b { local /dev/ada1\n remote 10.0.0.1 }\n}\n"

// bothHAST is a pair with a resource that both start at boot.
func bothHAST() map[string]string {
	f := base()
	for _, h := range []string{"a", "b"} {
		f[h+"/etc/hast.conf"] = hastPair
		f[h+"/etc/rc.conf"] += "hastd_enable=YES\n"
	}
	return f
}

func ucarpPair() map[string]string {
	f := map[string]string{}
	for host, n := range map[string]string{"a": "1", "b": "2"} {
		f[host+"/etc/rc.conf"] = "hostname=" + host + ".example.org\nifconfig_em0=\"inet 10.0.0." + n + "/24\"\nucarp_enable=YES\nucarp_if=em0\nucarp_src=10.0.0." + n +
			"\nucarp_addr=10.0.0.3\nucarp_vhid=1\nucarp_pass=FeedLucas\nucarp_advskew=" + n + "0\n"
	}
	return f
}

// TestAuditPairs holds exactly what is found where two hosts do not fit
// together.
func TestAuditPairs(t *testing.T) {
	both := func(path, text string) func(map[string]string) {
		return func(f map[string]string) {
			f["a"+path] += text
			f["b"+path] += text
		}
	}
	shares := []string{"HOST027 a/etc/rc.conf:3", "HOST027 b/etc/rc.conf:3"}
	tests := map[string]struct {
		from   func() map[string]string
		change func(f map[string]string)
		want   []string
	}{
		"same copies":    {bothHAST, func(map[string]string) {}, nil},
		"same endpoint":  {bothHAST, edit("b/etc/hast.conf", "remote 10.0.0.2", "remote tcp4://10.0.0.2:8457"), nil},
		"remote":         {bothHAST, edit("b/etc/hast.conf", "remote 10.0.0.2", "remote 10.0.0.9"), []string{"HOST023 b/etc/hast.conf:3"}},
		"local":          {bothHAST, edit("a/etc/hast.conf", "on b { local /dev/ada1", "on b { local /dev/ada7"), []string{"HOST023 a/etc/hast.conf:4"}},
		"local above":    {bothHAST, edit("b/etc/hast.conf", "on a { local /dev/ada1", "local /dev/ada1\n\ton a {"), nil},
		"source":         {bothHAST, edit("b/etc/hast.conf", "remote 10.0.0.2", "source 10.0.0.1\nremote 10.0.0.2"), []string{"HOST023 b/etc/hast.conf:3"}},
		"no section":     {bothHAST, edit("a/etc/hast.conf", "\ton b { local /dev/ada1\n remote 10.0.0.1 }\n", ""), []string{"HOST023 a/etc/hast.conf:1"}},
		"no own section": {bothHAST, edit("b/etc/hast.conf", "on b {", "on c {"), []string{"HAST001 a/etc/hast.conf:1", "HOST002 b/etc/hast.conf:1"}},
		"listen": {bothHAST, func(f map[string]string) {
			f["a/etc/hast.conf"] += "on b { listen 10.0.0.2 }\n"
			f["b/etc/hast.conf"] += "on b { listen 10.0.0.4 }\n"
		}, []string{"HOST023 a/etc/hast.conf:7", "HAST018 b/etc/hast.conf:7"}},
		"resource":        {bothHAST, edit("b/etc/hast.conf", "shared", "other"), []string{"HAST001 a/etc/hast.conf:1", "HAST001 b/etc/hast.conf:1"}},
		"replication":     {bothHAST, edit("b/etc/hast.conf", "on a", "replication async\n\ton a"), []string{"HAST019 b/etc/hast.conf:2"}},
		"checksum":        {bothHAST, edit("b/etc/hast.conf", "on a", "checksum crc32\n\ton a"), []string{"HAST026 b/etc/hast.conf:2"}},
		"compression":     {bothHAST, edit("b/etc/hast.conf", "on a", "compression lzf\n\ton a"), []string{"HAST026 b/etc/hast.conf:2"}},
		"timeout":         {bothHAST, edit("b/etc/hast.conf", "on a", "timeout 7\n\ton a"), []string{"HAST026 b/etc/hast.conf:2"}},
		"default timeout": {bothHAST, edit("b/etc/hast.conf", "on a", "timeout 20\n\ton a"), nil},
		"second address": {bothHAST, edits(edit("b/etc/rc.conf", "devd_enable", "ifconfig_em0_alias1=\"inet 10.0.0.22/24\"\ndevd_enable"), func(f map[string]string) {
			for _, h := range []string{"a", "b"} {
				edit(h+"/etc/hast.conf", "remote 10.0.0.2", "remote 10.0.0.22")(f)
			}
		}), []string{"HAST014 a/etc/hast.conf:3"}},
		"first address":   {bothHAST, edit("b/etc/rc.conf", "devd_enable", "ifconfig_em0_alias1=\"inet 10.0.0.22/24\"\ndevd_enable"), nil},
		"same disk":       {bothHAST, both("/etc/hast.conf", "resource two {\n\ton a { local /dev/../dev/ada1\n remote 10.0.0.2 }\n\ton b { local /dev/ada2\n remote 10.0.0.1 }\n}\n"), []string{"HAST008 a/etc/hast.conf:8"}},
		"hastd file":      {bothHAST, both("/etc/rc.conf", "hastd_flags=\"-c /root/hast.conf\"\n"), []string{"HOST029 a/etc/rc.conf:6", "HOST029 b/etc/rc.conf:6"}},
		"hastd joined":    {bothHAST, edit("a/etc/rc.conf", "hastd_enable", "hastd_flags=\"-dF -P/x\"\nhastd_enable"), []string{"HOST029 a/etc/rc.conf:5", "HOST029 a/etc/rc.conf:5"}},
		"hastd usual":     {bothHAST, both("/etc/rc.conf", "hastd_flags=\"-d -c /etc/hast.conf -P /var/run/hastd.pid\"\nhastd_program=/sbin/hastd\n"), nil},
		"hastd program":   {bothHAST, edit("a/etc/rc.conf", "hastd_enable", "hastd_program=/root/hastd\nhastd_enable"), []string{"HOST029 a/etc/rc.conf:5"}},
		"forwarding":      {base, edit("a/etc/rc.conf", "devd_enable", "gateway_enable=YES\ndevd_enable"), []string{"HOST025 b/etc/rc.conf:1"}},
		"forwarding same": {base, edits(edit("a/etc/rc.conf", "devd_enable", "gateway_enable=YES\ndevd_enable"), edit("b/etc/sysctl.conf", "net", "net.inet.ip.forwarding=1\nnet")), nil},
		"demotion":        {base, edit("b/etc/sysctl.conf", "net", "net.inet.carp.ifdown_demotion_factor=0\nnet"), []string{"HOST025 b/etc/sysctl.conf:1"}},
		"one reacts":      {base, add("a/etc/devd/x.conf", rule), []string{"HOST024 a/etc/devd/x.conf:1"}},
		"other program":   {base, edits(add("a/etc/devd/x.conf", rule), add("b/etc/devd/x.conf", strings.Replace(rule, "bin/act", "bin/other", 1))), []string{"HOST024 b/etc/devd/x.conf:1"}},
		"both react":      {base, edits(add("a/etc/devd/x.conf", rule), add("b/etc/devd/x.conf", rule)), nil},
		"left out":        {base, edit("a/etc/rc.conf", "devd_enable", "network_interfaces=\"lo0 em0\"\nifconfig_em1=\"inet 10.1.0.1/24\"\nifconfig_em1_alias0=\"inet 10.1.0.2/24\"\ndevd_enable"), []string{"HOST028 a/etc/rc.conf:5"}},
		"all listed":      {base, edit("a/etc/rc.conf", "devd_enable", "network_interfaces=\"lo0 em0 em1\"\nifconfig_em1=DHCP\ndevd_enable"), nil},
		"ucarp":           {ucarpPair, func(map[string]string) {}, shares},
		"ucarp vhid":      {ucarpPair, edit("b/etc/rc.conf", "vhid=1", "vhid=2"), append([]string{"HOST026 b/etc/rc.conf:7"}, shares...)},
		"ucarp bad vhid":  {ucarpPair, edits(edit("a/etc/rc.conf", "vhid=1", "vhid=300"), edit("b/etc/rc.conf", "vhid=1", "vhid=300")), append([]string{"HOST026 a/etc/rc.conf:7", "HOST026 b/etc/rc.conf:7"}, shares...)},
		"ucarp password":  {ucarpPair, edit("b/etc/rc.conf", "Feed", "Food"), append([]string{"HOST026 b/etc/rc.conf:8"}, shares...)},
		"ucarp address":   {ucarpPair, edit("b/etc/rc.conf", "addr=10.0.0.3", "addr=10.0.0.4"), append([]string{"HOST026 b/etc/rc.conf:6"}, shares...)},
		"ucarp source":    {ucarpPair, edit("b/etc/rc.conf", "src=10.0.0.2", "src=10.0.0.1"), append([]string{"HOST026 b/etc/rc.conf:5"}, shares...)},
		"ucarp tie":       {ucarpPair, edit("b/etc/rc.conf", "advskew=20", "advskew=10"), append([]string{"HOST026 b/etc/rc.conf:9"}, shares...)},
		"ucarp no skew":   {ucarpPair, edits(edit("a/etc/rc.conf", "ucarp_advskew=10\n", ""), edit("b/etc/rc.conf", "ucarp_advskew=20\n", "")), append([]string{"HOST026 b/etc/rc.conf:3"}, shares...)},
		"ucarp advbase":   {ucarpPair, edit("b/etc/rc.conf", "ucarp_if", "ucarp_advbase=3\nucarp_if"), append([]string{"HOST026 b/etc/rc.conf:4"}, shares...)},
		"ucarp preempt":   {ucarpPair, edit("a/etc/rc.conf", "ucarp_if", "ucarp_preempt=YES\nucarp_if"), append([]string{"HOST026 b/etc/rc.conf:3"}, shares...)},
		"ucarp alone":     {ucarpPair, edit("b/etc/rc.conf", "ucarp_enable=YES\n", ""), []string{"HOST026 a/etc/rc.conf:3", "HOST027 a/etc/rc.conf:3"}},
		"ucarp misspelt":  {ucarpPair, edit("b/etc/rc.conf", "ucarp_advskew", "ucarpadvskew"), append([]string{"HOST026 b/etc/rc.conf:9"}, shares...)},
		"ucarp and carp":  {ucarpPair, edit("a/etc/rc.conf", "ucarp_if", "ifconfig_em0_alias0=\"inet vhid 1 10.0.0.9/24\"\nucarp_if"), append([]string{"HOST026 a/etc/rc.conf:8"}, "HOST010 a/etc/rc.conf:4", "CARP080 a/etc/rc.conf:1", "HOST001 a/etc/rc.conf:4", "HOST027 a/etc/rc.conf:3", "HOST027 b/etc/rc.conf:3")},
	}
	for _, name := range slices.Sorted(maps.Keys(tests)) {
		tt := tests[name]
		t.Run(name, func(t *testing.T) {
			f := tt.from()
			tt.change(f)
			got, want := found(t, f), slices.Clone(tt.want)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("\ngot  %q\nwant %q", got, want)
			}
		})
	}
}
