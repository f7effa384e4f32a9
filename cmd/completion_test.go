package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompletionInBash types into a real bash on a terminal, which has no functions
// but ours. zsh and fish are in TestInstalled.
func TestCompletionInBash(t *testing.T) {
	dir, env := shellProject(t)
	rc := filepath.Join(t.TempDir(), "rc")
	if err := os.WriteFile(rc, []byte("eval \"$(ipnpm completion)\"\nPS1='ready> '\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", "--rcfile", rc, "-i")
	c.Dir, c.Env = dir, env
	typeInShell(t, startOnTerminal(t, c, 80, 24))
}

// shellProject is a project, and an environment without a registry.
func shellProject(t *testing.T) (dir string, env []string) {
	dir = t.TempDir()
	for name, text := range map[string]string{
		"package.json": `{"name": "app", "workspaces": ["apps/*"], "scripts": {"build:all": "true"},
			"dependencies": {"@acme/tool": "1", "express": "1"}}`,
		"apps/web/package.json": `{"name": "web", "version": "1.0.0"}`,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "TERM=xterm", "LC_ALL=C.UTF-8",
		"npm_config_registry=http://127.0.0.1:9/", "npm_config_ipfs_lan=false"}
}

// shellLines are what is typed before a Tab, and what it becomes.
func shellLines() map[string]string {
	return map[string]string{
		"ipnpm remo":                          "ipnpm remove",
		"ipnpm remove ex":                     "ipnpm remove express",
		"ipnpm remove @ac":                    "ipnpm remove @acme/tool",
		"ipnpm run bui":                       "ipnpm run build:all",
		"ipnpm install -w w":                  "ipnpm install -w web",
		"ipnpm ci --install-strategy li":      "ipnpm ci --install-strategy linked",
		"ipnpm ls --loglevel sile":            "ipnpm ls --loglevel silent",
		"ipnpm config set install-strategy=n": "ipnpm config set install-strategy=nested",
		"ipnpm help offl":                     "ipnpm help offline",
	}
}

// typeInShell types each line and a Tab, and sees that the line, and nothing else on
// the screen, is what it should be.
func typeInShell(t *testing.T, x *terminal) {
	x.waitFor("ready>")
	for line, want := range shellLines() {
		x.enter(line + "\t")
		x.waitFor("ready> " + want)
		if got := x.text(); strings.TrimSpace(got) != "ready> "+want {
			t.Errorf("%q: the screen is %q", line, got)
		}
		x.enter("\x15\x0c") // the line away, the screen empty
		x.waitForNot(want)
	}
}
