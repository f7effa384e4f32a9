package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/patch"
)

// newCommitCmd is `patch commit`, and with another use line pnpm's name for it.
func newCommitCmd(a *app, use string) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: "Write what was changed in such a folder as a patch, and install it",
		Example: "  ipnpm " + use + " --patches-dir=patches",
		Args:    cobra.ExactArgs(1),
		RunE:    func(c *cobra.Command, args []string) error { return runPatchCommit(c.Context(), a, args[0]) },
	}
	a.bindConfig(c.Flags(), append([]string{"patches-dir", "keep-edit-dir"}, patchTreeKeys()...)...)
	return c
}

// newPatchCommitCmd is patch commit as users of pnpm know it.
func newPatchCommitCmd(a *app) *cobra.Command {
	c := newCommitCmd(a, "patch-commit EDIT-DIR")
	c.GroupID = "project"
	c.Short = "The same as patch commit"
	c.Long = "Patch-commit is pnpm's name for `ipnpm patch commit`, see there."
	return c
}

func runPatchCommit(ctx context.Context, a *app, arg string) error {
	dir := a.absolute(arg)
	edited, err := manifest.Load(filepath.Join(dir, "package.json"))
	if err != nil || edited.Manifest.Name == "" || edited.Manifest.Version == "" {
		return &hintError{err: errors.Join(fmt.Errorf("%s holds no package with a name and a version", dir), err),
			hint: "`ipnpm patch NAME` makes such a folder, and says where", code: "EPATCHNOEDITDIR"}
	}
	update, err := readUpdate(dir, edited.Manifest.Name)
	if err != nil {
		return err
	}
	if update != nil {
		a.onlyLock()
	}
	p, err := a.openWhole()
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		name, version := edited.Manifest.Name, edited.Manifest.Version
		t := p.targetOf(name, version)
		text, err := s.difference(ctx, p, t, dir)
		if err != nil || text == nil {
			return err
		}
		if err := s.commitPatch(ctx, p, t, text, p.replacedBy(update)); err != nil {
			return err
		}
		if s.cfg.Bool("keep-edit-dir") {
			return nil
		}
		return os.RemoveAll(dir)
	})
}

// difference is the patch that makes the edited package of the published one,
// nil when there is nothing to write down.
func (s *session) difference(ctx context.Context, p *project, t patchTarget, dir string) ([]byte, error) {
	before, err := s.filesOf(ctx, p, t)
	if err != nil {
		return nil, err
	}
	after, err := patch.ReadFolder(dir)
	if err != nil {
		return nil, err
	}
	delete(after, updateMark)
	text, aside, err := patch.Diff(before, after)
	switch {
	case err != nil:
		return nil, err
	case text == nil && aside:
		s.app.warn("only package.json was changed in %s, which cannot be patched: there is nothing to commit", dir)
	case text == nil:
		s.app.warn("nothing was changed in %s: there is nothing to commit", dir)
	case aside:
		s.app.warn("the changes of package.json are not part of the patch: it cannot be patched")
	}
	return text, nil
}

// commitPatch writes a patch with its entry, which may come in the place of an old
// one, and installs the package with it. After an error the patch is as it was, too.
func (s *session) commitPatch(ctx context.Context, p *project, t patchTarget, text []byte, old *patch.Rule) error {
	file := path.Join(filepath.ToSlash(s.cfg.String("patches-dir")), t.String()+".patch")
	if err := patch.CheckPath(file); err != nil {
		return err
	}
	at := filepath.Join(p.dir, filepath.FromSlash(file))
	before, err := remember(at)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	if err := atomicfile.Write(at, text, 0o644); err != nil {
		return err
	}
	p.file.SetPatch(t.String(), file)
	dropped := p.replaces(old)
	if err := s.installAndTell(ctx, p, plan{edited: true}); err != nil {
		return errors.Join(err, putBack(before))
	}
	s.app.tellPatch("patched %s: %s", t, file)
	return p.dropPatches(dropped)
}
