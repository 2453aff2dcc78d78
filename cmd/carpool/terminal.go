package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// stream is a place to print to and what is known of it.
type stream struct {
	io.Writer
	terminal bool
	width    int // columns of the terminal, 0 if it is none
}

// fileStream describes an open file of the process.
func fileStream(f *os.File) stream {
	s := stream{Writer: f, terminal: term.IsTerminal(int(f.Fd()))}
	if s.terminal {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			s.width = width
		}
	}
	return s
}

// colored decides whether s gets colours: as told, else on a terminal whose
// user did not ask for none.
func (s stream) colored(choice string, env []string) bool {
	switch choice {
	case "always":
		return true
	case "never":
		return false
	}
	return s.terminal && getenv(env, "NO_COLOR") == "" && getenv(env, "TERM") != "dumb"
}

// getenv returns the last value that env gives to key, as a shell would.
func getenv(env []string, key string) string {
	value := ""
	for _, entry := range env {
		if v, ok := strings.CutPrefix(entry, key+"="); ok {
			value = v
		}
	}
	return value
}

// printable makes text safe to print: everything that moves a cursor, changes
// a terminal's state or reorders what the eye sees becomes an escape that can
// be read. Newlines and tabs stay.
func printable(text string) string {
	if !strings.ContainsFunc(text, hidden) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case hidden(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// printableLine is printable for text that has to stay on one line.
func printableLine(text string) string {
	return printable(strings.NewReplacer("\r\n", " ", "\n", " ", "\t", " ").Replace(text))
}

// hidden reports whether a terminal would act on r instead of showing it.
func hidden(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case r == '\u2028', r == '\u2029', r == '\ufeff':
		return true
	}
	return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) && r != '\u00ad' && r != '\u200d'
}

// print writes data. On a terminal, what a terminal would act on is escaped,
// unless it is styled text, which has been escaped piece by piece.
func (s stream) print(data []byte, styled bool) error {
	if s.terminal && !styled {
		data = []byte(printable(string(data)))
	}
	if len(data) == 0 {
		return nil
	}
	_, err := s.Write(data)
	return err
}
