package schema

import "testing"

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]Release{"14.2": {14, 2}, "9": {9, 0}, "13.2-RELEASE-p3": {13, 2}, "14.10": {14, 10}, "15.0-CURRENT": {15, 0}} {
		if got, err := ParseRelease(text); got != want || err != nil {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "7.4", "16.0", "-1", "+9", "14.", "14.2.1", "014.2 ", "999", "14.2-ROOT"} {
		if got, err := ParseRelease(text); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestAtLeast(t *testing.T) {
	r := Release{13, 2}
	if !r.AtLeast(13, 2) || !r.AtLeast(12, 9) || r.AtLeast(13, 3) || r.AtLeast(14, 0) {
		t.Error(r)
	}
}
