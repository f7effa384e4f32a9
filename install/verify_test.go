package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
)

// verified lists what Verify finds, a line each.
func verified(t *testing.T, o Options) string {
	t.Helper()
	v, err := Verify(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range v.Differences {
		lines = append(lines, strings.TrimSpace(string(d.Problem)+" "+d.Location+" "+d.Path))
	}
	for _, d := range v.Built {
		lines = append(lines, "built "+d.Location+" "+d.Path)
	}
	for _, loc := range v.Absent {
		lines = append(lines, "absent "+loc)
	}
	return strings.Join(lines, "\n")
}

// damageDone is done to a project's node_modules, from its folder.
type damageDone struct {
	name string
	do   func(t *testing.T, modules string)
	want string
}

func overwrite(path, text string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		at := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.RemoveAll(at); err != nil {
			t.Fatal(err)
		}
		writeFile(t, at, text)
	}
}

func removed(path string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		if err := os.RemoveAll(filepath.Join(dir, filepath.FromSlash(path))); err != nil {
			t.Fatal(err)
		}
	}
}

func linked(path, to string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		removed(path)(t, dir)
		if err := os.Symlink(to, filepath.Join(dir, filepath.FromSlash(path))); err != nil {
			t.Fatal(err)
		}
	}
}

func TestVerify(t *testing.T) {
	for _, c := range []damageDone{
		{"nothing", func(*testing.T, string) {}, ""},
		{"another tool's folder", overwrite(".cache/x", "1"), ""},
		{"same size", overwrite("a/lib/deep/er/f.js", "g"), "changed node_modules/a lib/deep/er/f.js"},
		{"other size", overwrite("c/index.js", "evil"), "changed node_modules/c index.js"},
		{"file gone", removed("@s/b/index.js"), "missing node_modules/@s/b index.js"},
		{"package gone", removed("@s/b"), "missing node_modules/@s/b"},
		{"file more", overwrite("a/evil.js", ""), "extra node_modules/a evil.js"},
		{"package more", overwrite("evil/index.js", ""), "extra node_modules/evil"},
		{"scoped package more", overwrite("@s/evil/index.js", ""), "extra node_modules/@s/evil"},
		{"file beside packages", overwrite("x.js", ""), "extra node_modules/x.js"},
		{"nested package more", overwrite("c/node_modules/a/index.js", ""), "extra node_modules/c/node_modules/a"},
		{"nested package changed", overwrite("a/node_modules/c/index.js", ""), "changed node_modules/a/node_modules/c index.js"},
		{"not executable", func(t *testing.T, dir string) {
			if err := os.Chmod(filepath.Join(dir, "c/run"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "changed node_modules/c run"},
		{"command gone", removed(".bin/a"), "missing node_modules/.bin a"},
		{"command leads away", linked(".bin/a", "../c/run"), "changed node_modules/.bin a"},
		{"command is a file", overwrite(".bin/a", "#!/bin/sh"), "changed node_modules/.bin a"},
		{"command more", linked(".bin/npm", "../c/run"), "extra node_modules/.bin npm"},
		{"file is a link", linked("c/index.js", "../a/node_modules/c/index.js"), "changed node_modules/c index.js"},
		{"folder is a link to the same", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "a/lib"), filepath.Join(filepath.Dir(dir), "lib")); err != nil {
				t.Fatal(err)
			}
			linked("a/lib", "../../lib")(t, dir)
		}, "extra node_modules/a lib\nmissing node_modules/a lib/deep/er/f.js"},
		{"package is a link to the same", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "@s"), filepath.Join(filepath.Dir(dir), "@s")); err != nil {
				t.Fatal(err)
			}
			linked("@s", "../@s")(t, dir)
		}, "extra node_modules/@s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, root := sample(t), project(t)
			o := w.options(root)
			mustRun(t, o)
			c.do(t, filepath.Join(root, "node_modules"))
			if got := verified(t, o); got != c.want {
				t.Errorf("found:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// linkedSample has a circle, a package with packages in its tarball and one
// that the project reaches through another alone.
func linkedSample(t *testing.T) *world {
	w := newWorld(t)
	w.lock.Packages[""].Dependencies = map[string]string{"owner": "*", "far": "*"}
	w.add("node_modules/owner", "1.0.0", files{
		"node_modules/x/package.json": `{"name":"x","version":"1.0.0"}`,
	}, depends("x", "y"), func(p *lockfile.Package) { p.BundleDependencies = []string{"x"} })
	w.add("node_modules/owner/node_modules/x", "1.0.0", nil, depends("y"), bundled)
	w.add("node_modules/owner/node_modules/y", "2.0.0", nil)
	w.add("node_modules/y", "1.0.0", nil)
	w.add("node_modules/far", "1.0.0", files{"run+x": "#!/bin/sh\n"}, depends("round"), func(p *lockfile.Package) {
		p.Bin = map[string]string{"far": "run"}
	})
	w.add("node_modules/round", "1.0.0", nil, depends("far", "y"))
	return w
}

func TestVerifyLinked(t *testing.T) {
	for _, c := range []damageDone{
		{"nothing", func(*testing.T, string) {}, ""},
		{"files of and beside what is far", func(t *testing.T, dir string) {
			real, err := filepath.EvalSymlinks(filepath.Join(dir, "far"))
			if err != nil {
				t.Fatal(err)
			}
			overwrite("round/index.js", "evil")(t, real+"/..")
			overwrite("evil/index.js", "evil")(t, real+"/..")
		}, "extra node_modules/far ../evil\nchanged node_modules/round index.js"},
		{"direct link leads away", linked("far", "owner"), "extra node_modules/.bin far\nchanged node_modules/far"},
		{"direct link gone", removed("far"), "extra node_modules/.bin far\nmissing node_modules/far"},
		{"file in a bundled package", func(t *testing.T, dir string) {
			overwrite("owner/node_modules/x/package.json", "{}")(t, dir)
		}, "changed node_modules/owner node_modules/x/package.json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, root := linkedSample(t), project(t)
			o := w.linkedOptions(root)
			mustRun(t, o)
			c.do(t, filepath.Join(root, "node_modules"))
			if got := verified(t, o); got != c.want {
				t.Errorf("found:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

// What an approved script makes is told apart, and an optional package that
// could not be had is no difference, in both layouts.
func TestVerifyBuiltAndAbsent(t *testing.T) {
	for _, layout := range []string{"hoisted", "linked"} {
		w, root := newWorld(t), project(t)
		w.lock.Packages[""].Dependencies = map[string]string{"native": "*"}
		w.lock.Packages[""].OptionalDependencies = map[string]string{"gone": "*"}
		w.add("node_modules/native", "1.0.0", files{"scripts": `{"install": "echo built > built"}`})
		w.add("node_modules/gone", "1.0.0", nil, func(p *lockfile.Package) { p.Optional = true })
		w.fail["node_modules/gone"] = errors.New("gone")
		o := w.options(root)
		if layout == "linked" {
			o = w.linkedOptions(root)
		}
		o.Scripts.Env = os.Environ()
		o.Approved = func(string, string, string) bool { return true }
		mustRun(t, o)
		if got, want := verified(t, o), "built node_modules/native built\nabsent node_modules/gone"; got != want {
			t.Errorf("%s, found:\n%s\nwant:\n%s", layout, got, want)
		}
		o.Approved = nil
		if got := verified(t, o); layout == "hoisted" && got != "extra node_modules/native built\nabsent node_modules/gone" {
			t.Errorf("not approved, found:\n%s", got)
		}
	}
}
