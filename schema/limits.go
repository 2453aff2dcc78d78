package schema

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"syscall"
	"time"

	"carpool/internal/parallel"

	"github.com/hashicorp/hcl/v2"
)

// Limits on a description. They are far above what a fleet of 10,000 hosts
// needs (5 MB, a few hundred MiB of memory, some seconds), and keep a slip of
// the pen or a hostile text from exhausting the machine.
const (
	MaxFileSize  = 64 << 20 // bytes of one file
	MaxNesting   = 200      // brackets, strings and templates within each other
	MaxOperators = 1000     // operators of one expression
	MaxNodes     = 50_000   // nodes of a description, dynamic ones included
)

// What the evaluation of a description may take; tests make them smaller.
var (
	maxTime        = 10 * time.Second // of CPU
	maxHeap uint64 = 2 << 30          // bytes of memory
)

// checkText refuses text that the parser is not made for, before it meets it:
// bytes that are no text, and nesting or chains of operators that would
// exhaust its stack, which no program can recover from.
//
// It also returns where a long text of native syntax can be cut in pieces.
func checkText(name string, data []byte) ([]int, *hcl.Diagnostic) {
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return nil, Finding{Code: LangSyntax, Help: "a description is UTF-8 text"}.Diagnostic(posRange(name, data, i),
			"this is not a text file", "It holds a NUL byte.")
	}
	s := scanner{data: data}
	if strings.HasSuffix(plainName(name), ".json") {
		s.json()
	} else {
		s.push('{')
		s.native()
	}
	if s.problem == "" {
		return s.cuts, nil
	}
	return nil, Finding{Code: LangLimit, Help: "look for a bracket or a quote that is missing"}.Diagnostic(posRange(name, data, s.at), s.problem,
		"No description needs that.")
}

// checkTemplate does the same for the text of a template.
func checkTemplate(data []byte) error {
	s := scanner{data: data}
	s.push('<')
	s.native()
	if s.problem != "" {
		return fmt.Errorf("%s", s.problem)
	}
	return nil
}

// scanner follows brackets, strings, templates and comments of HCL without
// making anything of them, in one pass and without recursion.
type scanner struct {
	data    []byte
	at      int
	stack   []level
	problem string
	cuts    []int // ends of lines outside of everything, chunkSize apart
}

// level is what the text is inside of: '{' '(' '[' are code, '"' a quoted
// template, '<' a heredoc or a whole template.
type level struct {
	kind      byte
	operators int
	end       string // of a heredoc
}

func (s *scanner) push(kind byte) {
	s.stack = append(s.stack, level{kind: kind})
	if len(s.stack) > MaxNesting {
		s.problem = fmt.Sprintf("brackets and templates are nested more than %d deep", MaxNesting)
	}
}

func (s *scanner) pop() {
	if len(s.stack) > 1 {
		s.stack = s.stack[:len(s.stack)-1]
	}
}

func (s *scanner) top() *level { return &s.stack[len(s.stack)-1] }

func (s *scanner) native() {
	for ; s.at < len(s.data) && s.problem == ""; s.at++ {
		switch s.top().kind {
		case '"', '<':
			s.template()
		default:
			s.code()
		}
	}
}

var heredocHead = regexp.MustCompile(`^<<-?([A-Za-z_][A-Za-z0-9_-]*)\r?\n`)

// code handles one byte of code.
func (s *scanner) code() {
	c := s.data[s.at]
	rest := s.data[s.at:]
	switch {
	case c == '"':
		s.push('"')
	case c == '{' || c == '(' || c == '[':
		s.push(c)
	case c == '}' || c == ')' || c == ']':
		s.pop()
	case c == '#', c == '/' && bytes.HasPrefix(rest, []byte("//")):
		s.skipTo("\n", false)
	case c == '/' && bytes.HasPrefix(rest, []byte("/*")):
		s.skipTo("*/", true)
	case c == '<' && bytes.HasPrefix(rest, []byte("<<")):
		if m := heredocHead.FindSubmatch(rest[:min(len(rest), 300)]); m != nil {
			s.at += len(m[0]) - 1
			s.push('<')
			s.top().end = string(m[1])
		}
	case c == ',', c == '\n' && s.top().kind == '{':
		s.top().operators = 0
		s.cut()
	case strings.IndexByte("!-+*/%?&|=<>", c) >= 0:
		if s.top().operators++; s.top().operators > MaxOperators {
			s.problem = fmt.Sprintf("an expression has more than %d operators", MaxOperators)
		}
	}
}

// cut notes the end of a line outside of everything, now and then. A byte order
// mark is let pass at the beginning of a text only.
func (s *scanner) cut() {
	last := 0
	if n := len(s.cuts); n > 0 {
		last = s.cuts[n-1]
	}
	next := s.at + 1
	if len(s.stack) == 1 && s.data[s.at] == '\n' && next-last >= chunkSize && next < len(s.data) && s.data[next] != 0xef {
		s.cuts = append(s.cuts, next)
	}
}

// skipTo moves to the end of a comment.
func (s *scanner) skipTo(end string, past bool) {
	i := bytes.Index(s.data[s.at:], []byte(end))
	if i < 0 {
		s.at = len(s.data)
		return
	}
	s.at += i - 1
	if past {
		s.at += len(end)
	}
}

// template handles one byte of a quoted template or a heredoc.
func (s *scanner) template() {
	c, l := s.data[s.at], s.top()
	switch {
	case l.kind == '"' && c == '\\':
		s.at++
	case l.kind == '"' && (c == '"' || c == '\n'):
		s.pop()
	case (c == '$' || c == '%') && s.at+1 < len(s.data) && s.data[s.at+1] == c:
		s.at++ // $${ is no template
	case (c == '$' || c == '%') && s.at+1 < len(s.data) && s.data[s.at+1] == '{':
		s.at++
		s.push('{')
	case l.kind == '<' && c == '\n' && l.end != "":
		line, _, _ := bytes.Cut(s.data[s.at+1:], []byte("\n"))
		if string(bytes.TrimSpace(line)) == l.end {
			s.pop()
		}
	}
}

// json checks JSON: its own brackets, and each string as a template.
func (s *scanner) json() {
	depth := 0
	for ; s.at < len(s.data) && s.problem == ""; s.at++ {
		switch c := s.data[s.at]; c {
		case '{', '[':
			if depth++; depth > MaxNesting {
				s.problem = fmt.Sprintf("brackets are nested more than %d deep", MaxNesting)
			}
		case '}', ']':
			depth--
		case '"':
			s.jsonString()
		}
	}
}

// jsonString counts in a string what a template could nest, quotes or not.
func (s *scanner) jsonString() {
	brackets, operators := 0, 0
	for s.at++; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c == '\\':
			s.at++
		case c == '"':
			return
		case c == '{' || c == '(' || c == '[':
			brackets++
		case strings.IndexByte("!-+*/%?&|=<>", c) >= 0:
			operators++
		}
		if brackets > MaxNesting*10 || operators > MaxOperators*10 {
			s.problem = "a template in a string is too long"
			return
		}
	}
}

// tooManyNodes refuses a description that would take minutes and all memory,
// before anything in its blocks is evaluated.
func (d *decoder) tooManyNodes(tops []instance) bool {
	nodes := 0
	for _, in := range tops {
		if in.kind != "node" {
			continue
		}
		if nodes++; nodes > MaxNodes {
			d.report(Finding{Code: LangLimit, Help: "describe the fleet in several descriptions"}, in.header, "there are too many nodes",
				fmt.Sprintf("A description may have %d of them.", MaxNodes))
			return true
		}
	}
	return false
}

// guard runs f, which evaluates expressions, and gives up when it takes too
// long or too much memory: HCL has no means to stop an evaluation. What runs on
// is left behind; the caller reports the limit and ends. Time is that of the
// CPU, so that a machine with other work to do refuses nothing.
func guard(f func()) (problem string) {
	done := make(chan *parallel.Panic)
	go func() {
		var failed *parallel.Panic
		defer func() {
			if r := recover(); r != nil {
				failed = &parallel.Panic{Value: r, Stack: string(debug.Stack())}
			}
			done <- failed
		}()
		f()
	}()
	start := cpuTime()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for {
		select {
		case failed := <-done:
			if failed != nil {
				panic(failed) // where the caller of Decode can recover
			}
			return ""
		case <-tick.C:
			if cpuTime()-start > maxTime {
				return fmt.Sprintf("evaluating the description takes more than %s", maxTime)
			}
			if metrics.Read(heap); heap[0].Value.Uint64() > maxHeap {
				return fmt.Sprintf("evaluating the description takes more than %d GiB of memory", maxHeap>>30)
			}
		}
	}
}

// cpuTime is what the process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
