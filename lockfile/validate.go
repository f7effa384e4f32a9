package lockfile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/internal/par"
)

// validate checks everything that Parse promises about the content. Encode
// runs it too: what cannot be read is not written.
func (l *Lockfile) validate() error {
	if err := l.validateHead(); err != nil {
		return err
	}
	if err := l.validatePackages(); err != nil {
		return err
	}
	return l.checkLinks()
}

// validatePackages looks at each package by itself, on all processors, since it
// takes as long as the reading does. Of several errors it returns the one that
// comes first in the file's order.
func (l *Lockfile) validatePackages() error {
	locations := slices.Collect(maps.Keys(l.Packages)) // whatever was put
	errs := make([]*FieldError, len(locations))
	par.Each(len(locations), func(i int) { errs[i] = validatePackage(locations[i], l.Packages[locations[i]]) })
	errs = slices.DeleteFunc(errs, func(err *FieldError) bool { return err == nil })
	if len(errs) == 0 {
		return nil
	}
	return slices.MinFunc(errs, func(a, b *FieldError) int { return compareKeys(a.Location, b.Location) })
}

func validatePackage(location string, p *Package) *FieldError {
	if msg := checkLocation(location); msg != "" {
		return &FieldError{Location: location, Field: "location", Msg: msg}
	}
	if p == nil {
		return &FieldError{Location: location, Field: "package", Msg: "is missing"}
	}
	if field, msg := p.validate(location); msg != "" {
		return &FieldError{Location: location, Field: field, Msg: msg}
	}
	return nil
}

func (l *Lockfile) validateHead() error {
	if msg := checkText(l.Name); msg != "" {
		return &FieldError{Field: "name", Msg: msg}
	}
	if msg := checkText(l.Version); msg != "" {
		return &FieldError{Field: "version", Msg: msg}
	}
	if l.Closure != "" {
		if msg := checkCID(l.Closure); msg != "" {
			return &FieldError{Field: "closure", Msg: msg}
		}
	}
	for key, r := range l.Registries {
		if msg := r.validate(key); msg != "" {
			return &FieldError{Field: fmt.Sprintf("registries[%q]", key), Msg: msg}
		}
	}
	return nil
}

func (r Registry) validate(key string) string {
	if key == "" {
		return "empty key"
	}
	if msg := checkText(key); msg != "" {
		return msg
	}
	if msg := checkText(r.IPNS); msg != "" {
		return msg
	}
	if strings.ContainsAny(r.IPNS, "/ ") {
		return "ipns is a bare name, without a path"
	}
	if r.Root != "" {
		return checkCID(r.Root)
	}
	return ""
}

// validate returns the field and what is wrong with it.
func (p *Package) validate(location string) (field, msg string) {
	for _, c := range [...]struct{ field, msg string }{
		{"name", p.checkName()},
		{"version", p.checkVersion(location)},
		{"resolved", p.checkResolved(location)},
		{"cid", optional(p.CID, checkCID)},
		{"integrity", optional(p.Integrity, checkIntegrity)},
		{"registry", checkText(p.Registry)},
		{"license", checkQuote(p.License)},
		{"patched", p.Patched.check()},
		{"bin", checkBin(p.Bin)},
		{"dependencies", checkDeps(p.Dependencies)},
		{"devDependencies", checkDeps(p.DevDependencies)},
		{"optionalDependencies", checkDeps(p.OptionalDependencies)},
		{"peerDependencies", checkDeps(p.PeerDependencies)},
	} {
		if c.msg != "" {
			return c.field, c.msg
		}
	}
	if p.Size < 0 || p.Size > maxCount {
		return "size", "is no number of bytes"
	}
	return "", ""
}

// check wants a digest, and a path within the project.
func (p *Patched) check() string {
	switch {
	case p == nil:
		return ""
	case p.Path == "" || strings.HasPrefix(p.Path, "../"):
		return "path that is not in the project"
	case p.Integrity == "":
		return "no integrity"
	}
	if msg := checkPath(strings.TrimPrefix(p.Path, "./")); msg != "" {
		return msg
	}
	return checkIntegrity(p.Integrity)
}

func optional(s string, check func(string) string) string {
	if s == "" {
		return ""
	}
	return check(s)
}

// checkName is lenient outside of node_modules: npm never asks a project or
// workspace for a valid name.
func (p *Package) checkName() string { return checkText(p.Name) }

func (p *Package) checkVersion(location string) string {
	if inModules(location) {
		return checkVersion(p.Version)
	}
	return checkText(p.Version)
}

func inModules(location string) bool {
	return strings.HasPrefix(location, "node_modules/") || strings.Contains(location, "/node_modules/")
}

// checkResolved wants a path for a link and a spec with a scheme for others.
func (p *Package) checkResolved(location string) string {
	if p.Link {
		if !inModules(location) {
			return "a link outside of node_modules"
		}
		if p.Version != "" || p.CID != "" || p.Integrity != "" {
			return "a link with a version or content of its own"
		}
		return optional(p.Resolved, checkPath)
	}
	if p.Resolved == "" {
		return ""
	}
	if msg := checkText(p.Resolved); msg != "" {
		return msg
	}
	if !strings.Contains(p.Resolved, ":") {
		return "neither a URL nor a file: or git spec"
	}
	return ""
}

// checkBin accepts plain command names and paths within the package.
func checkBin(bin map[string]string) string {
	for name, target := range bin {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\") || hasControl(name) {
			return "invalid command name"
		}
		if msg := checkPath(strings.TrimPrefix(target, "./")); msg != "" || strings.HasPrefix(target, "../") {
			return "target that is no path within the package"
		}
	}
	return ""
}

func checkDeps(deps map[string]string) string {
	for name, spec := range deps {
		if msg := checkName(name); msg != "" {
			return msg
		}
		if msg := checkQuote(spec); msg != "" {
			return msg
		}
	}
	return ""
}

// checkLinks looks at what only the whole lockfile can tell: every link has
// its target, and what lies outside of the project is a link's target or
// installed in one.
func (l *Lockfile) checkLinks() error {
	targets := make(map[string]bool)
	for location, p := range l.Packages {
		if !p.Link {
			continue
		}
		if l.Packages[p.Resolved] == nil {
			return &FieldError{Location: location, Field: "resolved", Msg: "links to " + p.Resolved + ", which is not in packages"}
		}
		targets[p.Resolved] = true
	}
	for location := range l.Packages {
		if !strings.HasPrefix(location, "../") {
			continue
		}
		outside, _, _ := strings.Cut(location, "/node_modules/")
		if !targets[outside] {
			return &FieldError{Location: location, Field: "location", Msg: "lies outside of the project and is not the target of a link"}
		}
	}
	return nil
}
