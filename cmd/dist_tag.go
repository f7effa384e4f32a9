package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/publish"
)

func newDistTagCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "dist-tag",
		Aliases: []string{"dist-tags"},
		GroupID: "registry",
		Short:   "Move the tags of packages in a registry of one's own, or list those of any",
		Long: `Dist-tag moves and lists the tags of packages. Unlike npm it has --json: ls prints
the versions by tag, add and rm the name, version and tag.`,
		Example: `  ipnpm dist-tag add a@1.2.0 next
  ipnpm dist-tag ls a
  ipnpm dist-tag rm a next`,
	}
	c.AddCommand(newDistTagAddCmd(a), newDistTagRmCmd(a), newDistTagLsCmd(a))
	return grouped(c)
}

func newDistTagAddCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "add NAME@VERSION [TAG]",
		Aliases: []string{"a", "set", "s"},
		Short:   "Point a tag at a version; without TAG, the configured one (latest)",
		Args:    cobra.RangeArgs(1, 2),
		RunE:    func(c *cobra.Command, args []string) error { return runDistTagAdd(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "tag", "dry-run", "otp", "registry-name")
	return c
}

func newDistTagRmCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "rm NAME TAG",
		Aliases: []string{"r", "del", "d", "remove"},
		Short:   "Remove a tag",
		Args:    cobra.ExactArgs(2),
		RunE:    func(c *cobra.Command, args []string) error { return runDistTagRm(c.Context(), a, args[0], args[1]) },
	}
	a.bindConfig(c.Flags(), "dry-run", "otp", "registry-name")
	return c
}

func newDistTagLsCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "ls [NAME]",
		Aliases: []string{"l", "sl", "list"},
		Short:   "List the tags of a package, as the configured registry has them",
		Long: `Ls lists the tags of a package, or of the one at hand. With --registry-name it is a
registry made here that is asked, and otherwise the configured one.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runDistTagLs(c.Context(), a, strings.Join(args, ""))
		},
	}
	a.bindConfig(c.Flags(), "registry-name")
	return c
}

// taggedVersion is the --json form of a version that was tagged, or lost its tag,
// or was taken out; without a version all of the package was.
type taggedVersion struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Tag     string `json:"tag,omitempty"`
}

func runDistTagAdd(ctx context.Context, a *app, args []string) error {
	spec, err := packageArg(args[0])
	if err != nil {
		return err
	}
	if spec.Kind != manifest.KindVersion {
		return &hintError{err: fmt.Errorf("%s names no version", args[0]), hint: "name it as name@1.0.0", code: "EUSAGE"}
	}
	return a.withSessionAt(findRoot(a.Dir), func(s *session) error {
		tag := strings.TrimSpace(firstNonEmpty(strings.Join(args[1:], ""), s.cfg.String("tag")))
		is := false
		err := s.changeOne(ctx, spec.Name, publishConfig{}, func(doc *registry.Packument) error {
			is = doc.DistTags[tag] == spec.Fetch
			return publish.SetTag(doc, tag, spec.Fetch)
		})
		if err != nil {
			return err
		}
		if is {
			a.warn("%s is already set to version %s", tag, spec.Fetch)
		}
		if a.json {
			return a.printJSON(taggedVersion{spec.Name, spec.Fetch, tag})
		}
		if is {
			return nil
		}
		_, err = fmt.Fprintf(a.Out, "+%s: %s@%s\n", tag, spec.Name, spec.Fetch)
		return err
	})
}

func runDistTagRm(ctx context.Context, a *app, arg, tag string) error {
	spec, err := packageArg(arg)
	if err != nil {
		return err
	}
	return a.withSessionAt(findRoot(a.Dir), func(s *session) error {
		version := ""
		err := s.changeOne(ctx, spec.Name, publishConfig{}, func(doc *registry.Packument) error {
			version, err = publish.RemoveTag(doc, tag)
			return err
		})
		if err != nil {
			return err
		}
		if a.json {
			return a.printJSON(taggedVersion{spec.Name, version, tag})
		}
		_, err = fmt.Fprintf(a.Out, "-%s: %s@%s\n", tag, spec.Name, printableLine(version))
		return err
	})
}

func runDistTagLs(ctx context.Context, a *app, name string) error {
	if name == "" {
		f, err := a.packageAtHand()
		if err != nil {
			return err
		}
		name = f.Manifest.Name
	}
	spec, err := packageArg(name)
	if err != nil {
		return err
	}
	return a.withSessionAt(findRoot(a.Dir), func(s *session) error {
		doc, err := s.documentToList(ctx, spec.Name)
		if err != nil {
			return err
		}
		if len(doc.DistTags) == 0 {
			return &hintError{err: errors.New("no dist-tags found for " + spec.Name), hint: "is the registry the one you mean? `ipnpm config get registry`"}
		}
		if a.json {
			return a.printJSON(doc.DistTags)
		}
		for _, tag := range slices.Sorted(maps.Keys(doc.DistTags)) {
			fmt.Fprintf(a.Out, "%s: %s\n", printableLine(tag), printableLine(doc.DistTags[tag]))
		}
		return nil
	})
}

// documentToList is a package's document of the registry made here that is
// named, or else of the configured one.
func (s *session) documentToList(ctx context.Context, name string) (*registry.Packument, error) {
	called := s.cfg.String("registry-name")
	if called == "" {
		return s.packument(ctx, name)
	}
	r, err := s.catalog().get(called)
	if err != nil {
		return nil, err
	}
	root, err := r.root()
	if err != nil || !root.Defined() {
		return registry.New(name), err
	}
	reader, err := registry.OpenReader(ctx, s.store, root)
	if err != nil {
		return nil, err
	}
	return reader.Packument(ctx, name)
}
