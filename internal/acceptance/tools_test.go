//go:build acceptance

package acceptance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTools runs well-known commands through `ipnpm exec` in a folder that is no
// project, each from a cache of its own, and packages with native code in a project
// that approves their scripts.
func TestTools(t *testing.T) {
	l := newLab(t)
	u, registry := l.user(t, "tools", "home"), "--registry="+l.registry.URL()
	dir := l.dir(t, "tools", "nowhere")
	for _, test := range [...]struct {
		args []string
		says string // part of what it prints
	}{
		{[]string{"cowsay", "hello"}, "hello"},
		{[]string{"-p", "typescript", "--", "tsc", "--version"}, "Version "},
		{[]string{"eslint", "--version"}, "v"},
		{[]string{"prettier", "--version"}, "."},
		{[]string{"http-server", "--help"}, "usage: "},
		{[]string{"create-vite", "app", "--template", "vanilla", "--no-interactive"}, ""},
		{[]string{"semver", "1.2.3", "-r", "^1"}, "1.2.3"},
		{[]string{"serve", "--version"}, "."},
		{[]string{"nodemon", "--version"}, "."},
		{[]string{"tsx", "--version"}, "node v"},
		{[]string{"mkdirp", "made"}, ""},
		{[]string{"rimraf", "made"}, ""},
	} {
		t.Run(test.args[0], func(t *testing.T) {
			r := u.ipnpm(t, dir, append([]string{registry, "exec"}, test.args...)...)
			if !strings.Contains(r.stdout, test.says) {
				t.Errorf("it says %s", tail(r.stdout))
			}
			t.Logf("%s, in %s", strings.Join(test.args, " "), seconds(r.took))
		})
	}
	for name, wanted := range map[string]bool{"app/package.json": true, "made": false, "package.json": false, "node_modules": false} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != wanted {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
	l.native(t, u, registry)
}

// native installs packages with native code, approves their scripts and uses them.
func (l *lab) native(t *testing.T, u user, registry string) {
	dir := l.dir(t, "tools", "native")
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"name": "native", "private": true}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if prefix := headers(t, u, dir); prefix != "" {
		if err := os.WriteFile(filepath.Join(dir, ".npmrc"), []byte("nodedir="+prefix+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := u.ipnpm(t, dir, registry, "add", "esbuild", "sharp", "better-sqlite3")
	if !strings.Contains(r.stderr, "ipnpm approve-scripts") {
		t.Errorf("no script was blocked:\n%s", tail(r.stderr))
	}
	u.ipnpm(t, dir, registry, "approve-scripts", "--all")
	for name, script := range map[string]string{
		"esbuild":        `const e = require("esbuild"); if (!e.transformSync("let a: number = 1", {loader: "ts"}).code) process.exit(1)`,
		"sharp":          `require("sharp")({create: {width: 8, height: 8, channels: 3, background: "red"}}).png().toBuffer().then(b => { if (!b.length) process.exit(1) })`,
		"better-sqlite3": `const D = require("better-sqlite3"); if (new D(":memory:").prepare("select 41 + 1 as v").get().v !== 42) process.exit(1)`,
	} {
		t.Run(name, func(t *testing.T) {
			if r := u.exec(t.Context(), dir, "node", "-e", script); r.err != nil {
				t.Errorf("%v\n%s", r.err, tail(r.stderr))
			}
		})
	}
}

// headers is where Node's headers are, which node-gyp would download otherwise; ""
// where they did not come with Node.
func headers(t *testing.T, u user, dir string) string {
	r := u.exec(t.Context(), dir, "node", "-p", `require("path").dirname(require("path").dirname(process.execPath))`)
	prefix := strings.TrimSpace(r.stdout)
	if _, err := os.Stat(filepath.Join(prefix, "include", "node", "node.h")); err != nil {
		return ""
	}
	return prefix
}
