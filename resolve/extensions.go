package resolve

import (
	"errors"
	"fmt"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// extendedPkg is the package that a manifest describes with what the project's
// packageExtensions add to it. Workspaces and linked folders are the project's
// own to edit and never extended; what a package bundles stays its own.
func (s *source) extendedPkg(m *manifest.Manifest, from origin) *pkg {
	out, did, err := s.extensions.Apply(m)
	if err != nil {
		return failedPkg(m.Name, err)
	}
	p := s.manifestPkg(out, from)
	if did != nil {
		p.extended, p.bundled = did, m.Bundled()
	}
	return p
}

// isMisextended says that a package could not be had for a mistake in
// packageExtensions, which is the project's own and never passed over.
func isMisextended(err error) bool {
	var bad *manifest.ExtensionError
	return errors.As(err, &bad)
}

// outdated says that a lockfile's entry was made under other packageExtensions
// than the project has now, and has to be resolved anew: it was extended, or is
// to be.
func (b *builder) outdated(name string, entry *lockfile.Package) bool {
	if entry.Link || b.lockedExtensions() == b.request.Extensions.Hash() {
		return false
	}
	return entry.Extended != nil || b.request.Extensions.Match(name, entry.Version)
}

// lockedExtensions identifies the packageExtensions that the lockfile was made
// with.
func (b *builder) lockedExtensions() string {
	if root := b.request.Lock.Packages[""]; root != nil {
		return root.ExtensionsHash
	}
	return ""
}

// unmetExtensions says how the packageExtensions that the lockfile was made
// with differ from the project's.
func (b *builder) unmetExtensions() []string {
	switch locked, now := b.lockedExtensions(), b.request.Extensions.Hash(); {
	case locked == now:
		return nil
	case locked == "":
		return []string{"missing: the lockfile was made without packageExtensions"}
	case now == "":
		return []string{"invalid: the lockfile was made with packageExtensions, and there are none"}
	}
	return []string{"invalid: the lockfile was made with other packageExtensions"}
}

// warnExtensions warns of rules for the project's own packages.
func (b *builder) warnExtensions() {
	for _, ws := range b.request.Workspaces {
		if !b.request.Extensions.Match(ws.Name(), ws.Manifest.Version) {
			continue
		}
		b.warnings = append(b.warnings, Warning{Code: "packageExtensions", Package: ws.Name(), Location: ws.Location,
			Message: fmt.Sprintf("a selector is for the workspace %s, which is not extended; change %s/package.json itself", ws.Name(), ws.Location)})
	}
}

func recorded(did *manifest.Extended) *lockfile.Extended {
	if did == nil {
		return nil
	}
	return &lockfile.Extended{Selector: did.Selector, Fields: did.Fields}
}
