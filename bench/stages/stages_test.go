package stages

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// load is a project of a few packages, one in two versions and one with
// folders within folders.
func load(t testing.TB) *Project {
	t.Helper()
	s := registrytest.New(t)
	for i := range 12 {
		s.Add(map[string]string{
			"package.json":      fmt.Sprintf(`{"name":"a","version":"1.%d.0","bin":"cli.js","dependencies":{"@s/b":"^1.0.0"}}`, i),
			"cli.js":            "#!/usr/bin/env node\n",
			"lib/deep/index.js": strings.Repeat("module.exports = 1\n", 100+i),
		})
	}
	s.Add(map[string]string{"package.json": `{"name":"@s/b","version":"1.0.0"}`, "index.js": "b1\n"})
	s.Add(map[string]string{"package.json": `{"name":"@s/b","version":"2.0.0"}`, "index.js": "b2\n"})
	p, err := Load(t.Context(), s.URL, []byte(`{"dependencies":{"a":"^1.2.0","@s/b":"2"}}`), false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// folders makes each round a folder.
func folders(t testing.TB) Disks {
	top := t.TempDir()
	return Disks{
		Fresh: func(_ context.Context, name string) (string, func() error, error) {
			dir := filepath.Join(top, name)
			return dir, func() error { return os.RemoveAll(dir) }, os.Mkdir(dir, 0o755)
		},
		Settle: func(string) error { return nil },
	}
}

// Every stage does what its limit does, more than once, and leaves nothing.
func TestStages(t *testing.T) {
	t.Parallel()
	p, disks := load(t), folders(t)
	if got := p.String(); !strings.HasPrefix(got, "3 locations, 3 packages installed here") {
		t.Errorf("the project is %s", got)
	}
	var told []string
	results, err := Run(t.Context(), p, 2, disks, func(what string) { told = append(told, what) })
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != len(all()) || len(told) != 2*len(all()) {
		t.Fatalf("%d results of %d stages, told of %d", len(results), len(all()), len(told))
	}
	work := map[string]int64{}
	for _, r := range results {
		work[r.Stage] = r.Work
		if r.Ours <= 0 || r.Limit <= 0 {
			t.Errorf("%s took no time: %v", r.Stage, r)
		}
	}
	for stage, want := range map[string]int64{"range match": 12 + 2 + 2, "pick": 3, "extract": 7, "link": 7, "link, linked layout": 3} {
		if work[stage] != want {
			t.Errorf("%s: %d, want %d", stage, work[stage], want)
		}
	}
	left, err := os.ReadDir(filepath.Dir(mustFresh(t, disks)))
	if err != nil || len(left) != 1 {
		t.Errorf("left are %v, %v", left, err)
	}
}

func mustFresh(t *testing.T, disks Disks) string {
	t.Helper()
	dir, _, err := disks.Fresh(t.Context(), "after")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A limit that does not do what the product does is no limit.
func TestUnequalSides(t *testing.T) {
	t.Parallel()
	count := func(n int64) side { return func(context.Context) (int64, error) { return n, nil } }
	for _, n := range []int64{0, 2} {
		r := reading{disks: folders(t), stage: stage{name: "odd", unit: "files", open: func(context.Context, *Project, string) (pair, error) {
			return pair{ours: count(n), limit: count(n / 2)}, nil
		}}}
		if err := r.round(t.Context(), nil, 0); err == nil || !strings.Contains(err.Error(), "do not do the same") {
			t.Errorf("%d files beside %d: %v", n, n/2, err)
		}
	}
}

func TestSplitPackage(t *testing.T) {
	t.Parallel()
	for rel, want := range map[string][2]string{
		"a/index.js":                          {"a/", "index.js"},
		"a/lib/x.js":                          {"a/", "lib/x.js"},
		"@s/b/lib/x.js":                       {"@s/b/", "lib/x.js"},
		"a/node_modules/@s/b/x.js":            {"a/node_modules/@s/b/", "x.js"},
		"a/node_modules/b/node_modules/c/d/e": {"a/node_modules/b/node_modules/c/", "d/e"},
	} {
		if folder, name := splitPackage(rel); folder != want[0] || name != want[1] {
			t.Errorf("%s: %q and %q, want %q", rel, folder, name, want)
		}
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := Write(&out, []Result{{Stage: "hash", Unit: "bytes", LimitIs: "sha256", Work: 2_500_000, Ours: 3e6, Limit: 2e6}}); err != nil {
		t.Fatal(err)
	}
	if want := "| hash | 2.5 MB | 3.00 | 2.00 | 1.50 | sha256 |\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("got\n%s, want at the end\n%s", out.String(), want)
	}
}

// BenchmarkStages is for profiles of one side of one stage. What it reads on a
// few packages is no figure: `go run ./bench -stages` prints those.
func BenchmarkStages(b *testing.B) {
	p, disks := load(b), folders(b)
	for _, s := range all() {
		for i, name := range []string{"ours", "limit"} {
			b.Run(folder(s.name)+"/"+name, func(b *testing.B) {
				r := &reading{stage: s, disks: disks}
				b.ReportAllocs()
				for n := 0; b.Loop(); n++ {
					if r.pair == nil || !s.repeats {
						b.StopTimer()
						if err := r.close(); err != nil {
							b.Fatal(err)
						}
						if err := r.open(b.Context(), p, n); err != nil {
							b.Fatal(err)
						}
						b.StartTimer()
					}
					if _, err := []side{r.pair.ours, r.pair.limit}[i](b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				if err := r.close(); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
