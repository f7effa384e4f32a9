package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// peers pins the other installers, all from npm packages; node runs npm and
// yarn. Some put their binary in place by a script, which has to be approved.
const peers = `{
  "private": true,
  "dependencies": {"@yarnpkg/cli-dist": "4.18.1", "bun": "1.4.5", "node": "24.21.0", "npm": "12.2.0", "pnpm": "12.21.0"},
  "allowScripts": {"bun": true, "node": true, "pnpm": true}
}
`

// tool is one installer: how a fresh process of it is started in a project
// folder, with everything that it keeps below HOME.
type tool struct {
	name string
	// argv for an install, for one that must follow the lockfile, and for a
	// resolution that writes the lockfile and no more.
	install, frozen, lock []string
	// commands are the argv of what is no install, by situation.
	commands map[string][]string
	env      []string
	lockfile string
	// ours is compared with the fastest of the others.
	ours bool
	// source is where ours takes packages from; the others have the registry.
	source string
}

// folder is the tool's name as part of a path.
func (t tool) folder() string {
	return strings.NewReplacer(" ", "-", "(", "", ")", "").Replace(t.name)
}

// choose takes the tools that a list by commas names, all of them when it is
// empty. "ipnpm" means all its sources.
func choose(tools []tool, list string) ([]tool, error) {
	if list == "" {
		return tools, nil
	}
	chosen := map[string]bool{}
	for name := range strings.SplitSeq(list, ",") {
		before := len(chosen)
		for _, t := range tools {
			if kind, _, _ := strings.Cut(t.name, " ("); name == t.name || name == kind {
				chosen[t.name] = true
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("-only: no tool more is called %q", name)
		}
	}
	return slices.DeleteFunc(tools, func(t tool) bool { return !chosen[t.name] }), nil
}

// binaries are the peers installed from npm, and ipnpm built from this tree.
type binaries struct {
	dir, ipnpm string
}

// prepareBinaries installs the pinned peers below dir, once, and builds ipnpm.
func prepareBinaries(ctx context.Context, dir string) (*binaries, error) {
	b := &binaries{dir: filepath.Join(dir, "node_modules", ".bin"), ipnpm: filepath.Join(dir, "ipnpm")}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	manifest := filepath.Join(dir, "package.json")
	have, _ := os.ReadFile(manifest)
	if _, err := os.Stat(filepath.Join(b.dir, "bun")); err != nil || !bytes.Equal(have, []byte(peers)) {
		if err := os.WriteFile(manifest, []byte(peers), 0o644); err != nil {
			return nil, err
		}
		if err := run(ctx, dir, nil, "npm", "install", "--no-audit", "--no-fund"); err != nil {
			return nil, fmt.Errorf("install the peers: %w", err)
		}
	}
	env := append(os.Environ(), "CGO_ENABLED=0") // as `make build` does
	if err := run(ctx, "", env, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Dir(b.ipnpm)+"/", "./cmd/ipnpm", "./cmd/ipnpm-peers"); err != nil {
		return nil, fmt.Errorf("build ipnpm: %w", err)
	}
	return b, nil
}

func (b *binaries) bin(name string) string { return filepath.Join(b.dir, name) }

func (b *binaries) path() string {
	return "PATH=" + b.dir + string(os.PathListSeparator) + os.Getenv("PATH")
}

// peers are the other installers, in their default layouts, set to run no
// scripts, which ipnpm would not run either.
func (b *binaries) peers(registry string) []tool {
	env := []string{b.path()}
	reg := "--registry=" + registry
	npm := []string{b.bin("npm"), "install", "--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", reg}
	pnpm := []string{b.bin("pnpm"), "install", "--ignore-scripts", reg}
	bun := []string{b.bin("bun"), "install", "--ignore-scripts", reg}
	yarn := []string{b.bin("yarn"), "install"}
	return []tool{
		// npm ci refuses lockfiles of npm's own making that lack foreign
		// platforms' packages; with a lockfile present, install is the same.
		// For the lockfile alone it takes a tarball that bundles packages for
		// one from elsewhere.
		{name: "npm", lockfile: "package-lock.json", env: env,
			install: npm, frozen: npm, lock: with(npm, "--package-lock-only", "--allow-remote=all")},
		{name: "pnpm", lockfile: "pnpm-lock.yaml", env: append(env, "CI=1"),
			install: with(pnpm, "--no-frozen-lockfile"), frozen: with(pnpm, "--frozen-lockfile"),
			lock: with(pnpm, "--no-frozen-lockfile", "--lockfile-only")},
		{name: "yarn", lockfile: "yarn.lock", env: append(env, yarnSettings(registry)...),
			install: yarn, frozen: with(yarn, "--immutable"), lock: with(yarn, "--mode=update-lockfile")},
		{name: "bun", lockfile: "bun.lock", env: env,
			install: bun, frozen: with(bun, "--frozen-lockfile"), lock: with(bun, "--lockfile-only")},
	}
}

// yarnSettings are those that give it the others' job: a node_modules.
func yarnSettings(registry string) []string {
	return []string{"YARN_NPM_REGISTRY_SERVER=" + registry, "YARN_UNSAFE_HTTP_WHITELIST=127.0.0.1",
		"YARN_NODE_LINKER=node-modules", "YARN_ENABLE_SCRIPTS=false", "YARN_ENABLE_GLOBAL_CACHE=true",
		"YARN_ENABLE_TELEMETRY=false", "YARN_ENABLE_IMMUTABLE_INSTALLS=false", "YARN_ENABLE_HARDENED_MODE=false"}
}

// ours is ipnpm in both layouts, with one source.
func (b *binaries) ours(source string, at servers, name string) []tool {
	flags := at.flags(source, name)
	suffix := " (" + source + ")"
	if source == registrySource {
		suffix = ""
	}
	var tools []tool
	for _, layout := range []string{"hoisted", "linked"} {
		called := "ipnpm"
		if layout == "linked" {
			called += " linked"
		}
		all := with(flags, "--install-strategy="+layout, "--ignore-scripts")
		tools = append(tools, tool{name: called + suffix, lockfile: "ipnpm-lock.json", ours: true, source: source,
			env:     append([]string{b.path()}, at.env(source)...),
			install: with([]string{b.ipnpm, "install"}, all...),
			frozen:  with([]string{b.ipnpm, "ci"}, all...),
			lock:    with([]string{b.ipnpm, "install", "--package-lock-only"}, all...)})
	}
	return tools
}

// with is a command with more arguments, in memory of its own.
func with(argv []string, more ...string) []string { return append(slices.Clone(argv), more...) }
