package golden

import (
	"testing"

	"carpool/generator"
	"carpool/schema"
	"carpool/schema/rules"
)

// The fleet of examples/fleet: 300 pairs from one table.
const fleet = "../examples/fleet"

func decodeFleet(b *testing.B) *schema.Cluster {
	b.Helper()
	src, diags, err := schema.Load(fleet)
	if err != nil || diags.HasErrors() {
		b.Fatal(err, diags)
	}
	c, diags := schema.Decode(src, schema.Inputs{})
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	return c
}

// BenchmarkValidate reads, decodes and checks the fleet.
func BenchmarkValidate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		rules.Check(decodeFleet(b))
	}
}

// BenchmarkRender renders every host of the fleet in memory.
func BenchmarkRender(b *testing.B) {
	c := decodeFleet(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := generator.Render(c, generator.Options{Secrets: generator.Redact}); err != nil {
			b.Fatal(err)
		}
	}
}
