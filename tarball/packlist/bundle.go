package packlist

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// OutsideError refuses to pack a bundled dependency that is a link out of the
// package: what is there is nobody's to publish.
type OutsideError struct {
	// Path is the link, relative to the package.
	Path string
}

func (e *OutsideError) Error() string {
	return fmt.Sprintf("the bundled dependency %s is a link that leads out of the package", e.Path)
}

// bundler collects the bundled dependencies and what they depend on.
type bundler struct {
	list *list
	seen map[string]bool // packages, by the folder they really are in
}

// gather lists the dependencies in names that from needs and has in a
// node_modules folder of its own or above.
func (b *bundler) gather(from string, names []string) error {
	for _, name := range names {
		if manifest.ValidateName(name) != nil {
			continue
		}
		at, ok := b.locate(from, name)
		if !ok {
			continue
		}
		if err := b.add(at); err != nil {
			return err
		}
	}
	return nil
}

// locate finds a dependency as Node does, though not above the root.
func (b *bundler) locate(from, name string) (string, bool) {
	for {
		at := joined(from, "node_modules/"+name)
		if info, err := os.Stat(b.list.disk(at)); err == nil && info.IsDir() && path.Base(from) != "node_modules" {
			return at, true
		}
		if from == "" {
			return "", false
		}
		if from = path.Dir(from); from == "." {
			from = ""
		}
	}
}

// add lists one dependency under the path where it was found, and then what
// it needs, as seen from where it really is.
func (b *bundler) add(at string) error {
	real, linked, err := b.resolve(at)
	if err != nil || b.seen[real] {
		return err
	}
	b.seen[real] = true
	p, err := b.list.load(at)
	if err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	if err := b.list.walk(p, linked); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	needs := slices.Concat(slices.Sorted(maps.Keys(p.manifest.Dependencies)), slices.Sorted(maps.Keys(p.manifest.OptionalDependencies)))
	return b.gather(real, needs)
}

// resolve follows the links in a path, which may not leave the root.
func (b *bundler) resolve(at string) (real string, linked bool, err error) {
	root, err := filepath.EvalSymlinks(b.list.root)
	if err != nil {
		return "", false, err
	}
	disk, err := filepath.EvalSymlinks(b.list.disk(at))
	if err != nil {
		return "", false, err
	}
	rel, err := filepath.Rel(root, disk)
	if err != nil {
		return "", false, err
	}
	rel = filepath.ToSlash(rel)
	if rel == ".." || strings.HasPrefix(rel, "../") {
		return "", false, &OutsideError{at}
	}
	if rel == "." {
		rel = ""
	}
	return rel, rel != at, nil
}

// bundled are the names that the root bundles: those of bundleDependencies
// that are dependencies. What is a development or peer dependency, too, is
// not.
func (p *pkg) bundled() []string {
	m := p.manifest
	var names []string
	for _, name := range m.Bundled() {
		_, dev := m.DevDependencies[name]
		_, prod := m.Dependencies[name]
		_, optional := m.OptionalDependencies[name]
		if !dev && (prod || optional) {
			names = append(names, name)
		}
	}
	return names
}
