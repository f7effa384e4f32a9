package patch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/tarball"
)

// Rule is one entry of patchedDependencies.
type Rule struct {
	// Key is what stands there: "name", "name@1.0.0" or "name@^1".
	Key, Name string
	// Spec is the version or range, "" for any version.
	Spec string
	// Path is that of the patch, relative to the project, with slashes.
	Path string

	exact  string
	ranged *npmrange.Range
}

// Rules are those of a project, by key.
type Rules []Rule

// ParseRules reads the patchedDependencies of a project. What stands behind an
// @ and is neither a version nor a range matches nothing, as for npm.
func ParseRules(patched map[string]string) Rules {
	rules := make(Rules, 0, len(patched))
	for _, key := range slices.Sorted(maps.Keys(patched)) {
		rules = append(rules, parseRule(key, patched[key]))
	}
	return rules
}

func parseRule(key, file string) Rule {
	r := Rule{Key: key, Path: file}
	r.Name, r.Spec = SplitKey(key)
	if v, err := npmrange.ParseVersion(r.Spec, false); err == nil {
		r.exact = v.String()
	} else if parsed, err := npmrange.Parse(r.Spec, npmrange.Options{Loose: true}); err == nil && r.Spec != "" {
		r.ranged = parsed
	}
	return r
}

// SplitKey cuts a key, "name" or "name@spec", into its parts.
func SplitKey(key string) (name, spec string) {
	if at := strings.LastIndexByte(key, '@'); at > 0 {
		return key[:at], key[at+1:]
	}
	return key, ""
}

// Exact is the version that the rule is for, "" when it is for several.
func (r *Rule) Exact() string { return r.exact }

// Find is the rule for a package: one of exactly its version, or else the
// narrowest range, or else the one without a version; nil when there is none.
// Ranges that overlap and none of which holds the other are an *Error.
func (rs Rules) Find(name, version string) (*Rule, error) {
	var best, any *Rule
	for i := range rs {
		r := &rs[i]
		switch {
		case r.Name != name:
		case r.exact != "" && r.exact == version:
			return r, nil
		case r.Spec == "":
			any = r
		}
	}
	for i := range rs {
		r := &rs[i]
		switch {
		case r.Name != name || r.ranged == nil || !r.ranged.TestString(version):
		case best == nil || npmrange.Subset(r.ranged, best.ranged):
			best = r
		case !npmrange.Subset(best.ranged, r.ranged):
			return nil, &Error{code: codeAmbiguous, text: fmt.Sprintf(
				"the patches %q and %q are both for %s@%s, and neither range holds the other; add an entry for exactly that version",
				best.Key, r.Key, name, version)}
		}
	}
	if best == nil {
		best = any
	}
	return best, nil
}

// Reader reads a patch of the project, by the path that package.json has.
type Reader func(file string) ([]byte, error)

// Assign records in a lockfile which of its packages are patched, and by what,
// and returns the rules that are for none. Links to workspaces, which are named,
// are not for patches, and packages within another's tarball cannot be reached.
func (rs Rules) Assign(lock *lockfile.Lockfile, workspaces []string, read Reader) (unused Rules, err error) {
	if len(rs) == 0 {
		for _, pkg := range lock.Packages {
			pkg.Patched = nil
		}
		return nil, nil
	}
	used := map[string]bool{}
	digests := map[string]string{}
	for _, location := range lock.Locations() {
		pkg := lock.Packages[location]
		pkg.Patched = nil
		if !isPatchable(location, pkg, workspaces) {
			continue
		}
		version := pkg.Version
		if pkg.Link && lock.Packages[pkg.Resolved] != nil {
			version = lock.Packages[pkg.Resolved].Version
		}
		rule, err := rs.Find(lockfile.NameOf(location), version)
		if err != nil {
			return nil, err
		}
		if rule == nil {
			continue
		}
		if pkg.Link || pkg.Resolved != "" {
			return nil, nonRegistry(rule, version)
		}
		if digests[rule.Path] == "" {
			data, err := read(rule.Path)
			if err != nil {
				return nil, err
			}
			digests[rule.Path] = tarball.Sum512(data)
		}
		pkg.Patched = &lockfile.Patched{Path: rule.Path, Integrity: digests[rule.Path]}
		used[rule.Key] = true
	}
	for _, r := range rs {
		if !used[r.Key] {
			unused = append(unused, r)
		}
	}
	return unused, nil
}

func isPatchable(location string, pkg *lockfile.Package, workspaces []string) bool {
	inModules := strings.HasPrefix(location, "node_modules/") || strings.Contains(location, "/node_modules/")
	ofProject := pkg.Link && (pkg.Resolved == "" || slices.Contains(workspaces, pkg.Resolved))
	return inModules && !ofProject && (!pkg.InBundle || pkg.Integrity != "")
}

func nonRegistry(rule *Rule, version string) error {
	return &Error{code: codeNonRegistry, text: fmt.Sprintf(
		"cannot patch %s@%s (%q): it is from no registry, and can be edited where it comes from", rule.Name, version, rule.Key)}
}

// UnusedError says that rules are for no package.
func UnusedError(unused Rules) error {
	lines := make([]string, len(unused))
	for i, r := range unused {
		lines[i] = "\n  " + r.Key + " -> " + r.Path
	}
	return &Error{code: codeUnused, text: "patches that are for no installed package:" + strings.Join(lines, "")}
}

// CheckPath refuses the path of a patch that is no clean one within the project.
func CheckPath(file string) error {
	if pathProblem(strings.TrimPrefix(file, "./")) != "" {
		return &Error{code: codeUnsafe, text: fmt.Sprintf("the patch %q is no path in the project", file)}
	}
	return nil
}

// NotFoundError says that a patch, or an entry for one, is not there.
func NotFoundError(what string, err error) error {
	return &Error{code: codeNotFound, text: what, err: err}
}

// Open parses a patch whose digest a lockfile has. The errors are an *Error.
func Open(file string, data []byte, integrity string) (*Patch, error) {
	if tarball.Sum512(data) != integrity {
		return nil, &Error{code: codeIntegrity, text: fmt.Sprintf("the patch %s is not the one that the lockfile was made with", file)}
	}
	p, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return p, nil
}
