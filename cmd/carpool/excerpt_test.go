package main

import (
	"strings"
	"testing"

	"carpool/schema"
)

func TestWindow(t *testing.T) {
	long := strings.Repeat("x", 1000)
	tests := []struct {
		name, before, marked, after string
		want                        [3]string
	}{
		{"short", "a = ", "1", " # b", [3]string{"a = ", "1", " # b"}},
		{"long behind", "a = ", "1", long, [3]string{"a = ", "1", long[:14] + "…"}},
		{"long before", long, "1", " # b", [3]string{"…" + long[:14], "1", " # b"}},
		{"long on both sides", long, "1", long, [3]string{"…" + long[:8], "1", long[:9] + "…"}},
		{"long itself", "a = ", long, long, [3]string{"a = ", long[:10], "…"}},
		{"long all over", long, long, long, [3]string{"…" + long[:8], long[:10], "…"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			line := schema.ExcerptLine{
				Text:  test.before + test.marked + test.after,
				Start: len(test.before), End: len(test.before + test.marked),
			}
			before, marked, after := window(line, 20)
			if got := [3]string{before, marked, after}; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{"abc": "abc", "abcdef": "abcd…", "äöüßé": "äöüßé", "äöüßéè": "äöüß…"} {
		if got := shorten(in, 5); got != want {
			t.Errorf("shorten(%q) = %q, want %q", in, got, want)
		}
	}
}
