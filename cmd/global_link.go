package cmd

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
)

// linked is a link that was made, as --json shows it.
type linked struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Path    string `json:"path"`
	To      string `json:"to"`
}

// link puts a link to a folder into the project's node_modules, or among the
// global packages. Without a name it is the folder's own.
func (s *session) link(ctx context.Context, p *project, name, folder string) (linked, error) {
	f, err := manifest.Load(filepath.Join(folder, "package.json"))
	if err != nil {
		return linked{}, err
	}
	m := f.Manifest
	made := linked{Name: firstNonEmpty(name, m.Name), Version: m.Version, To: folder}
	if err := manifest.ValidateName(made.Name); err != nil {
		return linked{}, &hintError{err: fmt.Errorf("link to %s: %w", folder, err), hint: "\"name\" in its package.json is the name that it is linked by"}
	}
	made.Path = filepath.Join(p.dir, "node_modules", filepath.FromSlash(made.Name))
	if s.cfg.Bool("dry-run") {
		return made, nil
	}
	return made, install.Link(ctx, s.installOptions(ctx, p, plan{}, &lockfile.Lockfile{}), made.Name, folder, resolve.Describe(m, true))
}

// tellLinks says which links were made.
func (a *app) tellLinks(made []linked) error {
	switch {
	case a.json:
		return a.printJSON(map[string]any{"linked": made})
	case a.silent || a.loglevel == "error":
		return nil
	}
	for _, l := range made {
		id := l.Name
		if l.Version != "" {
			id += "@" + l.Version
		}
		if _, err := fmt.Fprintln(a.Out, printableLine(fmt.Sprintf("%s -> %s", id, l.To))); err != nil {
			return err
		}
	}
	return nil
}
