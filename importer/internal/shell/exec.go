package shell

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"mvdan.cc/sh/v3/syntax"
)

type flowKind int

const (
	flowNone flowKind = iota
	flowBreak
	flowContinue
	flowReturn
)

// flow says how a statement ended: on to the next one, or out of some loops or a function.
type flow struct {
	kind   flowKind
	levels int
}

// list runs statements in order.
func (in *Interp) list(stmts []*syntax.Stmt) flow {
	for _, s := range stmts {
		if f := in.stmt(s); f.kind != flowNone || in.err != nil {
			return f
		}
	}
	return flow{}
}

func (in *Interp) stmt(s *syntax.Stmt) flow {
	if !in.step() {
		return flow{}
	}
	if in.depth++; in.depth > maxDepth {
		in.fail(limitError("nested too deeply, perhaps a function that calls itself"))
	}
	defer func() { in.depth-- }()
	saved := in.at
	defer func() { in.at = saved }()
	in.at = in.placeOf(s)
	if in.err != nil {
		return flow{}
	}
	if s.Background {
		in.Report(hcl.DiagWarning, in.at, "A command in the background",
			"Every script that reads this file starts this command again. It was not run here.")
		in.status = 0
		return flow{}
	}
	if restore := in.redirect(s.Redirs); restore != nil {
		defer restore()
	}
	f := in.command(s.Cmd)
	if s.Negated {
		in.status = toStatus(in.status != 0)
	}
	return f
}

// redirect reports files that would be written and keeps the output from the reader.
func (in *Interp) redirect(list []*syntax.Redirect) func() {
	var restore func()
	for _, r := range list {
		if !strings.HasPrefix(r.Op.String(), ">") && r.Op != syntax.RdrInOut {
			continue
		}
		target := in.literal(r.Word)
		if r.Op == syntax.DplOut {
			continue
		}
		if target != "/dev/null" {
			in.Report(hcl.DiagWarning, in.placeOf(r), "Writes to "+strconv.Quote(target),
				"Every script that reads this file writes there. It was not done here.")
		}
		if r.N == nil || r.N.Value == "1" {
			out := in.out
			in.out = nil
			restore = func() { in.out = out }
		}
	}
	return restore
}

func (in *Interp) command(cmd syntax.Command) flow {
	switch c := cmd.(type) {
	case nil:
		in.status = 0
	case *syntax.CallExpr:
		return in.call(c)
	case *syntax.Block:
		return in.list(c.Stmts)
	case *syntax.Subshell:
		in.guessed = in.subshell(func() { in.list(c.Stmts) }) || in.guessed
	case *syntax.IfClause:
		return in.ifClause(c)
	case *syntax.WhileClause:
		return in.while(c)
	case *syntax.ForClause:
		return in.forClause(c)
	case *syntax.CaseClause:
		return in.caseClause(c)
	case *syntax.BinaryCmd:
		return in.binary(c)
	case *syntax.FuncDecl:
		in.funcs[c.Name.Value] = function{c.Body, in.text, in.fixed}
		in.status = 0
	default:
		in.Report(hcl.DiagWarning, in.at, "Not evaluated", fmt.Sprintf("This reader does not know this kind of command (%T).", cmd))
	}
	return flow{}
}

func (in *Interp) binary(c *syntax.BinaryCmd) flow {
	if c.Op == syntax.Pipe || c.Op == syntax.PipeAll {
		out := in.out
		in.out = nil
		left := in.subshell(func() { in.stmt(c.X) })
		in.out = out
		right := in.subshell(func() { in.stmt(c.Y) })
		in.guessed = in.guessed || left || right
		return flow{}
	}
	if f := in.stmt(c.X); f.kind != flowNone || in.err != nil {
		return f
	}
	if (c.Op == syntax.AndStmt) == (in.status == 0) {
		return in.stmt(c.Y)
	}
	return flow{}
}

func (in *Interp) ifClause(c *syntax.IfClause) flow {
	for ; c != nil && in.err == nil; c = c.Else {
		if len(c.Cond) > 0 {
			if f := in.list(c.Cond); f.kind != flowNone {
				return f
			}
			if in.status != 0 {
				in.status = 0
				continue
			}
		}
		return in.list(c.Then)
	}
	return flow{}
}

func (in *Interp) while(c *syntax.WhileClause) flow {
	status := 0
	for in.step() {
		if f := in.list(c.Cond); f.kind != flowNone {
			return f
		}
		if (in.status != 0) != c.Until {
			break
		}
		f, stop := loopEnd(in.list(c.Do))
		if stop {
			return f
		}
		status = in.status
	}
	in.status = status
	return flow{}
}

func (in *Interp) forClause(c *syntax.ForClause) flow {
	iter, ok := c.Loop.(*syntax.WordIter)
	if !ok {
		return flow{}
	}
	items := in.params
	if iter.InPos.IsValid() {
		items = in.fields(iter.Items)
	}
	in.status = 0
	for _, item := range items {
		if in.assign(iter.Name.Value, item, in.at); !in.step() {
			break
		}
		if f, stop := loopEnd(in.list(c.Do)); stop {
			return f
		}
	}
	return flow{}
}

// loopEnd takes one loop off a break or continue and says whether the loop ends.
func loopEnd(f flow) (flow, bool) {
	switch {
	case f.kind == flowNone:
		return f, false
	case f.kind == flowReturn:
		return f, true
	case f.levels > 1:
		return flow{f.kind, f.levels - 1}, true
	}
	return flow{}, f.kind == flowBreak
}

func (in *Interp) caseClause(c *syntax.CaseClause) flow {
	value := in.literal(c.Word)
	in.status = 0
	for _, item := range c.Items {
		for _, w := range item.Patterns {
			if in.err == nil && in.matches(value, w) {
				return in.list(item.Stmts)
			}
		}
	}
	return flow{}
}

// call runs a simple command.
func (in *Interp) call(c *syntax.CallExpr) flow {
	in.guessed = false
	words, name := c.Args, ""
	if len(words) > 0 {
		name = words[0].Lit()
	}
	var args []string
	if name == "export" || name == "readonly" || name == "local" {
		args = in.declaration(words)
	} else {
		args = in.fields(words)
	}
	if in.err != nil {
		return flow{}
	}
	if len(args) == 0 {
		substituted := in.substituted
		in.assignAll(c.Assigns)
		if in.substituted == substituted { // else the status is that of the last substitution
			in.status = 0
		}
		return flow{}
	}
	if special(args[0]) || in.funcs[args[0]].body != nil {
		in.assignAll(c.Assigns)
	}
	return in.invoke(Call{Args: args, Range: in.at}, c)
}

func (in *Interp) assignAll(list []*syntax.Assign) {
	for _, a := range list {
		in.guessed = false
		value := in.literal(a.Value)
		if in.err != nil {
			return
		}
		in.assign(a.Name.Value, value, in.placeOf(a))
	}
	in.guessed = false
}

// declaration expands the arguments of export, readonly, local: values are not split.
func (in *Interp) declaration(words []*syntax.Word) []string {
	var args []string
	for _, w := range words {
		if first, ok := w.Parts[0].(*syntax.Lit); ok && strings.Contains(first.Value, "=") {
			args = append(args, in.literal(w))
		} else {
			args = append(args, in.fields([]*syntax.Word{w})...)
		}
	}
	return args
}

// Invoke runs a command by its arguments, as if written at the place of the call.
func (in *Interp) Invoke(call Call) int {
	in.invoke(call, nil)
	return in.status
}

func (in *Interp) invoke(call Call, c *syntax.CallExpr) flow {
	name := call.Args[0]
	if f, ok := in.funcs[name]; ok {
		return in.callFunction(f, call.Args[1:])
	}
	if run := in.Commands[name]; run != nil {
		in.status = run(in, call)
		return flow{}
	}
	if b := builtins[name]; b != nil {
		return b(in, call)
	}
	in.guessed = true
	in.skipped++
	in.status = in.Unknown(call)
	if !in.Quiet {
		in.reportUnknown(call, c)
	}
	return flow{}
}

func (in *Interp) callFunction(f function, args []string) flow {
	if in.depth++; in.depth > maxDepth {
		in.fail(limitError("nested too deeply, perhaps a function that calls itself"))
	}
	params, text, fixed, locals := in.params, in.text, in.fixed, in.locals
	in.params, in.text, in.fixed, in.locals = args, f.text, f.fixed, map[string]*Var{}
	if in.err == nil {
		in.stmt(f.body)
	}
	for name, v := range in.locals {
		if in.Vars[name] = v; v == nil {
			delete(in.Vars, name)
		}
	}
	in.params, in.text, in.fixed, in.locals = params, text, fixed, locals
	in.depth--
	return flow{}
}

func toStatus(ok bool) int {
	if ok {
		return 0
	}
	return 1
}
