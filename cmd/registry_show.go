package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

func newRegistryShowCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show [NAME|ROOT|ipns://NAME|ipfs://ROOT]",
		Short: "Show a registry's root, sequence, age and packages",
		Example: `  ipnpm registry show
  ipnpm registry show team
  ipnpm registry show ipns://k51qzi5uqu5d... --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runRegistryShow(c.Context(), a, strings.Join(args, ""))
		},
	}
}

// shownRegistry is the --json form.
type shownRegistry struct {
	IPNS     string    `json:"ipns,omitempty"`
	Root     string    `json:"root"`
	Sequence uint64    `json:"sequence,omitempty"`
	Validity time.Time `json:"validity,omitzero"`
	Stale    bool      `json:"stale,omitempty"`
	registry.Info
	Packages []string `json:"packages"`
}

func runRegistryShow(ctx context.Context, a *app, which string) error {
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer s.Close()
	shown, root, err := s.rootOf(ctx, which)
	if err != nil {
		return err
	}
	reader, err := registry.OpenReader(ctx, s.store, root)
	if err != nil {
		return err
	}
	shown.Info = reader.Info()
	if shown.Packages, err = reader.Names(ctx); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(shown)
	}
	a.printRegistry(shown)
	return nil
}

// rootOf finds a registry made here, or at an address, and its root.
func (s *session) rootOf(ctx context.Context, which string) (shownRegistry, cid.Cid, error) {
	shown, err := s.findRegistry(ctx, which)
	if err != nil {
		return shown, cid.Undef, err
	}
	root, err := cid.Decode(shown.Root)
	return shown, root, err
}

func (s *session) findRegistry(ctx context.Context, which string) (shownRegistry, error) {
	scheme, name, ok := strings.Cut(which, "://")
	if ok && (scheme == "ipfs" || scheme == "ipns") {
		if err := checkAddress(scheme, name); err != nil {
			return shownRegistry{}, err
		}
	}
	switch {
	case ok && scheme == "ipfs":
		return shownRegistry{Root: name}, nil
	case ok && scheme == "ipns":
		rec, err := s.store.Resolve(ctx, name, ipfsstore.ResolveOptions{
			Offline: s.cfg.Bool("offline"), AllowRollback: s.cfg.Bool("allow-rollback"),
		})
		return shownRegistry{IPNS: name, Root: rec.Root.String(), Sequence: rec.Sequence, Validity: rec.Validity, Stale: rec.Stale}, err
	}
	r, err := s.catalog().only(which)
	if root, bad := ipfsstore.ParseCID(which); bad == nil && errors.Is(err, fs.ErrNotExist) {
		return shownRegistry{Root: root.String()}, nil
	}
	if err != nil {
		return shownRegistry{}, err
	}
	if r.Root == "" {
		return shownRegistry{}, &hintError{err: fmt.Errorf("registry %s is empty", r.Name), hint: "fill it: ipnpm registry mirror --package-json package.json"}
	}
	s.warnOfExpiry(ctx, r)
	return shownRegistry{IPNS: r.IPNS, Root: r.Root, Sequence: r.Sequence}, nil
}

func (a *app) printRegistry(r shownRegistry) {
	fmt.Fprintf(a.Out, "name      %s\n", printableLine(r.Name))
	if r.IPNS != "" {
		fmt.Fprintf(a.Out, "ipns      ipns://%s\n", r.IPNS)
	}
	fmt.Fprintf(a.Out, "root      %s\nsequence  %d\n", r.Root, r.Sequence)
	if !r.Info.Time.IsZero() {
		fmt.Fprintf(a.Out, "made      %s ago\n", age(time.Since(r.Info.Time)))
	}
	if !r.Validity.IsZero() {
		fmt.Fprintf(a.Out, "valid     until %s\n", r.Validity.Format(time.RFC3339))
	}
	for _, text := range r.Providers {
		fmt.Fprintf(a.Out, "provider  %s\n", printableLine(text))
	}
	fmt.Fprintf(a.Out, "packages  %d\n", len(r.Packages))
	for _, name := range r.Packages {
		fmt.Fprintf(a.Out, "  %s\n", name)
	}
}
