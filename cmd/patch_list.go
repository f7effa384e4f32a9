package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/patch"
)

// patchEntry is the --json form of one patch.
type patchEntry struct {
	Key     string `json:"key"`
	Path    string `json:"path"`
	Nodes   int    `json:"nodes"`
	Problem string `json:"problem,omitempty"`
}

func runPatchList(a *app) error {
	p, err := a.openWhole()
	if err != nil {
		return err
	}
	entries := p.patchEntries()
	if a.json {
		return a.printJSON(entries)
	}
	for _, e := range entries {
		count := fmt.Sprintf("%d %s", e.Nodes, plural(e.Nodes, "package"))
		if e.Problem != "" {
			count = "error: " + e.Problem
		}
		fmt.Fprintln(a.Out, printable(e.Path+"\t"+e.Key)+"\t("+printable(count)+")")
	}
	return nil
}

// patchEntries are the project's patches with the number of packages in the
// lockfile that each is for.
func (p *project) patchEntries() []patchEntry {
	rules := patch.ParseRules(p.file.Patches())
	entries := make([]patchEntry, len(rules))
	for i, r := range rules {
		entries[i] = patchEntry{Key: r.Key, Path: r.Path}
		for version, locations := range p.versionsOf(r.Name) {
			switch found, err := rules.Find(r.Name, version); {
			case err != nil && r.Exact() == "":
				entries[i].Problem = "ambiguous"
			case err == nil && found != nil && found.Key == r.Key:
				entries[i].Nodes += len(locations)
			}
		}
	}
	return entries
}

func runPatchRemove(ctx context.Context, a *app, arg string) error {
	p, err := a.openWhole()
	if err != nil {
		return err
	}
	name, spec := patch.SplitKey(arg)
	var removed, files []string
	for _, r := range patch.ParseRules(p.file.Patches()) {
		if r.Name == name && (spec == "" || r.Spec == spec) {
			if err := patch.CheckPath(r.Path); err != nil {
				return err
			}
			p.file.RemovePatch(r.Key)
			removed, files = append(removed, r.Key), append(files, r.Path)
		}
	}
	if len(removed) == 0 {
		return patch.NotFoundError("there is no patch for "+arg, nil)
	}
	return a.withSession(p, func(s *session) error {
		if err := s.installAndTell(ctx, p, plan{edited: true}); err != nil {
			return err
		}
		a.tellPatch("removed the patch of %s", strings.Join(removed, ", "))
		return p.dropPatches(files)
	})
}

// tellPatch says what became of a patch, behind the summary of the install.
func (a *app) tellPatch(format string, args ...any) {
	if !a.json && a.says("notice") {
		fmt.Fprintln(a.Out, printable(fmt.Sprintf(format, args...)))
	}
}

// dropPatches removes the files of patches that no entry names any more.
func (p *project) dropPatches(files []string) error {
	kept := slices.Collect(maps.Values(p.file.Patches()))
	for _, file := range files {
		if slices.Contains(kept, file) {
			continue
		}
		if err := os.Remove(filepath.Join(p.dir, filepath.FromSlash(file))); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
