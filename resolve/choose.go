package resolve

import (
	"fmt"

	"github.com/Masterminds/semver/v3"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// choose stands in for resolve/pick until that is in the tree.
func (s *source) choose(doc *registry.Packument, spec manifest.Spec) (*registry.Version, error) {
	tag := s.options.DefaultTag
	if tag == "" {
		tag = "latest"
	}
	if spec.Kind == manifest.KindTag {
		if v := doc.DistTags[spec.Fetch]; v != "" {
			return doc.Version(v)
		}
		return nil, fmt.Errorf("no version of %s for %s", doc.Name, spec)
	}
	r, err := npmrange.Parse(spec.Fetch, npmrange.Options{Loose: true})
	if err != nil {
		return nil, err
	}
	if v, err := npmrange.ParseVersion(doc.DistTags[tag], true); err == nil && (r.Test(v) || spec.Fetch == "*") && doc.Has(v.Original()) && !doc.IsDeprecated(v.Original()) {
		return doc.Version(v.Original())
	}
	var best *semver.Version
	for _, name := range doc.VersionList() {
		v, err := npmrange.ParseVersion(name, true)
		if err != nil || !r.Test(v) {
			continue
		}
		if best == nil || better(doc, v, best) {
			best = v
		}
	}
	if best == nil {
		return nil, fmt.Errorf("no version of %s satisfies %s", doc.Name, spec.Fetch)
	}
	return doc.Version(best.Original())
}

func better(doc *registry.Packument, v, best *semver.Version) bool {
	if a, b := doc.IsDeprecated(v.Original()), doc.IsDeprecated(best.Original()); a != b {
		return b
	}
	return npmrange.Compare(v, best) > 0
}
