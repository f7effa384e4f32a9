package install

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tarball"
)

// world is a registry in memory: tarballs by key, and the lockfile under
// construction.
type world struct {
	t       testing.TB
	lock    *lockfile.Lockfile
	data    map[string][]byte
	fetched atomic.Int64
	fail    map[string]error // by location
}

func newWorld(t testing.TB) *world {
	return &world{
		t:    t,
		data: map[string][]byte{},
		fail: map[string]error{},
		lock: &lockfile.Lockfile{Name: "project", Version: "1.0.0", Packages: map[string]*lockfile.Package{
			"": {Name: "project", Version: "1.0.0"},
		}},
	}
}

// files of a package: path -> content. "+x" at the end of a path sets the
// execute bit.
type files map[string]string

// add packs a package and puts it at a location. edit may change its entry.
func (w *world) add(loc, version string, more files, edit ...func(*lockfile.Package)) *lockfile.Package {
	w.t.Helper()
	name := lockfile.NameOf(loc)
	pkg := &lockfile.Package{Version: version}
	for _, e := range edit {
		e(pkg)
	}
	if pkg.Name != "" {
		name = pkg.Name
	}
	manifest := map[string]any{"name": name, "version": version}
	if len(pkg.Bin) > 0 {
		manifest["bin"] = pkg.Bin
	}
	all := files{"index.js": fmt.Sprintf("module.exports = %q\n", name+"@"+version)}
	for path, text := range more {
		if path == "scripts" {
			manifest["scripts"] = json.RawMessage(text)
			pkg.HasInstallScript = true
			continue
		}
		all[path] = text
	}
	if _, own := all["package.json"]; !own {
		data, err := json.Marshal(manifest)
		if err != nil {
			w.t.Fatal(err)
		}
		all["package.json"] = string(data)
	}
	var list []tarball.File
	for path, text := range all {
		mode := fs.FileMode(0o644)
		if p, ok := strings.CutSuffix(path, "+x"); ok {
			path, mode = p, 0o755
		}
		list = append(list, tarball.File{Path: path, Mode: mode, Data: []byte(text)})
	}
	data, err := tarball.Pack(list)
	if err != nil {
		w.t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	cid := append([]byte{1, 0x55, 0x12, 0x20}, sum[:]...)
	pkg.CID = "b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(cid))
	pkg.Integrity = tarball.Sum512(data)
	pkg.Size = int64(len(data))
	w.data[pkg.CID] = data
	w.lock.Packages[loc] = pkg
	return pkg
}

// Tarball makes world a Fetcher.
func (w *world) Tarball(ctx context.Context, loc string, pkg *lockfile.Package) (Tarball, error) {
	if err := ctx.Err(); err != nil {
		return Tarball{}, err
	}
	w.fetched.Add(1)
	if err := w.fail[loc]; err != nil {
		return Tarball{}, err
	}
	data, ok := w.data[pkg.CID]
	if !ok {
		return Tarball{}, errors.New("no such tarball")
	}
	return Tarball{Data: data, Name: pkg.NameAt(loc)}, nil
}

// options for a project folder, with a store of its own unless given.
func (w *world) options(root string) Options {
	return Options{
		Root: root, Lock: w.lock, Fetcher: w,
		Unpacked: OpenUnpacked(filepath.Join(filepath.Dir(root), "store")),
		Platform: Platform{OS: "linux", CPU: "x64", Libc: "glibc"},
	}
}

// project makes an empty project folder.
func project(t testing.TB) string {
	root := filepath.Join(t.TempDir(), "project")
	writeFile(t, filepath.Join(root, "package.json"), `{"name":"project","version":"1.0.0"}`)
	return root
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func mustRun(t testing.TB, o Options) *Result {
	t.Helper()
	res, err := Run(context.Background(), o)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return res
}

// tree reads everything in node_modules as "path mode content" lines, without
// our own records, whose content holds times.
func tree(t testing.TB, root string) string {
	t.Helper()
	var lines []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		rel = filepath.ToSlash(rel)
		if d.Name() == stateFile || d.Name() == lockFile {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := rel + " " + info.Mode().String()
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			text, _ := os.Readlink(path)
			line = rel + " -> " + text
		case d.Type().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += " " + string(data)
		}
		lines = append(lines, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// sample is a tree with most of what can be in one.
func sample(t testing.TB) *world {
	w := newWorld(t)
	w.lock.Packages[""].Dependencies = map[string]string{"a": "1", "@s/b": "1", "x": "*"}
	w.add("node_modules/a", "1.0.0", files{"lib/deep/er/f.js": "f", "cli.js": "#!/usr/bin/env node\r\nok\r\n"},
		func(p *lockfile.Package) {
			p.Bin = map[string]string{"a": "cli.js"}
			p.Dependencies = map[string]string{"c": "2"}
		})
	w.add("node_modules/a/node_modules/c", "2.0.0", nil)
	w.add("node_modules/c", "1.0.0", files{"run+x": "#!/bin/sh\necho c\n"}, func(p *lockfile.Package) {
		p.Bin = map[string]string{"c": "./run"}
	})
	w.add("node_modules/@s/b", "1.0.0", nil, func(p *lockfile.Package) {
		p.Dependencies = map[string]string{"c": "1"}
	})
	return w
}

// difference lists the lines that only one of two trees has.
func difference(got, want string) string {
	var out []string
	wanted := strings.Split(want, "\n")
	had := strings.Split(got, "\n")
	for _, line := range had {
		if !slices.Contains(wanted, line) {
			out = append(out, "+ "+line)
		}
	}
	for _, line := range wanted {
		if !slices.Contains(had, line) {
			out = append(out, "- "+line)
		}
	}
	return strings.Join(out, "\n")
}
