package manifest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Workspace is one package of a project of several.
type Workspace struct {
	// Location is the folder, slash-separated and relative to the root.
	Location string
	Manifest *Manifest
	// Patched says that it has patchedDependencies, which count in the root alone.
	Patched bool
}

// Name returns the workspace's name: its manifest's, or when that has none
// the folder's, with the scope if the folder above is one.
func (w Workspace) Name() string {
	if w.Manifest != nil && w.Manifest.Name != "" {
		return w.Manifest.Name
	}
	dir, base := path.Split(w.Location)
	if scope := path.Base(dir); strings.HasPrefix(scope, "@") {
		return scope + "/" + base
	}
	return base
}

// DuplicateWorkspaceError says that several workspaces have one name.
type DuplicateWorkspaceError struct {
	Name      string
	Locations []string
}

func (e *DuplicateWorkspaceError) Error() string {
	return fmt.Sprintf("workspaces must have different names: %q is the name of %s",
		e.Name, strings.Join(e.Locations, " and of "))
}

// FindWorkspaces returns the packages under root that the patterns of a
// workspaces field match, as npm does: in the order of the patterns and then
// by name, each folder once; node_modules and hidden folders are not looked
// into; folders without a package.json do not count. "!pattern" takes away
// what earlier patterns matched, unless a later one names it again. The
// errors are a *DuplicateWorkspaceError and those of [Load].
func FindWorkspaces(root string, patterns []string) ([]Workspace, error) {
	wanted, unwanted, err := splitPatterns(patterns)
	if err != nil {
		return nil, err
	}
	var found []Workspace
	seen := map[string]bool{}
	for _, pattern := range wanted {
		locations, err := expandPattern(root, pattern, unwanted)
		if err != nil {
			return nil, fmt.Errorf("looking for workspaces %q: %w", pattern, err)
		}
		for _, location := range locations {
			if seen[location] {
				continue
			}
			seen[location] = true
			file, err := Load(filepath.Join(root, filepath.FromSlash(location), "package.json"))
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("workspace %s: %w", location, err)
			}
			found = append(found, Workspace{Location: location, Manifest: file.Manifest, Patched: len(file.Patches()) > 0})
		}
	}
	return found, checkDuplicates(found)
}

// OwnWorkspace tells whether the patterns have the project itself, as ".", among
// its workspaces. To [FindWorkspaces] it is none.
func OwnWorkspace(patterns []string) bool {
	wanted, _, err := splitPatterns(patterns)
	return err == nil && slices.Contains(wanted, ".")
}

func checkDuplicates(found []Workspace) error {
	locations := make(map[string][]string, len(found))
	for _, w := range found {
		locations[w.Name()] = append(locations[w.Name()], w.Location)
	}
	for _, w := range found {
		if list := locations[w.Name()]; len(list) > 1 {
			return &DuplicateWorkspaceError{Name: w.Name(), Locations: list}
		}
	}
	return nil
}

// splitPatterns sorts patterns into wanted and unwanted ones. A wanted one
// revokes the earlier unwanted ones that match it; an unwanted one drops the
// wanted ones that it matches as a whole.
func splitPatterns(patterns []string) (wanted, unwanted []string, err error) {
	for _, pattern := range patterns {
		bare := strings.TrimLeft(pattern, "!")
		negated := (len(pattern)-len(bare))%2 == 1
		if bare, err = cleanPattern(bare); err != nil {
			return nil, nil, err
		}
		if negated {
			unwanted = append(unwanted, bare)
			continue
		}
		unwanted = slices.DeleteFunc(unwanted, func(p string) bool { return matchesPattern(p, bare) })
		wanted = append(wanted, bare)
	}
	wanted = slices.DeleteFunc(wanted, func(w string) bool {
		return slices.ContainsFunc(unwanted, func(p string) bool { return matchesPattern(p, w) })
	})
	return wanted, unwanted, nil
}

// matchesPattern says that a pattern matches the text of another one. Unlike with
// folders, "a/**" has no "a" in it then: that is npm's, and lets "a" come back alone.
func matchesPattern(pattern, text string) bool {
	return matches(pattern, text) && pattern != text+"/**"
}

func cleanPattern(pattern string) (string, error) {
	clean := strings.ReplaceAll(pattern, `\`, "/")
	clean = strings.TrimPrefix(clean, ".")
	if clean != "" && clean[0] != '/' {
		clean = strings.ReplaceAll(pattern, `\`, "/")
	}
	clean = strings.Trim(path.Clean("./"+clean), "/")
	switch {
	case !doublestar.ValidatePattern(clean):
		return "", fmt.Errorf("workspace pattern %q is malformed", pattern)
	case isExtended(clean):
		return "", fmt.Errorf("workspace pattern %q has more than *, **, ?, [ ] and { , } in it: list the alternatives in {a,b}, or take some away with a \"!pattern\"", pattern)
	case clean == ".." || strings.HasPrefix(clean, "../"):
		return "", fmt.Errorf("workspace pattern %q leaves the project", pattern)
	}
	return clean, nil
}

// isExtended says that a pattern has npm's @(a|b), !(a), {1..3} and the like. To
// read them as they stand would find nothing, without a word.
func isExtended(pattern string) bool {
	for _, begin := range [...]string{"@(", "+(", "!(", "?(", "*("} {
		if strings.Contains(pattern, begin) {
			return true
		}
	}
	_, inside, braces := strings.Cut(pattern, "{")
	return braces && strings.Contains(inside, "..")
}

func matches(pattern, name string) bool {
	ok, err := doublestar.Match(pattern, name)
	return ok && err == nil
}

// expandPattern returns the folders that a pattern matches, sorted by name.
func expandPattern(root, pattern string, unwanted []string) ([]string, error) {
	base, rest := doublestar.SplitPattern(pattern)
	if !strings.ContainsAny(pattern, "*?[{") {
		base, rest = pattern, ""
	}
	w := walk{pattern: pattern, unwanted: unwanted, depth: -1}
	if !strings.Contains(rest, "**") {
		w.depth = strings.Count(rest, "/") + 1
		if rest == "" {
			w.depth = 0
		}
	}
	info, err := os.Stat(filepath.Join(root, filepath.FromSlash(base)))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, nil
	}
	if err == nil {
		err = w.folder(root, base, w.depth)
	}
	slices.SortFunc(w.found, compareNames)
	return w.found, err
}

// walk collects the folders below a base that match.
type walk struct {
	pattern  string
	unwanted []string
	depth    int
	found    []string
}

// folder looks at one folder and, for depth more levels, at those in it; a
// negative depth has no end.
func (w *walk) folder(root, location string, depth int) error {
	if w.skip(location) {
		return nil
	}
	if location != "." && matches(w.pattern, location) && !w.unwantedHere(location) {
		w.found = append(w.found, location)
	}
	if depth == 0 {
		return nil
	}
	dir := filepath.Join(root, filepath.FromSlash(location))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		below := depth - 1
		if e.Type()&fs.ModeSymlink != 0 {
			info, err := os.Stat(filepath.Join(dir, e.Name()))
			if err != nil || !info.IsDir() {
				continue
			}
			if depth < 0 {
				below = 0 // "**" follows no links, which may go in circles
			}
		} else if !e.IsDir() {
			continue
		}
		if err := w.folder(root, path.Join(location, e.Name()), below); err != nil {
			return err
		}
	}
	return nil
}

// skip tells what is neither a workspace nor looked into.
func (w *walk) skip(location string) bool {
	base := path.Base(location)
	hidden := strings.HasPrefix(base, ".") && location != "." && !strings.Contains("/"+w.pattern, "/.")
	return base == "node_modules" || hidden
}

func (w *walk) unwantedHere(location string) bool {
	return slices.ContainsFunc(w.unwanted, func(p string) bool { return matches(p, location) })
}
