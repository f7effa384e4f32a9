package resolve

import (
	"context"
	"testing"
)

// BenchmarkRecordedProject resolves 1,330 locations from parsed documents.
func BenchmarkRecordedProject(b *testing.B) {
	docs, project := recorded(b)
	r := Request{Root: mustManifest(b, project), Index: &memory{docs: docs}, Options: Options{LegacyPeerDeps: true}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Build(context.Background(), r); err != nil {
			b.Fatal(err)
		}
	}
}
