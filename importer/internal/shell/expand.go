package shell

import (
	"errors"
	"io"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/pattern"
	"mvdan.cc/sh/v3/syntax"
)

func (in *Interp) config() *expand.Config {
	return &expand.Config{Env: env{in}, CmdSubst: in.cmdSubst}
}

// cmdSubst runs $(…) in a shell of its own.
func (in *Interp) cmdSubst(w io.Writer, cs *syntax.CmdSubst) error {
	in.substituted++
	out := in.out
	in.out = &strings.Builder{}
	guessed := in.subshell(func() { in.list(cs.Stmts) })
	printed := in.out.String()
	in.out = out
	in.guessed = in.guessed || guessed
	io.WriteString(w, printed)
	return in.err
}

// subshell runs f with copies of all variables and says whether it met a command that was not
// run.
func (in *Interp) subshell(f func()) bool {
	if in.err != nil {
		return false
	}
	saved, funcs, params, total, guessed := in.Vars, in.funcs, in.params, in.total, in.guessed
	skipped := in.skipped
	in.steps += len(saved) / 16
	in.Vars = make(map[string]*Var, len(saved))
	for name, v := range saved {
		copied := *v
		in.Vars[name] = &copied
	}
	in.funcs = make(map[string]function, len(funcs))
	for name, f := range funcs {
		in.funcs[name] = f
	}
	assigned := in.Assigned
	in.Assigned, in.guessed = nil, false
	f()
	met := in.guessed || in.skipped > skipped
	in.Assigned, in.guessed = assigned, guessed
	in.Vars, in.funcs, in.params, in.total = saved, funcs, params, total
	if errors.Is(in.err, errExit) { // only the subshell exits
		in.err = nil
	}
	return met
}

// fields expands words into arguments.
func (in *Interp) fields(words []*syntax.Word) []string {
	var args []string
	for _, w := range words {
		if !in.affordable(w) {
			return nil
		}
		list, err := expand.Fields(in.config(), plain(w))
		if in.failed(err) {
			return nil
		}
		args = append(args, list...)
	}
	return args
}

// literal expands a word that is not split, such as the value of an assignment.
func (in *Interp) literal(w *syntax.Word) string {
	if w == nil || !in.affordable(w) {
		return ""
	}
	s, err := expand.Literal(in.config(), plain(w))
	in.failed(err)
	return s
}

// matches says whether a value matches the pattern of a case.
func (in *Interp) matches(value string, w *syntax.Word) bool {
	if !in.affordable(w) {
		return false
	}
	pat, err := expand.Pattern(in.config(), plain(w))
	if in.failed(err) {
		return false
	}
	expr, err := pattern.Regexp(pat, pattern.EntireString)
	if err != nil {
		return pat == value
	}
	re, err := regexp.Compile(expr)
	return err == nil && re.MatchString(value)
}

// failed handles an error of an expansion: sh exits at all of them.
func (in *Interp) failed(err error) bool {
	if err == nil {
		return in.err != nil
	}
	if in.err == nil {
		in.Report(hcl.DiagError, in.at, "Bad expansion: "+err.Error(), "sh(1) exits here.")
		in.err = errExit
	}
	return true
}

// affordable adds up what the expansion of a word may copy, before it is done.
func (in *Interp) affordable(w *syntax.Word) bool {
	if !in.step() {
		return false
	}
	size := 0
	syntax.Walk(w, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil {
			size += len(in.Get(p.Param.Value))
			for _, s := range in.params {
				size += len(s)
			}
		}
		return true
	})
	in.steps += size >> 10
	if size > maxOutput {
		in.fail(limitError("a value grows without end"))
		return false
	}
	return true
}

// plain rewrites the unquoted text of a word for the expansions: a backslash and its
// character become a quoted character, {a,b} is hidden because sh(1) has none of it, and $'…'
// is marked, which sh(1) knows and POSIX mode does not.
func plain(w *syntax.Word) *syntax.Word {
	out := &syntax.Word{}
	for i, part := range w.Parts {
		switch p := part.(type) {
		case *syntax.Lit:
			text := p.Value
			if i+1 < len(w.Parts) && isSingle(w.Parts[i+1]) && endsInDollar(text) {
				text = text[:len(text)-1]
			}
			out.Parts = append(out.Parts, plainText(text)...)
		case *syntax.SglQuoted:
			copied := *p
			if lit, ok := before(w, i).(*syntax.Lit); ok && endsInDollar(lit.Value) {
				copied.Dollar = true
			}
			out.Parts = append(out.Parts, &copied)
		case *syntax.ParamExp:
			out.Parts = append(out.Parts, plainParam(p))
		default:
			out.Parts = append(out.Parts, part)
		}
	}
	return out
}

// plainParam does the same for the word in ${name-word}.
func plainParam(p *syntax.ParamExp) *syntax.ParamExp {
	if p.Exp == nil || p.Exp.Word == nil {
		return p
	}
	param, exp := *p, *p.Exp
	exp.Word = plain(exp.Word)
	param.Exp = &exp
	return &param
}

func before(w *syntax.Word, i int) syntax.WordPart {
	if i == 0 {
		return nil
	}
	return w.Parts[i-1]
}

func isSingle(p syntax.WordPart) bool {
	_, ok := p.(*syntax.SglQuoted)
	return ok
}

// endsInDollar says whether the last character is a "$" without a backslash.
func endsInDollar(s string) bool {
	rest, ok := strings.CutSuffix(s, "$")
	return ok && (len(rest)-len(strings.TrimRight(rest, `\`)))%2 == 0
}

// plainText cuts text at backslashes and braces.
func plainText(s string) []syntax.WordPart {
	var parts []syntax.WordPart
	start := 0
	flush := func(end int) {
		if start < end {
			parts = append(parts, &syntax.Lit{Value: s[start:end]})
		}
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' && s[i] != '{' || s[i] == '\\' && i+1 == len(s) {
			continue
		}
		flush(i)
		if s[i] == '\\' {
			i++
		}
		parts = append(parts, &syntax.SglQuoted{Value: s[i : i+1]})
		start = i + 1
	}
	flush(len(s))
	return parts
}
