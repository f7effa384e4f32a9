package install

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// gypRebuild is what npm runs for a package with a binding.gyp and no install
// script of its own.
const gypRebuild = "node-gyp rebuild"

// buildable is a package with install scripts on the disk.
type buildable struct {
	*target
	dir     string
	json    []byte
	scripts map[string]string
}

// build runs the approved scripts of the dependencies that this run placed,
// links the bins, and lists the scripts that nobody approved. The order is
// npm's: all preinstalls, bins, all installs, all postinstalls.
func (a *applier) build(ctx context.Context, res *Result) error {
	before := len(a.sel.skipped)
	queue := a.buildQueue(res)
	if len(queue) == 0 {
		go a.described() // by what is in place now, which no script changes
	} else if err := a.saving.settled(); err != nil {
		return err
	}
	a.o.Reporter.Phase("scripts", scriptsIn(queue))
	if err := a.runEvent(ctx, queue, "preinstall", res); err != nil {
		return err
	}
	if err := a.linkBins(); err != nil {
		return err
	}
	for _, event := range []string{"install", "postinstall"} {
		if err := a.runEvent(ctx, queue, event, res); err != nil {
			return err
		}
	}
	for _, b := range queue {
		a.built[b.loc] = true
	}
	if len(a.sel.skipped) == before {
		return nil
	}
	if err := a.removeDropped(); err != nil {
		return err
	}
	return a.linkBins() // without those of the failed
}

func scriptsIn(queue []*buildable) int {
	n := 0
	for _, b := range queue {
		n += len(b.scripts)
	}
	return n
}

// buildQueue reads the scripts of the packages that have some, by depth and
// location, and parts them into approved and blocked.
func (a *applier) buildQueue(res *Result) []*buildable {
	if a.o.IgnoreScripts {
		return nil
	}
	var queue []*buildable
	for _, t := range a.sel.targets {
		if !t.pkg.HasInstallScript || t.isLink() {
			continue
		}
		b := readBuildable(t, diskPath(a.o.Root, t.loc))
		switch {
		case len(b.scripts) == 0:
		case a.byLoc[t.loc] == nil && a.describe(t).Built && !rebuilds(a.o, t):
		case !mayBuild(a.o, t):
			res.Blocked = append(res.Blocked, b.blocked())
		default:
			queue = append(queue, b)
		}
	}
	slices.SortStableFunc(queue, func(x, y *buildable) int {
		if x.depth != y.depth {
			return x.depth - y.depth
		}
		return lockfile.Compare(x.loc, y.loc)
	})
	return queue
}

func (b *buildable) blocked() BlockedScript {
	return BlockedScript{b.loc, b.displayName(), b.pkg.Version, b.pkg.CID, b.scripts}
}

// readBuildable reads a package's install scripts from its folder.
func readBuildable(t *target, dir string) *buildable {
	b := &buildable{target: t, dir: dir, scripts: map[string]string{}}
	b.json, _ = manifest.ReadFolder(b.dir)
	m, err := manifest.Parse(b.json)
	if err != nil {
		return b
	}
	for _, event := range m.InstallScripts() {
		b.scripts[event] = m.Scripts[event]
	}
	if command := installCommand(m, b.dir); command != "" {
		b.scripts["install"] = command
	}
	return b
}

// installCommand is the package's install script: its own, or the build of its
// binding.gyp, unless it has a preinstall or says gypfile: false.
func installCommand(m *manifest.Manifest, dir string) string {
	if m.Scripts["install"] != "" || m.Scripts["preinstall"] != "" {
		return m.Scripts["install"]
	}
	if m.Gypfile != nil && !bool(*m.Gypfile) || !isFile(filepath.Join(dir, "binding.gyp")) {
		return ""
	}
	return gypRebuild
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// runEvent runs one event of all that have it, several at a time unless they
// share the terminal.
func (a *applier) runEvent(ctx context.Context, queue []*buildable, event string, res *Result) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	if a.o.ForegroundScripts {
		group.SetLimit(1)
	}
	for _, b := range queue {
		if b.scripts[event] == "" {
			continue
		}
		group.Go(func() error { return a.runOne(ctx, b, event, res) })
	}
	return group.Wait()
}

// runOne runs one script. A failure of an optional package's takes the
// package away instead of failing the install.
func (a *applier) runOne(ctx context.Context, b *buildable, event string, res *Result) error {
	a.mu.Lock()
	gone := a.sel.gone[b.loc]
	a.mu.Unlock()
	if gone {
		return nil
	}
	_, err := a.o.Scripts.Run(ctx, lifecycle.Script{
		Dir: b.dir, Event: event, Command: b.scripts[event], PackageJSON: b.json,
		Env: dependencyEnv(b.pkg), Foreground: a.o.ForegroundScripts,
	})
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil {
		res.Ran = append(res.Ran, b.loc+" "+event)
		a.o.Reporter.Step("scripts", b.loc+" "+event, 0)
		return nil
	}
	if !b.pkg.Optional || ctx.Err() != nil {
		return &PackageError{b.loc, b.displayName(), b.pkg.Version, "running the " + event + " script of", err}
	}
	a.drop(b.target, err)
	return nil
}

// dependencyEnv is what npm tells a dependency's script beyond the usual.
func dependencyEnv(pkg *lockfile.Package) []string {
	flag := func(b bool) string {
		if b {
			return "1"
		}
		return ""
	}
	return []string{
		"npm_package_resolved=" + pkg.Resolved,
		"npm_package_integrity=" + pkg.Integrity,
		"npm_package_optional=" + flag(pkg.Optional),
		"npm_package_dev=" + flag(pkg.Dev),
		"npm_package_peer=" + flag(pkg.Peer),
		"npm_package_dev_optional=" + flag(pkg.DevOptional && !pkg.Dev && !pkg.Optional),
	}
}
