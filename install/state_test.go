package install

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
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
		p := &plan{keep: targetsAt(packages), before: map[string]installed{gone: {}}}
		without, ok := old.besides(p)
		if !ok {
			t.Fatal("the old table lacks what is kept")
		}
		pending := &state{header: header{Pending: true, Without: without}, table: old.table}
		if err := pending.write(root); err != nil {
			t.Fatal(err)
		}
		got, err := readState(root)
		if err != nil || !got.Pending || !maps.Equal(got.Packages, packages) {
			t.Fatalf("without %s: read %+v, %v; want %v", gone, got, err, packages)
		}
	}
}

// besides has an answer only where the old table tells of all that is kept.
func TestBesidesOfOthers(t *testing.T) {
	old := &state{Packages: map[string]installed{"node_modules/a": {}}}
	if _, ok := old.besides(&plan{keep: targetsAt(map[string]installed{"node_modules/b": {}})}); ok {
		t.Error("a table without what is kept says the same of it")
	}
	if _, ok := (*state)(nil).besides(&plan{}); ok {
		t.Error("no table says the same")
	}
}

// What a plan neither keeps nor takes away by itself is not whole either: packages
// nested in one that goes, or one that is kept for as long as others are not in place.
func TestBesidesFindsAll(t *testing.T) {
	packages := map[string]installed{"node_modules/a": {}, "node_modules/b": {}, "node_modules/b/node_modules/c": {}, "node_modules/d": {}}
	old := &state{header: header{Without: []string{"node_modules/0"}}, Packages: packages}
	keep := targetsAt(map[string]installed{"node_modules/a": {}, "node_modules/d": {}})
	for _, before := range []map[string]installed{
		{"node_modules/b": {}},
		{"node_modules/b": {}, "node_modules/d": {}},
		{"node_modules/b": {}, "node_modules/b/node_modules/c": {}, "node_modules/new": {}},
	} {
		got, ok := old.besides(&plan{keep: keep, before: before})
		if want := []string{"node_modules/0", "node_modules/b", "node_modules/b/node_modules/c"}; !ok || !slices.Equal(got, want) {
			t.Errorf("of %v: %q, %v; want %q", before, got, ok, want)
		}
	}
}

func targetsAt(packages map[string]installed) []*target {
	var targets []*target
	for loc := range packages {
		targets = append(targets, &target{place: place{loc: loc}})
	}
	return targets
}

// What was read before the lock counts unless another process has written meanwhile.
func TestReadStateAhead(t *testing.T) {
	root := t.TempDir()
	none := readStateAhead(root)
	if s, err := none(); s != nil || err != nil {
		t.Fatalf("in an empty folder: %+v, %v", s, err)
	}
	if err := os.Mkdir(filepath.Join(root, modules), 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name string) {
		t.Helper()
		if err := (&state{Packages: map[string]installed{"node_modules/" + name: {Key: "k" + name, Name: name, Version: "1.0.0"}}}).write(root); err != nil {
			t.Fatal(err)
		}
	}
	for _, other := range []bool{false, true} {
		write("a")
		read, want := readStateAhead(root), "node_modules/a"
		if other {
			write("b")
			want = "node_modules/b"
		}
		s, err := read()
		if err != nil || s == nil || len(s.Packages) != 1 || s.Packages[want].Version == "" {
			t.Errorf("with another process %v: %+v, %v; want %s", other, s, err, want)
		}
	}
}
