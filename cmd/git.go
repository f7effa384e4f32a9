package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tarball/packlist"
)

// git is the client for repositories, made when it is first asked for.
func (s *session) git() *gitrepo.Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gitClient == nil {
		s.gitClient = gitrepo.New(gitrepo.Options{
			Command: s.cfg.String("git"), Dir: s.dirs.gitDir(), Env: s.app.Env,
			Timeout: s.cfg.Duration("fetch-timeout"),
			Retries: s.cfg.Int("fetch-retries"), Wait: s.cfg.Duration("fetch-retry-mintimeout"),
		})
	}
	return s.gitClient
}

// gitPackage is the package that a git spec leads to, packed as npm packs it.
// The resolver asks more than once; the work is done once.
func (s *session) gitPackage(ctx context.Context, spec manifest.Spec) (resolve.LocalPackage, error) {
	return s.fetched.Do(ctx, spec.Save, func(ctx context.Context) (resolve.LocalPackage, error) {
		commit, data, err := s.packGit(ctx, spec)
		if err != nil {
			return resolve.LocalPackage{}, fmt.Errorf("%s: %w", printableSpec(spec), err)
		}
		s.bar.Step("fetch", printableSpec(spec), int64(len(data)))
		return s.importPackage(ctx, data, spec, spec.Resolved(commit.Hash))
	})
}

// packGit finds the commit that is meant, and makes the package's tarball of
// its files.
func (s *session) packGit(ctx context.Context, spec manifest.Spec) (gitrepo.Commit, []byte, error) {
	commit, err := s.findCommit(ctx, spec)
	if err != nil {
		return commit, nil, err
	}
	parent := filepath.Join(s.dirs.gitDir(), "tmp")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return commit, nil, err
	}
	dir, err := os.MkdirTemp(parent, "")
	if err != nil {
		return commit, nil, err
	}
	defer os.RemoveAll(dir)
	if err := s.git().Checkout(ctx, commit, dir); err != nil {
		return commit, nil, err
	}
	folder, err := within(dir, spec.Git.Subdir)
	if err != nil {
		return commit, nil, err
	}
	if err := s.prepare(ctx, folder, spec.Resolved(commit.Hash)); err != nil {
		return commit, nil, &hintError{
			err:  fmt.Errorf("prepare the package as its author would: %w", err),
			hint: "tell its author; --ignore-scripts takes the files as they are in the repository",
		}
	}
	data, err := packlist.Pack(folder)
	return commit, data, err
}

// findCommit asks the repository. A commit that is named whole stays what it
// is; the answer then only tells which of the addresses can be used.
func (s *session) findCommit(ctx context.Context, spec manifest.Spec) (gitrepo.Commit, error) {
	if s.cfg.Bool("offline") {
		return gitrepo.Commit{}, &hintError{
			err:  errors.New("the repository cannot be asked with --offline"),
			hint: "run it once without --offline; what that brings is kept for later",
		}
	}
	var remotes []gitrepo.Remote
	for _, address := range []string{spec.Git.URL, spec.Git.SSH} {
		if address == "" || len(remotes) > 0 && hasUser(spec.Git.URL) {
			continue
		}
		r, err := gitrepo.ParseRemote(address)
		if err != nil {
			return gitrepo.Commit{}, err
		}
		remotes = append(remotes, r)
	}
	want := gitrepo.Want{Committish: spec.Git.Committish}
	if spec.Git.Range != "" {
		want.Pick = func(refs gitrepo.Refs) (string, error) { return s.pickTag(spec, refs) }
	}
	return s.git().Find(ctx, remotes, want)
}

// hasUser tells a URL with credentials, which ssh would have no use for.
func hasUser(address string) bool {
	rest, ok := strings.CutPrefix(address, "https://")
	host, _, _ := strings.Cut(rest, "/")
	return ok && strings.Contains(host, "@")
}

// pickTag chooses among the versions that a repository's tags name as among
// those of a registry.
func (s *session) pickTag(spec manifest.Spec, refs gitrepo.Refs) (string, error) {
	name := firstNonEmpty(spec.Name, spec.Git.Project, "repository")
	doc := registry.New(name)
	for version := range refs.Versions {
		if err := doc.Set(&registry.Version{Manifest: manifest.Manifest{Name: name, Version: version}}); err != nil {
			return "", err
		}
	}
	if refs.Latest != "" {
		doc.DistTags["latest"] = refs.Latest
	}
	wanted, err := manifest.ParseSpec(name, spec.Git.Range)
	if err != nil {
		return "", err
	}
	v, err := pick.Version(doc, wanted, pick.Options{DefaultTag: s.cfg.String("tag")})
	if err != nil {
		return "", err
	}
	return v.Version, nil
}

// within is a folder of the checked out repository; a link in it must not lead
// out.
func within(dir, sub string) (string, error) {
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	folder, err := filepath.EvalSymlinks(filepath.Join(dir, filepath.FromSlash(sub)))
	if err != nil {
		return "", &hintError{
			err:  fmt.Errorf("the folder %q of the repository: %w", sub, err),
			hint: "look at what follows #path: of the dependency",
		}
	}
	rel, err := filepath.Rel(root, folder)
	if err != nil || !filepath.IsLocal(rel) {
		return "", &hintError{
			err:  fmt.Errorf("the folder %q leads out of the repository", sub),
			hint: "do not use the repository: it is made to pack files of this machine",
		}
	}
	return folder, nil
}

// explainRepacked adds to a digest that does not fit what it means. Of a git
// dependency the commit is the same, so something else decided the bytes; a
// folder may have been changed by anybody.
func (s *session) explainRepacked(err error, location string, pkg *lockfile.Package) error {
	if spec, e := manifest.ParseSpec("", pkg.Resolved); e == nil && spec.Kind == manifest.KindDirectory {
		return &hintError{
			err:  fmt.Errorf("%s was changed since it was locked as %s: %w", pkg.Resolved, location, err),
			hint: "run `ipnpm update " + packageName(location, pkg) + "` to lock what is in it now",
		}
	}
	if !strings.HasPrefix(pkg.Resolved, "git") {
		return err
	}
	return &hintError{
		err: fmt.Errorf("%s, packed again from %s, is not what was locked: %w", location, gitrepo.Redact(pkg.Resolved), err),
		hint: "its scripts build something else here or today, or another version of ipnpm packed it: take the locked bytes from " +
			"somebody who has them (" + pkg.CID + "), or run `ipnpm update " + packageName(location, pkg) + "` to lock what comes out now",
	}
}

// printableSpec is a spec for messages, without credentials.
func printableSpec(spec manifest.Spec) string { return gitrepo.Redact(spec.String()) }
