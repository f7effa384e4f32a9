package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// TestGuides runs the sh blocks of the guides in docs, those of one page one after
// the other, in a project and an empty HOME.
func TestGuides(t *testing.T) {
	for page, files := range map[string]map[string]string{
		"ci.md": {
			"package.json": `{"name": "app", "version": "1.0.0", "scripts": {"test": "node index.js"}, "dependencies": {"left-pad": "^1.0.0"}}`,
			"index.js":     `require("left-pad")`,
		},
		"docker.md": {
			"package.json": `{"name": "app", "version": "1.0.0", "dependencies": {"left-pad": "^1.0.0"}, "devDependencies": {"tool": "1"}}`,
			"index.js":     `require("left-pad")`,
		},
		"monorepo.md": {
			"package.json":              `{"name": "shop", "private": true, "workspaces": ["packages/*"]}`,
			"packages/lib/package.json": `{"name": "lib", "version": "1.0.0", "scripts": {"build": "echo built > out"}}`,
			"packages/web/package.json": `{"name": "web", "version": "1.0.0", "scripts": {"build": "cat ../lib/out"}, "dependencies": {"lib": "^1.0.0"}, "devDependencies": {"tool": "1"}}`,
		},
		"migrate.md": {
			"package.json": `{"name": "app", "version": "1.0.0", "scripts": {"test": "node index.js"}, "dependencies": {"left-pad": "^1.0.0"}}`,
			"index.js":     `require("left-pad")`,
			"package-lock.json": `{"name": "app", "version": "1.0.0", "lockfileVersion": 3, "packages": {
				"": {"name": "app", "version": "1.0.0", "dependencies": {"left-pad": "^1.0.0"}},
				"node_modules/left-pad": {"version": "1.2.0"}}}`,
		},
	} {
		t.Run(page, func(t *testing.T) { runGuide(t, page, files) })
	}
}

func runGuide(t *testing.T, page string, files map[string]string) {
	server := registrytest.New(t)
	for _, manifest := range []string{`{"name": "left-pad", "version": "1.2.0"}`, `{"name": "left-pad", "version": "1.3.0"}`, `{"name": "tool", "version": "1.0.0"}`} {
		server.Add(map[string]string{"package.json": manifest, "index.js": ""})
	}
	dir, home := t.TempDir(), t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script := "set -ex\n"
	if strings.HasPrefix(page, "ci") || strings.HasPrefix(page, "docker") {
		script += "ipnpm install --package-lock-only\n" // what a repository has
	}
	c := exec.CommandContext(t.Context(), "sh", "-c", script+shBlocks(t, page))
	c.Dir = dir
	c.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "npm_config_registry=" + server.URL, "npm_config_ipfs_lan=false"}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// shBlocks are the fenced blocks of a page that are marked as sh.
func shBlocks(t *testing.T, page string) string {
	data, err := os.ReadFile(filepath.Join("..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	inside := false
	for line := range strings.Lines(string(data)) {
		switch {
		case strings.TrimSpace(line) == "```sh":
			inside = true
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside:
			script.WriteString(line)
		}
	}
	if script.Len() == 0 {
		t.Fatalf("%s has no sh block", page)
	}
	return script.String()
}
