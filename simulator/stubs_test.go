//go:build linux

package simulator

import (
	"strings"
	"testing"
	"time"
)

// follow boots both hosts without any script and makes the first one serve by hand.
func follow(t *testing.T, o Options) *World {
	t.Helper()
	w := newWorld(t, o)
	for _, h := range w.Hosts {
		h.PowerOn()
	}
	if !w.Until(time.Minute, func() bool { return w.Hosts[0].Power == Up && w.Hosts[1].Power == Up }) {
		t.Fatal("the hosts do not boot")
	}
	w.Hosts[1].must(t, "hastctl role secondary all")
	w.Hosts[0].must(t, "hastctl role primary all && sleep 1 && fsck -p /dev/hast/r0 && mount -t ufs /dev/hast/r0 /data && service nfsd onestart")
	return w
}

func (h *Host) must(t *testing.T, command string) string {
	t.Helper()
	code, out := h.run(t, command)
	if code != 0 {
		t.Fatalf("%s: %s: exit %d\n%s\n%s", h.Name, command, code, out, h.w.Diary(40))
	}
	return out
}

// The commands print what FreeBSD's print and end with the same codes (manual pages; sbin/hastctl/hastctl.c,
// sbin/ifconfig/carp.c).
func TestCommands(t *testing.T) {
	w := follow(t, Options{})
	w.Run(5 * time.Second)
	for _, c := range []struct {
		host    int
		command string
		code    int
		want    string // lines that must appear, in order; a trailing … means more may follow
	}{
		{0, "ifconfig em0", 0, "em0: flags=…\tinet 10.0.0.101 netmask 0xffffffff broadcast 10.0.0.101 vhid 1\n\tcarp: MASTER vhid 1 advbase 1 advskew 0\n…\tstatus: active\n"},
		{1, "ifconfig em0", 0, "\tcarp: BACKUP vhid 1 advbase 1 advskew 100\n"},
		{0, "ifconfig em9", 1, "ifconfig: interface em9 does not exist\n"},
		{0, "ifconfig em0 advskew 3", 1, "ifconfig: advskew requires vhid\n"},
		{0, "ifconfig em0 vhid 1 advskew 255", 1, "SIOCSVH: Invalid argument"},
		{0, "sysctl -n net.inet.carp.demotion", 0, "0\n"},
		{0, "sysctl net.inet.carp.preempt=1", 0, "net.inet.carp.preempt: 1 -> 1\n"},
		{0, "sysctl -n net.no.such", 1, "sysctl: unknown oid 'net.no.such'\n"},
		{0, "hastctl list r0", 0, "r0:\n  role: primary\n  provname: r0\n…  status: complete\n  workerpid: …\n  dirty: 4194304 (4.0MB)\n  statistics:\n"},
		{1, "hastctl list r0", 0, "  role: secondary\n…  status: complete\n"},
		{0, "hastctl list nosuch", 1, "nosuch:\n  error: 1\n"},
		{0, "hastctl status", 0, "Name\tStatus\t Role\t\tComponents\nr0\tcomplete primary        /dev/ada1\ttcp4://10.0.1.2\n"},
		{0, "hastctl dump r0", 0, "resource: r0\n…    localcnt: 0\n    remotecnt: 0\n"},
		{0, "hastctl dump nosuch", 65, "Unknown resource nosuch."},
		{0, "hastctl role", 64, "usage: "},
		{0, "mount", 0, "/dev/hast/r0 on /data (ufs, local, soft-updates)\n"},
		{0, "umount /nothing", 1, "umount: /nothing: not a file system root directory\n"},
		{0, "zpool list -H -o name tank", 1, "cannot open 'tank': no such pool\n"},
		{1, "zpool import -f -o cachefile=none -d /dev/hast tank", 1, "cannot import 'tank': no such pool available\n"},
		{0, "service nfsd onestatus", 0, "nfsd is running as pid "},
		{0, "service nfsd onestart", 1, "nfsd already running? (pid="},
		{1, "service nfsd onestatus", 1, "nfsd is not running.\n"},
		{1, "service nfsd onestop", 1, "nfsd not running? (check /var/run/nfsd.pid).\n"},
		{0, "service nosuch start", 1, "nosuch does not exist in /etc/rc.d"},
		{1, `pgrep -f "hastd: r0 \(secondary\)"`, 0, "2"},
		{0, `pgrep -f "hastd: r0 \(secondary\)"`, 1, ""},
		{0, "ping -n -q -c 1 -W 300 -t 1 10.0.0.2", 0, "1 packets received"},
		{0, "ping -n -q -c 1 -W 300 -t 1 10.0.0.77", 2, "0 packets received"},
		{0, "timeout 1 sleep 5", 124, ""},
		{0, "timeout 5 false", 1, ""},
		{0, "timeout -k 1 1 sh -c 'trap : TERM; sleep 3; sleep 3'", 124, ""},
		{0, "ls -nd /", 0, "/\n"},
		{0, "ls -lnd / | grep -c ' 0 '", 0, "1\n"},
		{0, "lockf -t 0 $CARPOOL_ROOT/tmp/l sh -c 'exit 7'", 7, ""},
		{0, "lockf -k $CARPOOL_ROOT/tmp/l sleep 3 & sleep 1; lockf -t 0 $CARPOOL_ROOT/tmp/l true", 75, "already locked"},
		{0, "lockf -s -k $CARPOOL_ROOT/tmp/l sleep 2 & sleep 1; lockf -k -t 5 $CARPOOL_ROOT/tmp/l echo got", 0, "got\n"},
		{0, "date +%s", 0, "17600000"},
	} {
		code, out := w.Hosts[c.host].run(t, c.command)
		at := 0
		for _, part := range strings.Split(c.want, "…") {
			i := strings.Index(out[at:], part)
			if i < 0 {
				t.Errorf("%s: %q: missing %q in\n%s", w.Hosts[c.host].Name, c.command, part, out)
				break
			}
			at += i + len(part)
		}
		if code != c.code {
			t.Errorf("%s: %q: exit %d, want %d\n%s", w.Hosts[c.host].Name, c.command, code, c.code, out)
		}
	}
	if len(w.Violations) > 0 {
		t.Error(w.Violations)
	}
	w.Hosts[1].KillHastd()
	if code, _ := w.Hosts[1].run(t, "hastctl list"); code != 71 {
		t.Errorf("hastctl without hastd: exit %d, want 71 (EX_OSERR)", code)
	}
}

// The answer channel of a fifo and nc: the answer is computed after the question.
func TestNC(t *testing.T) {
	w := follow(t, Options{})
	a, b := w.Hosts[0], w.Hosts[1]
	a.Start("server", nil, append(a.shell(), "-c", `cd "$CARPOOL_ROOT/tmp"; mkfifo f
		while :; do nc -N -l 10.0.1.1 8458 < f | { exec 3> f; read -r q; echo "answer to $q" >&3; exec 3>&-; }; done`)...)
	w.Run(time.Second)
	for range 3 {
		if out := b.must(t, `echo question | nc -w 2 10.0.1.1 8458`); out != "answer to question\n" {
			t.Errorf("answer %q\n%s", out, w.Diary(20))
		}
		w.Run(200 * time.Millisecond)
	}
	if code, out := b.run(t, `echo q | nc -w 2 10.0.1.1 8459`); code != 1 || out != "" {
		t.Errorf("refused: exit %d, %q", code, out)
	}
	w.CutReplication(true)
	from := w.Now()
	if code, out := b.run(t, `echo q | nc -w 2 10.0.1.1 8458`); code != 1 || out != "" || w.Now()-from < 2*time.Second {
		t.Errorf("cut link: exit %d, %q after %v", code, out, w.Now()-from)
	}
}
