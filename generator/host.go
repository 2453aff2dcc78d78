// Package generator turns a checked cluster into the files of its hosts:
// a Host model per node, templates over it, and trees, archives or differences
// of the result.
package generator

// Host is what the templates of one node may print, and nothing else.
type Host struct {
	Name   string // label of the node
	RC     RC
	Sysctl []Assignment
	Loader Loader
	HAST   HASTConf
	Devd   Devd
	Switch *Switch // nil without a failover

	secrets  *secretTexts
	secretIn []string // names of the outputs whose part of the model holds one
}

// Assignment is one line NAME=VALUE.
type Assignment struct {
	Name, Value string
	Append      bool // to the value that an earlier file gave
}

// RC is rc.conf in sections.
type RC struct{ Sections []Section }

// Section is a part of rc.conf under a comment.
type Section struct {
	Title string
	Lines []Assignment
}

// Loader is loader.conf.
type Loader struct {
	KernelCARP bool // the release has CARP neither in GENERIC nor as a module beside it
	Lines      []Assignment
}

// HASTConf is hast.conf of one host: only its own resources.
type HASTConf struct {
	Listen    []string
	Resources []HASTResource
}

// HASTResource is one resource statement.
type HASTResource struct {
	Name        string
	Replication string
	Options     []Assignment
	Nodes       []HASTNode
}

// HASTNode is one on statement of a resource.
type HASTNode struct {
	Hostname string
	Provider string // "" if it is the resource's name
	Local    string
	Remote   string
	Source   string // "" where the release does not know it
}

// Devd is devd's file: one rule per event of a trigger vhid, then the author's
// own rules, the highest priority first.
type Devd struct {
	Rules []DevdRule
	Own   []OwnRule
}

// DevdRule is one notify statement.
type DevdRule struct {
	Comment                         string
	Priority                        int
	System, Subsystem, Type, Action string
}

// OwnRule is a rule as its author wrote it.
type OwnRule struct {
	Name       string // label of the block
	Class      string
	Priority   int
	Conditions []Assignment // Name is what stands before the string
	Actions    []string
}
