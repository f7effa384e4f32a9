package resolve

import (
	"context"
	"slices"
	"time"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// Index is where the resolver learns which versions exist. An
// implementation may be slow on the first question for a name and must be
// safe for concurrent use.
type Index interface {
	// Packument returns the document for a package name, or an error that
	// wraps *registry.NotFoundError when no such package exists.
	Packument(ctx context.Context, name string) (*registry.Packument, error)
}

// Prefetcher is an Index that can be told in one batch what will be asked
// next.
type Prefetcher interface {
	Prefetch(ctx context.Context, names []string) error
}

// Local reads what no index holds: file:, link:, git and URL specs. It
// returns the manifest found there and the form to record in the lockfile.
type Local interface {
	Manifest(ctx context.Context, from string, spec manifest.Spec) (LocalPackage, error)
	// Packed is the package that a folder makes when it is packed, for
	// Options.InstallLinks.
	Packed(ctx context.Context, from string, spec manifest.Spec) (LocalPackage, error)
}

// LocalPackage is a package that came from a folder, a tarball file, a URL or
// a git repository.
type LocalPackage struct {
	Manifest *manifest.Manifest
	// Resolved is the lockfile's form: "file:lib/x.tgz", a URL, for a packed
	// folder "file:lib", or for a linked one the slash-separated path relative
	// to the project.
	Resolved string
	// Link is true for a folder, which is linked and not unpacked.
	Link      bool
	CID       string
	Integrity string
	Size      int64
	// Bundled is what it carries in its own node_modules.
	Bundled []Bundled
}

// Strategy is npm's install-strategy.
type Strategy string

// The install strategies of npm 12.
const (
	Hoisted Strategy = "hoisted"
	Nested  Strategy = "nested"
	Shallow Strategy = "shallow"
	Linked  Strategy = "linked"
)

// Options are npm's flags that change what is picked or where it is placed.
type Options struct {
	LegacyPeerDeps bool
	StrictPeerDeps bool
	Force          bool
	PreferDedupe   bool
	Strategy       Strategy
	// Global says that the root is the folder of global packages. They have
	// nothing to do with one another: each keeps all that it needs, peers too,
	// in its own node_modules. It goes with Shallow.
	Global bool
	// EngineStrict makes a version whose engines exclude NodeVersion an
	// error instead of a warning.
	EngineStrict bool
	// NodeVersion is the running Node's, "20.11.0"; empty means unknown, and
	// then engines do not influence the choice.
	NodeVersion string
	NPMVersion  string
	// Omit holds "dev", "optional" and "peer": what they leave out need not run
	// on this Node. They change nothing in the tree.
	Omit []string
	// DefaultTag is npm's `tag`, "latest" when empty.
	DefaultTag string
	// Before, when set, hides versions published after it (npm's before,
	// min-release-age).
	Before time.Time
	// BeforeExclude are name patterns that Before does not apply to.
	BeforeExclude []string
	// InstallLinks packs folders, and installs what comes of it, where
	// otherwise they are linked to.
	InstallLinks bool
	// Allow says who may depend on what no registry holds.
	Allow Allow
	// Elsewhere is the address of a version's tarball where that is none of
	// its registry's: to Allow it is a remote one then. "" where it is; nil
	// when it always is.
	Elsewhere func(*registry.Version) string
	// Asked are the dependencies that the user named to be installed, by the
	// folder whose they are ("" for the root): they are picked anew even where
	// the lockfile satisfies, placed in preference to what is there, and
	// others are made to share them.
	Asked map[string][]string
	// Update re-picks the named packages even where the lockfile satisfies,
	// whoever depends on them; UpdateAll re-picks everything.
	Update    []string
	UpdateAll bool
	// Avoid are ranges of versions, by name, that are picked only where nothing
	// else answers (npm's audit fix).
	Avoid map[string]string
	// OnPick is called once per distinct name@version as soon as the crawl
	// chooses it, before placement, so that fetching can begin. It may be
	// called from several goroutines, and for versions that placement later
	// drops.
	OnPick func(*registry.Version)
}

// renews reports whether the named package is to be picked anew by somebody.
func (o *Options) renews(name string) bool {
	for _, names := range o.Asked {
		if slices.Contains(names, name) {
			return true
		}
	}
	return slices.Contains(o.Update, name)
}

// Request is what to resolve.
type Request struct {
	Root       *manifest.Manifest
	Workspaces []manifest.Workspace
	// Self is the name under which the project is linked as a workspace of
	// itself; "" where it is none.
	Self string
	// Lock holds the preferred versions and places: the previous lockfile, or
	// one imported from package-lock.json. May be nil.
	Lock *lockfile.Lockfile
	// Pins are the versions that the lockfile of another package manager has
	// for each dependency; they are taken wherever they still answer what is
	// asked. May be nil.
	Pins  *lockfile.Graph
	Index Index
	Local Local
	// Extensions are packageExtensions; nil for none.
	Extensions *manifest.Extensions
	// Bundles may be nil: then only what npm's metadata says of bundled
	// packages is known, which is their names.
	Bundles Bundles
	Options Options
}
