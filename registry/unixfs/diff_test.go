package unixfs

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ipfs/go-cid"
)

// TestDiffEqualsComparison edits directories of every size, so that plain ones
// and sharded ones of different depth face one another.
func TestDiffEqualsComparison(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	other := entries(t, 1)[0].CID
	for _, n := range []int{0, 1, 300, 3650, 4000, 9000} {
		for _, edits := range []int{0, 1, 40, n} {
			m := newMemory()
			before := entries(t, n)
			was := make(map[string]cid.Cid, n)
			for _, l := range before {
				was[l.Name] = l.CID
			}
			after, want := edited(r, before, was, edits, other)
			old, new := stored(t, m, before), stored(t, m, after)
			got, err := NewTree(m).Diff(t.Context(), old, new, 1<<20)
			if err != nil {
				t.Fatalf("%d entries, %d edits: %v", n, edits, err)
			}
			if len(got) != len(want) {
				t.Errorf("%d entries, %d edits: %d differences, want %d", n, edits, len(got), len(want))
			}
			for i, d := range got {
				if i > 0 && got[i-1].Name >= d.Name {
					t.Fatalf("not sorted: %s, %s", got[i-1].Name, d.Name)
				}
				if text := kindOf(d); want[d.Name] != text {
					t.Fatalf("%s: %s, want %q", d.Name, text, want[d.Name])
				}
			}
		}
	}
}

// edited takes entries away, changes some and adds others, and says which.
func edited(r *rand.Rand, before []Link, was map[string]cid.Cid, edits int, other cid.Cid) (after []Link, want map[string]string) {
	want = map[string]string{}
	for range edits {
		switch i := r.IntN(len(before) + 1); {
		case i == len(before) || r.IntN(3) == 0:
			want[fmt.Sprintf("new-%d", r.IntN(1<<30))] = "added"
		case r.IntN(2) == 0:
			want[before[i].Name] = "removed"
		case was[before[i].Name] != other:
			want[before[i].Name] = "changed"
		}
	}
	for name, kind := range want {
		if kind == "added" {
			after = append(after, Link{Name: name, CID: other})
		}
	}
	for _, l := range before {
		switch want[l.Name] {
		case "removed":
		case "changed":
			after = append(after, Link{Name: l.Name, CID: other})
		default:
			after = append(after, l)
		}
	}
	return after, want
}

func kindOf(d Difference) string {
	switch {
	case d.Old == nil:
		return "added"
	case d.New == nil:
		return "removed"
	}
	return "changed"
}

// stored lays a directory out in m.
func stored(t testing.TB, m *memory, links []Link) cid.Cid {
	t.Helper()
	root, bs, err := Directory(links)
	if err != nil {
		t.Fatal(err)
	}
	m.put(bs)
	return root.CID
}

// TestDiffCostsWhatChanged holds that equal shards are not fetched.
func TestDiffCostsWhatChanged(t *testing.T) {
	m := newMemory()
	before := entries(t, 20_000)
	old := stored(t, m, before)
	before[7].CID = before[8].CID
	new := stored(t, m, before)
	m.calls, m.served = 0, 0
	got, err := NewTree(m).Diff(t.Context(), old, new, 1<<20)
	if err != nil || len(got) != 1 || got[0].Name != before[7].Name {
		t.Fatalf("%v %v", got, err)
	}
	if m.calls > 3 || m.served > 6 {
		t.Errorf("%d calls for %d blocks, want at most 3 for 6", m.calls, m.served)
	}
	if got, err = NewTree(m).Diff(t.Context(), old, old, 1); got != nil || err != nil {
		t.Errorf("equal ones: %v %v", got, err)
	}
	all, err := NewTree(m).Diff(t.Context(), cid.Undef, old, 1<<20)
	if err != nil || len(all) != len(before) {
		t.Errorf("from nothing: %d entries, %v", len(all), err)
	}
	if _, err = NewTree(m).Diff(t.Context(), cid.Undef, old, 100); !isFormat(err) {
		t.Errorf("over the limit: %v", err)
	}
}
