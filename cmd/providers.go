package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
)

// providersOptions are providers' own flags.
type providersOptions struct {
	lock    string
	min     int
	routing bool
}

func newProvidersCmd(a *app) *cobra.Command {
	var o providersOptions
	c := &cobra.Command{
		Use:     "providers",
		GroupID: "project",
		Short:   "Count the sources that hold each package of the lockfile",
		Long: `Providers asks the store of this machine, the Kubo node and each gateway whether
they have each package at hand, and with --routing the node's routing system for
peers that provide it. Nothing is fetched: a gateway is asked for what it has
cached. Exit code 1 when some package has fewer than --min sources.`,
		Example: `  ipnpm providers
  ipnpm providers --min=2 --routing`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runProviders(c.Context(), a, o) },
	}
	f := c.Flags()
	f.StringVar(&o.lock, "lockfile", "", "the lockfile (`PATH`; default: the project's)")
	f.IntVar(&o.min, "min", 1, "how many sources each package must have (`N`)")
	f.BoolVar(&o.routing, "routing", false, "also ask the Kubo node's routing system for peers, a second or more a package")
	a.bindConfig(f, "progress")
	return c
}

// providedPackage is one package of the --json form.
type providedPackage struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	CID     string   `json:"cid"`
	Sources []string `json:"sources"`
}

// holder is a source that can be asked what it has.
type holder struct {
	name string
	ask  func(ctx context.Context, c cid.Cid) (bool, error)
}

func runProviders(ctx context.Context, a *app, o providersOptions) error {
	return a.withLockAt(o.lock, func(s *session, lock *lockfile.Lockfile) error {
		packages, err := s.countProviders(ctx, lock, o)
		s.bar.Close()
		if err != nil {
			return err
		}
		return a.tellProviders(packages, o.min)
	})
}

// countProviders asks all holders about all packages.
func (s *session) countProviders(ctx context.Context, lock *lockfile.Lockfile, o providersOptions) ([]providedPackage, error) {
	holders, node, err := s.holders()
	if err != nil {
		return nil, err
	}
	if o.routing && node == nil {
		return nil, &hintError{err: errors.New("--routing: there is no Kubo node to ask"), hint: "start one (`ipfs daemon`), or name it: --ipfs=kubo:127.0.0.1:5001"}
	}
	locations := withTarballs(lock)
	out := make([]providedPackage, len(locations))
	s.bar.Phase("resolve", len(locations))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for i, location := range locations {
		pkg := lock.Packages[location]
		out[i] = providedPackage{Name: packageName(location, pkg), Version: pkg.Version, CID: pkg.CID, Sources: []string{}}
		c, err := ipfsstore.ParseCID(pkg.CID)
		if err != nil {
			continue // without a CID nobody can be asked
		}
		if known, _, ok := s.store.Known(pkg.Integrity); ok && isAliasOf(pkg.CID, pkg.Integrity) {
			c, out[i].CID = known, known.String()
		}
		group.Go(func() error {
			defer s.bar.Step("resolve", out[i].Name, 0)
			out[i].Sources = s.holding(ctx, holders, c)
			if o.routing {
				peers, err := node.Providers(ctx, c, max(o.min, 20))
				if err != nil && ctx.Err() == nil {
					s.notice("%s: %v", node.Name(), err)
				}
				out[i].Sources = append(out[i].Sources, peers...)
			}
			return ctx.Err()
		})
	}
	return out, group.Wait()
}

// holders are the store, the node and the gateways.
func (s *session) holders() ([]holder, *ipfsstore.KuboSource, error) {
	out := []holder{{ipfsstore.OwnStore, func(_ context.Context, c cid.Cid) (bool, error) { return s.store.HasFile(c), nil }}}
	found, err := s.found()
	if err != nil {
		return nil, nil, err
	}
	for _, src := range found.all {
		if h, ok := src.(interface {
			Name() string
			Holds(ctx context.Context, c cid.Cid) (bool, error)
		}); ok {
			out = append(out, holder{h.Name(), h.Holds})
		}
	}
	return out, found.kubo, nil
}

// holding names those that have a block; one that does not answer has it not.
func (s *session) holding(ctx context.Context, holders []holder, c cid.Cid) []string {
	names := []string{}
	for _, h := range holders {
		has, err := h.ask(ctx, c)
		if err != nil && ctx.Err() == nil {
			s.notice("%s could not be asked: %v", h.name, err)
		}
		if has {
			names = append(names, h.name)
		}
	}
	return names
}

func (a *app) tellProviders(packages []providedPackage, least int) error {
	few := 0
	for _, p := range packages {
		if len(p.Sources) < least {
			few++
		}
		if !a.json {
			fmt.Fprintf(a.Out, "%3d  %s@%s  %s\n", len(p.Sources), p.Name, p.Version, printable(strings.Join(p.Sources, ", ")))
		}
	}
	if a.json {
		if err := a.printJSON(packages); err != nil {
			return err
		}
	}
	if few == 0 {
		return nil
	}
	return &hintError{
		err:  fmt.Errorf("%d of %d packages have fewer than %d %s", few, len(packages), least, plural(least, "source")),
		hint: "`ipnpm pin` keeps them in a Kubo node, with --remote at a pinning service too",
	}
}
