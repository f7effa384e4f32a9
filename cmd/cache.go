package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"
)

func newCacheCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "cache",
		GroupID: "system",
		Short:   "Look after the store of blocks and unpacked packages",
		Long: `The store has six parts: blocks by CID (tarballs and indexes), unpacked packages
that node_modules is linked from, the virtual store that projects of the linked
layout lead to, package documents of npm registries, what was resolved of indexes
before, and what node_modules were made of. Unlike npm's its commands have --json.`,
	}
	c.AddCommand(newCacheDirCmd(a), newCacheLsCmd(a), newCacheVerifyCmd(a), newCachePruneCmd(a), newCacheCleanCmd(a))
	return grouped(c)
}

func newCacheDirCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "dir", Short: "Print where the store is", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return a.withStore(func(s *session) error {
				if a.json {
					return a.printJSON(map[string]string{"data": s.dirs.data, "cache": s.dirs.cache})
				}
				_, err := fmt.Fprintf(a.Out, "%s\n%s\n", s.dirs.data, s.dirs.cache)
				return err
			})
		},
	}
}

// part is one part of the store in cache ls.
type part struct {
	Name  string `json:"name"`
	Dir   string `json:"dir"`
	Items int64  `json:"items"`
	Bytes int64  `json:"bytes"`
}

func newCacheLsCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "ls", Short: "Print how much is in the store", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(func(s *session) error { return a.listCache(c.Context(), s) })
		},
	}
}

// cacheParts are the folders of the cache that the commands look after.
func cacheParts() []string {
	return []string{"unpacked", virtualPart, "packuments", "answers", "trees", "exec"}
}

// virtualPart is the virtual store, which projects lead to.
const virtualPart = "virtual"

func (a *app) listCache(ctx context.Context, s *session) error {
	blocks, bytes, err := s.store.Size(ctx)
	if err != nil {
		return err
	}
	parts := []part{{Name: "blocks", Dir: filepath.Join(s.dirs.data, "blocks"), Items: blocks, Bytes: bytes}}
	for _, name := range cacheParts() {
		p := part{Name: name, Dir: filepath.Join(s.dirs.cache, name)}
		if p.Items, p.Bytes, err = du(ctx, p.Dir); err != nil {
			return err
		}
		parts = append(parts, p)
	}
	if a.json {
		return a.printJSON(parts)
	}
	for _, p := range parts {
		fmt.Fprintf(a.Out, "%-10s %8d  %9s  %s\n", p.Name, p.Items, size(p.Bytes), p.Dir)
	}
	return nil
}

// du counts the regular files below a folder.
func du(ctx context.Context, dir string) (files, bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil || !d.Type().IsRegular() {
			return errors.Join(err, ctx.Err())
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files++
		bytes += info.Size()
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return 0, 0, nil
	}
	return files, bytes, err
}

func newCacheCleanCmd(a *app) *cobra.Command {
	var o cleanOptions
	c := &cobra.Command{
		Use: "clean", Short: "Remove unpacked packages and documents; with --blocks the blocks too", Args: cobra.NoArgs,
		Long: `Clean removes what can be had again: unpacked packages, package documents, what
was resolved and made before, and of the virtual store what prune removes, since
projects of the linked layout run from it. With --blocks it removes the blocks as
well, and then an offline install has nothing to install from. Keys, IPNS records
and registries made here stay, but the blocks of those registries go too. With
--kubo the Kubo node removes what is not pinned there: what installs had it fetch,
and whatever else.`,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(func(s *session) error { return a.cleanCache(c.Context(), s, o) })
		},
	}
	c.Flags().BoolVar(&o.blocks, "blocks", false, "remove the blocks too")
	c.Flags().BoolVar(&o.kubo, "kubo", false, "have the Kubo node remove what is not pinned")
	return c
}

// cleanOptions are clean's own flags.
type cleanOptions struct{ blocks, kubo bool }

func (a *app) cleanCache(ctx context.Context, s *session, o cleanOptions) error {
	_, freed, err := s.prune(ctx)
	if err != nil {
		return err
	}
	for _, name := range cacheParts() {
		if name == virtualPart {
			continue // of which projects use what is left
		}
		dir := filepath.Join(s.dirs.cache, name)
		_, bytes, err := du(ctx, dir)
		if err != nil {
			return err
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		freed += bytes
	}
	if o.blocks {
		_, bytes, err := s.store.Clean(ctx, func(cid.Cid) bool { return false })
		if err != nil {
			return err
		}
		freed += bytes
	}
	report := map[string]int64{"freed": freed}
	if o.kubo {
		node, err := s.kuboNode()
		if err != nil {
			return err
		}
		if report["kubo"], err = node.CollectGarbage(ctx); err != nil {
			return fmt.Errorf("%s: %w", node.Name(), err)
		}
	}
	if a.json {
		return a.printJSON(report)
	}
	fmt.Fprintf(a.Out, "freed %s\n", size(freed))
	if o.kubo {
		fmt.Fprintf(a.Out, "freed %s in Kubo\n", size(report["kubo"]))
	}
	return nil
}

func newCachePruneCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "prune", Short: "Remove what no project of the linked layout leads to", Args: cobra.NoArgs,
		Long: `Prune removes the packages of the virtual store that the node_modules of no
project leads to any more, and what killed installs left unfinished. It knows the
projects that were installed with install-strategy=linked, where they were installed:
run ` + "`ipnpm install`" + ` first in one that was moved or copied since.`,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(func(s *session) error { return a.pruneCache(c.Context(), s) })
		},
	}
}

func (a *app) pruneCache(ctx context.Context, s *session) error {
	removed, freed, err := s.prune(ctx)
	if err != nil {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"removed": append([]string{}, removed...), "freed": freed})
	}
	_, err = fmt.Fprintf(a.Out, "removed %d %s of the virtual store, %s\n", len(removed), plural(len(removed), "package"), size(freed))
	return err
}

// prune also returns how much smaller the virtual store is. Most of that is
// freed only when the unpacked store and the projects let go of it, too.
func (s *session) prune(ctx context.Context) (removed []string, freed int64, err error) {
	_, before, err := du(ctx, s.virtual.Dir())
	if err != nil {
		return nil, 0, err
	}
	if removed, err = s.virtual.Prune(ctx); err != nil {
		return nil, 0, fmt.Errorf("prune the virtual store: %w", err)
	}
	if err := s.unpacked.Clean(); err != nil {
		return nil, 0, fmt.Errorf("remove what killed installs left in the unpacked store: %w", err)
	}
	_, after, err := du(ctx, s.virtual.Dir())
	return removed, before - after, err
}

// withStore opens a session for commands about the store itself.
func (a *app) withStore(do func(*session) error) (err error) {
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return do(s)
}
