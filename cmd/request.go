package cmd

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
)

// request puts the resolver's question together.
func (s *session) request(ctx context.Context, p *project, want plan) resolve.Request {
	cfg := s.cfg
	return resolve.Request{
		Root:       p.root,
		Workspaces: p.workspaces,
		Self:       p.self,
		Extensions: p.foreign.Extensions,
		Lock:       p.lock,
		Pins:       p.pins,
		Index:      s.index(want.watch),
		Local:      localPackages{session: s, root: p.dir},
		Bundles:    bundles{s},
		Options: resolve.Options{
			LegacyPeerDeps: cfg.Bool("legacy-peer-deps"),
			StrictPeerDeps: cfg.Bool("strict-peer-deps"),
			Force:          cfg.Bool("force"),
			PreferDedupe:   cfg.Bool("prefer-dedupe") || want.dedupe,
			Strategy:       s.strategy(),
			Global:         p.global != nil,
			EngineStrict:   cfg.Bool("engine-strict"),
			NodeVersion:    s.nodeVersion(ctx),
			Omit:           cfg.Strings("omit"),
			DefaultTag:     cfg.String("tag"),
			Before:         cfg.Before(s.app.now()),
			BeforeExclude:  cfg.Strings("min-release-age-exclude"),
			InstallLinks:   cfg.Bool("install-links"),
			Allow:          s.allow(),
			Elsewhere:      s.elsewhere,
			Asked:          want.asked(),
			Update:         want.update,
			UpdateAll:      want.updateAll,
			Avoid:          want.avoid,
		},
	}
}

// allow is the policy on what no registry holds.
func (s *session) allow() resolve.Allow {
	return resolve.Allow{
		Git: s.cfg.String("allow-git"), Remote: s.cfg.String("allow-remote"),
		File: s.cfg.String("allow-file"), Directory: s.cfg.String("allow-directory"),
	}
}

// strategy is how packages are placed in the lockfile, which for the linked
// layout is as for the hoisted: npm's lockfile is the same for both.
func (s *session) strategy() resolve.Strategy {
	if s.isLinked() {
		return resolve.Hoisted
	}
	return resolve.Strategy(s.cfg.String("install-strategy"))
}

func (s *session) isLinked() bool { return s.cfg.String("install-strategy") == string(resolve.Linked) }

// platform is the one that is installed for: --os, --cpu and --libc over what
// this machine is.
func (s *session) platform() install.Platform {
	p := install.Platform{OS: s.cfg.String("os"), CPU: s.cfg.String("cpu"), Libc: s.cfg.String("libc")}
	return p.OrDetected()
}

// fits tells which versions are worth fetching ahead, and may be before it is
// known who asks for them.
func (s *session) fits() func(*registry.Version) bool {
	platform, force, anywhere := s.platform(), s.cfg.Bool("force"), s.cfg.String("allow-remote") == "all"
	return func(v *registry.Version) bool {
		return (force || platform.Supports(v.OS, v.CPU, v.Libc)) && (anywhere || s.elsewhere(v) == "")
	}
}

// engines tells which optional packages run on the Node that there is.
func (s *session) engines(ctx context.Context) func(*lockfile.Package) error {
	engines := sync.OnceValue(func() *resolve.Engines { return resolve.NewEngines(s.nodeVersion(ctx), "") })
	return func(pkg *lockfile.Package) error {
		if len(pkg.Engines) == 0 {
			return nil
		}
		return engines().Check("it", pkg.Engines)
	}
}

// installOptions says how node_modules is to be made from a lock.
func (s *session) installOptions(ctx context.Context, p *project, want plan, lock *lockfile.Lockfile) install.Options {
	cfg := s.cfg
	o := install.Options{
		Root:              p.dir,
		Lock:              lock,
		Unpacked:          s.unpacked,
		Ahead:             s.ahead,
		Fetcher:           s,
		Platform:          s.platform(),
		Engines:           s.engines(ctx),
		Omit:              cfg.Strings("omit"),
		Force:             cfg.Bool("force"),
		Clean:             want.clean,
		Rebuild:           want.rebuild,
		NoBinLinks:        !cfg.Bool("bin-links"),
		Inputs:            slices.Concat(manifest.ForeignFiles(), []string{".npmrc"}, p.patchFiles()),
		Settings:          s.settings(),
		IgnoreScripts:     cfg.Bool("ignore-scripts"),
		ProjectScripts:    want.scripts,
		ForegroundScripts: cfg.Bool("foreground-scripts"),
		Workspaces:        p.workspaceFolders(),
		Scope:             p.scope,
		Approved:          s.approvals(p.file).forLock(lock),
		Scripts:           s.runner("install", s.app.talk()),
		Waiting: func(path string) {
			s.app.warn("another install is at work in this project (%s); waiting for it", path)
		},
	}
	o.Address = s.address
	if p.global != nil {
		o.Global = &install.Global{Bins: p.global.Bins, Remove: want.removed}
	}
	o.Announce, o.Arrival = s.shipLocked(ctx, lock), s.arrival
	if s.isLinked() {
		o.Virtual = s.virtual
		// Only what is built asks, and then something runs Node anyway.
		o.Runtime = func() string { return "node-" + s.nodeVersion(context.Background()) }
	}
	if s.bar != nil {
		o.Reporter = s.bar
	}
	if s.timing != nil {
		o.Begin = s.timing.begin
	}
	return o
}

// settings are the keys that decide what an install makes beyond the lock:
// when one changes, the tree is not up to date any more.
func (s *session) settings() string {
	var b strings.Builder
	for _, key := range [...]string{"install-strategy", "omit", "install-links", "legacy-peer-deps", "strict-peer-deps", "ignore-scripts", "allow-scripts", "dangerously-allow-all-scripts", "bin-links", "registry"} {
		b.WriteString(key + "=" + s.cfg.String(key) + strings.Join(s.cfg.Strings(key), ",") + "\n")
	}
	if s.layers != nil {
		b.WriteString("registries=" + strings.Join(s.addresses, ",") + "\n")
	}
	return b.String()
}
