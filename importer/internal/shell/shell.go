// Package shell evaluates the shell text of a host's configuration as FreeBSD's sh(1)
// would, without running anything.
//
// The syntax and the expansions are those of mvdan.cc/sh. The statements are walked here,
// not by its interpreter, because the files may come from anybody: every step, byte and
// level is counted, no process is started, and no file is opened but those of the tree.
package shell

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"

	"carpool/importer/internal/source"
	"carpool/importer/tree"
)

// Limits of one Interp. A host's rc.conf needs a thousandth of them.
const (
	maxSource  = 256 << 10 // bytes of one file
	maxValue   = 64 << 10  // bytes of one value
	maxTotal   = 4 << 20   // bytes of all values
	maxOutput  = 1 << 20   // bytes one command substitution may print
	maxSteps   = 200_000   // statements and words
	maxDepth   = 1000      // nesting of statements, functions, files, evals
	maxNesting = 400       // unclosed parentheses and braces in a source
	maxTime    = 2 * time.Second
	maxDiags   = 100
)

// errExit ends the whole shell: exit, or an error after which sh exits.
var errExit = errors.New("the shell exits")

// limitError is a limit that was reached.
type limitError string

func (e limitError) Error() string { return string(e) }

// Var is a variable.
type Var struct {
	Value    string
	Range    hcl.Range // of the assignment that made it what it is; zero for presets
	Exported bool
	ReadOnly bool
	Guessed  bool // depends on the output of a command that was not run
}

// Call is a command about to be run.
type Call struct {
	Args  []string
	Range hcl.Range
}

// Interp is a shell with its variables. The zero value is not usable; see New.
type Interp struct {
	Vars map[string]*Var
	// Commands are run in place of programs of these names.
	Commands map[string]func(*Interp, Call) int
	// Unknown is told of every other command; it returns the status to go on with.
	Unknown func(Call) int
	// Assigned, if set, is told of every assignment.
	Assigned func(name string, v *Var)
	// Quiet keeps commands that are not run from becoming findings.
	Quiet bool
	Diags hcl.Diagnostics

	tree        *tree.Tree
	funcs       map[string]function
	params      []string
	locals      map[string]*Var // what local variables of the function hide; nil outside of functions
	text        *source.Text    // what runs now
	fixed       *hcl.Range      // the place of text that stands in no file
	at          hcl.Range       // the statement that runs now
	out         *strings.Builder
	status      int
	steps       int
	depth       int
	total       int
	guessed     bool // the current word depends on a command that was not run
	skipped     int  // commands that were not run
	substituted int  // command substitutions so far
	deadline    time.Time
	err         error
}

type function struct {
	body  *syntax.Stmt
	text  *source.Text
	fixed *hcl.Range
}

// New returns a shell whose files are those of t, which may be nil.
func New(t *tree.Tree) *Interp {
	return &Interp{
		Vars:     map[string]*Var{},
		Commands: map[string]func(*Interp, Call) int{},
		Unknown:  func(Call) int { return 127 },
		tree:     t,
		funcs:    map[string]function{},
		deadline: time.Now().Add(maxTime),
	}
}

// Source runs the text of a file. It returns false if the shell would not go on after it.
func (in *Interp) Source(name string, src []byte) bool {
	return in.run(source.New(name, src), nil)
}

// Eval runs text that stands in no file, for instance a value; at is the place named in
// findings. It returns the status.
func (in *Interp) Eval(text string, at hcl.Range) int {
	in.run(source.New(at.Filename, []byte(text)), &at)
	return in.status
}

// Capture runs text as $(…) does and returns what it prints, final newlines removed.
func (in *Interp) Capture(text string, at hcl.Range) string {
	out := in.out
	in.out = &strings.Builder{}
	in.subshell(func() { in.Eval(text, at) })
	printed := in.out.String()
	in.out = out
	return strings.TrimRight(printed, "\n")
}

// Alive says whether the shell still runs: no limit reached, no exit.
func (in *Interp) Alive() bool { return in.err == nil }

// Get returns the value of a variable, "" if unset.
func (in *Interp) Get(name string) string {
	if v := in.Vars[name]; v != nil {
		return v.Value
	}
	return ""
}

// Preset sets a variable that stands in no file.
func (in *Interp) Preset(name, value string) { in.Vars[name] = &Var{Value: value} }

// run parses and executes statement by statement, as sh does: what stands before a syntax
// error has its effect.
func (in *Interp) run(text *source.Text, fixed *hcl.Range) bool {
	if in.err != nil {
		return false
	}
	savedText, savedFixed, savedAt := in.text, in.fixed, in.at
	in.text, in.fixed = text, fixed
	defer func() { in.text, in.fixed, in.at = savedText, savedFixed, savedAt }()
	if err := checkSource(text.Bytes); err != nil {
		in.fail(err)
		return false
	}
	in.status = 0
	in.statements(text.Bytes)
	return in.err == nil
}

// statements parses and executes one statement after the other. Whatever the parser makes of
// bytes that are no text, it must not end the program.
func (in *Interp) statements(src []byte) {
	defer func() {
		if r := recover(); r != nil {
			in.fail(limitError(fmt.Sprint("the parser failed: ", r)))
		}
	}()
	parser := syntax.NewParser(syntax.Variant(syntax.LangPOSIX))
	done := false // the parser calls once more after an error, whatever it was told
	parser.StmtsSeq(bytes.NewReader(src))(func(s *syntax.Stmt, err error) bool {
		switch {
		case done:
		case err != nil:
			in.syntaxError(err)
			done = true
		default:
			done = in.stmt(s).kind != flowNone || in.err != nil
		}
		return !done
	})
}

// checkSource refuses what could exhaust the parser.
func checkSource(src []byte) error {
	if len(src) > maxSource {
		return limitError(fmt.Sprintf("larger than %d bytes", maxSource))
	}
	depth := 0
	for _, b := range src {
		switch b {
		case '(', '{':
			depth++
		case ')', '}':
			depth = max(0, depth-1)
		}
		if depth > maxNesting {
			return limitError("nested too deeply")
		}
	}
	return nil
}

func (in *Interp) syntaxError(err error) {
	subject := in.at
	text := err.Error()
	var parse syntax.ParseError
	var lang syntax.LangError
	switch {
	case errors.As(err, &parse):
		subject, text = in.place(parse.Pos, parse.Pos), parse.Text
	case errors.As(err, &lang):
		subject = in.place(lang.Pos, lang.Pos)
		text = lang.Feature + " do not exist in sh(1)"
	}
	in.Report(hcl.DiagError, subject, "Syntax error: "+text,
		"sh(1) stops here with a syntax error, and so does the script that reads this file: at boot, /etc/rc itself. "+
			"Nothing after this place has an effect.")
	in.err = errExit
}

// fail stops the shell for good.
func (in *Interp) fail(err error) {
	if in.err != nil {
		return
	}
	in.err = err
	if _, ok := err.(limitError); ok {
		in.Report(hcl.DiagError, in.at, "Not evaluated: "+err.Error(),
			"The evaluation of this text was stopped at a limit that no configuration needs.")
	}
}

// step counts one unit of work.
func (in *Interp) step() bool {
	if in.steps++; in.steps > maxSteps {
		in.fail(limitError("too many steps, perhaps an endless loop"))
	} else if in.steps%256 == 0 && time.Now().After(in.deadline) {
		in.fail(limitError("it takes too long"))
	}
	return in.err == nil
}

// Report adds a finding.
func (in *Interp) Report(severity hcl.DiagnosticSeverity, at hcl.Range, summary, detail string) {
	if len(in.Diags) >= maxDiags {
		return
	}
	in.Diags = append(in.Diags, &hcl.Diagnostic{Severity: severity, Summary: summary, Detail: detail, Subject: &at})
}

// place is the range from the start of one node to the end of another.
func (in *Interp) place(from, to syntax.Pos) hcl.Range {
	if in.fixed != nil {
		return *in.fixed
	}
	return in.text.Range(int(from.Offset()), int(to.Offset()))
}

func (in *Interp) placeOf(n syntax.Node) hcl.Range { return in.place(n.Pos(), n.End()) }

// assign gives a variable a value.
func (in *Interp) assign(name, value string, at hcl.Range) {
	if len(value) > maxValue {
		in.fail(limitError("the value of " + name + " grows without end"))
		return
	}
	old := in.Vars[name]
	if old != nil && old.ReadOnly {
		in.Report(hcl.DiagError, at, name+" is read only", "sh(1) exits at this assignment.")
		in.err = errExit
		return
	}
	v := &Var{Value: value, Range: at, Guessed: in.guessed}
	if old != nil {
		v.Exported = old.Exported
		in.total -= len(old.Value)
	}
	if in.total += len(value); in.total > maxTotal {
		in.fail(limitError("the variables grow without end"))
		return
	}
	in.Vars[name] = v
	if in.Assigned != nil {
		in.Assigned(name, v)
	}
}

// env lets the expansions of mvdan.cc/sh see the variables.
type env struct{ in *Interp }

func (e env) Get(name string) expand.Variable {
	if strings.HasPrefix(name, "HOME ") { // ~user: never look at this machine's users
		return text("~" + name[len("HOME "):])
	}
	switch name {
	case "?":
		return text(fmt.Sprint(e.in.status))
	case "#":
		return text(fmt.Sprint(len(e.in.params)))
	case "@", "*":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: e.in.params}
	case "0":
		return text("sh")
	}
	if len(name) == 1 && '1' <= name[0] && name[0] <= '9' {
		if i := int(name[0] - '1'); i < len(e.in.params) {
			return text(e.in.params[i])
		}
		return expand.Variable{}
	}
	if v := e.in.Vars[name]; v != nil {
		e.in.guessed = e.in.guessed || v.Guessed
		return text(v.Value)
	}
	return expand.Variable{}
}

func text(s string) expand.Variable {
	return expand.Variable{Set: true, Kind: expand.String, Str: s}
}

func (e env) Each(f func(string, expand.Variable) bool) {
	for name, v := range e.in.Vars {
		if !f(name, text(v.Value)) {
			return
		}
	}
}

// Set is called for ${x:=y} and arithmetic.
func (e env) Set(name string, v expand.Variable) error {
	e.in.assign(name, v.String(), e.in.at)
	return e.in.err
}
