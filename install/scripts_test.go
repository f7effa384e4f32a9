package install

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/lockfile"
)

func approve(names ...string) func(name, version, cid string) bool {
	return func(name, version, cid string) bool {
		return slices.Contains(names, name+"@"+version) && strings.HasPrefix(cid, "b")
	}
}

// log appends a line to the project's log file, from any folder in it.
const log = `echo "$npm_package_name $npm_lifecycle_event" >> "$INIT_CWD/log"`

func scripted(events ...string) files {
	var parts []string
	for _, e := range events {
		parts = append(parts, `"`+e+`":`+quoteJSON(log))
	}
	return files{"scripts": "{" + strings.Join(parts, ",") + "}"}
}

func quoteJSON(s string) string { return `"` + strings.ReplaceAll(s, `"`, `\"`) + `"` }

func scriptOptions(w *world, root string) Options {
	o := w.options(root)
	o.Scripts = lifecycle.Runner{Env: os.Environ(), InitCwd: root, Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}}
	return o
}

func readLog(t *testing.T, root string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "log"))
	if err != nil {
		return ""
	}
	os.Remove(filepath.Join(root, "log"))
	return strings.ReplaceAll(strings.TrimSpace(string(data)), "\n", ", ")
}

func TestScriptsAreBlocked(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.add("node_modules/good", "1.0.0", scripted("preinstall", "install", "postinstall"))
	bad := w.add("node_modules/bad", "1.0.0", scripted("postinstall"))
	w.add("node_modules/aliased", "1.0.0", scripted("install"), func(p *lockfile.Package) { p.Name = "other" })
	o := scriptOptions(w, root)
	o.Approved = approve("good@1.0.0", "aliased@1.0.0")
	res := mustRun(t, o)
	if got := readLog(t, root); got != "good preinstall, good install, good postinstall" {
		t.Errorf("ran %s", got)
	}
	if len(res.Blocked) != 2 || res.Blocked[0].Name != "other" || res.Blocked[1].Name != "bad" ||
		res.Blocked[1].CID != bad.CID || res.Blocked[1].Scripts["postinstall"] != log {
		t.Errorf("blocked %+v", res.Blocked)
	}

	// What ran is not run again; what is approved later, runs then.
	o.Approved = approve("good@1.0.0", "bad@1.0.0")
	res = mustRun(t, o)
	if got := readLog(t, root); got != "bad postinstall" || len(res.Blocked) != 1 {
		t.Errorf("ran %s; blocked %+v", got, res.Blocked)
	}
	o.IgnoreScripts, o.Clean = true, true
	res = mustRun(t, o)
	if got := readLog(t, root); got != "" || len(res.Blocked) != 0 {
		t.Errorf("ran %s; blocked %+v", got, res.Blocked)
	}
}

// TestScriptsDoNotReachTheStore lets a script change its package's files.
func TestScriptsDoNotReachTheStore(t *testing.T) {
	w := newWorld(t)
	w.add("node_modules/writer", "1.0.0", files{"scripts": `{"install":"echo evil >> index.js"}`})
	root, root2 := project(t), project(t)
	o := scriptOptions(w, root)
	o.Approved = approve("writer@1.0.0")
	mustRun(t, o)
	o2 := w.options(root2)
	o2.Unpacked = o.Unpacked
	mustRun(t, o2)
	file := "node_modules/writer/index.js"
	written, _ := os.ReadFile(filepath.Join(root, file))
	clean, _ := os.ReadFile(filepath.Join(root2, file))
	if !strings.Contains(string(written), "evil") || strings.Contains(string(clean), "evil") {
		t.Errorf("written: %q, the other project's: %q", written, clean)
	}
}

func TestGyp(t *testing.T) {
	w, root := newWorld(t), project(t)
	native := func(p *lockfile.Package) { p.HasInstallScript = true }
	w.add("node_modules/gyp", "1.0.0", files{"binding.gyp": "{}"}, native)
	w.add("node_modules/no", "1.0.0", files{"binding.gyp": "{}", "package.json": `{"name":"no","version":"1.0.0","gypfile":false}`}, native)
	w.add("node_modules/own", "1.0.0", files{"binding.gyp": "{}", "scripts": `{"preinstall":"true"}`})
	o := scriptOptions(w, root)
	res := mustRun(t, o)
	if len(res.Blocked) != 2 || res.Blocked[0].Scripts["install"] != "node-gyp rebuild" ||
		len(res.Blocked[1].Scripts) != 1 || res.Blocked[1].Scripts["preinstall"] != "true" {
		t.Errorf("blocked %+v", res.Blocked)
	}
	// A node-gyp of our own, found by the search path.
	bin := t.TempDir()
	writeFile(t, filepath.Join(bin, "node-gyp"), "#!/bin/sh\necho \"gyp $*\" > built\n")
	os.Chmod(filepath.Join(bin, "node-gyp"), 0o755)
	o.Scripts.Tools = func() lifecycle.Tools { return lifecycle.Tools{GypBin: bin} }
	o.Approved = approve("gyp@1.0.0", "no@1.0.0")
	mustRun(t, o)
	if data, err := os.ReadFile(filepath.Join(root, "node_modules/gyp/built")); string(data) != "gyp rebuild\n" {
		t.Errorf("built: %q %v", data, err)
	}
}

// TestOptionalScriptFails takes the package away, and what only it uses.
func TestOptionalScriptFails(t *testing.T) {
	w, root := newWorld(t), project(t)
	w.lock.Packages[""].OptionalDependencies = map[string]string{"opt": "1"}
	w.add("node_modules/opt", "1.0.0", files{"scripts": `{"install":"echo no compiler; exit 1"}`}, optional, func(p *lockfile.Package) {
		p.Bin = map[string]string{"opt": "index.js"}
		p.Dependencies = map[string]string{"leaf": "1"}
	})
	w.add("node_modules/leaf", "1.0.0", nil, optional)
	w.add("node_modules/stays", "1.0.0", nil)
	o := scriptOptions(w, root)
	o.Approved = approve("opt@1.0.0")
	res := mustRun(t, o)
	if got := installedIn(t, root); !slices.Equal(got, []string{"stays"}) || exists(filepath.Join(root, "node_modules/leaf")) {
		t.Errorf("installed %v", got)
	}
	if exists(filepath.Join(root, "node_modules/.bin/opt")) {
		t.Error("its command is left")
	}
	e, ok := errors.AsType[*lifecycle.Error](res.Skipped[0].Reason)
	if !ok || string(e.Output) != "no compiler\n" {
		t.Errorf("skipped %+v", res.Skipped)
	}
}

// TestProjectScripts runs the workspaces' and the root's scripts in npm's
// order, and links a command that only a prepare script makes.
func TestProjectScripts(t *testing.T) {
	w, root := newWorld(t), project(t)
	all := []string{"preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare", "dependencies"}
	manifest := func(name, extra string) string {
		return `{"name":"` + name + `","version":"1.0.0"` + extra + `,"scripts":` + scripted(all...)["scripts"] + `}`
	}
	writeFile(t, filepath.Join(root, "package.json"), manifest("project", ""))
	prepare := strings.Replace(manifest("w", `,"bin":"out.js"`), `"prepare":"`, `"prepare":"echo '#!/bin/sh' > out.js; `, 1)
	writeFile(t, filepath.Join(root, "packages/w/package.json"), prepare)
	writeFile(t, filepath.Join(root, "local/package.json"), manifest("local", ""))
	w.lock.Packages[""].Dependencies = map[string]string{"local": "file:local"}
	w.lock.Packages["packages/w"] = &lockfile.Package{Name: "w", Version: "1.0.0", Bin: map[string]string{"w": "out.js"}}
	w.lock.Packages["node_modules/w"] = &lockfile.Package{Link: true, Resolved: "packages/w"}
	w.lock.Packages["local"] = &lockfile.Package{Name: "local", Version: "1.0.0"}
	w.lock.Packages["node_modules/local"] = &lockfile.Package{Link: true, Resolved: "local"}
	// A folder of the project that only the lockfile, or some package, links to.
	writeFile(t, filepath.Join(root, "fixtures/x/package.json"), manifest("x", ""))
	w.lock.Packages["fixtures/x"] = &lockfile.Package{Name: "x", Version: "1.0.0"}
	w.lock.Packages["node_modules/x"] = &lockfile.Package{Link: true, Resolved: "fixtures/x"}
	o := scriptOptions(w, root)
	o.ProjectScripts, o.Workspaces = true, []string{"packages/w"}
	res := mustRun(t, o)
	const workspace = "w preinstall, w prepare, w install, w postinstall, "
	const own = "project preinstall, project install, project postinstall, project prepublish, project preprepare, project prepare, project postprepare"
	if got := readLog(t, root); got != workspace+"project dependencies, "+own {
		t.Errorf("ran %s", got)
	}
	if len(res.Blocked) != 2 || res.Blocked[0].Name != "local" || res.Blocked[0].Scripts["prepare"] == "" || res.Blocked[1].Name != "x" {
		t.Errorf("blocked %+v", res.Blocked)
	}
	if info, err := os.Stat(filepath.Join(root, "node_modules/.bin/w")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("the workspace's command: %v", err)
	}
	mustRun(t, o) // nothing changed: no "dependencies"
	if got := readLog(t, root); got != workspace+own {
		t.Errorf("ran %s", got)
	}
}
