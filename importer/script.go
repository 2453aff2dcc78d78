package importer

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"carpool/schema"
)

// deeds are what a script of a host seems to do when the host becomes MASTER.
// The script is read, never run: its commands are taken in the order of the
// text, whatever the conditions around them are.
type deeds struct {
	resources []string // of hastctl role primary
	pools     []string
	mounts    []mounted
	services  []string
}

// mounted is a file system on a resource.
type mounted struct {
	resource, device, point string
	options                 []string
}

// maxScript bounds a script that is looked at, and maxWords what the variables
// in one word may stand for.
const (
	maxScript = 64 << 10
	maxWords  = 16
)

// readScript collects what a script does. Text that sh would refuse says
// nothing.
func readScript(data []byte) *deeds {
	d := &deeds{}
	if len(data) > maxScript {
		return d
	}
	f, err := parseScript(data)
	if err != nil {
		return d
	}
	vars := map[string][]string{}
	syntax.Walk(f, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name != nil && n.Value != nil {
				if v := wordsOf(n.Value, vars); len(v) > 0 && !slices.Contains(v, "") {
					vars[n.Name.Value] = v
				}
			}
		case *syntax.WordIter:
			var items []string
			for _, w := range n.Items {
				for _, v := range wordsOf(w, vars) {
					items = append(items, strings.Fields(v)...)
				}
			}
			vars[n.Name.Value] = items[:min(len(items), maxWords)]
		case *syntax.CallExpr:
			d.call(n.Args, vars)
		}
		return true
	})
	return d
}

// parseScript reads POSIX sh, else what bash would take; the parser must not
// end the program whatever the bytes are.
func parseScript(data []byte) (f *syntax.File, err error) {
	defer func() {
		if recover() != nil {
			f, err = nil, errNoScript
		}
	}()
	if f, err = syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(bytes.NewReader(data), ""); err != nil {
		f, err = syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(bytes.NewReader(data), "")
	}
	return f, err
}

// wordsOf lists what a word may be: its text, with the values of variables that
// the script sets itself. It is empty if something else stands in it.
func wordsOf(w *syntax.Word, vars map[string][]string) []string {
	list := []string{""}
	var add func(parts []syntax.WordPart) bool
	add = func(parts []syntax.WordPart) bool {
		for _, p := range parts {
			var more []string
			switch p := p.(type) {
			case *syntax.Lit:
				more = []string{p.Value}
			case *syntax.SglQuoted:
				more = []string{p.Value}
			case *syntax.DblQuoted:
				if !add(p.Parts) {
					return false
				}
				continue
			case *syntax.ParamExp:
				if p.Param == nil || p.Exp != nil || p.Slice != nil || p.Repl != nil || p.Length {
					return false
				}
				more = vars[p.Param.Value]
			}
			if len(more) == 0 {
				return false
			}
			if list = product(list, more); len(list) == 0 {
				return false
			}
		}
		return true
	}
	if !add(w.Parts) {
		return nil
	}
	return list
}

// call takes a command that moves something.
func (d *deeds) call(words []*syntax.Word, vars map[string][]string) {
	var args [][]string
	for _, w := range words {
		args = append(args, wordsOf(w, vars))
	}
	for len(args) > 0 && len(args[0]) == 1 && slices.Contains([]string{"sudo", "exec", "command", "nohup"}, args[0][0]) {
		args = args[1:]
	}
	if len(args) < 2 || len(args[0]) != 1 {
		return
	}
	text := func(i int) string {
		if i < len(args) && len(args[i]) == 1 {
			return args[i][0]
		}
		return ""
	}
	last := args[len(args)-1]
	switch program := text(0); {
	case path.Base(program) == "hastctl" && text(1) == "role" && text(2) == "primary" && len(args) > 3:
		for _, names := range args[3:] {
			d.resources = appendNew(d.resources, names...)
		}
	case path.Base(program) == "zpool" && text(1) == "import":
		d.pools = appendNew(d.pools, last...)
	case path.Base(program) == "mount":
		d.mount(args)
	case path.Base(program) == "service" && isStart(text(2)):
		d.services = appendNew(d.services, args[1]...)
	case strings.Contains(program, "/rc.d/") && isStart(text(1)):
		d.services = appendNew(d.services, path.Base(program))
	}
}

// isStart recognises the actions of rc.subr(8) that start a service.
func isStart(action string) bool {
	for _, prefix := range []string{"one", "force", "quiet"} {
		action = strings.TrimPrefix(action, prefix)
	}
	return action == "start" || action == "restart"
}

func (d *deeds) mount(args [][]string) {
	last := args[len(args)-1]
	for i, dev := range args {
		for k, device := range dev {
			rest, ok := strings.CutPrefix(device, schema.HASTDevices)
			if !ok || rest == "" || i == len(args)-1 || len(last) == 0 {
				continue
			}
			m := mounted{resource: rest, device: device, point: last[min(k, len(last)-1)]}
			if i > 1 && len(args[i-1]) == 1 && len(args[i-2]) == 1 && args[i-2][0] == "-o" {
				m.options = strings.Split(args[i-1][0], ",")
			}
			if !slices.ContainsFunc(d.mounts, func(o mounted) bool { return o.point == m.point }) && path.IsAbs(m.point) {
				d.mounts = append(d.mounts, m)
			}
		}
	}
}

func appendNew(list []string, more ...string) []string {
	for _, s := range more {
		if s != "" && !strings.HasPrefix(s, "-") && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}
