package resolve

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/projects"
	"github.com/ipnpm/ipnpm/internal/registrytest"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// recordedIndex is an Index of recorded documents, which also tells what is
// in their tarballs.
type recordedIndex struct {
	recording *registrytest.Recording
	mu        sync.Mutex
	read      map[string]*registry.Packument
}

func (x *recordedIndex) Packument(_ context.Context, name string) (*registry.Packument, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if p := x.read[name]; p != nil {
		return p, nil
	}
	data := x.recording.Document(name)
	if data == nil {
		return nil, &registry.NotFoundError{Name: name}
	}
	p, err := registry.Parse(data)
	if err == nil {
		x.read[name] = p
	}
	return p, err
}

// Bundled implements Bundles.
func (x *recordedIndex) Bundled(_ context.Context, v *registry.Version) ([]Bundled, error) {
	var doc struct {
		Versions map[string]struct {
			Bundled map[string]*manifest.Manifest `json:"_bundled"`
		}
	}
	if err := json.Unmarshal(x.recording.Document(v.Name), &doc); err != nil {
		return nil, err
	}
	var list []Bundled
	for location, m := range doc.Versions[v.Version].Bundled {
		list = append(list, Bundled{Location: location, Manifest: m})
	}
	return list, nil
}

func openProjects(t testing.TB) ([]*projects.Project, *recordedIndex) {
	t.Helper()
	all, err := projects.All(filepath.Join("..", "testdata", "parity", "projects"))
	if err != nil {
		t.Fatal(err)
	}
	recording, err := registrytest.OpenRecording(filepath.Join("..", "testdata", "parity", "registries", "projects.jsonl.zst"))
	if err != nil {
		t.Fatal(err)
	}
	return all, &recordedIndex{recording: recording, read: make(map[string]*registry.Packument)}
}

func projectRequest(p *projects.Project, index *recordedIndex) Request {
	return Request{Root: p.Root, Workspaces: p.Workspaces, Index: index, Bundles: index, Options: Options{
		LegacyPeerDeps: p.LegacyPeerDeps, NodeVersion: npmoracle.NodeVersion, NPMVersion: npmoracle.NPMVersion}}
}

// TestParityProjects holds the trees of real projects to those that npm makes
// of the same documents: internal/projects says how they were recorded.
func TestParityProjects(t *testing.T) {
	all, index := openProjects(t)
	equal, locations := 0, 0
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			want, err := p.Tree()
			if err != nil {
				t.Fatal(err)
			}
			started := time.Now()
			tree, err := Build(t.Context(), projectRequest(p, index))
			if err != nil {
				t.Fatal(err)
			}
			took := time.Since(started)
			got := summary(tree.Lockfile())
			delete(got, "")
			diffs := differences(got, want)
			slices.Sort(diffs)
			if len(diffs) > 0 {
				t.Fatalf("%d differences:\n%s", len(diffs), joinLines(diffs[:min(len(diffs), 60)]))
			}
			t.Logf("%d locations in %v", len(want), took.Round(time.Millisecond))
			equal++
			locations += len(want)
		})
	}
	t.Logf("%d of %d real projects equal, %d locations", equal, len(all), locations)
}

// BenchmarkProjects resolves the real projects from parsed documents.
func BenchmarkProjects(b *testing.B) {
	all, index := openProjects(b)
	for _, p := range all {
		b.Run(p.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Build(b.Context(), projectRequest(p, index)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
