package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// agedState writes a state of a registry that has package a in some versions,
// all published long ago if one believes their time.
func agedState(t *testing.T, s *ipfsstore.Store, base cid.Cid, daysAgo int, text string, versions ...string) cid.Cid {
	t.Helper()
	p := registry.New("a")
	for _, number := range versions {
		c, err := s.Import(t.Context(), []byte(text+number))
		if err != nil {
			t.Fatal(err)
		}
		v := &registry.Version{Time: time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)}
		v.Name, v.Version = "a", number
		v.Dist = registry.Dist{CID: c.String(), Integrity: tarball.Sum512([]byte(text + number)), Size: int64(len(text + number))}
		if err := p.Set(v); err != nil {
			t.Fatal(err)
		}
		p.DistTags["latest"] = number
	}
	w, err := registry.NewWriter(t.Context(), s, base)
	if err != nil {
		t.Fatal(err)
	}
	w.Put(p)
	root, err := w.Commit(t.Context(), registry.Info{Name: "aged", Sequence: w.Info().Sequence + 1, Time: time.Now().AddDate(0, 0, -daysAgo)})
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestReleaseAgeCountsFromTheFirstAppearance installs from registries whose
// versions all claim to be of 2015.
func TestReleaseAgeCountsFromTheFirstAppearance(t *testing.T) {
	data := t.TempDir()
	s, err := ipfsstore.Open(ipfsstore.Options{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	first := agedState(t, s, cid.Undef, 20, "x", "1.0.0")
	second := agedState(t, s, first, 10, "x", "1.0.0", "1.1.0")
	third := agedState(t, s, second, 1, "x", "1.0.0", "1.1.0", "1.2.0")
	backdated := agedState(t, s, third, 12, "x", "1.0.0", "1.1.0", "1.2.0", "1.3.0")
	swapped := agedState(t, s, third, 0, "y", "1.0.0", "1.1.0", "1.2.0")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		root cid.Cid
		rc   string
		want string // the version, or what the error says
	}{
		{"no age", third, "", "1.2.0"},
		{"what the state of ten days ago has", third, "min-release-age=7", "1.1.0"},
		{"what the state of twenty days ago has", third, "min-release-age=15", "1.0.0"},
		{"of the first state the publisher's word counts", third, "min-release-age=30", "1.0.0"},
		{"a state that claims to be older than the one before it", backdated, "min-release-age=7", "1.1.0"},
		{"one state is no history", first, "min-release-age=7", "1.0.0"},
		{"exempt", third, "min-release-age=7\nmin-release-age-exclude=a", "1.2.0"},
		{"before is about what publishers say", third, "before=2020-01-01", "1.2.0"},
		{"other bytes than it appeared with", swapped, "min-release-age=7", "ALARM: a@1.0.0: integrity was"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := versionLocked(t, data, "registry=ipfs://"+test.root.String()+"\n"+test.rc, "^1.0.0"); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
	got := versionLocked(t, data, "registry=ipfs://"+third.String()+"\nmin-release-age=7", "1.2.0")
	if !strings.Contains(got, "1.2.0 first appeared in the registry after 20") {
		t.Errorf("got %s", got)
	}
}

// versionLocked locks package a in a new project, and returns its version or
// what was said.
func versionLocked(t *testing.T, data, rc, spec string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{".npmrc": rc, "package.json": `{"dependencies": {"a": "` + spec + `"}}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &said, Err: &said, Dir: dir, Env: []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH")}}
	if code := Main(t.Context(), streams, []string{"install", "--package-lock-only", "--offline", "--store-dir=" + data}); code != 0 {
		return said.String()
	}
	lock, err := lockfile.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return lock.Packages["node_modules/a"].Version
}
