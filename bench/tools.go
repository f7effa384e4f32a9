package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// peers pins the other installers, all from npm packages; node runs npm. Two
// of them put their binary in place by a script, which has to be approved.
const peers = `{
  "private": true,
  "dependencies": {"npm": "12.2.0", "pnpm": "12.21.0", "bun": "1.4.5", "node": "24"},
  "allowScripts": {"bun": true, "node": true, "pnpm": true}
}
`

// tool is one installer: how a fresh process of it is started in a project
// folder, with everything that it keeps below home.
type tool struct {
	name string
	// argv for an install, for one that must follow the lockfile, and for a
	// resolution that writes the lockfile and no more.
	install, frozen, lock []string
	env                   []string
	lockfiles             []string
	// ours is compared with the fastest of the others.
	ours bool
}

// prepareTools installs the pinned peers below dir, once, and builds ipnpm
// from this tree.
func prepareTools(ctx context.Context, dir, registry string) ([]tool, error) {
	bin := filepath.Join(dir, "node_modules", ".bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(bin, "bun")); err != nil {
		if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(peers), 0o644); err != nil {
			return nil, err
		}
		if err := run(ctx, dir, nil, "npm", "install", "--no-audit", "--no-fund"); err != nil {
			return nil, fmt.Errorf("install the peers: %w", err)
		}
	}
	ipnpm := filepath.Join(dir, "ipnpm")
	if err := run(ctx, "", nil, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", ipnpm, "./cmd/ipnpm"); err != nil {
		return nil, fmt.Errorf("build ipnpm: %w", err)
	}
	path := "PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")
	reg := "--registry=" + registry
	return []tool{
		{name: "npm", lockfiles: []string{"package-lock.json"}, env: []string{path},
			install: []string{filepath.Join(bin, "npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", reg},
			// npm ci refuses lockfiles of npm's own making that lack foreign
			// platforms' packages; with a lockfile present, install is the same.
			frozen: []string{filepath.Join(bin, "npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", reg},
			// It takes a tarball that bundles packages for one from elsewhere.
			lock: []string{filepath.Join(bin, "npm"), "install", "--package-lock-only", "--allow-remote=all", "--no-audit", "--no-fund", "--ignore-scripts", reg}},
		{name: "pnpm", lockfiles: []string{"pnpm-lock.yaml"}, env: []string{path, "CI=1"},
			install: []string{filepath.Join(bin, "pnpm"), "install", "--no-frozen-lockfile", "--ignore-scripts", reg},
			frozen:  []string{filepath.Join(bin, "pnpm"), "install", "--frozen-lockfile", "--ignore-scripts", reg},
			lock:    []string{filepath.Join(bin, "pnpm"), "install", "--lockfile-only", "--no-frozen-lockfile", "--ignore-scripts", reg}},
		{name: "bun", lockfiles: []string{"bun.lock"}, env: []string{path},
			install: []string{filepath.Join(bin, "bun"), "install", "--ignore-scripts", reg},
			frozen:  []string{filepath.Join(bin, "bun"), "install", "--frozen-lockfile", "--ignore-scripts", reg},
			lock:    []string{filepath.Join(bin, "bun"), "install", "--lockfile-only", "--ignore-scripts", reg}},
		{name: "ipnpm", lockfiles: []string{"ipnpm-lock.json"}, env: []string{path}, ours: true,
			install: []string{ipnpm, "install", "--ipfs=embedded", "--ignore-scripts", reg},
			frozen:  []string{ipnpm, "ci", "--ipfs=embedded", "--ignore-scripts", reg},
			lock:    []string{ipnpm, "install", "--package-lock-only", "--ipfs=embedded", "--ignore-scripts", reg}},
		{name: "ipnpm linked", lockfiles: []string{"ipnpm-lock.json"}, env: []string{path}, ours: true,
			install: []string{ipnpm, "install", "--install-strategy=linked", "--ipfs=embedded", "--ignore-scripts", reg},
			frozen:  []string{ipnpm, "ci", "--install-strategy=linked", "--ipfs=embedded", "--ignore-scripts", reg},
			lock:    []string{ipnpm, "install", "--package-lock-only", "--install-strategy=linked", "--ipfs=embedded", "--ignore-scripts", reg}},
	}, nil
}

// run starts a process and returns its output within the error when it fails.
func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	if env != nil {
		c.Env = env
	}
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}
