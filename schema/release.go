package schema

import (
	"fmt"
	"regexp"
	"strconv"
)

// Release is a FreeBSD release by its two numbers: 14.2 is {14, 2}.
type Release struct{ Major, Minor int }

// The oldest and the newest release series that carpool renders for.
const (
	OldestMajor = 8
	NewestMajor = 15
)

var releaseForm = regexp.MustCompile(`^([0-9]{1,3})(?:\.([0-9]{1,3}))?(?:-(?:RELEASE|STABLE|CURRENT|PRERELEASE|BETA[0-9]*|RC[0-9]*)(?:-p[0-9]+)?)?$`)

// ParseRelease reads "14", "14.2" or "14.2-RELEASE-p3" as uname -r prints it.
// "14" means 14.0, the release of that series with the fewest features.
func ParseRelease(s string) (Release, error) {
	m := releaseForm.FindStringSubmatch(s)
	if m == nil {
		return Release{}, fmt.Errorf("%q is not a FreeBSD release such as \"14.2\"", s)
	}
	r := Release{}
	r.Major, _ = strconv.Atoi(m[1])
	if m[2] != "" {
		r.Minor, _ = strconv.Atoi(m[2])
	}
	if r.Major < OldestMajor || r.Major > NewestMajor {
		return Release{}, fmt.Errorf("FreeBSD %s is outside %d.0 to %d.x, the releases carpool knows", r, OldestMajor, NewestMajor)
	}
	return r, nil
}

// String returns the form MAJOR.MINOR.
func (r Release) String() string { return strconv.Itoa(r.Major) + "." + strconv.Itoa(r.Minor) }

// Before reports whether r is older than s.
func (r Release) Before(s Release) bool {
	return r.Major < s.Major || r.Major == s.Major && r.Minor < s.Minor
}

// AtLeast reports whether r is the release major.minor or a later one.
func (r Release) AtLeast(major, minor int) bool { return !r.Before(Release{major, minor}) }

// Has reports whether f exists in release r.
func (r Release) Has(f Feature) bool {
	span := features[f]
	return !r.Before(span.since) && (span.until == Release{} || r.Before(span.until))
}

// Feature is something that FreeBSD's releases differ in.
type Feature int

const (
	CARPInterface     Feature = iota // the virtual addresses live on a carpN pseudo-interface
	CARPOnInterface                  // the vhid is a property of an address of the real interface
	CARPModule                       // a CARP module is built beside GENERIC
	CARPDemotion                     // sysctl net.inet.carp.demotion and the two demotion factors
	CARPAllowParks                   // net.inet.carp.allow=0 holds every vhid in INIT
	CARPAllowTunable                 // the same from loader.conf
	CARPDSCP                         // sysctl net.inet.carp.dscp
	CARPUnicast                      // ifconfig words peer and peer6
	CARPVRRP                         // ifconfig words carpver, vrrpprio, vrrpinterval
	DevdQuotes                       // devd expands $x to $'x'
	HASTDaemon                       // hastd is in the base system
	HASTModes                        // memsync and async are implemented, memsync is the default
	HASTHooks                        // hast.conf keywords pidfile, checksum, compression, exec, metaflush, source
	HASTList                         // hastctl list, and the terse hastctl status
	SparseAliases                    // gaps between the numbers of ifconfig_IF_aliasN are allowed
	DottedAliases                    // aliases work on an interface with a dot in its name
	RCIPv6                           // ifconfig_IF_ipv6; before: ipv6_enable and ipv6_ifconfig_IF
	LetterEscapesDead                // regex(3) rejects a backslash before a letter
	NetmaskRequired                  // ifconfig refuses an IPv4 address without a mask
	ZpoolCacheInEtc                  // rc.d/zpool imports from /etc/zfs/zpool.cache too
	TimeoutCommand                   // timeout(1) is in the base system
	LongKernelValues                 // kenv_mvallen lets the kernel take longer values from the loader
	featureCount
)

type span struct {
	since, until Release // until is exclusive; zero: still there
	name         string  // as a finding words it: "X needs FreeBSD N"
	source       string  // where FreeBSD says or does so
}

// features is the one place that knows which release can do what.
var features = [featureCount]span{
	CARPInterface:     {Release{8, 0}, Release{10, 0}, "carpN pseudo-interfaces", "carp(4) 9.3; sys/netinet/ip_carp.c 9.3"},
	CARPOnInterface:   {Release{10, 0}, Release{}, "a vhid on the interface itself", "carp(4) 10.0; UPDATING 20111215 (10)"},
	CARPModule:        {Release{9, 0}, Release{}, "the CARP module", "sys/modules/if_carp (9.3), sys/modules/carp (10)"},
	CARPDemotion:      {Release{10, 0}, Release{}, "net.inet.carp.demotion", "sys/netinet/ip_carp.c 10.4"},
	CARPAllowParks:    {Release{11, 3}, Release{}, "holding vhids with net.inet.carp.allow", "sys/netinet/ip_carp.c 11.3"},
	CARPAllowTunable:  {Release{13, 0}, Release{}, "net.inet.carp.allow in loader.conf", "sys/netinet/ip_carp.c:223 13.2 (CTLFLAG_RWTUN)"},
	CARPDSCP:          {Release{11, 3}, Release{}, "net.inet.carp.dscp", "sys/netinet/ip_carp.c 11.3"},
	CARPUnicast:       {Release{14, 0}, Release{}, "unicast CARP (peer, peer6)", "ifconfig(8) 14.0; commit 137818006de5"},
	CARPVRRP:          {Release{15, 0}, Release{}, "VRRPv3 mode", "carp(4) 15.0; sbin/ifconfig/carp.c 15"},
	DevdQuotes:        {Release{12, 0}, Release{}, "quoting of devd variables", "UPDATING 20180628 (12); sbin/devd/devd.cc 12.1"},
	HASTDaemon:        {Release{8, 1}, Release{}, "HAST", "hastd(8) HISTORY"},
	HASTModes:         {Release{9, 2}, Release{}, "HAST modes memsync and async", "sbin/hastd/primary.c 9.3"},
	HASTHooks:         {Release{9, 0}, Release{}, "hast.conf keywords checksum, compression, exec, metaflush, source", "hast.conf(5) 9.0"},
	HASTList:          {Release{9, 2}, Release{}, "hastctl list", "UPDATING 20130705 (9)"},
	SparseAliases:     {Release{9, 2}, Release{}, "gaps between alias numbers", "etc/network.subr:1022 9.3"},
	DottedAliases:     {Release{10, 0}, Release{}, "aliases on an interface with a dot in its name", "etc/network.subr:1022 9.3"},
	RCIPv6:            {Release{9, 0}, Release{}, "ifconfig_IF_ipv6", "rc.conf(5) 9.0"},
	LetterEscapesDead: {Release{13, 0}, Release{}, "regular expressions without \\d, \\w, \\s", "lib/libc/regex/regcomp.c may_escape 13.2"},
	NetmaskRequired:   {Release{15, 0}, Release{}, "mandatory IPv4 masks", "sbin/ifconfig/af_inet.c:442 15"},
	ZpoolCacheInEtc:   {Release{13, 0}, Release{}, "/etc/zfs/zpool.cache", "libexec/rc/rc.d/zpool 13.2"},
	TimeoutCommand:    {Release{10, 3}, Release{}, "timeout(1)", "timeout(1) HISTORY"},
	LongKernelValues:  {Release{13, 2}, Release{}, "kenv_mvallen in loader.conf", "sys/kern/kern_environment.c:429 13.2; not in 12.1"},
}

// First returns the first release that has f, for messages.
func (f Feature) First() Release { return features[f].since }

// String names the feature as a message words it.
func (f Feature) String() string { return features[f].name }

// Source returns the manual page or FreeBSD file that the table row rests on.
func (f Feature) Source() string { return features[f].source }

// Features returns every feature in table order.
func Features() []Feature {
	all := make([]Feature, featureCount)
	for i := range all {
		all[i] = Feature(i)
	}
	return all
}
