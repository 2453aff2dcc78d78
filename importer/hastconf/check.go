package hastconf

import (
	"fmt"
	"sort"
	"strconv"

	"github.com/hashicorp/hcl/v2"
)

// Sizes of hastd's buffers, final NUL included (sbin/hastd/hast.h and parse.y, 13.2).
const (
	addrSize = 1024 // HAST_ADDRSIZE
	pathSize = 1024 // PATH_MAX
	nameSize = 255  // NAME_MAX
)

// sizes of the arguments. A resource-level "name" has the larger buffer and is cut
// without a word when it is copied.
var sizes = map[string]int{
	"control": addrSize, "pidfile": pathSize, "listen": addrSize, "exec": pathSize,
	"name": nameSize, "local": pathSize, "remote": addrSize, "source": addrSize,
}

// checkFile reports what hastd refuses on every host, whichever name it has.
func checkFile(f *File) hcl.Diagnostics {
	diags := checkSettings(f.Settings, false)
	for _, n := range f.Nodes {
		diags = append(diags, checkSettings(onlyListen(n.Settings), false)...)
	}
	seen := map[string]*Resource{}
	for _, r := range f.Resources {
		if len(r.Name.Text) >= nameSize {
			diags = append(diags, refused(r.Name.Range, "Resource name is too long.",
				fmt.Sprintf("Use at most %d characters.", nameSize-1)))
		}
		if first := seen[r.Name.Text]; first != nil {
			diags = append(diags, refused(r.Name.Range, "Resource "+r.Name.Text+" configured more than once.",
				fmt.Sprintf("The first place is line %d.", first.Name.Range.Start.Line)))
		} else {
			seen[r.Name.Text] = r
		}
		diags = append(diags, checkSettings(r.Settings, true)...)
		diags = append(diags, checkNames(r)...)
	}
	return diags
}

// checkNames warns of names that hastd accepts and that do not work.
func checkNames(r *Resource) hcl.Diagnostics {
	if r.Name.Text != "all" {
		return nil
	}
	return hcl.Diagnostics{{
		Severity: hcl.DiagWarning,
		Summary:  "A resource called \"all\" cannot be addressed",
		Detail:   "hastctl takes \"all\" for every resource of the file. Give the resource another name.",
		Subject:  r.Name.Range.Ptr(),
	}}
}

// onlyListen picks the settings of a top-level section that are checked even if the
// section belongs to another host.
func onlyListen(list []Setting) []Setting {
	var out []Setting
	for _, s := range list {
		if s.Keyword == "listen" {
			out = append(out, s)
		}
	}
	return out
}

func checkSettings(list []Setting, resource bool) hcl.Diagnostics {
	var diags hcl.Diagnostics
	for _, s := range list {
		size := sizes[s.Keyword]
		if resource && s.Keyword == "name" {
			size = pathSize
		}
		if d := checkSize(s, size); d != nil {
			diags = append(diags, d)
		}
		if s.Keyword == "timeout" && timeout(s.Value.Text) <= 0 {
			diags = append(diags, refused(s.Value.Range, "Negative or zero timeout.",
				"Write a number of seconds from 1 to 2147483647."))
		}
	}
	return diags
}

func checkSize(s Setting, size int) *hcl.Diagnostic {
	if size == 0 || len(s.Value.Text) < size {
		return nil
	}
	text := s.Keyword + " argument is too long."
	if s.Keyword == "exec" {
		text = "Exec path is too long."
	}
	return refused(s.Value.Range, text, fmt.Sprintf("Use at most %d characters.", size-1))
}

// timeout is atoi(3): the value wraps to 32 bits, after it stopped at the limits of 64.
func timeout(digits string) int32 {
	n, _ := strconv.ParseInt(digits, 10, 64)
	return int32(n)
}

// refused is an error for which hastd refuses the whole file, with hastd's text.
func refused(subject hcl.Range, text, advice string) *hcl.Diagnostic {
	return &hcl.Diagnostic{
		Severity: hcl.DiagError,
		Summary:  text,
		Detail:   "hastd and hastctl refuse the whole file with this message and exit with status 78. " + advice,
		Subject:  &subject,
	}
}

func sortDiags(diags hcl.Diagnostics) {
	sort.SliceStable(diags, func(i, j int) bool {
		return diags[i].Subject.Start.Byte < diags[j].Subject.Start.Byte
	})
}
