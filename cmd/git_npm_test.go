package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// gitOutcome is what is compared of an install: the error code, package.json,
// the lockfile's source of the package, and every file of it with its execute
// bit.
type gitOutcome struct {
	Code, Saved, Resolved, Files string
}

// gitLab has a registry and a repository for npm and ours.
type gitLab struct {
	t             *testing.T
	registry, url string
	env           []string
}

func newGitLab(t *testing.T) *gitLab {
	server := registrytest.New(t)
	server.AddLines("a@1.0.0")
	dir := filepath.Join(t.TempDir(), "g.git")
	l := &gitLab{t: t, registry: server.URL, url: "git+file://" + filepath.ToSlash(dir)}
	l.env = []string{
		"PATH=" + filepath.Dir(npmoracle.Node(t)) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull, "NO_COLOR=1",
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com",
		"npm_config_registry=" + server.URL, "npm_config_audit=false", "npm_config_fund=false", "npm_config_update_notifier=false",
		"npm_config_fetch_retries=0",
	}
	for path, text := range map[string]string{
		"package.json": `{"name":"g","version":"1.2.0","bin":"cli.js","files":["dist","lib"],"dependencies":{"a":"1"},
			"devDependencies":{"a":"1"},"scripts":{"prepare":"node build.js"}}`,
		"build.js":       `require("fs").mkdirSync("dist",{recursive:true});require("fs").writeFileSync("dist/built.js","built with " + require("a"))`,
		"cli.js":         "#!/usr/bin/env node\n",
		"lib/x.js":       "",
		"lib/.npmignore": "y.js\n", "lib/y.js": "",
		"README.md": "", "LICENSE": "", "other.js": "", ".gitignore": "dist\nnode_modules\n",
	} {
		at := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"}, {"add", "-A"}, {"commit", "-q", "-m", "one"}, {"tag", "-a", "v1.2.0", "-m", "x"},
		{"commit", "-q", "--allow-empty", "-m", "two"}, {"branch", "next"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, l.env
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	return l
}

// play runs the same command with one of the two in a new project.
func (l *gitLab) play(npm bool, manifest string, args []string) gitOutcome {
	l.t.Helper()
	base := l.t.TempDir()
	dir, home := filepath.Join(base, "p"), filepath.Join(base, "home")
	for _, d := range []string{dir, home} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			l.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644); err != nil {
		l.t.Fatal(err)
	}
	env := append(slices.Clone(l.env), "HOME="+home, "TMPDIR="+base)
	args = append(slices.Clone(args), "--json")
	var stdout, stderr bytes.Buffer
	if npm {
		cmd := exec.CommandContext(l.t.Context(), npmoracle.Node(l.t), append([]string{filepath.Join(npmoracle.NPM(l.t), "bin", "npm-cli.js")}, args...)...)
		cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, env, &stdout, &stderr
		_ = cmd.Run() // the code in its output tells
	} else {
		Main(l.t.Context(), Streams{In: strings.NewReader(""), Out: &stdout, Err: &stderr, Env: env, Dir: dir}, args)
	}
	var said struct {
		Error struct{ Code any }
	}
	_ = json.Unmarshal(stdout.Bytes(), &said)
	lock := map[bool]string{true: "package-lock.json", false: "ipnpm-lock.json"}[npm]
	o := l.look(dir, lock)
	if said.Error.Code != nil {
		o.Code = fmt.Sprint(said.Error.Code)
	}
	return o
}

func (l *gitLab) look(dir, lock string) gitOutcome {
	var o gitOutcome
	var saved struct{ Dependencies map[string]string }
	l.read(filepath.Join(dir, "package.json"), &saved)
	o.Saved = fmt.Sprint(saved.Dependencies)
	var locked struct {
		Packages map[string]struct{ Resolved string }
	}
	l.read(filepath.Join(dir, lock), &locked)
	for _, name := range []string{"g", "x"} {
		o.Resolved += locked.Packages["node_modules/"+name].Resolved
		root := filepath.Join(dir, "node_modules", name)
		_ = filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if err == nil {
				o.Files += fmt.Sprintf("%s %v\n", strings.TrimPrefix(at, dir), info.Mode()&0o111 != 0)
			}
			return err
		})
	}
	return o
}

func (l *gitLab) read(path string, v any) {
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	if err := json.Unmarshal(data, v); err != nil {
		l.t.Fatal(err)
	}
}

// TestGitAsNPM plays commands with git dependencies with npm and with ours.
func TestGitAsNPM(t *testing.T) {
	l := newGitLab(t)
	allow := "--allow-git=root"
	for name, test := range map[string]struct {
		manifest string
		args     []string
	}{
		"not by default":                   {`{"name":"p"}`, []string{"install", l.url}},
		"the default branch":               {`{"name":"p"}`, []string{"install", allow, l.url}},
		"without scripts":                  {`{"name":"p"}`, []string{"install", allow, "--ignore-scripts", l.url + "#v1.2.0"}},
		"under another name":               {`{"name":"p"}`, []string{"install", allow, "x@" + l.url + "#next"}},
		"a range":                          {`{"name":"p"}`, []string{"install", allow, l.url + "#semver:^1"}},
		"no such version":                  {`{"name":"p"}`, []string{"install", allow, l.url + "#semver:^2"}},
		"an ancestor":                      {`{"name":"p"}`, []string{"install", allow, l.url + "#main~1"}},
		"of package.json, refused":         {`{"name":"p","dependencies":{"g":"` + l.url + `"}}`, []string{"install", "--allow-git=none"}},
		"optional and refused":             {`{"name":"p","optionalDependencies":{"g":"` + l.url + `"}}`, []string{"install"}},
		"a tarball on the registry's host": {`{"name":"p","dependencies":{"a":"` + l.registry + `a/-/a-1.0.0.tgz"}}`, []string{"install"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &gitLab{t: t, registry: l.registry, url: l.url, env: l.env}
			want, got := l.play(true, test.manifest, test.args), l.play(false, test.manifest, test.args)
			if got != want {
				t.Errorf("%s %q\nours:  %+v\nnpm's: %+v", test.manifest, test.args, got, want)
			}
		})
	}
}
