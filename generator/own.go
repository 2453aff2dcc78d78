package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
	"text/template"
	"time"

	"carpool/schema"
)

// readOwn reads a file of the operator's folder; a pipe or device would never end.
func readOwn(over fs.FS, name string) ([]byte, error) {
	switch info, err := fs.Stat(over, name); {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxOutput:
		return nil, fmt.Errorf("it is larger than %d bytes", maxOutput)
	}
	return fs.ReadFile(over, name)
}

// unknownTemplates refuses a file in the operator's folder that overlays
// nothing: it would have no effect.
func unknownTemplates(over fs.FS, used map[string]bool) error {
	if over == nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(used))
	return fs.WalkDir(over, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || used[p] || strings.HasPrefix(path.Base(p), ".") {
			return err
		}
		if s := schema.Suggest(p, names); s != "" {
			return fmt.Errorf("the template %s overlays nothing; did you mean %s?", p, s)
		}
		return fmt.Errorf("the template %s overlays nothing; there are %s", p, strings.Join(names, ", "))
	})
}

// ownTime is how long a template of the operator may take for one file: built-in ones take less than a
// millisecond, and text/template knows ranges over numbers without end.
var ownTime = 10 * time.Second

// within gives up waiting for f after limit. Nothing can stop f, which goes on until the process ends.
func within(limit time.Duration, f func() error) func() error {
	return func() error {
		done := make(chan error, 1)
		go func() { done <- f() }()
		select {
		case err := <-done:
			return err
		case <-time.After(limit):
			return fmt.Errorf("a template of yours still runs after %s", limit)
		}
	}
}

var errLong = fmt.Errorf("it would make a text of more than %d bytes", maxOutput)

// short refuses a text that is longer than a file may be.
func short(s string, err error) (string, error) {
	if len(s) > maxOutput {
		return "", errLong
	}
	return s, err
}

// ownFuncs are the functions for templates of the operator. Those that make
// more of what they are given have a limit: a variable that is doubled in a
// range would otherwise have all memory before its time is over.
func ownFuncs() template.FuncMap {
	m := funcs()
	for name, f := range quoting {
		if quote, ok := f.(func(string) (string, error)); ok {
			m[name] = func(s string) (string, error) { return short(quote(s)) }
		}
	}
	m["rcAppend"] = func(name, s string) (string, error) { return short(quoteRCAppend(name, s)) }
	m["vars"] = func(prefix string, record reflect.Value) (string, error) {
		if len(prefix) > 100 { // it stands before each of some dozen variables
			return "", errors.New("the prefix is too long")
		}
		return quoteVars(prefix, record)
	}
	for name, f := range map[string]func(...any) string{
		"print": fmt.Sprint, "println": fmt.Sprintln,
		"html": template.HTMLEscaper, "js": template.JSEscaper, "urlquery": template.URLQueryEscaper,
	} {
		m[name] = func(args ...any) (string, error) { return short(f(args...), nil) }
	}
	m["printf"] = func(format string, args ...any) (string, error) {
		// Each verb can print all that is given, or fill a width up, which the
		// format states or, for *, an argument.
		given := fmt.Sprint(args...)
		if strings.Count(format, "%")*(len(given)+largest(format+" "+given)) > maxOutput {
			return "", errLong
		}
		return short(fmt.Sprintf(format, args...), nil)
	}
	replace := m["replace"].(func(string, string, string) string)
	m["replace"] = func(old, by, s string) (string, error) {
		if strings.Count(s, old)*len(by) > maxOutput {
			return "", errLong
		}
		return replace(old, by, s), nil
	}
	join := m["join"].(func(string, any) string)
	m["join"] = func(between string, list any) (string, error) {
		if v := reflect.ValueOf(list); v.Kind() == reflect.Slice && v.Len()*len(between) > maxOutput {
			return "", errLong
		}
		return short(join(between, list), nil)
	}
	return m
}

// largest is the largest number in a text, at most the greatest width of fmt.
func largest(s string) int {
	most, n := 0, 0
	for i := range len(s) {
		if c := s[i]; c < '0' || c > '9' {
			n = 0
			continue
		}
		n = min(10*n+int(s[i]-'0'), 1_000_000)
		most = max(most, n)
	}
	return most
}
