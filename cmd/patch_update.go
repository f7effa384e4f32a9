package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/patch"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tarball"
)

func newPatchUpdateCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "update PKG[@OLD]", Short: "Make a patch for another version of what an older one had",
		Long: `Update merges what a patch changes into another version of its package: the one
of the lockfile that the entry is for, or the one that --to names. As with npm an
entry for exactly one version needs --to. It writes the new patch, its entry and
the lockfile, and leaves node_modules to the next install; the former entry goes
unless other packages have need of it.

Where both versions changed the same lines, the files are put into a folder with
git's marks, and patch commit finishes the update once the marks are gone. It wants
git. Unlike npm it does not follow renamed files: that is a conflict.`,
		Example: `  ipnpm patch update left-pad --to 1.3.0
  ipnpm patch update left-pad@1.2.0 --to 1.3.0`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return runPatchUpdate(c.Context(), a, args[0]) },
	}
	a.bindConfig(c.Flags(), append([]string{"to", "patches-dir", "edit-dir", "ignore-existing"}, patchTreeKeys()...)...)
	return c
}

// onlyLock has the command change the lockfile alone, whose packages need not be
// those of the patches yet. It is to be called before the configuration is read.
func (a *app) onlyLock() {
	a.flags["package-lock-only"], a.flags["allow-unused-patches"] = []string{"true"}, []string{"true"}
}

func runPatchUpdate(ctx context.Context, a *app, arg string) error {
	a.onlyLock()
	p, err := a.openWhole()
	if err != nil {
		return err
	}
	rule, err := p.patchRule(arg)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		from, to, err := s.updateBetween(p, rule)
		if err != nil {
			return err
		}
		before, err := s.filesOf(ctx, p, from)
		if err != nil {
			return err
		}
		after, err := s.filesOf(ctx, p, to)
		if err != nil {
			return err
		}
		rebased, conflicts, err := s.rebase(ctx, p, rule, before, after, from, to)
		if err != nil {
			return err
		}
		if len(conflicts) > 0 {
			return s.leaveConflicts(ctx, rule, to, rebased, conflicts)
		}
		text, _, err := patch.Diff(after, rebased)
		if err != nil {
			return err
		}
		if text == nil {
			return &hintError{err: fmt.Errorf("%s has all that the patch changes", to), hint: "`ipnpm patch rm " + rule.Key + "` removes it", code: "EPATCHEMPTY"}
		}
		return s.commitPatch(ctx, p, to, text, &rule)
	})
}

// patchRule is the entry of patchedDependencies that is named.
func (p *project) patchRule(arg string) (patch.Rule, error) {
	name, spec := patch.SplitKey(arg)
	found := patch.ParseRules(p.file.Patches())
	found = slices.DeleteFunc(found, func(r patch.Rule) bool { return r.Name != name || spec != "" && r.Spec != spec })
	switch len(found) {
	case 0:
		return patch.Rule{}, patch.NotFoundError("there is no patch for "+arg, nil)
	case 1:
		return found[0], nil
	}
	keys := make([]string, len(found))
	for i, r := range found {
		keys[i] = r.Key
	}
	return patch.Rule{}, &hintError{err: fmt.Errorf("there are several patches for %s: %s", name, strings.Join(keys, ", ")),
		hint: "name one: ipnpm patch update " + keys[0], code: "EPATCHAMBIGUOUS"}
}

// updateBetween are the version that a patch was made for, which is in the name
// of its file or else in its key, and the one that it is to be for.
func (s *session) updateBetween(p *project, rule patch.Rule) (from, to patchTarget, err error) {
	_, version := patch.SplitKey(strings.TrimSuffix(path.Base(rule.Path), ".patch"))
	base, err := npmrange.ParseVersion(version, false)
	switch {
	case err == nil:
		from = p.targetOf(rule.Name, base.String())
	case rule.Exact() != "":
		from = p.targetOf(rule.Name, rule.Exact())
	default:
		return from, to, &hintError{err: fmt.Errorf("neither %s nor %s says which version the patch was made for", rule.Path, rule.Key),
			hint: "call the file NAME@VERSION.patch", code: "EPATCHBASE"}
	}
	if to, err = s.updateTo(p, rule); err != nil {
		return from, to, err
	}
	switch _, there := p.file.Patches()[to.String()]; {
	case to.version == from.version:
		err = &hintError{err: fmt.Errorf("the patch is for %s already", to), hint: "name another version with --to", code: "EPATCHNOOP"}
	case there && to.String() != rule.Key:
		err = &hintError{err: fmt.Errorf("there is a patch for %s already", to), hint: "remove it first: ipnpm patch rm " + to.String(), code: "EPATCHEXISTS"}
	}
	return from, to, err
}

// updateTo is the version of --to, or the newest in the lockfile that an entry is
// for.
func (s *session) updateTo(p *project, rule patch.Rule) (patchTarget, error) {
	if given := s.cfg.String("to"); given != "" {
		v, err := npmrange.ParseVersion(given, false)
		if err != nil {
			return patchTarget{}, &hintError{err: fmt.Errorf("--to=%s: %w", given, err), hint: "name one version, for example --to=1.2.3", code: "EPATCHBADTO"}
		}
		t := p.targetOf(rule.Name, v.String())
		if p.lock != nil && t.location == "" {
			s.app.warn("%s is not installed: until it is, installs refuse the patch as one for no package", t)
		}
		return t, nil
	}
	var newest *semver.Version
	for version := range p.versionsOf(rule.Name) {
		v, err := npmrange.ParseVersion(version, true)
		if fits, _ := (patch.Rules{rule}).Find(rule.Name, version); err == nil && fits != nil && (newest == nil || npmrange.Compare(v, newest) > 0) {
			newest = v
		}
	}
	if newest == nil {
		return patchTarget{}, &hintError{err: fmt.Errorf("no version in the lockfile is one that %s is for", rule.Key),
			hint: "name the version with --to", code: "EPATCHSTALE"}
	}
	return p.targetOf(rule.Name, newest.String()), nil
}

// filesOf are the files of a version as it was published.
func (s *session) filesOf(ctx context.Context, p *project, t patchTarget) (patch.Files, error) {
	data, err := s.original(ctx, p, t)
	if err != nil {
		return nil, err
	}
	return patch.ReadTarball(data)
}

// rebase is [patch.Patch.Rebase] for a patch of the project, merged by git.
func (s *session) rebase(ctx context.Context, p *project, rule patch.Rule, before, after patch.Files, from, to patchTarget) (patch.Files, []string, error) {
	text, err := readPatch(p.dir, rule.Path)
	if err != nil {
		return nil, nil, err
	}
	parsed, err := patch.Parse(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", rule.Path, err)
	}
	git := gitrepo.WorkTree{Command: s.cfg.String("git"), Dir: p.dir, Env: s.app.Env}
	rebased, conflicts, err := parsed.Rebase(before, after, func(base, ours, theirs []byte) ([]byte, bool, error) {
		return git.Merge(ctx, gitrepo.Side{Label: to.String(), Text: ours}, gitrepo.Side{Label: from.String(), Text: base},
			gitrepo.Side{Label: rule.Path, Text: theirs})
	})
	if failed, ok := errors.AsType[*patch.Error](err); ok {
		err = &hintError{err: fmt.Errorf("%s was not made for %s: %w", rule.Path, from, failed),
			hint: "make it anew: ipnpm patch " + to.String(), code: "EPATCHBASE"}
	}
	return rebased, conflicts, err
}

// updateMark is the file that an update leaves among the files with conflicts, so
// that patch commit knows what to finish.
const updateMark = ".ipnpm-patch-update.json"

// startedUpdate is what stands in it: whose update it is, and of which entry.
type startedUpdate struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// leaveConflicts puts the files into a folder to be edited.
func (s *session) leaveConflicts(ctx context.Context, rule patch.Rule, to patchTarget, files patch.Files, conflicts []string) error {
	mark, err := json.Marshal(startedUpdate{rule.Name, rule.Key})
	if err != nil {
		return err
	}
	dir, err := s.editDir(to)
	if err != nil {
		return err
	}
	all := []tarball.File{{Path: updateMark, Data: mark}}
	for _, f := range files {
		all = append(all, f)
	}
	data, err := tarball.Archive(all)
	if err != nil {
		return err
	}
	if _, err := tarball.Extract(ctx, data, dir, tarball.DefaultLimits()); err != nil {
		return err
	}
	if s.app.json {
		return s.app.printJSON(map[string]any{"name": to.name, "version": to.version, "editDir": dir, "conflicts": conflicts})
	}
	fmt.Fprintf(s.app.Out, "%s and the patch changed the same in:\n", to)
	for _, file := range conflicts {
		fmt.Fprintf(s.app.Out, "  %s\n", printableLine(filepath.Join(dir, filepath.FromSlash(file))))
	}
	fmt.Fprintf(s.app.Out, "Put that right, and then run: ipnpm patch commit %s\n", dir)
	return nil
}

// maxUpdateMark bounds it, in bytes.
const maxUpdateMark = 64 << 10

// readUpdate is the update that is to be finished in a folder, nil where none is.
func readUpdate(dir, name string) (*startedUpdate, error) {
	data, err := readWithin(dir, updateMark, maxUpdateMark)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // see above
	}
	var u startedUpdate
	if err == nil {
		err = json.Unmarshal(data, &u)
	}
	if key, _ := patch.SplitKey(u.Key); err == nil && (u.Name != name || key != name) {
		err = fmt.Errorf("it is for %s", u.Name)
	}
	if err != nil {
		return nil, &hintError{err: fmt.Errorf("%s: %w", filepath.Join(dir, updateMark), err),
			hint: "run `ipnpm patch update` again", code: "EPATCHBADMARKER"}
	}
	return &u, nil
}

// replacedBy is the entry that an update is of, nil where none is to be finished.
func (p *project) replacedBy(u *startedUpdate) *patch.Rule {
	for _, r := range patch.ParseRules(p.file.Patches()) {
		if u != nil && r.Key == u.Key {
			return &r
		}
	}
	return nil
}

// replaces drops the entry that another one has come in the place of, if no
// package in the lockfile has need of it, and returns the file that it named.
func (p *project) replaces(old *patch.Rule) []string {
	if old == nil {
		return nil
	}
	for version := range p.versionsOf(old.Name) {
		found, err := patch.ParseRules(p.file.Patches()).Find(old.Name, version)
		if old.Exact() == "" && (err != nil || found != nil && found.Key == old.Key) {
			return nil
		}
	}
	p.file.RemovePatch(old.Key)
	return []string{old.Path}
}
