package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/publish"
)

func newUnpublishCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "unpublish [NAME[@VERSION]]",
		GroupID: "registry",
		Short:   "Take a version, or a whole package, out of a registry of one's own",
		Long: `Unpublish takes a version out of the next state of a registry made here, and with
--force the last version or all of them. Without an argument it is the version of
the package at hand. Who has an earlier state, or the bytes, keeps them; and the
version can never be published again with other content.

Unlike npm it has --json: name and version of what was taken out.

Deprecating a version keeps those who locked it going: see ` + "`ipnpm deprecate`" + `.`,
		Example: `  ipnpm unpublish a@1.0.1
  ipnpm unpublish a --force`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runUnpublish(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "dry-run", "force", "registry-name")
	return c
}

func runUnpublish(ctx context.Context, a *app, args []string) error {
	return a.withSessionAt(findRoot(a.Dir), func(s *session) error {
		spec, c, err := a.toUnpublish(args)
		if err != nil {
			return err
		}
		version := spec.Fetch
		if spec.Kind != manifest.KindVersion {
			version = ""
		}
		if version == "" && !s.cfg.Bool("force") {
			return &hintError{err: errors.New("refusing to delete all versions of " + spec.Name), hint: "--force does it", code: "EUSAGE"}
		}
		err = s.changeOne(ctx, spec.Name, c, func(doc *registry.Packument) error { return s.unpublish(doc, version) })
		if err != nil {
			return err
		}
		if s.app.json {
			return s.app.printJSON(taggedVersion{Name: spec.Name, Version: version})
		}
		if s.app.silent {
			return nil
		}
		if version != "" {
			version = "@" + version
		}
		_, err = fmt.Fprintf(a.Out, "- %s%s\n", spec.Name, printableLine(version))
		return err
	})
}

// toUnpublish is the package that is named, or the one at hand, with its
// publishConfig when it is that.
func (a *app) toUnpublish(args []string) (manifest.Spec, publishConfig, error) {
	at, err := a.packageAtHand()
	if len(args) == 0 {
		if err != nil {
			return manifest.Spec{}, publishConfig{}, err
		}
		args = []string{label(at.Manifest)}
	}
	spec, err := packageArg(args[0])
	if err != nil {
		return spec, publishConfig{}, err
	}
	if spec.Kind != manifest.KindVersion && spec.Raw != "*" {
		return spec, publishConfig{}, &hintError{
			err: fmt.Errorf("%s: only one version, or all of a package, can be unpublished", args[0]), hint: "name it as name@1.0.0", code: "EUSAGE"}
	}
	if at == nil || at.Manifest.Name != spec.Name {
		return spec, publishConfig{}, nil
	}
	c, err := readPublishConfig(at.Bytes())
	return spec, c, err
}

// unpublish removes one version, or all for "".
func (s *session) unpublish(doc *registry.Packument, version string) error {
	versions := slices.Clone(doc.VersionList())
	if version != "" {
		if len(versions) == 1 && versions[0] == version && !s.cfg.Bool("force") {
			return &hintError{err: fmt.Errorf("%s is the last version of %s", version, doc.Name), hint: "--force removes it all the same", code: "EUSAGE"}
		}
		return publish.Remove(doc, version)
	}
	for _, v := range versions {
		if err := publish.Remove(doc, v); err != nil {
			return err
		}
	}
	maps.DeleteFunc(doc.DistTags, func(string, string) bool { return true })
	return nil
}
