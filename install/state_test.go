package install

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

// A pending state has the rows of the complete one before it, and says which of them
// count no more.
func TestPendingWithout(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, modules), 0o755); err != nil {
		t.Fatal(err)
	}
	packages := map[string]installed{"node_modules/a": {Key: "ka", Name: "a", Version: "1.0.0"}, "node_modules/b": {Key: "kb", Name: "b", Version: "1.0.0"}, "node_modules/c": {Key: "kc", Name: "c", Version: "1.0.0"}}
	if err := (&state{Packages: packages}).write(root); err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{"node_modules/b", "node_modules/a"} { // by two runs that were interrupted
		old, err := readState(root)
		if err != nil {
			t.Fatal(err)
		}
		delete(packages, gone)
		pending := &state{header: header{Pending: true, Without: old.besides(packages)}, table: old.table}
		if err := pending.write(root); err != nil {
			t.Fatal(err)
		}
		got, err := readState(root)
		if err != nil || !got.Pending || !maps.Equal(got.Packages, packages) {
			t.Fatalf("without %s: read %+v, %v; want %v", gone, got, err, packages)
		}
	}
}
