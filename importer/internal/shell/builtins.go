package shell

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

type builtin func(*Interp, Call) flow

// builtins are those of sh(1) that a configuration may use. Everything else is a program,
// and programs are not run.
var builtins map[string]builtin

func init() {
	builtins = map[string]builtin{
		":": success, "true": success, "false": func(in *Interp, _ Call) flow { in.status = 1; return flow{} },
		"echo": (*Interp).echo, "printf": (*Interp).printf,
		"test": (*Interp).test, "[": (*Interp).test,
		"export": (*Interp).export, "readonly": (*Interp).export, "local": (*Interp).export,
		"unset": (*Interp).unset, "set": (*Interp).set, "shift": (*Interp).shift, "setvar": (*Interp).setvar,
		"break": (*Interp).leave, "continue": (*Interp).leave, "return": (*Interp).leave, "exit": (*Interp).exit,
		"eval": (*Interp).eval, ".": (*Interp).dot, "command": (*Interp).commandBuiltin,
		"read": func(in *Interp, _ Call) flow { in.status = 1; return flow{} },
	}
	for _, name := range []string{"alias", "bg", "cd", "fc", "fg", "getopts", "hash", "jobs", "times", "trap", "type", "ulimit",
		"umask", "unalias", "wait"} {
		builtins[name] = success
	}
}

// special says whether assignments before a command stay, as POSIX has it for some builtins.
func special(name string) bool {
	return slices.Contains([]string{":", ".", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return",
		"set", "shift", "times", "trap", "unset"}, name)
}

func success(in *Interp, _ Call) flow {
	in.status = 0
	return flow{}
}

func (in *Interp) print(s string) {
	if in.out == nil {
		return
	}
	if in.out.Len()+len(s) > maxOutput {
		in.fail(limitError("the output grows without end"))
		return
	}
	in.out.WriteString(s)
}

func (in *Interp) echo(call Call) flow {
	args, end := call.Args[1:], "\n"
	if len(args) > 0 && args[0] == "-n" {
		args, end = args[1:], ""
	}
	in.print(strings.Join(args, " ") + end)
	in.status = 0
	return flow{}
}

func (in *Interp) printf(call Call) flow {
	in.status = 1
	if len(call.Args) < 2 || hugeWidth(call.Args[1]) {
		return flow{}
	}
	format, args := call.Args[1], call.Args[2:]
	for in.step() {
		s, n, err := expand.Format(in.config(), format, args)
		if err != nil {
			return flow{}
		}
		in.print(s)
		if args = args[min(n, len(args)):]; n == 0 || len(args) == 0 {
			break
		}
	}
	in.status = 0
	return flow{}
}

// hugeWidth refuses formats such as %999999999d.
func hugeWidth(format string) bool {
	digits := 0
	for _, r := range format {
		if r < '0' || r > '9' {
			digits = 0
		} else if digits++; digits > 3 {
			return true
		}
	}
	return strings.Contains(format, "*")
}

func (in *Interp) export(call Call) flow {
	in.status = 0
	for _, arg := range call.Args[1:] {
		name, value, assigned := strings.Cut(arg, "=")
		if !syntax.ValidName(name) {
			continue
		}
		if call.Args[0] == "local" && !in.makeLocal(name) {
			continue
		}
		if assigned {
			in.assign(name, value, call.Range)
		}
		if v := in.Vars[name]; v != nil && in.err == nil {
			v.Exported = v.Exported || call.Args[0] == "export"
			v.ReadOnly = v.ReadOnly || call.Args[0] == "readonly"
		}
	}
	return flow{}
}

// makeLocal notes the value to restore at the end of the function. A file is read in a
// function of rc.subr: what is local to it is gone when the file has been read.
func (in *Interp) makeLocal(name string) bool {
	if in.locals == nil {
		return false
	}
	if _, known := in.locals[name]; !known {
		in.locals[name] = in.Vars[name]
	}
	return true
}

func (in *Interp) unset(call Call) flow {
	in.status = 0
	for _, name := range call.Args[1:] {
		if v := in.Vars[name]; v != nil {
			in.total -= len(v.Value)
			delete(in.Vars, name)
		}
		if call.Args[1] == "-f" {
			delete(in.funcs, name)
		}
	}
	return flow{}
}

func (in *Interp) set(call Call) flow {
	in.status = 0
	args := call.Args[1:]
	for len(args) > 0 && args[0] != "--" && (strings.HasPrefix(args[0], "-") || strings.HasPrefix(args[0], "+")) {
		if len(args[0]) == 2 && args[0][1] == 'o' && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) > 0 {
		in.params = slices.Clone(args[min(1, strings.Count(args[0], "--")):])
	}
	return flow{}
}

func (in *Interp) shift(call Call) flow {
	n := in.number(call, 1)
	in.status = toStatus(n <= len(in.params))
	if in.status == 0 {
		in.params = in.params[n:]
	}
	return flow{}
}

func (in *Interp) setvar(call Call) flow {
	in.status = 1
	if len(call.Args) == 3 && syntax.ValidName(call.Args[1]) {
		in.assign(call.Args[1], call.Args[2], call.Range)
		in.status = 0
	}
	return flow{}
}

// number is the first argument, or a default.
func (in *Interp) number(call Call, fallback int) int {
	if len(call.Args) > 1 {
		if n, err := strconv.ParseUint(call.Args[1], 10, 16); err == nil {
			return int(n)
		}
	}
	return fallback
}

func (in *Interp) leave(call Call) flow {
	if call.Args[0] == "return" {
		in.status = in.number(call, in.status)
		return flow{flowReturn, 1}
	}
	in.status = 0
	kind := flowBreak
	if call.Args[0] == "continue" {
		kind = flowContinue
	}
	return flow{kind, max(1, in.number(call, 1))}
}

func (in *Interp) exit(call Call) flow {
	in.Report(hcl.DiagWarning, call.Range, "\"exit\" ends the script that reads this file",
		"Every rc script ends here without doing anything; at boot, /etc/rc itself does.")
	in.err = errExit
	return flow{}
}

func (in *Interp) eval(call Call) flow {
	if in.depth++; in.depth > maxDepth {
		in.fail(limitError("nested too deeply"))
	}
	in.Eval(strings.Join(call.Args[1:], " "), call.Range)
	in.depth--
	return flow{}
}

// dot reads a file of the tree into this shell.
func (in *Interp) dot(call Call) flow {
	if len(call.Args) < 2 {
		return flow{}
	}
	name := call.Args[1]
	src, err := in.readFile(name)
	if err != nil {
		detail := "sh(1) exits when it cannot read a file after \".\", and with it the script that reads this one."
		if !errors.Is(err, fs.ErrNotExist) {
			detail += " The reason here: " + err.Error() + "."
		}
		in.Report(hcl.DiagError, call.Range, "Cannot read "+strconv.Quote(name), detail)
		in.err = errExit
		return flow{}
	}
	if in.depth++; in.depth > maxDepth/4 {
		in.fail(limitError("files read each other without end"))
	}
	in.Source(name, src)
	in.depth--
	return flow{}
}

func (in *Interp) readFile(name string) ([]byte, error) {
	if in.tree == nil {
		return nil, fs.ErrNotExist
	}
	return in.tree.ReadFile(name)
}

func (in *Interp) commandBuiltin(call Call) flow {
	args := call.Args[1:]
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		in.status = 1 // -v, -V: what is installed nobody knows
		return flow{}
	}
	if len(args) == 0 {
		return success(in, call)
	}
	return in.invoke(Call{Args: args, Range: call.Range}, nil)
}

// reportUnknown explains what a command in a configuration does, and how it may have got there.
func (in *Interp) reportUnknown(call Call, c *syntax.CallExpr) {
	name := call.Args[0]
	detail := "Every script that reads this file runs the command " + strconv.Quote(name) + ". It was not run here; the result is taken as failure and no output."
	summary := "Runs the command " + strconv.Quote(name)
	switch {
	case len(call.Args) > 1 && strings.HasPrefix(call.Args[1], "=") && syntax.ValidName(name):
		summary = "Space before \"=\""
		detail = "sh(1) takes " + strconv.Quote(name) + " for a command with arguments; no variable is set. Write " + name + "=\"…\" without spaces."
	case c != nil && len(c.Assigns) == 1 && c.Assigns[0].Value == nil:
		summary = "Space after \"=\""
		detail = "sh(1) runs the command " + strconv.Quote(name) + " with " + c.Assigns[0].Name.Value + " empty; the variable is not set after that. Write " +
			c.Assigns[0].Name.Value + "=\"…\" without spaces."
	case appends(name):
		summary = "\"+=\" is unknown to sh(1)"
		detail = "It is taken for the name of a command, and no variable changes. Write name=\"${name} …\"."
	}
	in.Report(hcl.DiagWarning, call.Range, summary, detail)
}

// appends says whether a word is an assignment of other shells, name+=value.
func appends(word string) bool {
	name, _, found := strings.Cut(word, "+=")
	return found && syntax.ValidName(name)
}
