package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
)

func newCICmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "ci",
		Aliases: []string{"clean-install", "ic", "install-clean"},
		GroupID: "project",
		Short:   "Install exactly what the lockfile says",
		Long: `Ci installs from ipnpm-lock.json alone: it never resolves, writes no lockfile,
and needs neither an index nor IPNS, only the tarballs by CID from any source.
It fails when the lockfile is missing or does not fit package.json, and
replaces whatever is in node_modules.`,
		Example: `  ipnpm ci
  ipnpm ci --omit=dev --ipfs=gateway:http://127.0.0.1:8080`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runCI(c.Context(), a) },
	}
	bindTree(c.Flags())
	bindConfig(c.Flags(), "dry-run")
	return c
}

func runCI(ctx context.Context, a *app) error {
	p, err := a.openTree(false)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		return s.installAndTell(ctx, p, plan{frozen: true, clean: true, scripts: true})
	})
}

// frozenLock returns the project's lock if it answers everything that
// package.json and the workspaces ask for.
func (s *session) frozenLock(ctx context.Context, p *project) (*lockfile.Lockfile, error) {
	if p.lock == nil || p.seeded {
		return nil, &hintError{
			err:  fmt.Errorf("there is no %s in %s", lockfile.FileName, p.dir),
			hint: "run `ipnpm install` once to make it, and commit it",
			code: "EUSAGE",
		}
	}
	problems, err := resolve.Unmet(ctx, s.request(ctx, p, plan{}))
	if err != nil {
		return nil, err
	}
	problems = append(problems, p.misquoted()...)
	problems = append(problems, s.strayLinks(p)...)
	if len(problems) == 0 {
		return p.lock, nil
	}
	slices.Sort(problems)
	const most = 8
	shown := problems
	if len(shown) > most {
		shown = append(slices.Clone(shown[:most]), fmt.Sprintf("… and %d more", len(problems)-most))
	}
	return nil, &hintError{
		err:  fmt.Errorf("%s does not fit package.json:\n  %s", lockfile.FileName, strings.Join(shown, "\n  ")),
		hint: "run `ipnpm install` to bring the lockfile up to date",
		code: "EUSAGE",
	}
}

// misquoted compares what the lockfile says that the project and its
// workspaces ask for with what they do ask for. It decides, for one, which
// folders outside the project may be linked to, and so must not be the
// lockfile's own invention.
func (p *project) misquoted() []string {
	var out []string
	check := func(location string, m *manifest.Manifest) {
		pkg := p.lock.Packages[location]
		if pkg == nil {
			pkg = &lockfile.Package{}
		}
		groups := [...]struct {
			name         string
			locked, real map[string]string
		}{
			{"dependencies", pkg.Dependencies, m.Dependencies},
			{"devDependencies", pkg.DevDependencies, m.DevDependencies},
			{"optionalDependencies", pkg.OptionalDependencies, m.OptionalDependencies},
			{"peerDependencies", pkg.PeerDependencies, m.PeerDependencies},
		}
		for _, g := range groups {
			for name, spec := range g.locked {
				if g.real[name] != spec && m.OptionalDependencies[name] != spec {
					out = append(out, fmt.Sprintf("invalid: the lockfile says that %s of %s asks for %s@%s", g.name,
						firstNonEmpty(location, "package.json"), name, spec))
				}
			}
		}
	}
	check("", p.root)
	for _, w := range p.workspaces {
		check(w.Location, w.Manifest)
	}
	return out
}
