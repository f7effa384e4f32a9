package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
)

// preparing is what of git dependencies is being prepared at the moment,
// outermost first. They may depend on one another for building.
type preparing struct{}

// prepare does what npm does with a git dependency before it packs it: where
// its package.json has scripts that build something, or workspaces, it is
// installed in place with its development dependencies, which runs its own
// lifecycle scripts up to prepare. Those of its dependencies are subject to
// approval as always. With ignore-scripts nothing is done.
//
// Unlike npm it is installed with this project's configuration, and a .npmrc
// of the repository is not read: it could name another registry for our
// credentials, or another git to run.
func (s *session) prepare(ctx context.Context, dir, resolved string) error {
	f, err := manifest.Load(filepath.Join(dir, "package.json"))
	if err != nil {
		return err
	}
	under, _ := ctx.Value(preparing{}).([]string)
	if s.cfg.Bool("ignore-scripts") || !needsPreparing(f.Manifest) || slices.Contains(under, resolved) {
		return nil
	}
	ctx = context.WithValue(ctx, preparing{}, append(slices.Clone(under), resolved))
	var output bytes.Buffer
	inner, err := s.inside(dir, &output)
	if err != nil {
		return err
	}
	p, err := inner.app.openProjectAt(dir, false)
	if err == nil {
		err = p.readLock(inner.app)
	}
	if err == nil {
		_, err = inner.install(ctx, p, plan{unsaved: true, scripts: true})
	}
	if err = errors.Join(err, inner.Close()); err != nil && output.Len() > 0 {
		err = fmt.Errorf("%w\n%s", err, bytes.TrimSpace(output.Bytes()))
	}
	return err
}

// needsPreparing is npm's rule.
func needsPreparing(m *manifest.Manifest) bool {
	if len(m.Workspaces) > 0 {
		return true
	}
	for _, name := range [...]string{"postinstall", "build", "preinstall", "install", "prepack", "prepare"} {
		if m.Scripts[name] != "" {
			return true
		}
	}
	return false
}

// inside opens a session for a folder with the configuration of this one, but
// for what npm changes too: everything is included, whatever is omitted here.
func (s *session) inside(dir string, output *bytes.Buffer) (*session, error) {
	a := *s.app
	a.Dir, a.Out, a.Err = dir, output, output
	a.In, a.cfg = bytes.NewReader(nil), nil
	a.flags = maps.Clone(a.flags)
	delete(a.flags, "omit")
	a.flags["include"] = []string{"dev", "optional", "peer"}
	a.flags["force"] = []string{"true"}
	a.flags["package-lock-only"] = []string{"false"}
	cfg, err := a.loadConfig(s.project)
	if err != nil {
		return nil, err
	}
	return a.newSession(dir, cfg)
}
