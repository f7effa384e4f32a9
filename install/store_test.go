package install

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
)

func TestEnsureOnce(t *testing.T) {
	w := newWorld(t)
	pkg := w.add("node_modules/a", "1.0.0", files{"bin/x": "#!/bin/sh\n"}, func(p *lockfile.Package) { p.Bin = map[string]string{"a": "bin/x"} })
	u := OpenUnpacked(filepath.Join(t.TempDir(), "store"))
	var calls atomic.Int64
	failFirst := func(context.Context) (Tarball, error) {
		if calls.Add(1) == 1 {
			return Tarball{}, errors.New("no network")
		}
		time.Sleep(10 * time.Millisecond)
		return Tarball{Data: w.data[pkg.CID]}, nil
	}
	if _, err := u.Ensure(t.Context(), pkg, failFirst); err == nil || u.Has(pkg.CID) {
		t.Fatal("a failed fetch gave something")
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			c, err := u.Ensure(t.Context(), pkg, failFirst)
			if err != nil || len(c.Files) != 3 || !c.Files[0].Exec || c.Files[0].Path != "bin/x" {
				t.Errorf("%+v %v", c, err)
			}
		})
	}
	group.Wait()
	if calls.Load() != 2 {
		t.Errorf("%d fetches, want 2", calls.Load())
	}
	// Another process finds it.
	c, err := OpenUnpacked(u.Dir()).open(pkg.CID)
	if err != nil || !c.Has("package.json") || c.Has("package") || c.Integrity != pkg.Integrity || c.Size() == 0 {
		t.Errorf("%+v %v", c, err)
	}
}

// TestPutRace has several stores, as processes do, extract the same key.
func TestPutRace(t *testing.T) {
	w := newWorld(t)
	pkg := w.add("node_modules/a", "1.0.0", nil)
	dir := filepath.Join(t.TempDir(), "store")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := OpenUnpacked(dir).Put(t.Context(), pkg.CID, Tarball{Data: w.data[pkg.CID]}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v %v", entries, err)
	}
}

// TestStoreRepairs replaces a damaged folder, and finds damage.
func TestStoreRepairs(t *testing.T) {
	w := newWorld(t)
	pkg := w.add("node_modules/a", "1.0.0", nil)
	dir := filepath.Join(t.TempDir(), "store")
	u := OpenUnpacked(dir)
	put := func() {
		t.Helper()
		if err := OpenUnpacked(dir).Put(t.Context(), pkg.CID, Tarball{Data: w.data[pkg.CID]}); err != nil {
			t.Fatal(err)
		}
	}
	put()
	listing := filepath.Join(u.folder(pkg.CID), "contents")
	for _, spoil := range []func() error{
		func() error { return os.Truncate(listing, 50) },
		func() error { return os.Remove(listing) },
		func() error { return os.WriteFile(listing, []byte("ipnpm-unpacked 0 x\x00end 0\x00"), 0o644) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if OpenUnpacked(dir).Has(pkg.CID) {
			t.Error("has a damaged key")
		}
		put()
		if !OpenUnpacked(dir).Has(pkg.CID) {
			t.Error("not mended")
		}
	}
	if found, err := u.Verify(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("%v %v", found, err)
	}
	file := storedFile(t, u, pkg.CID, "index.js")
	later := time.Now().Add(time.Second)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Fatal(err)
	}
	if found, err := u.Verify(t.Context()); err != nil || len(found) != 1 || found[0].Problem != "written to later" {
		t.Errorf("%v %v", found, err)
	}
	put()
	if found, err := u.Verify(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("what was written to is used again: %v %v", found, err)
	}
	if err := u.Remove(pkg.CID); err != nil || u.Has(pkg.CID) {
		t.Errorf("not removed: %v", err)
	}
	litter := filepath.Join(dir, "tmp-old")
	writeFile(t, filepath.Join(litter, "x"), "")
	old := time.Now().Add(-2 * staleAfter)
	os.Chtimes(litter, old, old)
	if err := u.Clean(); err != nil || exists(litter) {
		t.Errorf("litter stays: %v", err)
	}
}

// TestDamagedStoreIsMended installs from a store that lacks a file of what was looked
// at before: in a fresh tree at once, in another by the next run.
func TestDamagedStoreIsMended(t *testing.T) {
	w, root := sample(t), project(t)
	o := w.options(root)
	key := w.lock.Packages["node_modules/c"].CID
	if err := o.Unpacked.Put(t.Context(), key, Tarball{Data: w.data[key]}); err != nil {
		t.Fatal(err)
	}
	mended := func() {
		t.Helper()
		mustRun(t, o)
		if !exists(filepath.Join(root, "node_modules/c/index.js")) {
			t.Error("not mended")
		}
	}
	os.Remove(storedFile(t, o.Unpacked, key, "index.js"))
	mended()
	os.Remove(storedFile(t, o.Unpacked, key, "index.js"))
	if err := os.RemoveAll(filepath.Join(root, "node_modules/c")); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "run the install again") {
		t.Errorf("err = %v", err)
	}
	mended()
}

// storedFile is where the store keeps a file of a package.
func storedFile(t *testing.T, u *Unpacked, key, path string) string {
	t.Helper()
	c, err := u.open(key)
	if err != nil {
		t.Fatal(err)
	}
	at, found := c.find(path)
	if !found {
		t.Fatalf("%s has no %s", key, path)
	}
	return c.path(&c.Files[at])
}

func TestKey(t *testing.T) {
	w := newWorld(t)
	pkg := w.add("node_modules/a", "1.0.0", nil)
	if Key(pkg) != pkg.CID {
		t.Error("the CID is the key")
	}
	alone := &lockfile.Package{Integrity: "sha1-AAAA " + pkg.Integrity + "?opt"}
	if key := Key(alone); len(key) != 6+128 || validKey(key) != nil {
		t.Errorf("key = %q", key)
	}
	for _, bad := range []string{"", "sha1-AAAA", "sha512-", "sha512-AAAA", "sha512-!!"} {
		if key := Key(&lockfile.Package{Integrity: bad}); key != "" {
			t.Errorf("%q has the key %q", bad, key)
		}
	}
	for _, bad := range []string{"", "../../../x", "abc", "bafy/../../", strings.Repeat("b", 300), "bafyÄÄÄÄ"} {
		if validKey(bad) == nil {
			t.Errorf("%q is valid", bad)
		}
	}
}

func FuzzDecodeContents(f *testing.F) {
	for _, flat := range []bool{false, true} {
		c := &Contents{Integrity: "sha512-x", Files: []File{{Path: "a b/c", Size: 3, Exec: true, number: 1}, {Path: "d\ne"}}, flat: flat}
		f.Add(c.encode())
	}
	f.Add([]byte(treeMagic + "x\x00-1 ../up\x00end 1\x00"))
	for _, name := range []string{"", ".", "a/", "/a", "a//b", "a/./b", "a/..", "a/../b", "./a", "..."} {
		f.Add([]byte(treeMagic + "x\x00-1 " + name + "\x00end 1\x00"))
	}
	f.Add([]byte(treeMagic + "x\x00end 0\x00"))
	f.Add([]byte(flatMagic + "x\x00-1 -1 a\x00end 1\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decodeContents(data)
		if err != nil {
			return
		}
		c.within("/store")
		for i := range c.Files {
			file := &c.Files[i]
			if !filepath.IsLocal(file.Path) || path.Clean(file.Path) != file.Path || !filepath.IsLocal(c.stored(file)) {
				t.Errorf("path %q, stored as %q", file.Path, c.stored(file))
			}
		}
		again, err := decodeContents(c.encode())
		if err != nil || !slices.Equal(again.Files, c.Files) {
			t.Errorf("not read back: %v", err)
		}
	})
}
