package generator

// Switch is what usr/local/etc/carp-hast-switch.conf of one host says: the
// only data of the static scripts carp-hast-switch, carp-hast-hook and the
// rc.d script. The template prints these fields and decides nothing, so
// whoever fills them has resolved the description: per-node services and hooks
// are chosen, defaults are applied, addresses carry no prefix length.
//
// An ID is a shell identifier ([a-z][a-z0-9]*), unique in the file. Settings of
// a group, resource, … are variables named ID_field, and lists are lists of IDs,
// because sh has neither records nor arrays. The sequence that everybody uses:
// groups g1 g2 …, inside a group g1v1 (address), g1p1 (path), g1r1 (resource),
// g1s1 (storage); listeners l1 l2 ….
//
// Variables are called as the tags say; quoteVars prints them in the order of
// the fields.
//
// Fields called "words" hold words separated by one space, fields called
// "lines" hold lines separated by a newline without a last one. Both may be
// empty.
type Switch struct {
	Host    string // label of the node, for the header comment
	Node    string `sh:"node"`    // name that the scripts log, mail and answer: the label of the node
	Release string `sh:"release"` // FreeBSD release as stated, "14.2"; printed in messages, never compared

	// What this release of FreeBSD can do (schema.Release.Has).
	CARPInterface    bool `sh:"carp_interface"`     // 8, 9: addresses live on carpN, ifconfig takes no vhid word
	CARPDemotion     bool `sh:"carp_demotion"`      // 10+: net.inet.carp.demotion exists and adds
	CARPAllow        bool `sh:"carp_allow"`         // 11.3+: net.inet.carp.allow=0 parks every vhid in INIT
	CARPAllowTunable bool `sh:"carp_allow_tunable"` // 13+: the same from loader.conf, so the host is held since boot
	HastctlList      bool `sh:"hastctl_list"`       // 9.2+: hastctl list exists (before, status prints the same)
	HastctlStatus    bool `sh:"hastctl_status"`     // 9.2+: hastctl status is the terse table
	HastHooks        bool `sh:"hast_hooks"`         // 9+: hast.conf knows exec, so events of hastd wake the switch

	// ReleaseEarly ends the hold of CARP at boot (R1) as soon as every group
	// advertises "gone", not only when the first one could take over. Stated
	// true for hosts that have addresses outside of groups with storage.
	ReleaseEarly bool `sh:"release_early"`

	Timeouts SwitchTimeouts // of the host

	AnswerPort int              `sh:"answer_port"` // TCP port of the answer channel, the same on both nodes
	Listeners  []SwitchListener // where to answer; empty if no group has storage

	Groups []SwitchGroup // sorted by name
}

// SwitchListener is one own address on which questions of peers are answered.
type SwitchListener struct {
	ID      string // l1
	Address string `sh:"address"` // own address (IPv4 or IPv6, no prefix length), never a virtual one
	Peers   string `sh:"peers"`   // words: the peers' addresses on that network; nobody else is answered
}

// SwitchGroup is one failover block as one node sees it.
type SwitchGroup struct {
	ID   string // g1
	Name string `sh:"name"` // label of the failover

	// Peer is the label of the one node that shares the storage; "" in a group
	// without storage, which needs no question, no witness and no paths.
	Peer          string `sh:"peer"`
	PeerPreferred bool   `sh:"peer_preferred"` // the peer has the better stated advskew: failback goes there
	Preferred     bool   `sh:"preferred"`      // this node has the best stated advskew of all members

	VIPs      []SwitchVIP      // first = trigger: its CARP role is the group's
	Paths     []SwitchPath     // networks shared with Peer, replication first; may be empty without storage
	Resources []SwitchResource // every HAST resource below Storage, in order of Storage
	Storage   []SwitchStorage  // taken in order, released in reverse

	Services string `sh:"services"` // lines: rc.d name and arguments ("nfsd", "jail www"), start order
	Mail     string `sh:"mail"`     // words: addresses told of every completed or failed transition

	Failback string `sh:"failback"` // auto | manual
	Witness  string `sh:"witness"`  // words: third addresses on the LAN; one answer is enough
	Alone    string `sh:"alone"`    // witness | never | promote | fence
	Fence    string `sh:"fence"`    // path of the fence program, called with Peer; "" unless Alone = fence
	Patience string `sh:"patience"` // careful | quick
	// Isolated is release | reset | stay. Where Alone is not witness the host that
	// is cut off gains nothing by letting go: the default there is stay.
	Isolated string `sh:"isolated"`
	// BootAlone is wait | promote; promote after Timeouts.BootAlone seconds.
	BootAlone string `sh:"boot_alone"`
	Stuck     string `sh:"stuck"` // hold | reboot: what to do when storage stays busy at a release

	// Hooks: absolute paths of the operator's programs, "" = none. Called with
	// the name of the group. A failing BeforeMaster or Check refuses the
	// promotion; the others are told and cannot stop anything.
	BeforeMaster string `sh:"before_master"` // before role primary
	AfterMaster  string `sh:"after_master"`  // after the last service runs
	BeforeBackup string `sh:"before_backup"` // before the first service is stopped
	AfterBackup  string `sh:"after_backup"`  // after the role is secondary
	Failed       string `sh:"failed"`        // after a failure; further arguments: "promotion" or "alarm KEY", then the reason
	Check        string `sh:"check"`         // every CheckEvery seconds while serving, and before a promotion
	CheckEvery   int    `sh:"check_every"`   // seconds; 0 = Check only before a promotion

	Timeouts GroupTimeouts
}

// SwitchVIP is one vhid of a group on this node.
type SwitchVIP struct {
	ID        string // g1v1
	Name      string `sh:"name"`      // label of the vip
	Interface string `sh:"interface"` // em0, em0.100; carp0 where CARPInterface
	VHID      int    `sh:"vhid"`
	// Word is the ifconfig word of the grade: "advskew", or "vrrpprio" for protocol vrrp.
	Word string `sh:"word"`
	// The three grades, absolute values for Word. carp: Normal = stated advskew
	// s, Hold = s + span of all s of the group's vip + 10, Gone = 240. vrrp:
	// Normal = stated priority p, Hold = p - span - 10 (above Gone), Gone = 1.
	Normal    int    `sh:"normal"`
	Hold      int    `sh:"hold"`
	Gone      int    `sh:"gone"`
	Addresses string `sh:"addresses"` // words: the virtual addresses, for messages
}

// SwitchPath is one network that this node shares with the group's peer.
type SwitchPath struct {
	ID          string // g1p1
	Network     string `sh:"network"`     // label of the network
	Own         string `sh:"own"`         // own address there
	Peer        string `sh:"peer"`        // the peer's address there
	LAN         bool   `sh:"lan"`         // the trigger address lives on this network
	Replication bool   `sh:"replication"` // a HAST resource of the group replicates over this network
}

// SwitchResource is one HAST resource.
type SwitchResource struct {
	ID      string // g1r1
	Name    string `sh:"name"`    // resource name in hast.conf
	Device  string `sh:"device"`  // /dev/hast/PROVIDER
	Local   string `sh:"local"`   // path of the local component, for check
	Remote  string `sh:"remote"`  // the peer's replication address, no port: target of the reject route
	Timeout int    `sh:"timeout"` // seconds, hast.conf timeout
	// Exec is the operator's own exec of the hast block, "" = none: hast.conf
	// names carp-hast-hook, which calls Exec last with hastd's arguments.
	Exec string `sh:"exec"`
}

// SwitchStorage is one thing that is imported or mounted.
type SwitchStorage struct {
	ID      string // g1s1
	Kind    string `sh:"kind"`    // zpool | ufs | hast (a bare resource: nothing above the role)
	Name    string `sh:"name"`    // pool, mount point, or resource
	Device  string `sh:"device"`  // ufs: device; "" otherwise
	Options string `sh:"options"` // lines: one word each for -o: zpool import -o WORD …, or mount -o WORD,WORD
	Altroot string `sh:"altroot"` // zpool: import -R; "" = none
	Fsck    string `sh:"fsck"`    // ufs: preen | full | none
}

// SwitchTimeouts are the waits of the whole host, in seconds.
type SwitchTimeouts struct {
	Tick     int `sh:"wait_tick"`     // between two looks nothing asked for
	Ask      int `sh:"wait_ask"`      // for the answer of the peer on one network
	Hang     int `sh:"wait_hang"`     // how long a worker may show no life before it is killed
	Shutdown int `sh:"wait_shutdown"` // the whole of "carp-hast-switch shutdown", below rc's 90 s
}

// GroupTimeouts are the waits of one group, in seconds unless said otherwise.
type GroupTimeouts struct {
	Worker      int `sh:"wait_worker"`     // promotion: for the peer's hold (hastd's secondary worker) to end
	Careful     int `sh:"wait_careful"`    // patience careful: how long the peer has to be silent first
	Role        int `sh:"wait_role"`       // hastctl role
	Device      int `sh:"wait_device"`     // for /dev/hast/NAME to appear
	Import      int `sh:"wait_import"`     // zpool import
	Fsck        int `sh:"wait_fsck"`       // one fsck
	Mount       int `sh:"wait_mount"`      // mount
	Start       int `sh:"wait_start"`      // one service start
	Stop        int `sh:"wait_stop"`       // one service stop
	Export      int `sh:"wait_export"`     // all tries of one export or unmount together
	Hook        int `sh:"wait_hook"`       // one operator hook, or the fence program
	LookAge     int `sh:"wait_look_age"`   // how old a first look may be at the second one: less than any boot takes
	Debounce    int `sh:"wait_debounce"`   // how long INIT must last to count
	LANDead     int `sh:"wait_lan_dead"`   // how long witness and peer must be silent on the LAN
	CoolGive    int `sh:"wait_cool_give"`  // stay out after a give
	CoolFirst   int `sh:"wait_cool_first"` // stay out after the first failure, doubled with each further one
	CoolMost    int `sh:"wait_cool_most"`  // longest stay
	Stable      int `sh:"wait_stable"`     // failback auto: how long the peer must have been able to take over
	LastWord    int `sh:"wait_last_word"`  // shutdown with writes the peer lacks: wait for it to notice (R15)
	BootAlone   int `sh:"wait_boot_alone"` // boot_alone promote: how long the peer must have been silent
	ExportTries int `sh:"export_tries"`    // tries in Export seconds (a number)
}

// DefaultSwitchTimeouts and DefaultGroupTimeouts hold what applies where the
// description says nothing. docs/switch.md tells what each one costs.
var (
	DefaultSwitchTimeouts = SwitchTimeouts{Tick: 2, Ask: 1, Hang: 20, Shutdown: 80}

	DefaultGroupTimeouts = GroupTimeouts{
		Worker: 25, Careful: 20, Role: 10, Device: 10, Import: 300, Fsck: 3600, Mount: 60,
		Start: 60, Stop: 30, Export: 15, Hook: 60, LookAge: 10, Debounce: 2, LANDead: 6,
		CoolGive: 10, CoolFirst: 30, CoolMost: 600, Stable: 30, LastWord: 10, BootAlone: 120,
		ExportTries: 5,
	}

	// DefaultAnswerPort is the port of the answer channel: the one above hastd's 8457.
	DefaultAnswerPort = 8458
)
