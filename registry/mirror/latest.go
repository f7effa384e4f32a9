package mirror

import (
	"github.com/Masterminds/semver/v3"

	"github.com/ipnpm/ipnpm/registry"
)

// setLatest points latest to the highest version at hand when the one that
// the upstream calls latest is not: without it, `install <name>` would fail
// on an index that has the package. Releases go before prereleases, and what
// is not deprecated before what is.
func setLatest(p *registry.Packument) {
	if p.Has(p.DistTags["latest"]) {
		return
	}
	var best *semver.Version
	for _, number := range p.VersionList() {
		v, err := semver.StrictNewVersion(number)
		if err != nil {
			continue
		}
		if best == nil || better(p, v, best) {
			best = v
		}
	}
	if best != nil {
		p.DistTags["latest"] = best.Original()
	}
}

func better(p *registry.Packument, a, b *semver.Version) bool {
	if was, is := b.Prerelease() != "", a.Prerelease() != ""; was != is {
		return was
	}
	if was, is := p.IsDeprecated(b.Original()), p.IsDeprecated(a.Original()); was != is {
		return was
	}
	return a.GreaterThan(b)
}
