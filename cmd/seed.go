package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/lockfile/foreign"
)

// seedFiles are the lockfiles of others that versions are taken from, the one
// that counts first. npm's come first because they also say where things lie.
func seedFiles() []string {
	return []string{"npm-shrinkwrap.json", "package-lock.json", foreign.PNPM, foreign.Yarn, foreign.Bun, foreign.BunBinary}
}

// findSeed takes the versions of another package manager's lockfile where
// there is none of ours yet.
func (p *project) findSeed(a *app) error {
	there, err := p.seeds()
	if len(there) == 0 {
		return err
	}
	if len(there) > 1 && !(len(there) == 2 && there[1] == foreign.BunBinary) {
		a.warn("there are several lockfiles (%s); the versions are taken from %s; `ipnpm import FILE` takes them from another",
			strings.Join(there, ", "), there[0])
	}
	return p.seed(a, filepath.Join(p.dir, there[0]))
}

// seeds are the lockfiles of other package managers that there are.
func (p *project) seeds() (there []string, err error) {
	for _, name := range seedFiles() {
		switch _, err := os.Stat(filepath.Join(p.dir, name)); {
		case err == nil:
			there = append(there, name)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return there, nil
}

// seed reads a lockfile of another package manager, which its name tells.
func (p *project) seed(a *app, path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	name := filepath.Base(path)
	p.lock, p.pins, p.seeded = nil, nil, true
	if name == "npm-shrinkwrap.json" || name == "package-lock.json" {
		if p.lock, err = lockfile.ImportPackageLock(data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	p.pins, err = foreign.Parse(name, data, foreign.Project{Root: p.file.Manifest, Workspaces: p.workspaces})
	if err != nil {
		return err
	}
	for _, line := range slices.Concat(p.pins.Unmapped, p.unheededPatches(), p.unheededOverrides()) {
		a.warn("%s: %s", name, line)
	}
	return nil
}

// unheededPatches are those that the lockfile was made with and that package.json
// does not have.
func (p *project) unheededPatches() []string {
	have := p.file.Patches()
	var out []string
	for _, key := range p.pins.Patched {
		_, ours := have[key]
		switch _, theirs := p.foreign.Patches[key]; {
		case ours:
		case theirs:
			out = append(out, key+" is patched; the patch is not applied before `ipnpm import` has taken its entry over")
		default:
			out = append(out, key+" is patched; the patch is not applied, since no entry says where it is")
		}
	}
	return out
}

// unheededOverrides are the overrides that the lockfile was made with and that
// npm would not know of.
func (p *project) unheededOverrides() []string {
	ours := map[string]json.RawMessage{}
	if text := bytes.TrimSpace(p.file.Manifest.Overrides); len(text) > 0 {
		_ = json.Unmarshal(text, &ours) // the resolver says what is wrong with them
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(p.pins.Overrides)) {
		if _, ok := ours[name]; !ok {
			out = append(out, fmt.Sprintf("it was made with the override %s: %s, which is not in \"overrides\" of package.json and does not count",
				name, p.pins.Overrides[name]))
		}
	}
	return out
}
