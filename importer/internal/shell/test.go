package shell

import (
	"io/fs"
	"strconv"
	"strings"
)

// test is test(1) and [.
func (in *Interp) test(call Call) flow {
	args := call.Args[1:]
	in.status = 2
	if call.Args[0] == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			return flow{}
		}
		args = args[:len(args)-1]
	}
	t := tester{in: in, args: args}
	result := t.or(0)
	if len(t.args) == 0 {
		in.status = toStatus(result)
	}
	return flow{}
}

// tester reads the arguments of a test from left to right.
type tester struct {
	in   *Interp
	args []string
}

func (t *tester) next() string {
	if len(t.args) == 0 {
		return ""
	}
	s := t.args[0]
	t.args = t.args[1:]
	return s
}

func (t *tester) at(word string) bool { return len(t.args) > 0 && t.args[0] == word }

func (t *tester) or(depth int) bool {
	result := t.and(depth)
	for t.at("-o") {
		t.next()
		right := t.and(depth)
		result = result || right
	}
	return result
}

func (t *tester) and(depth int) bool {
	result := t.not(depth)
	for t.at("-a") {
		t.next()
		right := t.not(depth)
		result = result && right
	}
	return result
}

func (t *tester) not(depth int) bool {
	negate := false
	for t.at("!") && len(t.args) > 1 {
		t.next()
		negate = !negate
	}
	return t.primary(depth) != negate
}

func (t *tester) primary(depth int) bool {
	switch {
	case len(t.args) == 0:
		return false
	case len(t.args) >= 3 && isBinary(t.args[1]):
		a, op, b := t.next(), t.next(), t.next()
		return t.binary(a, op, b)
	case t.at("(") && len(t.args) > 1 && depth < maxDepth:
		t.next()
		result := t.or(depth + 1)
		t.next()
		return result
	case len(t.args) >= 2 && len(t.args[0]) == 2 && t.args[0][0] == '-':
		op := t.next()
		return t.unary(op, t.next())
	}
	return t.next() != ""
}

func isBinary(op string) bool {
	return op != "" && strings.Contains(" = == != < > -eq -ne -lt -le -gt -ge ", " "+op+" ")
}

func (t *tester) binary(a, op, b string) bool {
	switch op {
	case "=", "==":
		return a == b
	case "!=":
		return a != b
	case "<":
		return a < b
	case ">":
		return a > b
	}
	x, errX := strconv.ParseInt(strings.TrimSpace(a), 10, 64)
	y, errY := strconv.ParseInt(strings.TrimSpace(b), 10, 64)
	if errX != nil || errY != nil {
		return false
	}
	switch op {
	case "-eq":
		return x == y
	case "-ne":
		return x != y
	case "-lt":
		return x < y
	case "-le":
		return x <= y
	case "-gt":
		return x > y
	}
	return x >= y
}

// unary looks at a string or at a file of the tree.
func (t *tester) unary(op, arg string) bool {
	switch op {
	case "-n":
		return arg != ""
	case "-z":
		return arg == ""
	}
	if t.in.tree == nil {
		return false
	}
	info, err := t.in.tree.Stat(arg)
	if err != nil {
		return false
	}
	switch op {
	case "-f":
		return info.Mode().IsRegular()
	case "-d":
		return info.IsDir()
	case "-s":
		return info.Size() > 0
	case "-x":
		return info.IsDir() || info.Mode()&0o111 != 0
	case "-e", "-r", "-w":
		return true
	case "-p":
		return info.Mode()&fs.ModeNamedPipe != 0
	}
	return false
}
