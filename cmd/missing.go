package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
)

// missingPackage is one whose bytes are not to be had.
type missingPackage struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	CID        string   `json:"cid,omitempty"`
	RequiredBy []string `json:"requiredBy"`
}

// missingError lists all packages that are missing, so that one look shows what
// has to be brought.
type missingError struct {
	packages []missingPackage
	// what is said of them: "of the lockfile cannot be had on this machine".
	what string
	hint string
}

// maxRequirers bounds those that are named of one package.
const maxRequirers = 3

func (e *missingError) Error() string {
	var b strings.Builder
	n := len(e.packages)
	fmt.Fprintf(&b, "%d %s %s:", n, plural(n, "package"), e.what)
	for _, p := range e.packages {
		b.WriteString("\n  " + p.Name)
		if p.Version != "" {
			b.WriteString("@" + p.Version)
		}
		if p.CID != "" {
			fmt.Fprintf(&b, " (%s)", p.CID)
		}
		fmt.Fprintf(&b, ", required by %s", enumerate(p.RequiredBy, maxRequirers))
	}
	return b.String()
}

// Code is npm's.
func (e *missingError) Code() string { return "ENOTCACHED" }

// Hint says how they come here.
func (e *missingError) Hint() string { return e.hint }

// enumerate names a few of many.
func enumerate(names []string, most int) string {
	if len(names) == 0 {
		return "nobody"
	}
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), more)
	}
	return strings.Join(names, ", ")
}

const offlineHint = "run it once without --offline, or carry them here: `ipnpm bundle create` where there is a network, `ipnpm bundle import` here"

// checkHere finds out, in an offline run, whether all that is to be installed
// is on this machine, before anything is changed. What is optional may be
// missing, as everywhere. What it reads it unpacks, unless nothing is to be
// done, so that the install does not read it once more.
func (s *session) checkHere(ctx context.Context, o install.Options, out *outcome) error {
	if !s.cfg.Bool("offline") {
		return nil
	}
	missing := out.missing
	if !s.cfg.Bool("package-lock-only") {
		wanting, err := install.Wanting(o)
		if err != nil {
			return err
		}
		bring := s.unpackLocked
		if out.dry {
			bring = s.readLocked
		}
		more, err := s.fetchAll(ctx, o.Lock, wanting, bring)
		if err != nil {
			return err
		}
		missing = append(missing, more...)
	}
	if len(missing) == 0 {
		return nil
	}
	return &missingError{packages: distinct(missing), what: "of the lockfile cannot be had on this machine", hint: offlineHint}
}

// readLocked has a locked package's tarball in the store.
func (s *session) readLocked(ctx context.Context, location string, pkg *lockfile.Package) error {
	_, err := s.Tarball(ctx, location, pkg)
	return err
}

// unpackLocked has its files in the unpacked store; without a digest they have
// no place there yet.
func (s *session) unpackLocked(ctx context.Context, location string, pkg *lockfile.Package) error {
	if install.Key(pkg) == "" {
		return s.readLocked(ctx, location, pkg)
	}
	return s.unpacked.Prepare(ctx, pkg, func(ctx context.Context) (install.Tarball, error) {
		return s.Tarball(ctx, location, pkg)
	})
}

// fetchAll brings the packages at locations, and returns those that no source
// has instead of ending with the first of them.
func (s *session) fetchAll(ctx context.Context, lock *lockfile.Lockfile, locations []string, bring func(context.Context, string, *lockfile.Package) error) ([]missingPackage, error) {
	missing := newMissing(lock)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, location := range locations {
		pkg := lock.Packages[location]
		group.Go(func() error {
			err := bring(ctx, location, pkg)
			s.bar.Step("fetch", packageName(location, pkg), pkg.Size)
			if err == nil || ctx.Err() != nil || !isAbsence(err) {
				return err
			}
			missing.add(location)
			return nil
		})
	}
	err := group.Wait()
	return missing.packages, err
}

// missing gathers the packages of a lockfile that cannot be had.
type missing struct {
	lock       *lockfile.Lockfile
	dependents func() map[string][]string

	mu       sync.Mutex
	packages []missingPackage
}

func newMissing(lock *lockfile.Lockfile) *missing {
	return &missing{lock: lock, dependents: sync.OnceValue(func() map[string][]string { return install.Dependents(lock) })}
}

func (m *missing) add(location string) {
	pkg := m.lock.Packages[location]
	m.mu.Lock()
	defer m.mu.Unlock()
	m.packages = append(m.packages, missingPackage{
		Name: packageName(location, pkg), Version: pkg.Version, CID: pkg.CID,
		RequiredBy: requirers(m.lock, m.dependents()[location]),
	})
}

// distinct sorts packages, and has each once.
func distinct(packages []missingPackage) []missingPackage {
	slices.SortFunc(packages, func(a, b missingPackage) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	return slices.CompactFunc(packages, func(a, b missingPackage) bool { return a.Name == b.Name && a.Version == b.Version })
}

// isAbsence says that bytes are nowhere, which is not to be bad.
func isAbsence(err error) bool {
	_, unavailable := errors.AsType[*ipfsstore.UnavailableError](err)
	return unavailable && codeOf(err) != "EINTEGRITY" || codeOf(err) == "ENOTCACHED"
}

// requirers are the packages at locations as people know them.
func requirers(lock *lockfile.Lockfile, locations []string) []string {
	out := make([]string, 0, len(locations))
	for _, location := range locations {
		switch pkg := lock.Packages[location]; {
		case location == "":
			out = append(out, "the project")
		case !strings.Contains(location, "node_modules/"):
			out = append(out, location)
		default:
			out = append(out, packageName(location, pkg)+"@"+pkg.Version)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
