package cmd

import (
	"context"
	"errors"
	"strings"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/workspaces"
)

// openFiltered is openTree for the commands that --filter chooses workspaces
// for.
func (a *app) openFiltered(ctx context.Context, create bool) (*project, error) {
	p, err := a.openTree(create)
	if err != nil {
		return nil, err
	}
	return p, a.filter(ctx, p)
}

// openFilteredUnlocked is openFiltered for who does not go by the lockfile.
func (a *app) openFilteredUnlocked(ctx context.Context) (*project, error) {
	p, err := a.openTreeUnlocked(false)
	if err != nil {
		return nil, err
	}
	return p, a.filter(ctx, p)
}

// filter has a project's importers be those that --filter chooses, if it is
// given.
func (a *app) filter(ctx context.Context, p *project) error {
	cfg, err := a.loadConfig(p.dir)
	if err != nil {
		return err
	}
	filters := cfg.Strings(filterKey)
	if len(filters) == 0 {
		return nil
	}
	if err := filterConflict(cfg); err != nil {
		return err
	}
	tree := gitrepo.WorkTree{Command: cfg.String("git"), Dir: p.dir, Env: a.Env}
	changed := func(commit string) ([]string, error) { return tree.Changed(ctx, commit) }
	chosen, err := workspaces.New(p.workspaces).Select(filters, p.relative(a.Dir), changed)
	if err != nil {
		return adviceOnFilter(err)
	}
	root := cfg.Bool("include-workspace-root")
	if len(chosen) == 0 && !root {
		// Without importers a command would be for the whole project.
		if a.says("notice") {
			a.sayWrapped(dim, "note:", "no workspace is meant by --filter "+strings.Join(filters, " --filter ")+"; there is nothing to do")
		}
		return &silentError{0}
	}
	p.importers, p.scope = []*importer{{file: p.file, at: -1}}, nil
	return p.take(chosen, root)
}

// choosesWorkspaces says that a command is for workspaces wherever it is
// started.
func choosesWorkspaces(cfg *config.Config) bool {
	return len(cfg.Strings("workspace")) > 0 || cfg.String("workspaces") == "true" || len(cfg.Strings(filterKey)) > 0
}

// filterConflict says what else chooses workspaces. With --workspaces a filter
// chooses of all, as it does without.
func filterConflict(cfg *config.Config) error {
	var other string
	switch {
	case len(cfg.Strings("workspace")) > 0:
		other = "--filter and --workspace both choose workspaces"
	case cfg.String("workspaces") == "false":
		other = "--no-workspaces and --filter contradict one another"
	default:
		return nil
	}
	return &hintError{err: errors.New(other), code: "EUSAGE",
		hint: "leave one away; either may also stand in .npmrc or in the environment"}
}

func adviceOnFilter(err error) error {
	var wrong *workspaces.FilterError
	if !errors.As(err, &wrong) {
		return err
	}
	if near := registry.Near(wrong.Filter, wrong.Names); len(near) > 0 {
		return &hintError{err: err, hint: "did you mean " + near[0] + "?"}
	}
	return &hintError{err: err, hint: "`ipnpm run --help` tells what a filter may be"}
}
