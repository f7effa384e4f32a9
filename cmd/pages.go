package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/manifest/weblinks"
)

// pageCommand is one of those that open a page of a package.
type pageCommand struct {
	name, alias, short, finds string
	find                      func(weblinks.Fields) (string, error)
}

// newPageCmds are repo, docs and bugs.
func newPageCmds(a *app) []*cobra.Command {
	var out []*cobra.Command
	for _, p := range [...]pageCommand{
		{"repo", "", "Open the page of a package's repository", `It is that of the field "repository", of a package in a folder of one that folder's.`, weblinks.Repository},
		{"docs", "home", "Open the documentation of a package", `It is the field "homepage", or else the read-me of the repository.`, weblinks.Docs},
		{"bugs", "issues", "Open the page where bugs of a package are reported", `It is the field "bugs", or else the issues of the repository.`, weblinks.Bugs},
	} {
		c := &cobra.Command{
			Use: p.name + " [PKG[@VERSION]...]", GroupID: "project", Short: p.short,
			Long: p.short + ", of the project without PKG. " + p.finds + `

The browser is the system's, or the key browser's; --no-browser prints the address,
and so does a machine without one. Unlike npm, ipnpm opens addresses of http and
https alone, escaped and without a shell, reads the installed package where the
registry is an index on IPFS, which has no such fields, or the run is offline, and
knows no page for a package that names none.`,
			Example: "  ipnpm " + p.name + " react\n  ipnpm " + p.name + " --no-browser",
			RunE:    func(c *cobra.Command, args []string) error { return runPage(c.Context(), a, p, args) },
		}
		if p.alias != "" {
			c.Aliases = []string{p.alias}
		}
		a.bindBrowser(c)
		a.bindConfig(c.Flags(), workspaceKeys()...)
		out = append(out, c)
	}
	return out
}

func runPage(ctx context.Context, a *app, p pageCommand, args []string) error {
	root, packages, err := a.named(args)
	if err != nil {
		return err
	}
	return a.withSessionAt(root, func(s *session) error {
		var pages []webPage
		for _, pkg := range packages {
			fields, err := pkg(ctx, s)
			if err != nil {
				return err
			}
			address, err := p.find(fields)
			if err != nil {
				return err
			}
			name, _ := fields["name"].(string)
			pages = append(pages, webPage{Title: name + " " + p.name + " available at the following URL", URL: address})
		}
		return a.open(ctx, s.cfg, pages)
	})
}

// fieldsOf reads a package.json.
type fieldsOf func(context.Context, *session) (weblinks.Fields, error)

// named are the packages of a command line: the project's own or its workspaces'
// without arguments, folders, and names.
func (a *app) named(args []string) (root string, all []fieldsOf, err error) {
	if len(args) == 0 {
		p, err := a.openTreeUnlocked(false)
		if err != nil {
			return "", nil, err
		}
		for _, m := range p.importers {
			data := m.file.Bytes()
			all = append(all, func(context.Context, *session) (weblinks.Fields, error) { return decodeFields(data) })
		}
		return p.dir, all, nil
	}
	for _, arg := range args {
		find := func(ctx context.Context, s *session) (weblinks.Fields, error) { return s.fields(ctx, arg) }
		if arg == "." || strings.HasPrefix(arg, "./") || strings.HasPrefix(arg, "../") || filepath.IsAbs(arg) {
			find = func(context.Context, *session) (weblinks.Fields, error) { return readFields(a.absolute(arg)) }
		}
		all = append(all, find)
	}
	return findRoot(a.Dir), all, nil
}

// fields are those of a package by name: the registry's, or the installed one's
// where the registry has none.
func (s *session) fields(ctx context.Context, arg string) (weblinks.Fields, error) {
	spec, err := packageArg(arg)
	if err != nil {
		return nil, err
	}
	r, err := s.registryFor(spec.Name)
	if err != nil {
		return nil, err
	}
	if _, whole := r.(*upstreamRegistry); !whole || s.cfg.Bool("offline") {
		installed, err := readFields(filepath.Join(s.project, "node_modules", filepath.FromSlash(spec.Name)))
		if err == nil {
			return installed, nil
		}
	}
	doc, err := s.viewed(ctx, spec.Name)
	if err != nil {
		return nil, err
	}
	wanted := spec.Fetch
	if wanted == "*" {
		wanted = s.cfg.String("tag")
	}
	versions := doc.Match(wanted)
	if len(versions) == 0 {
		return nil, &hintError{err: fmt.Errorf("no match found for version %s of %s", wanted, spec.Name), code: "ETARGET",
			hint: "`ipnpm view " + spec.Name + " versions` lists those that there are"}
	}
	return doc.Version(versions[len(versions)-1], false), nil
}

// readFields reads the package.json of a folder.
func readFields(dir string) (weblinks.Fields, error) {
	data, err := manifest.ReadFolder(dir)
	if err != nil {
		return nil, err
	}
	return decodeFields(data)
}

func decodeFields(data []byte) (weblinks.Fields, error) {
	var fields weblinks.Fields
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, fmt.Errorf("package.json: %w", err)
	}
	return fields, nil
}
