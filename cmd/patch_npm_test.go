package cmd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// TestPatchesAsNPM has npm install from a lockfile with patches that ours wrote:
// it applies them, and finds nothing to do afterwards.
func TestPatchesAsNPM(t *testing.T) {
	server := registrytest.New(t)
	server.AddLines(`
lib@1.0.0 {"dependencies": {"deep": "1"}, "_files": {"index.js": "one\ntwo\n", "gone.js": "x\n"}}
deep@1.0.0 {"_files": {"index.js": "x\n"}}`)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"package.json": `{"name":"p","version":"1.0.0","dependencies":{"lib":"1"},"patchedDependencies":{"lib@1.0.0":"patches/lib.patch","deep":"patches/deep.patch"}}`,
		"patches/lib.patch": "--- a/index.js\n+++ b/index.js\n@@ -1,2 +1,2 @@\n one\n-two\n+patched\n" +
			"--- a/gone.js\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
		"patches/deep.patch": "--- /dev/null\n+++ b/lib/new.js\n@@ -0,0 +1 @@\n+new\n",
	} {
		at := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"HOME=" + t.TempDir(), "NO_COLOR=1", "npm_config_registry=" + server.URL, "npm_config_update_notifier=false",
		"npm_config_audit=false", "npm_config_fund=false",
		"PATH=" + filepath.Dir(npmoracle.Node(t)) + string(os.PathListSeparator) + os.Getenv("PATH")}
	for _, args := range [][]string{{"install", "--package-lock-only"}, {"export"}} {
		var out bytes.Buffer
		if code := Main(t.Context(), Streams{Out: &out, Err: &out, Env: env, Dir: dir}, args); code != 0 {
			t.Fatalf("%s: %d\n%s", args, code, out.String())
		}
	}
	locked, err := os.ReadFile(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"ci", "install"} {
		npm := exec.CommandContext(t.Context(), npmoracle.Node(t), filepath.Join(npmoracle.NPM(t), "bin", "npm-cli.js"), args)
		npm.Dir, npm.Env = dir, env
		if out, err := npm.CombinedOutput(); err != nil {
			t.Fatalf("npm %s: %v\n%s", args, err, out)
		}
		for name, want := range map[string]string{"lib/index.js": "one\npatched\n", "lib/gone.js": "", "deep/lib/new.js": "new\n"} {
			got, err := os.ReadFile(filepath.Join(dir, "node_modules", filepath.FromSlash(name)))
			if string(got) != want || (err == nil) != (want != "") {
				t.Errorf("after npm %s, %s is %q, %v; want %q", args, name, got, err, want)
			}
		}
	}
	if now, err := os.ReadFile(filepath.Join(dir, "package-lock.json")); err != nil || !bytes.Equal(now, locked) {
		t.Errorf("npm made another lockfile of it, %v:\n%s\nwas\n%s", err, now, locked)
	}
}
