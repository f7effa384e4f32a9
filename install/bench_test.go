package install

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
)

// benchWorld makes a tree of n folders with 12 files each, a third of them
// nested, from n/3 distinct packages.
func benchWorld(b *testing.B, n int) *world {
	w := newWorld(b)
	var kinds []*lockfile.Package
	for i := range n / 3 {
		more := files{}
		for f := range 10 {
			more[fmt.Sprintf("lib/%c/f%d.js", 'a'+f%3, f)] = fmt.Sprint("x", i, f)
		}
		kinds = append(kinds, w.add(fmt.Sprintf("node_modules/p%d", i), "1.0.0", more))
	}
	for i := n / 3; i < n; i++ {
		loc := fmt.Sprintf("node_modules/q%d", i)
		if i%2 == 0 {
			loc = fmt.Sprintf("node_modules/p%d/node_modules/q%d", i%(n/3), i)
		}
		w.lock.Packages[loc] = kinds[i%len(kinds)]
	}
	return w
}

const benchFolders = 400

// BenchmarkLink measures an install of which everything is unpacked.
func BenchmarkLink(b *testing.B) {
	w := benchWorld(b, benchFolders)
	dir := b.TempDir()
	store := OpenUnpacked(filepath.Join(dir, "store"))
	run := func(i int) {
		o := w.options(filepath.Join(dir, fmt.Sprint("p", i)))
		o.Unpacked = store
		mustRun(b, o)
	}
	run(-1)
	b.ResetTimer()
	for i := range b.N {
		run(i)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchFolders*12), "ns/file")
}

// BenchmarkBareLinks is what the file system alone takes for the same.
func BenchmarkBareLinks(b *testing.B) {
	w := benchWorld(b, benchFolders)
	dir := b.TempDir()
	o := w.options(filepath.Join(dir, "p"))
	mustRun(b, o)
	type pair struct{ from, to string }
	var dirs []string
	var links []pair
	err := filepath.WalkDir(filepath.Join(o.Root, modules), func(path string, d os.DirEntry, err error) error {
		rel, _ := filepath.Rel(o.Root, path)
		if d.IsDir() {
			dirs = append(dirs, rel)
		} else {
			links = append(links, pair{path, rel})
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for i := range b.N {
		to := filepath.Join(dir, fmt.Sprint("bare", i))
		for _, d := range dirs {
			if err := os.MkdirAll(filepath.Join(to, d), 0o755); err != nil {
				b.Fatal(err)
			}
		}
		for _, l := range links {
			if err := os.Link(l.from, filepath.Join(to, l.to)); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(links)), "ns/file")
}

// BenchmarkNothingToDo is the fast path, and BenchmarkRecheck a run that finds
// nothing to change.
func BenchmarkNothingToDo(b *testing.B) {
	w := benchWorld(b, benchFolders)
	o := w.options(project(b))
	mustRun(b, o)
	b.ResetTimer()
	for range b.N {
		if !UpToDate(o) {
			b.Fatal("not up to date")
		}
	}
}

func BenchmarkRecheck(b *testing.B) {
	w := benchWorld(b, benchFolders)
	o := w.options(project(b))
	mustRun(b, o)
	b.ResetTimer()
	for range b.N {
		mustRun(b, o)
	}
}
