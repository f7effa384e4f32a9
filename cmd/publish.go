package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/publish"
)

func newPublishCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "publish [DIR|TARBALL...]",
		GroupID: "registry",
		Short:   "Publish packages into a registry of one's own",
		Long: `Publish packs a package as ` + "`ipnpm pack`" + ` does, puts it into a registry that was made
here with ` + "`ipnpm registry create`" + `, and publishes the registry's new state under its
IPNS name: whoever holds the key may publish, and nobody else. The scripts are
npm's, in npm's order: prepublishOnly, prepack, prepare, postpack, publish,
postpublish.

The registry is the one that --registry-name or publishConfig names; or else the
one whose ipns:// address is configured for the package; or else the only one
there is. Several packages become one state.

What npm refuses is refused: a private package, a name or version that npm's
registry would not take, a prerelease or a version below the highest without
--tag. A version that was ever published with other content is refused also with
--force. Without a running node the state is signed and kept, and
` + "`ipnpm registry publish`" + ` puts it on one later.`,
		Example: `  ipnpm publish
  ipnpm publish --tag=next --registry-name=team
  ipnpm publish --workspaces --dry-run
  ipnpm publish a-1.0.0.tgz --json`,
		RunE: func(c *cobra.Command, args []string) error { return runPublish(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "tag", "access", "otp", "dry-run", "force", "registry-name", "ignore-scripts", "script-shell",
		"foreground-scripts", "allow-git", "allow-remote")
	a.bindConfig(c.Flags(), filteredKeys()...)
	return c
}

// edition is a package on its way into a registry.
type edition struct {
	source  packSource
	release *publish.Release
	config  publishConfig
	info    packInfo
}

func runPublish(ctx context.Context, a *app, args []string) error {
	project, sources, err := a.packSources(ctx, args)
	if err != nil {
		return err
	}
	return a.withSessionAt(project, func(s *session) error {
		editions, err := s.editions(ctx, sources)
		if err != nil || len(editions) == 0 {
			return err
		}
		r, err := s.registryOf(editions)
		if err != nil {
			return err
		}
		if err := s.publishInto(ctx, r, editions); err != nil {
			return err
		}
		for _, e := range editions {
			if e.source.folder == "" {
				continue
			}
			if err := s.lifecycle(ctx, e.source.folder, "publish", "publish", "postpublish"); err != nil {
				return err
			}
		}
		return a.tellEditions(editions)
	})
}

// editions packs everything before anything is published. Private workspaces
// are passed over.
func (s *session) editions(ctx context.Context, sources []packSource) ([]*edition, error) {
	var out []*edition
	for _, source := range sources {
		e, err := s.edition(ctx, source)
		if refused, ok := errors.AsType[*publish.RefusedError](err); ok && refused.Reason == "EPRIVATE" && source.workspace {
			s.app.warn("%v, and is passed over", err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("publish %s: %w", source, err)
		}
		out = append(out, e)
	}
	return out, nil
}

func (s *session) edition(ctx context.Context, source packSource) (*edition, error) {
	if source.folder != "" {
		if err := s.lifecycle(ctx, source.folder, "publish", "prepublishOnly"); err != nil {
			return nil, err
		}
	}
	release, err := s.pack(ctx, source, "publish", func(*publish.Release) error { return nil })
	if err != nil {
		return nil, err
	}
	if err := release.Check(); err != nil {
		return nil, err
	}
	e := &edition{source: source, release: release}
	if e.config, err = readPublishConfig(release.PackageJSON); err != nil {
		return nil, err
	}
	if err := e.checkAccess(s); err != nil {
		return nil, err
	}
	if tag := s.tagFor(e); tag != "" {
		if err := publish.CheckTag(tag); err != nil {
			return nil, err
		}
	}
	e.info, err = newPackInfo(release)
	return e, err
}

// tagFor is the tag that was asked for, on the command line or in the
// package's own publishConfig, "" when none was.
func (s *session) tagFor(e *edition) string {
	if _, given := s.app.flags["tag"]; !given && e.config.Tag != "" {
		return e.config.Tag
	}
	if s.cfg.IsSet("tag") {
		return s.cfg.String("tag")
	}
	return ""
}

// publishInto makes the registry's next state of all editions and publishes it.
func (s *session) publishInto(ctx context.Context, r localRegistry, editions []*edition) error {
	additions := map[string]*edition{}
	for _, e := range editions {
		if !s.app.json {
			s.app.noticePacked(e.info)
		}
		if additions[e.release.Manifest.Name] != nil {
			return &hintError{err: fmt.Errorf("%s is named twice", e.release.Manifest.Name), hint: "publish one version of it at a time"}
		}
		additions[e.release.Manifest.Name] = e
	}
	return s.change(ctx, r, func(base cid.Cid) (map[string]publish.Change, error) {
		changes := map[string]publish.Change{}
		for name, e := range additions {
			c, err := s.keep(ctx, e.release)
			if err != nil {
				return nil, err
			}
			changes[name] = s.addEdition(ctx, base, e, c)
		}
		return changes, nil
	})
}

// keep puts the tarball into the store, but for a dry run.
func (s *session) keep(ctx context.Context, r *publish.Release) (cid.Cid, error) {
	if s.cfg.Bool("dry-run") {
		c, _, err := ipfsstore.ImportLayout(r.Data)
		return c, err
	}
	c, err := s.store.Import(ctx, r.Data)
	if err != nil {
		return c, err
	}
	return c, s.store.Remember(r.Integrity, c, int64(len(r.Data)))
}

// addEdition adds an edition to its document, unless an earlier state of the
// registry had the version with other bytes.
func (s *session) addEdition(ctx context.Context, base cid.Cid, e *edition, c cid.Cid) publish.Change {
	return func(doc *registry.Packument) error {
		m := e.release.Manifest
		if !doc.Has(m.Version) {
			former, err := publish.Former(ctx, s.store, base, m.Name, m.Version)
			if err != nil {
				return err
			}
			if former != nil {
				if err := e.release.SameAs(former); err != nil {
					return err
				}
			}
		}
		at := s.app.now().UTC().Truncate(time.Millisecond)
		return e.release.Add(doc, publish.Terms{CID: c, At: at, Tag: s.tagFor(e), Force: s.cfg.Bool("force")})
	}
}

func (a *app) tellEditions(editions []*edition) error {
	if a.json {
		infos := make([]packInfo, len(editions))
		for i, e := range editions {
			infos[i] = e.info
		}
		return a.printJSON(byName(infos))
	}
	if a.silent {
		return nil
	}
	for _, e := range editions {
		fmt.Fprintf(a.Out, "+ %s\n", printableLine(e.info.ID))
	}
	return nil
}
