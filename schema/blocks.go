package schema

import (
	"net/netip"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// Block is what every block has: its type, its label, and where it stands.
type Block struct {
	Kind      string    // "vip"
	Name      string    // its label; "" for blocks without one
	NameRange hcl.Range // the label, or the header if it has none
	Range     hcl.Range // the header: type and labels
	Extent    hcl.Range // header to closing brace
	Key       string    // for_each key of the dynamic block that produced it
	Produced  bool      // by a dynamic block

	cached cty.Value
	state  decodeState
	pend   *pending
}

func (b *Block) base() *Block { return b }

// blocker is any block struct.
type blocker interface{ base() *Block }

// Address names the block as a reference does: vip.web.
func (b *Block) Address() string {
	if b.Name == "" {
		return b.Kind
	}
	return Reference(b.Kind, b.Name)
}

// Object names the block for a finding: with the for_each key, when several
// blocks share one place in the text.
func (b *Block) Object() string {
	if !b.Produced {
		return ""
	}
	return b.Address() + ` (for_each key "` + b.Key + `")`
}

// description is the root of the language: every block of it, in source order.
type description struct {
	Block
	Clusters  []*Cluster  `hcl:"cluster,block"`
	Variables []*Variable `hcl:"variable,block"`
	Locals    []*Locals   `hcl:"locals,block"`
	Networks  []*Network  `hcl:"network,block"`
	Nodes     []*Node     `hcl:"node,block"`
	VIPs      []*VIP      `hcl:"vip,block"`
	HASTs     []*HAST     `hcl:"hast,block"`
	Zpools    []*Zpool    `hcl:"zpool,block"`
	UFSs      []*UFS      `hcl:"ufs,block"`
	Failovers []*Failover `hcl:"failover,block"`
	PFSyncs   []*PFSync   `hcl:"pfsync,block"`
	Devds     []*Devd     `hcl:"devd,block"`
	Outputs   []*Output   `hcl:"output,block"`
}

// Cluster is the cluster block and, after Decode, the whole description.
type Cluster struct {
	Block
	Label   struct{}      `hcl:"name,label"`
	FreeBSD Attr[Release] `hcl:"freebsd,required"`
	Domain  Attr[string]  `hcl:"domain"`
	CARP    *CARPOptions  `hcl:"carp,block"`
	HASTD   *HASTDOptions `hcl:"hastd,block"`
	RC      Settings      `hcl:"rc"`
	Sysctl  Settings      `hcl:"sysctl"`
	Loader  Settings      `hcl:"loader"`
	Vars    Free          `hcl:"vars"`

	Ignores   []*Ignore // the carpool:ignore comments
	Networks  []*Network
	Nodes     []*Node
	VIPs      []*VIP
	HASTs     []*HAST
	Zpools    []*Zpool
	UFSs      []*UFS
	Failovers []*Failover
	PFSyncs   []*PFSync
	Devds     []*Devd
	Output    *Output // top-level output block, or nil
	// Variables holds each variable with its place, for rules about them.
	Variables []*Variable
	// LocalNames lists the locals and whether anything refers to them.
	Locals []Local

	carriers map[netip.Addr][]*Node // whose address it is, own or virtual
}

// Local is one entry of a locals block.
type Local struct {
	Name  string
	Range hcl.Range
	Used  bool
}

// CARPOptions are the sysctls of the carp block.
type CARPOptions struct {
	Block
	Preempt              Attr[bool] `hcl:"preempt"`
	Log                  Attr[int]  `hcl:"log"`
	IfdownDemotionFactor Attr[int]  `hcl:"ifdown_demotion_factor"`
	SenderrDemotion      Attr[int]  `hcl:"senderr_demotion_factor"`
	DSCP                 Attr[int]  `hcl:"dscp"`
}

// HASTDOptions are hastd's global settings.
type HASTDOptions struct {
	Block
	Listen List[netip.Addr] `hcl:"listen"`
	Port   Attr[int]        `hcl:"port"`
}

// Variable is a variable block; its value is in the evaluation context only.
type Variable struct {
	Block
	Label       struct{}      `hcl:"name,label"`
	Sensitive   Attr[bool]    `hcl:"sensitive"`
	Description Attr[string]  `hcl:"description"`
	Type        Raw           `hcl:"type"`
	Default     Raw           `hcl:"default"`
	Validations []*Validation `hcl:"validation,block"`
	Used        bool          // something refers to it
}

// Validation is a condition on a variable's value.
type Validation struct {
	Block
	Condition    Raw `hcl:"condition,required"`
	ErrorMessage Raw `hcl:"error_message,required"`
}

// Locals is one locals block: its attributes are free.
type Locals struct {
	Block
}

// Network is one broadcast domain.
type Network struct {
	Block
	Label         struct{}           `hcl:"name,label"`
	Prefixes      List[netip.Prefix] `hcl:"prefixes,required"`
	Gateway       Attr[netip.Addr]   `hcl:"gateway"`
	Multicast     Attr[bool]         `hcl:"multicast"`
	ReservedVHIDs VHIDs              `hcl:"reserved_vhids"`
	VLAN          Attr[int]          `hcl:"vlan"`
	Description   Attr[string]       `hcl:"description"`
}

// Node is one host, a vnet jail of one, or a host that carpool does not manage
// but takes into account.
type Node struct {
	Block
	Label       struct{}      `hcl:"name,label"`
	Hostname    Attr[string]  `hcl:"hostname"`
	FreeBSD     Attr[Release] `hcl:"freebsd"`
	Interfaces  []*Interface  `hcl:"interface,block"`
	CARP        *CARPOptions  `hcl:"carp,block"`
	HASTD       *HASTDOptions `hcl:"hastd,block"`
	Output      *Output       `hcl:"output,block"`
	RC          Settings      `hcl:"rc"`
	Sysctl      Settings      `hcl:"sysctl"`
	Loader      Settings      `hcl:"loader"`
	Jail        Attr[bool]    `hcl:"jail"`
	Managed     Attr[bool]    `hcl:"managed"`
	Vars        Free          `hcl:"vars"`
	Description Attr[string]  `hcl:"description"`

	Release Release    // freebsd of the node, else of the cluster
	FQDN    string     // hostname as rc.conf sets it
	OS      CARPValues // the carp options after defaults, each with its place
	Daemon  HASTDValues
	Out     OutputValues
}

// Interface is one network interface of a node.
type Interface struct {
	Block
	Label       struct{}       `hcl:"interface,label"`
	Network     Attr[*Network] `hcl:"network"`
	Addresses   List[Address]  `hcl:"addresses"`
	DHCP        Attr[string]   `hcl:"dhcp" oneof:"true false sync"`
	AcceptRtadv Attr[bool]     `hcl:"accept_rtadv"`
	MTU         Attr[int]      `hcl:"mtu"`
	Options     List[string]   `hcl:"options"`
	VLAN        Attr[int]      `hcl:"vlan"`
	VLANDev     Attr[string]   `hcl:"vlandev"`
	LaggProto   Attr[string]   `hcl:"laggproto" oneof:"failover lacp loadbalance roundrobin broadcast none"`
	LaggPorts   List[string]   `hcl:"laggports"`
	Bridge      List[string]   `hcl:"bridge"`
	Clone       Attr[bool]     `hcl:"clone"`
	Device      Attr[string]   `hcl:"device"`
	Description Attr[string]   `hcl:"description"`

	Node *Node
}

// VIP is one CARP (or VRRP) group: a vhid with its addresses.
type VIP struct {
	Block
	Label        struct{}         `hcl:"name,label"`
	Network      Attr[*Network]   `hcl:"network,required"`
	VHID         Attr[int]        `hcl:"vhid,required"`
	Addresses    List[Address]    `hcl:"addresses,required"`
	Nodes        List[*Node]      `hcl:"nodes"`
	Prefer       List[*Node]      `hcl:"prefer"`
	Password     Attr[string]     `hcl:"password,secret"`
	Interface    Attr[string]     `hcl:"interface"`
	AdvBase      Attr[int]        `hcl:"advbase"`
	AdvSkew      Attr[int]        `hcl:"advskew"`
	Mode         Attr[string]     `hcl:"mode" oneof:"multicast unicast"`
	Peer         Attr[netip.Addr] `hcl:"peer"`
	Peer6        Attr[netip.Addr] `hcl:"peer6"`
	Protocol     Attr[string]     `hcl:"protocol" oneof:"carp vrrp"`
	VRRPPrio     Attr[int]        `hcl:"vrrpprio"`
	VRRPInterval Attr[int]        `hcl:"vrrpinterval"`
	CARPUnit     Attr[int]        `hcl:"carp_unit"`
	On           []*VIPOn         `hcl:"on,block"`

	Members []*Member
}

// VIPOn is how one node departs from its vip.
type VIPOn struct {
	Block
	Label        struct{}         `hcl:"node,label"`
	VHID         Attr[int]        `hcl:"vhid"`
	Addresses    List[Address]    `hcl:"addresses"`
	Password     Attr[string]     `hcl:"password,secret"`
	Interface    Attr[string]     `hcl:"interface"`
	AdvBase      Attr[int]        `hcl:"advbase"`
	AdvSkew      Attr[int]        `hcl:"advskew"`
	Mode         Attr[string]     `hcl:"mode" oneof:"multicast unicast"`
	Peer         Attr[netip.Addr] `hcl:"peer"`
	Peer6        Attr[netip.Addr] `hcl:"peer6"`
	Protocol     Attr[string]     `hcl:"protocol" oneof:"carp vrrp"`
	VRRPPrio     Attr[int]        `hcl:"vrrpprio"`
	VRRPInterval Attr[int]        `hcl:"vrrpinterval"`
	CARPUnit     Attr[int]        `hcl:"carp_unit"`

	Node *Node
}

// HAST is one replicated disk.
type HAST struct {
	Block
	Label       struct{}       `hcl:"name,label"`
	Nodes       List[*Node]    `hcl:"nodes"`
	Network     Attr[*Network] `hcl:"network"`
	Local       Attr[string]   `hcl:"local"`
	Source      Attr[string]   `hcl:"source"`
	Provider    Attr[string]   `hcl:"name"`
	Replication Attr[string]   `hcl:"replication" oneof:"fullsync memsync async"`
	Checksum    Attr[string]   `hcl:"checksum" oneof:"none crc32 sha256"`
	Compression Attr[string]   `hcl:"compression" oneof:"none hole lzf"`
	Timeout     Attr[int]      `hcl:"timeout"`
	Metaflush   Attr[bool]     `hcl:"metaflush"`
	Exec        Attr[string]   `hcl:"exec"`
	On          []*HASTOn      `hcl:"on,block"`

	Members []*Copy
}

// HASTOn is how one node departs from its hast resource.
type HASTOn struct {
	Block
	Label       struct{}     `hcl:"node,label"`
	Local       Attr[string] `hcl:"local"`
	Provider    Attr[string] `hcl:"name"`
	Remote      Attr[string] `hcl:"remote"`
	Source      Attr[string] `hcl:"source"`
	Replication Attr[string] `hcl:"replication" oneof:"fullsync memsync async"`
	Checksum    Attr[string] `hcl:"checksum" oneof:"none crc32 sha256"`
	Compression Attr[string] `hcl:"compression" oneof:"none hole lzf"`
	Timeout     Attr[int]    `hcl:"timeout"`
	Metaflush   Attr[bool]   `hcl:"metaflush"`
	Exec        Attr[string] `hcl:"exec"`

	Node *Node
}

// Zpool is a ZFS pool whose members are all HAST resources.
type Zpool struct {
	Block
	Label   struct{}     `hcl:"name,label"`
	HAST    List[*HAST]  `hcl:"hast,required"`
	Options List[string] `hcl:"options"`
	Altroot Attr[string] `hcl:"altroot"`
}

// UFS is a file system on one HAST resource; its name is the mount point.
type UFS struct {
	Block
	Label   struct{}     `hcl:"path,label"`
	HAST    Attr[*HAST]  `hcl:"hast,required"`
	Options List[string] `hcl:"options"`
	Device  Attr[string] `hcl:"device"`
	Fsck    Attr[string] `hcl:"fsck" oneof:"preen full none"`
}

// Failover is what moves together.
type Failover struct {
	Block
	Label      struct{}         `hcl:"name,label"`
	VIP        Attr[*VIP]       `hcl:"vip"`
	VIPs       List[*VIP]       `hcl:"vips"`
	Storage    List[Storage]    `hcl:"storage"`
	Services   List[string]     `hcl:"services"`
	Mail       List[string]     `hcl:"mail"`
	Failback   Attr[string]     `hcl:"failback" oneof:"auto manual"`
	Witness    List[netip.Addr] `hcl:"witness"`
	Alone      Attr[string]     `hcl:"alone" oneof:"witness never promote fence"`
	Fence      Attr[string]     `hcl:"fence"`
	Patience   Attr[string]     `hcl:"patience" oneof:"careful quick"`
	Isolated   Attr[string]     `hcl:"isolated" oneof:"release reset stay"`
	BootAlone  Attr[string]     `hcl:"boot_alone" oneof:"wait promote"`
	Stuck      Attr[string]     `hcl:"stuck" oneof:"hold reboot"`
	AnswerPort Attr[int]        `hcl:"answer_port"`
	Wait       Attr[int]        `hcl:"wait"`
	Hooks      *Hooks           `hcl:"hooks,block"`
	CheckEvery Attr[int]        `hcl:"check_every"`
	On         []*FailoverOn    `hcl:"on,block"`

	Trigger *VIP   // the first vip: its role is the role of the group
	Group   []*VIP // all of them, the trigger first
	HASTs   []*HAST
	Members []*Standby
}

// FailoverOn is how one node departs from its failover.
type FailoverOn struct {
	Block
	Label    struct{}         `hcl:"node,label"`
	Services List[string]     `hcl:"services"`
	Mail     List[string]     `hcl:"mail"`
	Witness  List[netip.Addr] `hcl:"witness"`
	Fence    Attr[string]     `hcl:"fence"`
	Hooks    *Hooks           `hcl:"hooks,block"`

	Node *Node
}

// Hooks are programs of the operator, absolute paths on the host.
type Hooks struct {
	Block
	BeforeMaster Attr[string] `hcl:"before_master"`
	AfterMaster  Attr[string] `hcl:"after_master"`
	BeforeBackup Attr[string] `hcl:"before_backup"`
	AfterBackup  Attr[string] `hcl:"after_backup"`
	Failed       Attr[string] `hcl:"failed"`
	Check        Attr[string] `hcl:"check"`
}

// PFSync is the synchronisation of pf's states between firewalls.
type PFSync struct {
	Block
	Label   struct{}       `hcl:"name,label"`
	Network Attr[*Network] `hcl:"network,required"`
	Nodes   List[*Node]    `hcl:"nodes"`
	Mode    Attr[string]   `hcl:"mode" oneof:"multicast unicast"`
	MaxUpd  Attr[int]      `hcl:"maxupd"`
	Defer   Attr[bool]     `hcl:"defer"`
	On      []*PFSyncOn    `hcl:"on,block"`

	Members []*SyncMember
}

// PFSyncOn is how one node departs from its pfsync block.
type PFSyncOn struct {
	Block
	Label     struct{}         `hcl:"node,label"`
	Interface Attr[string]     `hcl:"interface"`
	SyncPeer  Attr[netip.Addr] `hcl:"syncpeer"`
	MaxUpd    Attr[int]        `hcl:"maxupd"`
	Defer     Attr[bool]       `hcl:"defer"`

	Node *Node
}

// Devd is a rule of devd(8) that the author writes himself: what a host runs
// for an event that no failover is about.
type Devd struct {
	Block
	Label       struct{}     `hcl:"name,label"`
	Nodes       List[*Node]  `hcl:"nodes"`
	Class       Attr[string] `hcl:"class" oneof:"notify attach detach nomatch"`
	Priority    Attr[int]    `hcl:"priority"`
	Match       Settings     `hcl:"match"`
	Actions     List[string] `hcl:"actions,required"`
	Description Attr[string] `hcl:"description"`

	Members []*Node // whose devd has the rule
}

// Output says where on the host the files go.
type Output struct {
	Block
	Mode       Attr[string] `hcl:"mode" oneof:"whole fragment"`
	RCConf     Attr[string] `hcl:"rc_conf"`
	SysctlConf Attr[string] `hcl:"sysctl_conf"`
	LoaderConf Attr[string] `hcl:"loader_conf"`
	DevdConf   Attr[string] `hcl:"devd_conf"`
	HASTConf   Attr[string] `hcl:"hast_conf"`
	ScriptDir  Attr[string] `hcl:"script_dir"`
	AliasStart Attr[int]    `hcl:"alias_start"`
}

// Address names the block that s is.
func (s *Storage) Address() string { return s.block().Address() }

func (s *Storage) block() *Block {
	switch {
	case s.Zpool != nil:
		return &s.Zpool.Block
	case s.UFS != nil:
		return &s.UFS.Block
	}
	return &s.HAST.Block
}

// HASTs returns the resources below s, in the order written.
func (s *Storage) HASTs() []*HAST {
	switch {
	case s.Zpool != nil:
		return s.Zpool.HAST.Values()
	case s.UFS != nil && s.UFS.HAST.Value != nil:
		return []*HAST{s.UFS.HAST.Value}
	case s.HAST != nil:
		return []*HAST{s.HAST}
	}
	return nil
}

// IPs returns the addresses of the interface without their lengths.
func (i *Interface) IPs() []netip.Addr { return addrs(i.Addresses) }

// IPv6Options are the words of the options that begin with inet6: they belong to
// ifconfig_IF_ipv6, whose presence is what lets rc configure IPv6 at all
// (network.subr ipv6if).
func (i *Interface) IPv6Options() []string {
	var words []string
	for _, o := range i.Options.Values() {
		if ws := strings.Fields(o); len(ws) > 1 && ws[0] == "inet6" {
			words = append(words, ws[1:]...)
		}
	}
	return words
}

func addrs(l List[Address]) []netip.Addr {
	as := make([]netip.Addr, len(l.Items))
	for i, it := range l.Items {
		as[i] = it.Value.Addr
	}
	return as
}

// Short is the host name up to its first dot, as hastd compares it
// (sbin/hastd/parse.y isitme).
func (n *Node) Short() string {
	short, _, _ := strings.Cut(n.FQDN, ".")
	return short
}
