package cmd

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/mirror"
)

func newRegistryGCCmd(a *app) *cobra.Command {
	history, tarballs := -1, false
	c := &cobra.Command{
		Use:   "gc",
		Short: "Remove blocks that no registry leads to any more",
		Long: `Gc removes from the local store what no registry leads to: of those made here the
current state and its history, of those seen the newest state, and of npm
registries the local index. Mirroring and installing leave such blocks behind, as
each state replaces nodes of the last. --history=N gives up all but N past states.

Tarballs stay, also those that no registry has any more, since projects may be
installed from them offline; --tarballs removes those as well. What Kubo has
pinned is Kubo's.`,
		Example: `  ipnpm registry gc
  ipnpm registry gc --history=10 --tarballs`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(func(s *session) error { return a.collect(c.Context(), s, history, tarballs) })
		},
	}
	c.Flags().IntVar(&history, "history", -1, "keep this many past states of the registries made here; -1 for all")
	c.Flags().BoolVar(&tarballs, "tarballs", false, "remove tarballs too that no registry leads to")
	return c
}

func (a *app) collect(ctx context.Context, s *session, history int, tarballs bool) error {
	local, err := s.catalog().list()
	if err != nil {
		return err
	}
	for _, r := range local { // what a mirror has brought so far, nothing leads to
		unlock, err := s.catalog().lock(r.Name)
		if err != nil {
			return err
		}
		defer unlock()
	}
	roots, err := s.liveRoots(ctx, history)
	if err != nil {
		return err
	}
	if !tarballs {
		files, err := s.store.KnownFiles()
		if err != nil {
			return err
		}
		roots = append(roots, files...)
	}
	live, err := s.store.HeldBelow(ctx, roots)
	if err != nil {
		return err
	}
	blocks, bytes, err := s.store.Clean(ctx, func(c cid.Cid) bool { return live[string(c.Hash())] })
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]int64{"blocks": blocks, "freed": bytes})
	}
	_, err = fmt.Fprintf(a.Out, "removed %d %s, freed %s\n", blocks, plural(int(blocks), "block"), size(bytes))
	return err
}

// liveRoots are the states of registries that somebody may go to.
func (s *session) liveRoots(ctx context.Context, history int) ([]cid.Cid, error) {
	roots, err := mirror.Roots(filepath.Join(s.dirs.data, "mirrors"))
	if err != nil {
		return nil, err
	}
	records, err := s.store.Names()
	if err != nil {
		return nil, err
	}
	for _, rec := range records {
		roots = append(roots, rec.Root)
	}
	local, err := s.catalog().list()
	if err != nil {
		return nil, err
	}
	for _, r := range local {
		if r.Root == "" {
			continue
		}
		root, err := cid.Decode(r.Root)
		if err != nil {
			return nil, fmt.Errorf("registry %s: %w", r.Name, err)
		}
		roots = append(roots, s.states(ctx, root, history)...)
	}
	return roots, nil
}

// states are a root and as many before it, as far as they are known.
func (s *session) states(ctx context.Context, root cid.Cid, history int) []cid.Cid {
	out := []cid.Cid{root}
	for state, err := range registry.History(ctx, s.store, root) {
		if err != nil || history >= 0 && len(out) > history+1 {
			break
		}
		out = append(out, state.Root)
	}
	return out
}
