package cmd

import (
	"errors"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// wish is what an argument of add asks for.
type wish struct {
	importer *importer
	spec     manifest.Spec
	// from is the folder that a path in it counts from, relative to the
	// project.
	from string
	// keep is the text to save, whatever is found; empty without one.
	keep string
}

// wish reads an argument for an importer. A bare name asks, as in npm, for what
// package.json says already; "catalog:" for what stands there, and both stay.
func (p *project) wish(m *importer, o addOptions, dir, arg string) (wish, error) {
	spec, err := manifest.ParseArg(arg)
	if err != nil {
		return wish{}, err
	}
	w := wish{importer: m, spec: spec, from: p.relative(dir)}
	if spec.Kind == manifest.KindRange && spec.Raw == "*" {
		if old, err := manifest.ParseSpec(spec.Name, m.file.Spec(o.group(), spec.Name)); err == nil && old.Raw != "" {
			w.spec, w.from = old, m.location
		}
	}
	switch w.spec.Kind {
	case manifest.KindWorkspace, manifest.KindCatalog:
		if w.spec.Name == "" {
			return wish{}, &hintError{err: errors.New("no package is named"), hint: "for example: ipnpm add name@" + arg}
		}
	}
	if w.spec.Kind == manifest.KindCatalog {
		w.keep = w.spec.Raw
		text, err := p.foreign.Catalogs.Spec(w.spec.Name, w.spec.Raw)
		if err != nil {
			return wish{}, err
		}
		w.spec, err = manifest.ParseSpec(w.spec.Name, text)
		return w, err
	}
	return w, nil
}

// isCatalog says that a text refers to a catalog.
func isCatalog(text string) bool {
	spec, err := manifest.ParseSpec("", text)
	return err == nil && spec.Kind == manifest.KindCatalog
}

// written is what a manifest asks for under a name, in the group where npm
// looks first.
func written(m *manifest.Manifest, name string) string {
	return firstNonEmpty(m.DevDependencies[name], m.OptionalDependencies[name], m.Dependencies[name], m.PeerDependencies[name])
}

// hasWorkspace says that a version or range is met by the project's own
// package of that name, which then comes before any registry's.
func (p *project) hasWorkspace(spec manifest.Spec) bool {
	own := p.named(spec.Name)
	if own == nil || spec.Kind != manifest.KindRange && spec.Kind != manifest.KindVersion {
		return false
	}
	versions, err := npmrange.Parse(spec.Fetch, npmrange.Options{Loose: true})
	return err == nil && (versions.IsAny() || versions.TestString(own.Version))
}
