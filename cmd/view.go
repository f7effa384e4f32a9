package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/registry/view"
)

func newViewCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "view [PKG[@VERSION]] [FIELD...]",
		Aliases: []string{"info", "show", "v"},
		GroupID: "registry",
		Short:   "Show what a registry says of a package",
		Long: `View shows a package of the registry, of the project at hand when none is named. Of
a range it shows each version. Fields are paths: dist.tarball, versions,
maintainers[0].name, time[1.0.0].

An npm registry is asked for the whole document. What an index on IPFS has, and
with --offline what was kept of an npm registry, is what an install needs of it,
which has no description nor readme. Beside npm's own fields there are dist.cid,
as far as it is known, and _registry: address, root and sequence of the index. The
keys of objects are in alphabetical order, and the time of publication is a date.`,
		Example: `  ipnpm view react
  ipnpm view react dist-tags --json
  ipnpm view react@^18 version
  ipnpm view react@18.2.0 dist.cid`,
		RunE: func(c *cobra.Command, args []string) error { return runView(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "tag", "unicode")
	a.bindConfig(c.Flags(), workspaceKeys()...)
	return c
}

func runView(ctx context.Context, a *app, args []string) error {
	if len(args) == 0 {
		args = []string{"."}
	}
	names := args[:1]
	root := findRoot(a.Dir)
	if args[0] == "." || strings.HasPrefix(args[0], ".@") {
		p, err := a.openTreeUnlocked(false)
		if err != nil {
			return err
		}
		root, names = p.dir, nil
		for _, m := range p.importers {
			if m.file.Manifest.Name == "" {
				return &hintError{err: fmt.Errorf("%s has no name", m.file.Path), hint: "name a package: ipnpm view NAME"}
			}
			names = append(names, m.file.Manifest.Name+args[0][1:])
		}
	}
	return a.withSessionAt(root, func(s *session) error {
		for _, name := range names {
			if err := s.view(ctx, name, args[1:]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *session) view(ctx context.Context, arg string, fields []string) error {
	spec, err := packageArg(arg)
	if err != nil {
		return err
	}
	doc, err := s.viewed(ctx, spec.Name)
	if err != nil {
		return err
	}
	wanted := spec.Fetch
	if wanted == "*" {
		wanted = s.cfg.String("tag")
	}
	versions := doc.Match(wanted)
	if len(versions) == 0 && wanted != "latest" {
		return &hintError{err: fmt.Errorf("no match found for version %s of %s", wanted, spec.Name), code: "E404",
			hint: "`ipnpm view " + spec.Name + " versions` lists those that there are"}
	}
	state := s.stateOf(spec.Name)
	if len(fields) == 0 && !s.app.json {
		for _, v := range versions {
			fmt.Fprintln(s.app.Out, viewText{s.app, s.cfg.Bool("unicode")}.text(doc, s.details(doc, v, state, false), state))
		}
		return nil
	}
	var found []viewedVersion
	for _, v := range versions {
		of := viewedVersion{id: doc.Name + "@" + v}
		all := s.details(doc, v, state, slices.Contains(fields, "readme"))
		if len(fields) == 0 {
			of.whole = all
		}
		for _, path := range fields {
			values, err := view.Lookup(all, path, s.app.json)
			if err != nil {
				return err
			}
			of.fields = append(of.fields, values...)
		}
		if len(of.fields) > 0 || of.whole != nil {
			found = append(found, of)
		}
	}
	return s.app.tellFields(found)
}

// viewed is a package's document, whole where a registry has more than we keep.
func (s *session) viewed(ctx context.Context, name string) (*view.Document, error) {
	r, err := s.registryFor(name)
	if err != nil {
		return nil, err
	}
	if r, ok := r.(*upstreamRegistry); ok && !s.cfg.Bool("offline") {
		data, err := r.client.FullDocument(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return view.Parse(data)
	}
	doc, err := r.Packument(ctx, name)
	if err != nil {
		return nil, err
	}
	base := upstream.DefaultRegistry
	if address := s.cfg.RegistryFor(name); strings.HasPrefix(address, "http") {
		base = address
	}
	data, err := doc.EncodeStatic(strings.TrimSuffix(base, "/") + "/")
	if err != nil {
		return nil, err
	}
	return view.Parse(data)
}

// viewedRegistry is what _registry has.
type viewedRegistry struct {
	address string
	lockfile.Registry
}

// stateOf is the registry that answers for a name, and its state once it has.
func (s *session) stateOf(name string) viewedRegistry {
	state := viewedRegistry{address: s.cfg.RegistryFor(name)}
	if r, err := s.registryFor(name); err == nil {
		if r, ok := r.(packageRegistry); ok {
			state.Registry, _ = r.State()
		}
	}
	return state
}

// details are a version's fields with ours.
func (s *session) details(doc *view.Document, version string, state viewedRegistry, readme bool) map[string]any {
	all := doc.Version(version, readme)
	all["_registry"] = state.object()
	dist, _ := all["dist"].(map[string]any)
	if dist == nil || dist["cid"] != nil {
		return all
	}
	integrity, _ := dist["integrity"].(string)
	if c, _, known := s.store.Known(integrity); known {
		dist["cid"] = c.String()
	}
	return all
}

func (v viewedRegistry) object() map[string]any {
	object := map[string]any{"address": v.address}
	for key, text := range map[string]string{"ipns": v.IPNS, "root": v.Root} {
		if text != "" {
			object[key] = text
		}
	}
	if v.Sequence > 0 {
		object["sequence"] = float64(v.Sequence)
	}
	return object
}
