package install

import (
	"context"
	"runtime"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/lockfile"
)

// Fetcher brings a tarball's bytes, verified against both the CID and the
// integrity of the lockfile entry. The location ("node_modules/a") serves
// error messages.
type Fetcher interface {
	Tarball(ctx context.Context, location string, pkg *lockfile.Package) (Tarball, error)
}

// Tarball is what a [Fetcher] brings.
type Tarball struct {
	Data []byte
	// Integrity is the SRI string that Data was found to match, "" when it was
	// not compared with any. It spares the store to hash the bytes once more,
	// which takes half as long as to unpack them.
	Integrity string
	// Name is what the package was published as, "" when nobody knows yet. Files that
	// are held (see [Unpacked.Hold]) lie under it, where they can stay.
	Name string
}

// Reporter hears how far the work is. Implementations must be safe for
// concurrent use. A phase's total may grow while it runs.
type Reporter interface {
	// Phase starts ("fetch", "extract", "link", "scripts") with its total in
	// items, 0 when unknown.
	Phase(name string, total int)
	// Step says that one item of the phase is done, n bytes of it.
	Step(phase, item string, n int64)
}

// Options says what to install, whence, and how. Root, Lock, Unpacked and
// Fetcher are needed; the zero value of the rest is npm's default.
type Options struct {
	// Root is the project's folder, absolute.
	Root string
	// Lock is what node_modules shall be. It is not changed.
	Lock *lockfile.Lockfile
	// Unpacked is the store of extracted tarballs.
	Unpacked *Unpacked
	// Fetcher is asked for the tarballs that Unpacked lacks.
	Fetcher Fetcher
	// Virtual, when set, asks for the linked layout: packages stay in this
	// store, and the project gets symbolic links. nil for the others.
	Virtual *virtual.Store
	// Reporter hears of progress; nil for silence.
	Reporter Reporter
	// Begin hears that one item of "extract" or "link" begins, and what it
	// returns that this is over; nil for nobody.
	Begin func(phase, item string) (end func())

	// Scope holds the folders of the project whose dependencies are to be
	// made right, "" being the project itself without its workspaces; the
	// rest of node_modules is left alone. Nil is everything.
	Scope []string
	// Platform is matched against os, cpu and libc; its empty fields are
	// those of [Detect].
	Platform Platform
	// Engines says why a package does not run here, nil when it does. It is
	// asked of optional packages, which are left out then; nil for all run.
	Engines func(*lockfile.Package) error
	// Omit holds "dev", "optional" and "peer", as npm's --omit.
	Omit []string
	// Force installs packages for another platform, unless they are optional,
	// and overwrites.
	Force bool
	// Address is the URL that npm has a registry's package from. It takes a
	// dist-tag for satisfied only where it reads one. Nil or "" for none.
	Address func(name string, pkg *lockfile.Package) string
	// Clean takes nothing over from what is there, as npm ci does.
	Clean bool
	// Shims writes command files in place of links, as Windows needs them; it
	// is always set there, and with Platform alone it is not: who installs for
	// another platform runs commands on this one.
	Shims bool
	// Global, when set, says that Root is the folder of global packages; nil for
	// a project.
	Global *Global
	// NoBinLinks leaves node_modules/.bin alone (npm's --no-bin-links).
	NoBinLinks bool
	// Inputs are the further files, as slash paths relative to Root, whose
	// change makes the tree out of date (".npmrc"). package.json, the
	// lockfile and the workspaces' package.json are always among them.
	Inputs []string
	// Settings is a digest of the caller's other settings that decide what
	// is installed; a change of it makes the tree out of date.
	Settings string

	// Memo is kept with the state of the tree, for [Recall].
	Memo string

	// IgnoreScripts runs none, and reports none as blocked.
	IgnoreScripts bool
	// ProjectScripts runs the lifecycle scripts of the root project too, as
	// npm does for an install without arguments.
	ProjectScripts bool
	// ForegroundScripts runs scripts one at a time on the runner's own
	// streams.
	ForegroundScripts bool
	// Workspaces are the folders of the project's workspaces, as slash paths
	// relative to Root. Their scripts need no approval.
	Workspaces []string
	// Approved says whether the install scripts of a dependency may run. Nil
	// approves none. Bundled packages are never asked about.
	Approved func(name, version, cid string) bool
	// Rebuild says for which packages the approved scripts run though they have
	// been. Nil says it for none.
	Rebuild func(name, version string) bool
	// Vet is asked about each package that is about to be brought in, and its
	// error ends the install before anything is changed. Nil lets all pass.
	Vet func(pkg *lockfile.Package) error
	// Scripts runs them. The zero value works, with an empty environment.
	Scripts lifecycle.Runner

	// Runtime says what the approved scripts run with ("node-24.0.0"). What
	// they build in the virtual store is kept apart by it. May be nil.
	Runtime func() string

	// Ready says why what is to be saved cannot be. It is asked before a node_modules
	// is made where there is none. May be nil.
	Ready func() error

	// Save writes down what is about to be installed. It is called when that is
	// known to be possible, and has returned before anything is changed in a
	// node_modules that is there; meanwhile contents are brought. What it returns has
	// that last, on the disk and in its place, which takes a while; that has returned
	// before scripts run, and before the tree counts as installed. Either error is
	// Run's, which leaves no package in a new node_modules. May be nil.
	Save func() (settle func() error, err error)

	// Announce is told of the packages whose content will be asked for, before
	// the first is. Not all of them may be missing. May be nil.
	Announce func([]Wanted)

	// Arrival is of a package whose content comes together with others' what is
	// closed when it is here, or turns out not to come; nil of one that has to be
	// asked for. It is asked once that was announced. May be nil.
	Arrival func(*lockfile.Package) <-chan struct{}

	// Trees keeps what is made where there was nothing, for [Again]. May be nil.
	Trees *Trees

	// Ahead is what was looked at of Root; nil to look at it now.
	Ahead *Ahead

	// Waiting is called once, when another install in the same project makes
	// this one wait. May be nil.
	Waiting func(lockPath string)
	// Workers bounds the linkers; 0 chooses (see DefaultLinkers).
	Workers int
}

// Wanted is a package whose content an install needs.
type Wanted struct {
	// Location is the key in the lockfile, one of them where several packages
	// have the same content.
	Location string
	Package  *lockfile.Package
}

// Change is one location that the install added, removed or replaced.
type Change struct {
	// Location is the key in the lockfile: "node_modules/a".
	Location string
	// Name and Version are the new package's; From is the version that was
	// there before. A removal has From alone, an addition Version alone.
	Name, Version, From string
}

// BlockedScript is a package whose install scripts did not run, because
// nobody approved them.
type BlockedScript struct {
	Location, Name, Version, CID string
	// Scripts maps the event ("postinstall") to its command line.
	Scripts map[string]string
}

// Skipped is an optional package that was left out.
type Skipped struct {
	Location, Name, Version string
	// Reason is a *PlatformError, or the failure of its download or script.
	Reason error
}

// Result says what [Run] did.
type Result struct {
	Added, Removed, Changed []Change
	// Kept is the number of packages that were already right.
	Kept int
	// Blocked lists the scripts that did not run, by location.
	Blocked []BlockedScript
	// Ran lists the scripts that ran, as "location event".
	Ran []string
	// Skipped lists the optional packages that were left out.
	Skipped []Skipped
	// Warnings are sentences for the user: things found odd and mended.
	Warnings []string
}

// nobody is the Reporter of those who gave none.
type nobody struct{}

func (nobody) Phase(string, int)          {}
func (nobody) Step(string, string, int64) {}

// fetch is how the content of a target comes. What follows it until end is
// called, in the same goroutine, is extraction.
func (o *Options) fetch(t *target) (bring Fetch, end func()) {
	extracted := func() {}
	bring = func(ctx context.Context) (Tarball, error) {
		found, err := o.Fetcher.Tarball(ctx, t.loc, t.pkg)
		if err == nil {
			extracted = o.Begin("extract", t.loc)
		}
		return found, err
	}
	return bring, func() { extracted() }
}

// withDefaults fills in what the zero value stands for.
func (o Options) withDefaults() Options {
	if o.Begin == nil {
		o.Begin = func(string, string) func() { return func() {} }
	}
	if o.Reporter == nil {
		o.Reporter = nobody{}
	}
	if o.Approved == nil {
		o.Approved = func(string, string, string) bool { return false }
	}
	if o.Ready == nil {
		o.Ready = func() error { return nil }
	}
	if o.Save == nil {
		o.Save = func() (func() error, error) { return func() error { return nil }, nil }
	}
	if o.Announce == nil {
		o.Announce = func([]Wanted) {}
	}
	if o.Arrival == nil {
		o.Arrival = func(*lockfile.Package) <-chan struct{} { return nil }
	}
	if o.Address == nil {
		o.Address = func(string, *lockfile.Package) string { return "" }
	}
	if o.Runtime == nil {
		o.Runtime = func() string { return "" }
	}
	if o.Engines == nil {
		o.Engines = func(*lockfile.Package) error { return nil }
	}
	if o.Workers <= 0 {
		o.Workers = DefaultLinkers
	}
	o.Platform = o.Platform.OrDetected()
	o.Shims = o.Shims || runtime.GOOS == "windows"
	return o
}
