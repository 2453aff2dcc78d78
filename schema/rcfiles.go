package schema

import "strings"

// enableOf names what rc.conf calls a service whose variable is not NAME_enable.
var enableOf = map[string]string{"nfsd": "nfs_server_enable", "lockd": "rpc_lockd_enable", "statd": "rpc_statd_enable", "nfsclient": "nfs_client_enable"}

var (
	interfaceChars = strings.NewReplacer(".", "_", "-", "_", "/", "_", "+", "_")
	serviceChars   = strings.NewReplacer("-", "_", ".", "_", "+", "_")
)

// InterfaceVariable returns what the variables of rc.conf(5) call an interface:
// ifconfig_em0_100 is that of em0.100 (get_if_var in network.subr).
func InterfaceVariable(name string) string { return interfaceChars.Replace(name) }

// EnableVariable returns the variable of rc.conf(5) that lets rc(8) start a
// service, named as its script in rc.d is, at boot.
func EnableVariable(service string) string {
	if v := enableOf[service]; v != "" {
		return v
	}
	return serviceChars.Replace(service) + "_enable"
}

// MaxSysctlValue bounds a value of sysctl.conf in bytes. sysctl(8) -f reads lines of at most 1,023 bytes
// (parsefile in sbin/sysctl/sysctl.c: fgets of BUFSIZ), and a name takes up to 254 of them.
const MaxSysctlValue = 768

// A kernel takes NAME=VALUE of its environment, which loader.conf fills, up to KernelNameLen + 1 + KernelValueLen
// bytes (init_dynamic_kenv_from in sys/kern/kern_environment.c, KENV_MNAMELEN and KENV_MVALLEN in sys/sys/kenv.h, 9.3
// to 2026). Where there are LongKernelValues, the variable kenv_mvallen takes the place of the latter.
const (
	KernelNameLen  = 128
	KernelValueLen = 128
)
