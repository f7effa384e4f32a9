package globals

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
)

func TestUnder(t *testing.T) {
	prefix := filepath.FromSlash("/usr/local")
	if got, want := Under(prefix, false), (Folder{prefix, filepath.Join(prefix, "lib"), filepath.Join(prefix, "bin")}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
	if got, want := Under(prefix, true), (Folder{prefix, prefix, prefix}); got != want {
		t.Errorf("on Windows %v, want %v", got, want)
	}
}

// folder has packages, a link, and what is none.
func folder(t *testing.T) Folder {
	t.Helper()
	f := Under(t.TempDir(), false)
	for path, text := range map[string]string{
		"a/package.json": `{"name":"a","version":"v1.0.0"}`, "@s/b/package.json": `{"version":2}`, "empty/x": "",
		".bin/package.json": "{}", "@s/.b-x1/package.json": "{}", "file": "", "../../mine/package.json": `{"version":"3.0.0"}`,
	} {
		path = filepath.Join(f.Modules(), filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"mine": "../../mine", "lost": "../../nowhere"} {
		if err := os.Symlink(filepath.FromSlash(to), f.Dir(name)); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func TestPackages(t *testing.T) {
	if got, err := Under(t.TempDir(), false).Packages(); err != nil || len(got) > 0 {
		t.Errorf("of nothing: %v, %v", got, err)
	}
	f := folder(t)
	got, err := f.Packages()
	if err != nil {
		t.Fatal(err)
	}
	want := []Package{
		{Name: "@s/b"}, {Name: "a", Version: "1.0.0"}, {Name: "empty"},
		{Name: "lost", Link: filepath.Join(f.Prefix, "nowhere")},
		{Name: "mine", Version: "3.0.0", Link: filepath.Join(f.Prefix, "mine")},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestOwnsAndForget(t *testing.T) {
	f := folder(t)
	lock := &lockfile.Lockfile{Packages: map[string]*lockfile.Package{
		"":               {Dependencies: map[string]string{"a": "1", "mine": "3", "gone": "1"}},
		"node_modules/a": {Version: "1.0.0"}, "node_modules/a/node_modules/x": {Version: "1.0.0"},
		"node_modules/ab": {Version: "1.0.0"}, "node_modules/mine": {Version: "3.0.0"}, "node_modules/gone": {Version: "1.0.0"},
	}}
	for name, want := range map[string]bool{"a": true, "mine": false, "gone": false, "empty": false} {
		if got := f.Owns(lock, name); got != want {
			t.Errorf("Owns(%s) = %v", name, got)
		}
	}
	lock.Packages["node_modules/a"].Version = "1.0.1"
	if f.Owns(lock, "a") {
		t.Error("another version is ours")
	}
	Forget(lock, "a")
	left := slices.Sorted(maps.Keys(lock.Packages))
	if want := []string{"", "node_modules/ab", "node_modules/gone", "node_modules/mine"}; !slices.Equal(left, want) {
		t.Errorf("%q is left, want %q", left, want)
	}
	if _, asked := lock.Packages[""].Dependencies["a"]; asked {
		t.Error("the root still asks for it")
	}
}
