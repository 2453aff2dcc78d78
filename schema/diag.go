package schema

import (
	"cmp"
	"slices"

	"github.com/hashicorp/hcl/v2"
)

// Severity grades a finding. The zero value is Error, so that a finding whose
// severity was forgotten is never lost.
type Severity int

const (
	Error   Severity = iota // what would break on FreeBSD, or cannot be represented
	Warning                 // works, but not as an operator would want it
	Notice                  // worth knowing, no change needed
)

// String returns the word that reports and --fail-on use.
func (s Severity) String() string {
	return [...]string{"error", "warning", "notice"}[s]
}

// Related is a second place that explains a finding: "first used here".
type Related struct {
	Message string
	Range   hcl.Range
}

// Finding is what carpool knows of a diagnostic beyond hcl.Diagnostic. It
// travels in the diagnostic's Extra field; use FindingOf to read it.
type Finding struct {
	Code     string    // rule code, or one of the language codes LANG…
	Severity Severity  // hcl knows no notice
	Effect   string    // what FreeBSD would do
	Help     string    // what to write instead
	Related  []Related // further places, in order of importance
	Object   string    // the object meant when several share the range: `vip.web (for_each key "web")`
}

// FindingOf returns the finding of d. A diagnostic of the HCL library itself
// gets one made from its severity.
func FindingOf(d *hcl.Diagnostic) Finding {
	if f, ok := d.Extra.(*Finding); ok {
		return *f
	}
	f := Finding{Code: LangSyntax}
	if d.Severity == hcl.DiagWarning {
		f.Severity = Warning
	}
	return f
}

// Diagnostic makes a diagnostic out of a finding at a place. The zero range
// means that no place in a file is to blame.
func (f Finding) Diagnostic(at hcl.Range, summary, detail string) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail, Extra: &f}
	if f.Severity != Error {
		d.Severity = hcl.DiagWarning
	}
	if at != (hcl.Range{}) {
		d.Subject = at.Ptr()
	}
	return d
}

// Sort orders diagnostics by file, position, code and text. HCL's own decoder
// reports in map order; every stage sorts before it hands its findings on.
func Sort(diags hcl.Diagnostics) {
	slices.SortStableFunc(diags, func(a, b *hcl.Diagnostic) int {
		ra, rb := place(a), place(b)
		return cmp.Or(
			cmp.Compare(ra.Filename, rb.Filename),
			cmp.Compare(ra.Start.Byte, rb.Start.Byte),
			cmp.Compare(FindingOf(a).Code, FindingOf(b).Code),
			cmp.Compare(FindingOf(a).Object, FindingOf(b).Object),
			cmp.Compare(a.Summary, b.Summary),
			cmp.Compare(a.Detail, b.Detail),
		)
	})
}

// Unique drops diagnostics that repeat an earlier one to the letter, as a
// shared expression evaluated for several blocks does. diags must be sorted.
func Unique(diags hcl.Diagnostics) hcl.Diagnostics {
	return slices.CompactFunc(diags, func(a, b *hcl.Diagnostic) bool {
		return place(a) == place(b) && a.Summary == b.Summary && a.Detail == b.Detail &&
			FindingOf(a).Object == FindingOf(b).Object
	})
}

func place(d *hcl.Diagnostic) hcl.Range {
	if d.Subject == nil {
		return hcl.Range{}
	}
	return *d.Subject
}

// The codes of findings that say: this cannot be represented. They are raised
// while a description is read and cannot be silenced. Rules have codes of
// their own, in package rules.
const (
	LangSyntax    = "LANG001"
	LangName      = "LANG002"
	LangMissing   = "LANG003"
	LangValue     = "LANG004"
	LangReference = "LANG005"
	LangDuplicate = "LANG006"
	LangVariable  = "LANG007"
	LangMember    = "LANG008"
	LangSecret    = "LANG009"
	LangLimit     = "LANG010"
	LangIgnore    = "LANG011"
	LangOrder     = "LANG012"
)

// LanguageCode documents one of the LANG codes for `carpool explain`.
type LanguageCode struct{ Code, Summary, Why string }

// LanguageCodes lists every code that reading a description can raise.
var LanguageCodes = []LanguageCode{
	{LangSyntax, "the text is not valid HCL", "carpool reads HCL native syntax (*.hcl) and JSON syntax (*.hcl.json). A file that does not parse is not evaluated at all, so nothing else is reported for it."},
	{LangName, "unknown block, attribute or function", "A misspelt attribute would silently leave FreeBSD's default in force, so every name has to be one the language knows."},
	{LangMissing, "a required attribute or block is missing", "carpool derives what follows from other facts; what is required follows from nothing."},
	{LangValue, "a value of the wrong kind", "The value cannot be turned into what the attribute means: a number out of range, text that is no address, a word that is not among the choices."},
	{LangReference, "a reference to something that is not described", "References such as network.lan name another block of the same description."},
	{LangDuplicate, "two blocks with the same name", "A name has one meaning in the whole description; the second place is reported, the first is named."},
	{LangVariable, "a variable has no, or no valid, value", "Values come from the default, then the environment (CARPOOL_VAR_NAME), then -var-file and -var in the order given."},
	{LangMember, "the members of a block do not fit", "Members come from nodes, else prefer, else the on blocks, else every node with an interface on the network."},
	{LangSecret, "a secret where none may stand", "A sensitive value may only reach places whose file is kept from other readers: a password, and the rc, sysctl and loader maps and vars. nonsensitive() lifts the mark on purpose."},
	{LangLimit, "the description exceeds a limit", "Limits on file size, nesting and expansion keep a slip of the pen from exhausting the machine that runs carpool."},
	{LangIgnore, "a carpool:ignore comment is not well formed", "An ignore names the code of a rule and gives a reason: # carpool:ignore CODE reason."},
	{LangOrder, "a value that depends on itself, or on blocks that are not known yet", "Everything is evaluated when something needs it, wherever it stands, so values must not need each other in a circle. And for_each of a dynamic block at the top decides which blocks there are: it may use variables, locals and functions, but no blocks."},
}
