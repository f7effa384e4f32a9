package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// round takes one tool once through the situations, in a folder of its own.
type round struct {
	tool    tool
	fixture *fixture
	// dir is where everything lies; the first install is made in base, with
	// home, and leaves lock.
	dir, base, home string
	lock            []byte
	// settle is called before each timed run.
	settle func() error
	// daemon is Kubo's process, 0 where none takes part.
	daemon int
}

func newRound(t tool, f *fixture, dir string) *round {
	return &round{tool: t, fixture: f, dir: dir, base: filepath.Join(dir, clean), home: filepath.Join(dir, "home"),
		settle: func() error { return nil }}
}

// run times the situations; record is given each. One that fails does not keep
// the others from being timed, except for the first, which they start from.
func (r *round) run(ctx context.Context, wanted []situation, record func(sample)) error {
	var failed []error
	for _, s := range withBase(wanted) {
		if s.isCommand() && r.tool.commands[s.name] == nil {
			continue
		}
		one, err := r.situation(ctx, s, wanted)
		switch {
		case err != nil:
			failed = append(failed, fmt.Errorf("%s, %s: %w", r.tool.name, s.name, err))
			if s.name == clean || ctx.Err() != nil {
				return errors.Join(failed...)
			}
		case slices.Contains(names(wanted), s.name):
			one.Situation, one.Tool = s.name, r.tool.name
			record(one)
		}
	}
	return errors.Join(failed...)
}

// withBase puts the clean install first, from which all others start, whether
// it is wanted or not.
func withBase(wanted []situation) []situation {
	if len(wanted) > 0 && wanted[0].name == clean {
		return wanted
	}
	return append([]situation{{name: clean}}, wanted...)
}

// situation makes what the tool is to find, and times it.
func (r *round) situation(ctx context.Context, s situation, wanted []situation) (sample, error) {
	project, argv := filepath.Join(r.dir, s.folder()), r.tool.install
	var err error
	switch {
	case s.name == clean:
		// The lockfile alone needs no tarballs in the cache.
		if len(wanted) == 1 && wanted[0].name == lockfileOnly {
			argv = r.tool.lock
		}
		err = r.project(project, false)
	case s.name == lockfileOnly:
		argv = r.tool.lock
		err = r.project(project, false)
	case s.isCommand():
		argv = r.tool.commands[s.name]
		project, err = r.installed(ctx)
	case s.name == update:
		project, err = r.installed(ctx)
		if err == nil {
			err = os.WriteFile(filepath.Join(project, "package.json"), r.fixture.updated, 0o644)
		}
	case s.modules:
		project = r.base
		err = r.setLock(s.lockfile)
	default:
		if s.lockfile {
			argv = r.tool.frozen
		}
		err = r.project(project, s.lockfile)
	}
	if err != nil {
		return sample{}, err
	}
	restore, err := r.withoutCache(s)
	if err != nil {
		return sample{}, err
	}
	one, err := r.timed(ctx, project, argv)
	if err = errors.Join(err, restore()); err == nil && s.name == clean {
		r.lock, err = os.ReadFile(filepath.Join(r.base, r.tool.lockfile))
	}
	return one, err
}

// project makes a folder with the package.json, and the lockfile if it should.
func (r *round) project(dir string, lockfile bool) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if lockfile {
		if err := os.WriteFile(filepath.Join(dir, r.tool.lockfile), r.lock, 0o644); err != nil {
			return err
		}
	}
	return r.fixture.write(dir)
}

// setLock sees to it that the base project has the lockfile of the first
// install, or none. One that is still as it was is not touched: tools look at
// its time.
func (r *round) setLock(there bool) error {
	file := filepath.Join(r.base, r.tool.lockfile)
	if !there {
		if err := os.Remove(file); !os.IsNotExist(err) {
			return err
		}
		return nil
	}
	if have, err := os.ReadFile(file); err == nil && bytes.Equal(have, r.lock) {
		return nil
	}
	return os.WriteFile(file, r.lock, 0o644)
}

// installed is a project as the lockfile wants it: the folder that
// cache+lockfile has left, or a new one.
func (r *round) installed(ctx context.Context) (string, error) {
	dir := filepath.Join(r.dir, "cache+lockfile")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := r.project(dir, true); err != nil {
		return "", err
	}
	return dir, run(ctx, dir, r.env(), r.tool.frozen[0], r.tool.frozen[1:]...)
}

// withoutCache moves HOME aside where the situation has no cache. It keeps its
// path, since trees may lead into it.
func (r *round) withoutCache(s situation) (restore func() error, err error) {
	temp := filepath.Join(r.dir, "tmp")
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return nil, err
	}
	nothing := func() error { return nil }
	if s.cache || s.name == clean {
		return nothing, os.MkdirAll(r.home, 0o755)
	}
	aside := r.home + "-full"
	if err := os.Rename(r.home, aside); err != nil {
		return nil, err
	}
	return func() error {
		return errors.Join(os.Rename(r.home, filepath.Join(r.dir, "home-of-"+s.folder())), os.Rename(aside, r.home))
	}, os.Mkdir(r.home, 0o755)
}

func (r *round) timed(ctx context.Context, project string, argv []string) (sample, error) {
	var one sample
	if err := r.settle(); err != nil {
		return one, err
	}
	daemon, own := daemonCPU(r.daemon), ownCPU()
	var err error
	one.usage, err = measure(ctx, project, r.env(), argv)
	one.DaemonMillis, one.ServerMillis = daemonCPU(r.daemon)-daemon, ownCPU()-own
	return one, err
}

func (r *round) env() []string {
	return environment(r.home, append([]string{"TMPDIR=" + filepath.Join(r.dir, "tmp")}, r.tool.env...))
}

// environment is this process's with another HOME and without the variables
// that would lead out of it.
func environment(home string, more []string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(strings.ToUpper(v), "=")
		return name == "HOME" || name == "CI" || name == "IPFS_PATH" || strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "NPM_CONFIG_")
	})
	return append(append(env, "HOME="+home), more...)
}
