//go:build linux

package simulator

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options say what a world is made of. The zero value of a field means its default.
type Options struct {
	Shell   []string // the hosts' /bin/sh; default dash
	Seed    uint64   // of everything that is left to chance
	Groups  []Group  // default: one group with one UFS file system
	Release int      // FreeBSD major release; default 13
	V6      bool     // the hosts' own addresses are IPv6
	Dir     string   // where the hosts' files live
	Stub    string   // the stub program

	HastTimeout time.Duration // hast.conf timeout, default 20 s
	Import      time.Duration // zpool import or mount, default 0.5 s
	Resync      time.Duration // one resynchronisation, default 3 s
	Reconnect   time.Duration // hastd's retry, default 10 s
	WriteEvery  time.Duration // the application writes; default 1 s, negative = never (idle)
	Boot        time.Duration // netif to hastd, default 6 s
	Install     func(w *World, h *Host)
}

// A Group is one failover group as the description says it.
type Group struct {
	Name      string
	VHID      int   // of the trigger
	Also      []int // vhids that have to follow it
	Prefer    int   // index of the host that CARP prefers
	VRRP      bool
	Resources []string
	Storage   []Storage
	Services  []string
}

// Storage is one pool or file system on HAST resources.
type Storage struct {
	Kind      string // zpool | ufs | hast (a bare resource)
	Name      string // pool name or mount point
	Resources []string
}

// A World is two hosts, what connects them, and what is true about their data.
type World struct {
	Options
	Hosts   [2]*Host
	LANCut  bool // between the two hosts; each still reaches the witness
	RepCut  bool // the replication link, silently
	RepDown bool // and its carrier
	Witness bool // the router answers
	Faults  *Fault
	Calls   int // commands that asked the world
	Checks  int // times all invariants were checked

	Trace      bool // note every command in the diary
	Violations []Violation
	Allowed    map[string]bool // invariants that a scenario breaks on purpose

	now      time.Duration
	seq      int
	queue    eventHeap
	whens    []when
	rand     *rand.Rand
	truth    map[string]*truth
	notes    []string
	files    map[int]*conn // connections by descriptor
	epoll    int
	inbox    [1 << 16]byte
	closed   bool
	active   bool // a process got something to do since it was last seen that all sleep
	kept     map[string]time.Duration
	moving   bool
	nextID   int
	lastBusy int
	met      map[int]time.Time // processes, by when they were first seen
	tooYoung bool              // the last look met one that was just born
}

func (o *Options) defaults() {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.HastTimeout, 20*time.Second)
	def(&o.Import, 500*time.Millisecond)
	def(&o.Resync, 3*time.Second)
	def(&o.Reconnect, 10*time.Second)
	def(&o.WriteEvery, time.Second)
	def(&o.Boot, 6*time.Second)
	if o.Release == 0 {
		o.Release = 13
	}
	if len(o.Shell) == 0 {
		o.Shell = []string{"dash"}
	}
	if len(o.Groups) == 0 {
		o.Groups = []Group{{
			Name: "files", VHID: 1, Resources: []string{"r0"},
			Storage:  []Storage{{Kind: "ufs", Name: "/data", Resources: []string{"r0"}}},
			Services: []string{"nfsd"},
		}}
	}
}

// New builds a world in which both hosts are without power and both copies are equal and at rest.
func New(o Options) (*World, error) {
	o.defaults()
	w := &World{
		Options: o, Witness: true, Allowed: map[string]bool{}, truth: map[string]*truth{},
		files: map[int]*conn{}, kept: map[string]time.Duration{},
		met:  map[int]time.Time{},
		rand: rand.New(rand.NewPCG(o.Seed, 1)),
	}
	for i, n := range []string{"skunk1", "skunk2"} {
		h := &Host{w: w, Name: n, idx: i, root: filepath.Join(o.Dir, n), copies: map[string]*Copy{}}
		w.Hosts[i] = h
		for _, g := range o.Groups {
			for _, r := range g.Resources {
				h.copies[r] = &Copy{name: r, host: h, writes: map[int]bool{}, clean: true}
				w.truth[r] = &truth{acked: map[int]bool{}}
			}
		}
	}
	w.Hosts[0].peer, w.Hosts[1].peer = w.Hosts[1], w.Hosts[0]
	if err := w.listen(); err != nil {
		return nil, err
	}
	for _, h := range w.Hosts {
		h.reset()
		if err := h.lay(); err != nil {
			return nil, err
		}
		if o.Install != nil {
			o.Install(w, h)
		}
	}
	return w, nil
}

// Close ends every process of the world.
func (w *World) Close() {
	if w.closed {
		return
	}
	w.closed = true
	for _, h := range w.Hosts {
		h.killAll()
	}
	w.shutSockets()
}

// note adds a line to the world's diary, which a failing test prints.
func (w *World) note(h *Host, format string, a ...any) {
	who := "world"
	if h != nil {
		who = h.Name
	}
	w.notes = append(w.notes, fmt.Sprintf("%9.3f %-6s %s", w.now.Seconds(), who, fmt.Sprintf(format, a...)))
}

// Diary is what happened, newest last; n lines at most, 0 = all.
func (w *World) Diary(n int) string {
	l := w.notes
	if n > 0 && len(l) > n {
		l = l[len(l)-n:]
	}
	return strings.Join(l, "\n")
}

// State prints both hosts on one line each.
func (w *World) State() string {
	var b strings.Builder
	for _, h := range w.Hosts {
		fmt.Fprintln(&b, h)
	}
	return b.String()
}

// Host is one machine.
type Host struct {
	Name string
	w    *World
	idx  int
	peer *Host
	root string
	init *conn // its process 1
	pid1 int

	Power     Power
	bootID    int
	NoCarrier bool // the LAN cable is out
	PortDead  bool // the LAN switch port is dead, the carrier stays
	vhids     []*vhid
	Demotion  int
	Allow     bool
	reject    map[string]bool
	devd      bool
	events    []string
	devdBusy  bool
	Preempt   int
	carpLog   int

	hastd    *hastd
	copies   map[string]*Copy
	mounts   map[string]*mount
	services map[string]*svc
	Broken   map[string]bool // services that do not start
	Busy     map[string]int  // storage: 1 = busy unless forced, 2 = busy for good
	SlowStop time.Duration   // services take that long to stop
	Reruns   int             // fsck asks so often to be run again

	Mail        []Mail
	Syslog      []string
	Hooks       []string // calls of hastd's exec program
	running     map[string]func(code int)
	tops        map[int]*top // children of process 1
	limits      map[int]time.Duration
	procs       map[int]func(code int)
	hookProgram string
	listens     map[string]*conn
	yanked      int
}

// Power of a host.
type Power int

// A host is off, or its kernel runs (from netif on), or rc has finished.
const (
	Off Power = iota
	Booting
	Up
)

func (p Power) String() string { return [...]string{"off", "booting", "up"}[p] }

// Mail that a host sent.
type Mail struct {
	At      time.Duration
	To      []string
	Subject string
	Body    string
}

// reset is what a power cut does to a host's memory.
func (h *Host) reset() {
	h.Power = Off
	h.vhids, h.Demotion, h.Allow, h.Preempt, h.carpLog = nil, 0, true, 0, 1
	h.reject, h.devd, h.events, h.devdBusy = map[string]bool{}, false, nil, false
	h.mounts, h.services = map[string]*mount{}, map[string]*svc{}
	h.Busy = map[string]int{}
	h.running, h.procs = map[string]func(int){}, map[int]func(int){}
	h.tops, h.limits = map[int]*top{}, map[int]time.Duration{}
	h.listens = map[string]*conn{}
	if h.Broken == nil {
		h.Broken = map[string]bool{}
	}
}

func (h *Host) ip(rep bool) string {
	switch {
	case h.w.V6 && rep:
		return fmt.Sprintf("2001:db8:0:2::%d", h.idx+1)
	case h.w.V6:
		return fmt.Sprintf("2001:db8:0:1::%d", h.idx+1)
	case rep:
		return fmt.Sprintf("10.0.1.%d", h.idx+1)
	}
	return fmt.Sprintf("10.0.0.%d", h.idx+1)
}

// Router is the witness, Router6 where the hosts' addresses are IPv6.
const (
	Router  = "10.0.0.254"
	Router6 = "2001:db8:0:1::ff"
)

// lay makes the directories of a fresh installation.
func (h *Host) lay() error {
	for _, d := range []string{"bin", "dev/hast", "etc", "var/run", "var/db", "var/log", "tmp", "root", "usr/local/etc"} {
		if err := os.MkdirAll(filepath.Join(h.root, d), 0o755); err != nil {
			return err
		}
	}
	if err := os.Symlink(h.w.Shell[0], filepath.Join(h.root, "bin/sh")); err != nil {
		return err
	}
	for _, c := range commands {
		if err := os.Symlink(h.w.Stub, filepath.Join(h.root, "bin", c)); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) String() string {
	s := fmt.Sprintf("%s[%v", h.Name, h.Power)
	for _, v := range h.vhids {
		s += fmt.Sprintf(" %s/%d", v.state, v.advskew)
	}
	if h.Demotion != 0 {
		s += fmt.Sprintf(" demotion %d", h.Demotion)
	}
	for _, r := range h.resources() {
		c := h.copies[r]
		s += fmt.Sprintf(" %s %d/%d", r, c.localcnt, c.remotecnt)
		if h.hastd != nil {
			s += " " + h.hastd.res[r].String()
		} else {
			s += " no-hastd"
		}
		if c.mixed {
			s += " MIXED"
		}
	}
	for _, n := range sortedKeys(h.mounts) {
		s += " " + n
		if h.mounts[n].yanked {
			s += "(yanked)"
		}
	}
	for _, n := range sortedKeys(h.services) {
		s += " " + n
	}
	return s + "]"
}
