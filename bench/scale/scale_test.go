package scale

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func folders(t testing.TB) Disks {
	top := t.TempDir()
	return Disks{Fresh: func(_ context.Context, name string) (string, func() error, error) {
		dir := filepath.Join(top, name)
		return dir, func() error { return os.RemoveAll(dir) }, os.Mkdir(dir, 0o755)
	}}
}

func quiet(string) {}

// Every cost of every kind of project is read at every size, and the trees
// grow with what they are made of.
func TestGrow(t *testing.T) {
	t.Parallel()
	for _, k := range []Kind{Packages(48), Workspaces(8)} {
		all, err := Grow(t.Context(), k, 1, folders(t), quiet)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != len(costs()) {
			t.Errorf("%s: %d of %d costs", k.Name, len(all), len(costs()))
		}
		for _, g := range all {
			if len(g.Took) != 3 || g.Sizes[0] >= g.Sizes[1] || g.Sizes[1] >= g.Sizes[2] {
				t.Errorf("%s: %+v", k.Name, g)
			}
		}
	}
}

// A made-up project has what makes trees hard: packages in two versions, some
// of them nested, and links between workspaces.
func TestShape(t *testing.T) {
	t.Parallel()
	p, err := manyPackages(20)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newSite(t.Context(), p, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	nested, links, others := 0, 0, 0
	for location, pkg := range s.lock.Packages {
		nested += min(1, strings.Count(location, "node_modules/package-")-1)
		if pkg.Link {
			links++
		}
		if pkg.Version == "2.0.0" {
			others++
		}
	}
	if links != 20 || others < 20 || s.locations() < 200 {
		t.Errorf("%d locations, %d nested, %d links, %d of the other major", s.locations(), nested, links, others)
	}
}

func TestExponents(t *testing.T) {
	t.Parallel()
	g := Growth{Cost: "squares", Sizes: []int{10, 20, 80}, Took: []time.Duration{100, 200, 3200}}
	if got := fmt.Sprintf("%.2f", g.Exponents()); got != "[1.00 2.00]" {
		t.Errorf("grows with %s", got)
	}
	var out strings.Builder
	if err := WriteGrowth(&out, Kind{Name: "things", Sizes: []int{1, 2, 8}}, []Growth{g}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(out.String(), " 1.00, 2.00 (!) |\n") {
		t.Errorf("got\n%s", out.String())
	}
}

// An update meets as large a part of what is looked up as of the rest.
func TestSpread(t *testing.T) {
	t.Parallel()
	for _, n := range []int{3125, 12_500, 50_000, 500_000, 3_500_000} {
		changed := 0
		for _, i := range spread(n) {
			if i%updated == 0 {
				changed++
			}
			if i >= n {
				t.Fatalf("%d of %d", i, n)
			}
		}
		if changed != looked/updated {
			t.Errorf("of %d names %d that are looked up are changed", n, changed)
		}
	}
}

// An index made of directories alone is found and changed as a whole one is.
func TestIndexes(t *testing.T) {
	t.Parallel()
	const names = 8000 // more than one node holds
	whole, err := Indexes(t.Context(), names, folders(t), quiet)
	if err != nil {
		t.Fatal(err)
	}
	alone, err := MadeUpIndex(t.Context(), names, folders(t), quiet)
	if err != nil {
		t.Fatal(err)
	}
	last := whole[len(whole)-1]
	if alone.Built.Blocks*10 > last.Built.Blocks || alone.ColdRead.Blocks < looked || alone.Delta.Blocks != last.Delta.Blocks {
		t.Errorf("directories alone: %+v\na whole index:     %+v", *alone, last)
	}
	if again := last.AgainRead.Blocks; again == 0 || again >= last.ColdRead.Blocks {
		t.Errorf("%d blocks cold, %d after an update of one in %d", last.ColdRead.Blocks, again, updated)
	}
	var out strings.Builder
	if err := WriteIndexes(&out, []Index{*alone}); err != nil || !strings.Contains(out.String(), "| 8000, directories alone |") {
		t.Errorf("%v:\n%s", err, out.String())
	}
}

// BenchmarkCosts is for profiles: -bench 'Costs/packages-10000/resolve$'.
func BenchmarkCosts(b *testing.B) {
	for _, k := range []Kind{Packages(10_000), Workspaces(300)} {
		for _, n := range k.Sizes {
			b.Run(fmt.Sprintf("%s-%d", k.Name, n), func(b *testing.B) { benchmarkCosts(b, k, n) })
		}
	}
}

func benchmarkCosts(b *testing.B, k Kind, n int) {
	p, err := k.make(n)
	if err != nil {
		b.Fatal(err)
	}
	s, err := newSite(b.Context(), p, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range costs() {
		b.Run(strings.NewReplacer(" ", "-", ",", "").Replace(c.name), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				do, err := c.open(s)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				if err := do(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
