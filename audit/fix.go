package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tree"
)

// findFix decides what a dependency of the project itself can be mended by. What
// lies outside of its range keeps the folder in mind, for `audit fix --force`.
func (r *run) findFix(v *Vulnerability, e *tree.Edge) {
	v.Fix = r.fixFor(v, e)
	if !v.Fix.InRange {
		v.tops[e.From] = true
	}
	v.handOn(map[*Vulnerability]bool{})
}

func (r *run) fixFor(v *Vulnerability, e *tree.Edge) Fix {
	spec, err := manifest.ParseSpec(e.Name, e.Spec)
	if err != nil {
		return Fix{}
	}
	spec = spec.Target()
	avoid := v.avoided()
	if spec.Registry() && v.hasOther(spec, avoid) {
		return Fix{InRange: true, Blocked: r.blocked(v, spec, avoid)}
	}
	if !spec.Registry() {
		return Fix{}
	}
	o := r.Pick
	o.Before, o.Avoid = time.Time{}, v.Avoid()
	found, err := pick.Version(v.doc.Packument, spec, o)
	if err != nil {
		return Fix{}
	}
	if !avoid.TestString(found.Version) {
		return Fix{Name: found.Name, Version: found.Version}
	}
	for _, wider := range []string{"^" + found.Version, "*"} {
		if better := r.pickWider(v, wider, o); better != nil && !avoid.TestString(better.Version) {
			return Fix{Name: better.Name, Version: better.Version, Major: wider == "*"}
		}
	}
	return Fix{}
}

func (r *run) pickWider(v *Vulnerability, text string, o pick.Options) *registry.Version {
	spec, err := manifest.ParseSpec(v.Name, text)
	if err != nil {
		return nil
	}
	found, err := pick.Version(v.doc.Packument, spec, o)
	if err != nil {
		return nil
	}
	return found
}

// hasOther says that a spec admits a version that is not vulnerable.
func (v *Vulnerability) hasOther(spec manifest.Spec, avoid *npmrange.Range) bool {
	r, err := npmrange.Parse(cmp.Or(spec.Fetch, "*"), npmrange.Options{})
	return err == nil && slices.ContainsFunc(v.doc.versions, func(version string) bool {
		return r.TestString(version) && !avoid.TestString(version)
	})
}

// blocked is the version that a release age keeps from mending it, "" for none.
func (r *run) blocked(v *Vulnerability, spec manifest.Spec, avoid *npmrange.Range) string {
	if r.Pick.Before.IsZero() {
		return ""
	}
	aged := r.Pick
	aged.Avoid = v.Avoid()
	if found, err := pick.Version(v.doc.Packument, spec, aged); err == nil && !avoid.TestString(found.Version) {
		return ""
	}
	aged.Before = time.Time{}
	found, err := pick.Version(v.doc.Packument, spec, aged)
	if err != nil || avoid.TestString(found.Version) {
		return ""
	}
	return found.Version
}

// Avoid is the range of the versions that are vulnerable.
func (v *Vulnerability) Avoid() string {
	texts := make([]string, len(v.advisories))
	for i, a := range v.advisories {
		texts[i] = a.text
	}
	return strings.Join(texts, " || ")
}

// avoided is Avoid, read. What cannot be read avoids nothing.
func (v *Vulnerability) avoided() *npmrange.Range {
	r, err := npmrange.Parse(v.Avoid(), anyVersion())
	if err != nil {
		r, _ = npmrange.Parse("<0.0.0-0", anyVersion())
	}
	return r
}

// Tops are the folders of the project that ask for a vulnerable version by a
// range that has no other.
func (v *Vulnerability) Tops() []*tree.Node {
	tops := make([]*tree.Node, 0, len(v.tops))
	for n := range v.tops {
		tops = append(tops, n)
	}
	slices.SortFunc(tops, func(a, b *tree.Node) int { return cmp.Compare(a.Location, b.Location) })
	return tops
}

// handOn gives what v comes by the fix that v has, where that is harder than
// their own: what mends v mends these.
func (v *Vulnerability) handOn(seen map[*Vulnerability]bool) {
	if seen[v] {
		return
	}
	seen[v] = true
	for _, by := range v.via {
		if v.Fix.rank() > by.Fix.rank() {
			by.Fix = v.Fix
			by.handOn(seen)
		}
	}
}

// rank orders fixes by how much they ask for.
func (f Fix) rank() int {
	switch {
	case f.InRange:
		return 0
	case f.Version == "":
		return 3
	case f.Major:
		return 2
	}
	return 1
}
