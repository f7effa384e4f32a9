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
	where    string // "on this machine"
	hint     string
}

// maxRequirers bounds those that are named of one package.
const maxRequirers = 3

func (e *missingError) Error() string {
	var b strings.Builder
	n := len(e.packages)
	fmt.Fprintf(&b, "%d %s of the lockfile cannot be had %s:", n, plural(n, "package"), e.where)
	for _, p := range e.packages {
		fmt.Fprintf(&b, "\n  %s@%s", p.Name, p.Version)
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
// missing, as everywhere.
func (s *session) checkHere(ctx context.Context, o install.Options) error {
	if !s.cfg.Bool("offline") || s.cfg.Bool("package-lock-only") {
		return nil
	}
	todo, err := install.Preview(o)
	if err != nil {
		return err
	}
	var locations []string
	for _, c := range append(todo.Added, todo.Changed...) {
		pkg := o.Lock.Packages[c.Location]
		if pkg != nil && !pkg.Link && !pkg.Optional && (ofRegistry(c.Location, pkg) || pkg.Resolved != "") && !s.unpacked.Has(install.Key(pkg)) {
			locations = append(locations, c.Location)
		}
	}
	missing, err := s.fetchAll(ctx, o.Lock, locations)
	if err != nil || len(missing) == 0 {
		return err
	}
	return &missingError{packages: missing, where: "on this machine", hint: offlineHint}
}

// fetchAll brings the tarballs at locations into the store, and returns those
// that no source has instead of ending with the first of them.
func (s *session) fetchAll(ctx context.Context, lock *lockfile.Lockfile, locations []string) ([]missingPackage, error) {
	var mu sync.Mutex
	var missing []missingPackage
	dependents := sync.OnceValue(func() map[string][]string { return install.Dependents(lock) })
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, location := range locations {
		pkg := lock.Packages[location]
		group.Go(func() error {
			name := packageName(location, pkg)
			_, err := s.Tarball(ctx, location, pkg)
			s.bar.Step("fetch", name, pkg.Size)
			if err == nil || ctx.Err() != nil || !isAbsence(err) {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			missing = append(missing, missingPackage{
				Name: name, Version: pkg.Version, CID: pkg.CID,
				RequiredBy: requirers(lock, dependents()[location]),
			})
			return nil
		})
	}
	err := group.Wait()
	slices.SortFunc(missing, func(a, b missingPackage) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Version, b.Version))
	})
	return slices.CompactFunc(missing, func(a, b missingPackage) bool { return a.Name == b.Name && a.Version == b.Version }), err
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
