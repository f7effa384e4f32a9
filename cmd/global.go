package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/install/globals"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// placeKeys are those of the commands that work on global packages too.
func placeKeys() []string { return []string{"global", "location", "prefix"} }

// globalLong is what the commands that install say of global packages.
const globalLong = `

With -g it is about global packages, which are where npm has them: in
lib/node_modules below the prefix (prefix of .npmrc, --prefix, or the folder around
the one that node is in), each with all that it needs in its own folder, and their
commands in bin; on Windows in node_modules and in the prefix itself. What npm put
there stays, and both see each other's packages. As with npm no .npmrc of a project
counts, a folder is linked to unless install-links is set, and a command that is not
the package's own is not replaced without --force (EEXIST).
Unlike npm, ipnpm keeps what was asked for, approvals of install scripts and a lockfile
with CIDs, in lib/node_modules/.ipnpm-global; approve-scripts and deny-scripts take -g.
Packages that are not named stay as that lockfile has them.`

// isGlobal says that the command is for global packages: --global, or as npm
// would now have it written --location=global, or either in the environment.
func (a *app) isGlobal() bool {
	said := func(key string) string {
		if given := a.flags[key]; len(given) > 0 {
			return given[len(given)-1]
		}
		return a.Getenv("npm_config_" + key)
	}
	return said("global") == "true" || said("location") == "global"
}

// enterPrefix applies --prefix, which without -g is where the project is.
func (a *app) enterPrefix() {
	if given := a.flags["prefix"]; len(given) > 0 && !a.isGlobal() {
		a.enter(given[len(given)-1])
	}
}

// openGlobal opens the global packages as a project: of those that ipnpm put
// there, whatever is there still.
func (a *app) openGlobal() (*project, error) {
	cfg, folder, err := a.globalFolder()
	if err != nil {
		return nil, err
	}
	if len(cfg.Strings("workspace")) > 0 || cfg.String("workspaces") == "true" {
		return nil, &hintError{err: errors.New("global packages have no workspaces"), hint: "leave -w, --workspaces or -g away", code: "EUSAGE"}
	}
	if cfg.Bool("package-lock-only") {
		return nil, &hintError{err: errors.New("there is no lockfile to make for global packages"), hint: "leave --package-lock-only or -g away", code: "ESHRINKWRAPGLOBAL"}
	}
	file, err := manifest.Load(filepath.Join(folder.Records(), "package.json"))
	if errors.Is(err, fs.ErrNotExist) {
		file, err = manifest.New(filepath.Join(folder.Records(), "package.json")), nil
	}
	if err != nil {
		return nil, err
	}
	p := newProject(folder.Root, file)
	p.global = &folder
	a.cfgOf = p.dir // where no .npmrc counts
	if p.lock, err = lockfile.Read(folder.Records()); errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return p, p.disown()
}

// disown forgets the packages that somebody else has replaced or removed.
func (p *project) disown() error {
	for _, name := range slices.Collect(maps.Keys(p.file.Manifest.Dependencies)) {
		if p.lock == nil || !p.global.Owns(p.lock, name) {
			p.drop(name)
		}
	}
	return p.fill()
}

// drop takes a global package off what is kept of it.
func (p *project) drop(name string) {
	p.file.Remove(name)
	if p.lock != nil {
		globals.Forget(p.lock, name)
	}
}

// globalFolder finds the place of global packages, and reads the configuration
// for them: their layout is always npm's.
func (a *app) globalFolder() (*config.Config, globals.Folder, error) {
	a.flags["install-strategy"], a.flags["package-lock"] = []string{"shallow"}, []string{"true"}
	cfg, err := a.loadConfig("")
	if err != nil {
		return nil, globals.Folder{}, err
	}
	prefix := firstNonEmpty(a.absolute(cfg.String("prefix")), a.builtinPrefix(), a.absolute(a.Getenv("PREFIX")), a.nodePrefix())
	if prefix == "" {
		return nil, globals.Folder{}, &hintError{err: errors.New("it is not known where global packages go: node is not on the PATH"),
			hint: "name the folder with --prefix DIR, or `ipnpm config set prefix DIR`"}
	}
	return cfg, globals.Under(filepath.Clean(prefix), runtime.GOOS == "windows"), nil
}

// builtinPrefix is what the npm on the PATH was shipped with, as Homebrew's and
// that of Node's installer for Windows; "" for nothing.
func (a *app) builtinPrefix() string {
	npm, err := a.lookPath("npm")
	if err != nil {
		return ""
	}
	beside := filepath.Join(filepath.Dir(npm), "node_modules", "npm", "npmrc")
	if real, err := filepath.EvalSymlinks(npm); err == nil && real != npm {
		beside = filepath.Join(filepath.Dir(real), "..", "npmrc") // of bin/npm-cli.js
	}
	cfg, _, err := config.Load(config.Sources{User: beside, Env: a.Env, Dir: a.Dir})
	if err != nil {
		return ""
	}
	return cfg.String("prefix")
}

// nodePrefix is the folder around the one that node is in, on Windows that one.
func (a *app) nodePrefix() string {
	node, err := a.nodePath()
	if err == nil {
		node, err = filepath.EvalSymlinks(node)
	}
	if err != nil {
		return ""
	}
	if runtime.GOOS == "windows" {
		return filepath.Dir(node)
	}
	return filepath.Join(a.Getenv("DESTDIR"), filepath.Dir(filepath.Dir(node)))
}

// openListed is openFiltered for the commands that look at what is installed,
// global packages too: there everything is asked for that lies there.
func (a *app) openListed(open func() (*project, error)) (*project, error) {
	if !a.isGlobal() {
		return open()
	}
	p, err := a.openGlobal()
	if err != nil {
		return nil, err
	}
	all, err := p.global.Packages()
	if err != nil {
		return nil, err
	}
	p.root = &manifest.Manifest{Dependencies: map[string]string{}}
	for _, pkg := range all {
		p.root.Dependencies[pkg.Name] = firstNonEmpty(p.linkedSpec(pkg), "*")
	}
	return p, nil
}

// linkedSpec asks for the folder that a global package is a link to; "" for one
// that is none.
func (p *project) linkedSpec(pkg globals.Package) string {
	if pkg.Link == "" {
		return ""
	}
	root, err := filepath.EvalSymlinks(p.dir)
	if err != nil {
		return ""
	}
	to, err := filepath.EvalSymlinks(pkg.Link)
	if err != nil {
		return "file:" + filepath.ToSlash(pkg.Link) // which is missing
	}
	rel, err := filepath.Rel(root, to)
	if err != nil {
		return ""
	}
	return "file:" + filepath.ToSlash(rel)
}

// records is the folder of the lockfile.
func (p *project) records() string {
	if p.global != nil {
		return p.global.Records()
	}
	return p.dir
}

// makeRecords makes the folder of what is kept of global packages.
func (p *project) makeRecords() error {
	if p.global == nil {
		return nil
	}
	if err := os.MkdirAll(p.records(), 0o755); err != nil {
		return fmt.Errorf("keep what is known of global packages: %w", err)
	}
	return nil
}

// globally is the flag of a command that is proposed for what this one did.
func (a *app) globally() string {
	if a.isGlobal() {
		return "-g "
	}
	return ""
}
