package cmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/registry"
)

func newRegistryAdvisoriesCmd(a *app) *cobra.Command {
	var from string
	c := &cobra.Command{
		Use:   "advisories [NAME]",
		Short: "Take a snapshot of the advisories against a registry's packages",
		Long: `Advisories asks an npm registry what is known against all versions that a
registry made here has, and keeps the answer in the registry's next state, as
advisories.json beside its documents. It is signed as they are, by being below the
root that the IPNS record names. Whoever installs from the registry audits with it:
offline, and without telling anybody what they have. Take it again now and then,
and publish.`,
		Example: `  ipnpm registry advisories
  ipnpm registry advisories team --from https://registry.example/ && ipnpm registry publish team`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runRegistryAdvisories(c.Context(), a, strings.Join(args, ""), from)
		},
	}
	c.Flags().StringVar(&from, "from", "", "the npm registry to ask (`URL`; default: the one that it mirrors, or the configured one)")
	a.bindConfig(c.Flags(), "progress")
	return c
}

func runRegistryAdvisories(ctx context.Context, a *app, name, from string) error {
	return a.withRegistry(name, func(s *session, r localRegistry) error {
		base, err := r.root()
		if err != nil {
			return err
		}
		if !base.Defined() {
			return &hintError{err: fmt.Errorf("registry %s is empty", r.Name), hint: "fill it: ipnpm registry mirror --package-json package.json"}
		}
		bar := a.newProgressFor(s)
		known, err := s.advisoriesOf(ctx, base, from, bar)
		bar.Close()
		if err != nil {
			return err
		}
		return s.keepAdvisories(ctx, r, base, known)
	})
}

// advisoryNames is how many packages are asked for at once.
const advisoryNames = 500

// advisoriesOf asks for all packages of a state.
func (s *session) advisoriesOf(ctx context.Context, root cid.Cid, from string, bar *progress) (registry.Advisories, error) {
	reader, err := registry.OpenReader(ctx, s.store, root)
	if err != nil {
		return nil, err
	}
	if from, err = s.mirrorSource(firstNonEmpty(from, reader.Info().Upstream)); err != nil {
		return nil, err
	}
	up, err := s.openUpstream(from)
	if err != nil {
		return nil, err
	}
	names, err := reader.Names(ctx)
	if err != nil {
		return nil, err
	}
	bar.Phase("resolve", len(names))
	all := registry.Advisories{}
	for part := range slices.Chunk(names, advisoryNames) {
		_ = reader.Prefetch(ctx, part) // what fails is told of each name
		versions := map[string][]string{}
		for _, name := range part {
			doc, err := reader.Packument(ctx, name)
			if err != nil {
				return nil, err
			}
			versions[name] = doc.VersionList()
			bar.Step("resolve", name, 0)
		}
		known, err := up.Advisories(ctx, versions)
		if err != nil {
			return nil, fmt.Errorf("the advisories of %s: %w", up.Describe(), err)
		}
		maps.Copy(all, known)
	}
	return all, nil
}

// keepAdvisories moves a registry, whose lock the caller holds, to the state with
// these advisories, if it has others.
func (s *session) keepAdvisories(ctx context.Context, r localRegistry, base cid.Cid, known registry.Advisories) error {
	data, err := known.Encode()
	if err != nil {
		return err
	}
	c, err := s.store.Import(ctx, data)
	if err != nil {
		return err
	}
	info := s.nextInfo(r)
	info.Advisories = &registry.Snapshot{CID: c.String(), Size: int64(len(data))}
	if err := s.advanceTo(ctx, &r, base, info, nil); err != nil {
		return err
	}
	n := 0
	for _, list := range known {
		n += len(list)
	}
	if s.app.json {
		return s.app.printJSON(map[string]any{
			"name": r.Name, "root": r.Root, "sequence": r.Sequence, "advisories": n, "packages": len(known), "cid": c.String(), "size": len(data),
		})
	}
	fmt.Fprintf(s.app.Out, "registry %s #%d: %d %s against %d %s\nroot %s\nnext: ipnpm registry publish\n", r.Name, r.Sequence,
		n, pluralOf(n, "advisory", "advisories"), len(known), plural(len(known), "package"), r.Root)
	return nil
}
