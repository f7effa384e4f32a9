package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/publish"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// change moves a registry made here to its next state, in which documents are
// changed, and publishes that state. In a dry run it finds out whether that
// could be done. What make returns is applied to the state at base, which no
// other process leaves meanwhile.
func (s *session) change(ctx context.Context, r localRegistry, make func(base cid.Cid) (map[string]publish.Change, error)) error {
	return s.catalog().hold(r.Name, func(r localRegistry) error {
		base, err := r.root()
		if err != nil {
			return err
		}
		changes, err := make(base)
		if err != nil {
			return err
		}
		if s.cfg.Bool("dry-run") {
			return publish.Try(ctx, s.store, base, changes)
		}
		if err := s.advance(ctx, &r, base, changes); err != nil {
			return err
		}
		return s.publishChange(ctx, r)
	})
}

// advance moves a registry to its next state, if it is another than the one at
// base. The caller holds its lock.
func (s *session) advance(ctx context.Context, r *localRegistry, base cid.Cid, changes map[string]publish.Change) error {
	return s.advanceTo(ctx, r, base, s.nextInfo(*r), changes)
}

// advanceTo is advance to a state that says of itself what the caller has it say.
func (s *session) advanceTo(ctx context.Context, r *localRegistry, base cid.Cid, info registry.Info, changes map[string]publish.Change) error {
	root, err := publish.Edit(ctx, s.store, base, info, changes)
	if err != nil || root.Equals(base) {
		return err
	}
	r.Root = root.String()
	r.Sequence++
	return s.catalog().put(*r)
}

// publishChange publishes what change made. That this fails does not undo it.
func (s *session) publishChange(ctx context.Context, r localRegistry) error {
	p, err := s.publishRegistry(ctx, publishOptions{lifetime: ipfsstore.DefaultLifetime, ttl: ipfsstore.DefaultTTL}, r)
	if err != nil {
		return &hintError{
			err:  fmt.Errorf("registry %s has the change as #%d, and it could not be published: %w", r.Name, r.Sequence, err),
			hint: "`ipnpm registry publish " + r.Name + "` tries it again",
		}
	}
	if len(p.Nodes) == 0 {
		s.app.warn("no Kubo node was found: registry %s has the change, but nobody else can see it before `ipnpm registry publish`", r.Name)
		return nil
	}
	if s.app.says("notice") {
		fmt.Fprintf(s.app.Err, "registry %s #%d: ipns://%s on %s\n", r.Name, r.Sequence, p.IPNS, strings.Join(p.Nodes, ", "))
	}
	return nil
}

// nextInfo is what the next state of a registry says about itself. No providers
// are said to be none, where nil would be those of the state before.
func (s *session) nextInfo(r localRegistry) registry.Info {
	return registry.Info{
		Name: r.Name, Time: s.app.now().UTC().Truncate(time.Millisecond), Previous: r.Root,
		NPM: upstream.DefaultRegistry, Static: r.Static, Providers: append([]string{}, r.Providers...),
	}
}

// root is the current state, undefined before the first.
func (r localRegistry) root() (cid.Cid, error) {
	if r.Root == "" {
		return cid.Undef, nil
	}
	return cid.Decode(r.Root)
}

// changeOne changes the document of a package in the registry that it is
// published in.
func (s *session) changeOne(ctx context.Context, name string, c publishConfig, change publish.Change) error {
	r, err := s.registryToChange(name, c)
	if err != nil {
		return err
	}
	return s.change(ctx, r, func(cid.Cid) (map[string]publish.Change, error) {
		return map[string]publish.Change{name: func(doc *registry.Packument) error {
			if len(doc.VersionList()) == 0 {
				return &registry.NotFoundError{Name: name}
			}
			return change(doc)
		}}, nil
	})
}

// packageAtHand is the package.json of the folder that the user is in.
func (a *app) packageAtHand() (*manifest.File, error) {
	f, err := manifest.Load(filepath.Join(findRoot(a.Dir), "package.json"))
	if err != nil {
		return nil, err
	}
	if f.Manifest.Name == "" {
		return nil, &hintError{err: fmt.Errorf("%s names no package", f.Path), hint: "name one", code: "EUSAGE"}
	}
	return f, nil
}
