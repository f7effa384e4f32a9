package cmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// importer is a package.json that a command is for: the project's own, or that
// of one of its workspaces.
type importer struct {
	file *manifest.File
	// location is its folder, slash-separated and relative to the project;
	// "" is the project itself.
	location string
	// at is its place among the project's workspaces, -1 for the project.
	at int
}

// choose finds the importers that the command is for, by npm's rules: the
// workspaces that --workspace names, or with --workspaces all; otherwise the
// workspace that it was started in; and otherwise the project, which
// --include-workspace-root adds to the others. from is the folder that it was
// started in, inside is the place of the workspace there, -1 outside of them.
func (p *project) choose(cfg *config.Config, from string, inside int) error {
	filters, all := cfg.Strings("workspace"), cfg.String("workspaces")
	switch {
	case all == "false" && len(filters) > 0:
		return &hintError{err: errors.New("--no-workspaces and --workspace contradict one another"),
			hint: "leave one away; either may also stand in .npmrc or in the environment"}
	case all == "false":
		p.scope = []string{""}
		return nil
	case len(filters) == 0 && inside >= 0:
		return p.take([]int{inside}, cfg.Bool("include-workspace-root"))
	case len(filters) == 0 && all != "true":
		return nil
	}
	chosen := manifest.SelectWorkspaces(p.workspaces, p.slashed(filters), from)
	own := p.self != "" && (len(filters) == 0 || slices.Contains(filters, p.self))
	if len(chosen) == 0 && !own {
		return p.noWorkspaces(filters)
	}
	return p.take(chosen, own || cfg.Bool("include-workspace-root"))
}

// slashed makes filters relative that name a folder from the root of the file
// system.
func (p *project) slashed(filters []string) []string {
	out := make([]string, len(filters))
	for i, filter := range filters {
		out[i] = filepath.ToSlash(filter)
		for _, w := range p.workspaces {
			if filepath.Clean(filter) == p.folderOf(w.Location) {
				out[i] = w.Name()
			}
		}
	}
	return out
}

func (p *project) noWorkspaces(filters []string) error {
	names := make([]string, 0, len(p.workspaces))
	for _, w := range p.workspaces {
		names = append(names, w.Name(), w.Location)
	}
	err := &hintError{err: errors.New("no workspaces found"), hint: "\"workspaces\" of package.json names none that exist", code: "EUNKNOWNWORKSPACE"}
	if len(filters) == 0 || len(names) == 0 {
		return err
	}
	err.err = fmt.Errorf("no workspaces found for --workspace=%s", strings.Join(filters, " --workspace="))
	err.hint = "npm's rule: a workspace's name, its folder, or a folder around it"
	var near []string
	for _, filter := range filters {
		near = append(near, registry.Near(filter, names)...)
	}
	if near = slices.Compact(near); len(near) > 0 {
		err.hint = didYouMean(near)
	}
	return err
}

// take makes the chosen workspaces the importers, and where it is asked for the
// project too.
func (p *project) take(chosen []int, root bool) error {
	project := p.importers
	p.importers = nil
	for _, i := range chosen {
		location := p.workspaces[i].Location
		file, err := manifest.Load(filepath.Join(p.folderOf(location), "package.json"))
		if err != nil {
			return err
		}
		p.importers = append(p.importers, &importer{file: file, location: location, at: i})
	}
	if root {
		p.importers = append(p.importers, project...)
	}
	for _, m := range p.importers {
		p.scope = append(p.scope, m.location)
	}
	return nil
}

func (p *project) folderOf(location string) string {
	return filepath.Join(p.dir, filepath.FromSlash(location))
}

// named is the workspace of a name, nil without one.
func (p *project) named(name string) *manifest.Manifest {
	for _, w := range p.workspaces {
		if w.Name() == name {
			return w.Manifest
		}
	}
	return nil
}

// fill puts the catalogs' specs in the place of what refers to them, for the
// resolver and the lockfile; package.json files keep what they say. It is to
// be called again after a change of an importer.
func (p *project) fill() error {
	for _, m := range p.importers {
		if m.at >= 0 {
			p.workspaces[m.at].Manifest = m.file.Manifest
		}
	}
	root, err := p.foreign.Catalogs.Apply(p.file.Manifest)
	if err != nil {
		return fmt.Errorf("package.json: %w", err)
	}
	p.root = root
	for i, w := range p.workspaces {
		if p.workspaces[i].Manifest, err = p.foreign.Catalogs.Apply(w.Manifest); err != nil {
			return fmt.Errorf("%s/package.json: %w", w.Location, err)
		}
	}
	return nil
}

// asked is what an importer asks for, catalogs filled in.
func (p *project) asked(m *importer) *manifest.Manifest {
	if m.at < 0 {
		return p.root
	}
	return p.workspaces[m.at].Manifest
}
