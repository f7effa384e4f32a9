package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// bump is the change of one package to another version.
type bump struct {
	*session
	dir      string
	file     *manifest.File
	old, new string
	repo     gitrepo.WorkTree
}

// runBump changes the version of the project, or of the chosen workspaces, for
// which like npm it makes no commit.
func runBump(ctx context.Context, a *app, arg string) error {
	p, err := a.openTreeUnlocked(false)
	if err != nil {
		return err
	}
	return a.withSession(p, func(s *session) error {
		versions := map[string]string{}
		for _, m := range p.importers {
			b := &bump{session: s, dir: p.folderOf(m.location), file: m.file}
			b.repo = gitrepo.WorkTree{Command: s.cfg.String("git"), Dir: b.dir, Env: a.Env}
			if err := b.run(ctx, p, m.location, arg); err != nil {
				return err
			}
			if !a.json && p.isForWorkspaces() {
				fmt.Fprintln(a.Out, printableLine(p.title(m)))
			}
			if !a.json {
				fmt.Fprintln(a.Out, s.cfg.String("tag-version-prefix")+b.new)
			}
			versions[p.title(m)] = b.new
		}
		if a.json {
			return a.printJSON(versions)
		}
		return nil
	})
}

// run is npm's sequence: look first, then preversion, the files, version, the
// commit and its tag, postversion.
func (b *bump) run(ctx context.Context, p *project, location, arg string) error {
	if err := b.choose(ctx, arg); err != nil {
		return err
	}
	record, err := b.records(ctx, p, arg)
	if err != nil {
		return err
	}
	if err := b.script(ctx, "preversion"); err != nil {
		return err
	}
	files, err := b.write(p, location)
	if err != nil {
		return err
	}
	if err := b.script(ctx, "version"); err != nil {
		return err
	}
	if record {
		if err := b.commit(ctx, files); err != nil {
			return err
		}
	}
	return b.script(ctx, "postversion")
}

// choose finds the new version.
func (b *bump) choose(ctx context.Context, arg string) error {
	b.old = firstNonEmpty(b.file.Manifest.Version, "0.0.0")
	given, ok := npmrange.Clean(arg, true)
	switch {
	case ok:
		b.new = given
	case arg == "from-git":
		tag, err := b.repo.LastTag(ctx)
		if err != nil {
			return err
		}
		v := npmrange.CoerceWith(tag, npmrange.CoerceOptions{IncludePrerelease: true})
		if v == nil {
			return fmt.Errorf("the last tag, %s, is no version", tag)
		}
		b.new = v.String()
	case !slices.Contains(npmrange.Releases(), arg):
		return &hintError{err: fmt.Errorf("invalid version: %s", arg), code: "EINVALIDVERSION",
			hint: "a version, from-git, or one of " + strings.Join(npmrange.Releases(), ", ")}
	default:
		v, err := npmrange.ParseVersion(b.old, true)
		if err != nil {
			return fmt.Errorf("the version in package.json: %w", err)
		}
		next, err := npmrange.Inc(v, arg, b.cfg.String("preid"))
		if err != nil {
			return &hintError{err: err, hint: "`ipnpm version --help` has examples"}
		}
		b.new = next.String()
	}
	if old, _ := npmrange.Clean(b.old, false); old == b.new && !b.cfg.Bool("allow-same-version") {
		return &hintError{err: fmt.Errorf("version not changed, it is %s already", b.new), hint: "--allow-same-version takes it all the same"}
	}
	return nil
}

// records tells whether the change is to be committed and tagged, and refuses
// one that would take other changes along.
func (b *bump) records(ctx context.Context, p *project, arg string) (bool, error) {
	_, err := os.Stat(filepath.Join(b.dir, ".git"))
	if p.isForWorkspaces() || !b.cfg.Bool("git-tag-version") || err != nil && arg != "from-git" {
		return false, nil
	}
	clean, err := b.repo.IsClean(ctx)
	switch {
	case codeOf(err) == "ENOGIT":
		b.app.warn("this is a git checkout, but there is no git command: the version is neither committed nor tagged")
		return false, nil
	case err != nil:
		return false, err
	case !clean && !b.cfg.Bool("force"):
		return false, &hintError{err: errors.New("git working directory not clean"), hint: "commit or stash what changed; --force commits it with the version, --no-git-tag-version nothing"}
	case !clean:
		b.app.warn("git working directory not clean, going on as --force says")
	}
	return true, nil
}

func (b *bump) script(ctx context.Context, event string) error {
	command := b.file.Manifest.Scripts[event]
	if command == "" || b.cfg.Bool("ignore-scripts") {
		return nil
	}
	m := &importer{file: b.file}
	return b.runEvent(ctx, m, nil, lifecycle.Script{
		Dir: b.dir, Event: event, Command: command, PackageJSON: b.file.Bytes(), Foreground: true,
		Env: []string{"npm_old_version=" + b.old, "npm_new_version=" + b.new},
	})
}

// write changes package.json and what the lockfile quotes of it, and returns
// the files that it wrote. What a preversion script did to package.json stays.
func (b *bump) write(p *project, location string) ([]string, error) {
	file, err := manifest.Load(b.file.Path)
	if err != nil {
		return nil, err
	}
	b.file = file
	if err := file.Put(manifest.FieldQuery("version"), manifest.Quote(b.new), false); err != nil {
		return nil, err
	}
	if err := file.Save(); err != nil {
		return nil, err
	}
	lock, err := lockfile.Read(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return []string{file.Path}, nil
	}
	if err != nil {
		return nil, err
	}
	if location == "" {
		lock.Version = b.new
	}
	if quoted := lock.Packages[location]; quoted != nil {
		quoted.Version = b.new
	}
	return []string{file.Path, filepath.Join(p.dir, lockfile.FileName)}, lock.Write(p.dir)
}

func (b *bump) commit(ctx context.Context, files []string) error {
	if err := b.repo.Add(ctx, files[0]); err != nil {
		return err
	}
	for _, lock := range files[1:] {
		_ = b.repo.Add(ctx, lock) // one that git is told to ignore stays out
	}
	release := gitrepo.Release{
		Message: strings.ReplaceAll(b.cfg.String("message"), "%s", b.new),
		NoHooks: !b.cfg.Bool("commit-hooks"), Again: b.cfg.Bool("allow-same-version"), Sign: b.cfg.Bool("sign-git-commit"),
	}
	if err := b.repo.Commit(ctx, release); err != nil {
		return err
	}
	release.Sign = b.cfg.Bool("sign-git-tag")
	return b.repo.Tag(ctx, b.cfg.String("tag-version-prefix")+b.new, release)
}
