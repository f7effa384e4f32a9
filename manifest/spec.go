package manifest

import (
	"fmt"
	"strings"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// Kind says how a spec is to be satisfied.
type Kind uint8

// The kinds of specs. The first four are answered by a registry.
const (
	KindRange     Kind = iota + 1 // a semver range: "^1.0.0", "", "*"
	KindVersion                   // one exact version: "1.2.3", "=v1.2.3"
	KindTag                       // a dist-tag: "latest"
	KindAlias                     // "npm:other@^1": Sub has the target
	KindGit                       // a git repository: Git has the details
	KindRemote                    // an http(s) URL of a tarball
	KindFile                      // a tarball on disk
	KindDirectory                 // a folder on disk, to be linked
	KindWorkspace                 // "workspace:^": a package of this project (pnpm, Yarn)
	KindCatalog                   // "catalog:name": a spec named elsewhere (pnpm, Yarn)
)

// String returns npm's word for the kind: "range", "git", …
func (k Kind) String() string {
	names := [...]string{"invalid", "range", "version", "tag", "alias", "git", "remote",
		"file", "directory", "workspace", "catalog"}
	if int(k) < len(names) {
		return names[k]
	}
	return names[0]
}

// Spec is what a project or a user asks for, understood as npm-package-arg
// understands it.
type Spec struct {
	// Raw is the spec as given, without the name: "^1.0.0".
	Raw string
	// Name is the name that the package gets in the tree; empty when only
	// the package itself can tell (ParseArg of a URL or a path). Always
	// valid by [ValidateName].
	Name string
	Kind Kind
	// Fetch is, by kind: the range, version or tag; the path of a file or
	// folder, slash-separated, relative to the package that asks, absolute,
	// or under "~/"; the URL of a remote tarball; the repository's URL and
	// "#committish" of git; the range ("^", "*", "^1.2.0") after "workspace:",
	// or the folder there ("./x", "../x", or "/x" counted from the project);
	// the catalog's name, "" being the default one.
	Fetch string
	// Save is what npm writes into package.json for this spec, where that
	// does not depend on the version found: empty for registry kinds.
	Save string
	// Sub is the target of an alias, or of "workspace:other@^1"; nil
	// otherwise.
	Sub *Spec
	// Git is set for KindGit.
	Git *Git
	// versions is what Fetch admits, where it had to be read to tell the kind.
	versions *npmrange.Range
}

// Range is what the spec's Fetch admits, by node-semver's loose grammar. The error is
// an *npmrange.InvalidError.
func (s Spec) Range() (*npmrange.Range, error) {
	if s.versions != nil && s.versions.Raw() == s.Fetch {
		return s.versions, nil
	}
	return npmrange.Parse(s.Fetch, npmrange.Options{Loose: true})
}

// Registry reports whether a registry answers the spec.
func (s Spec) Registry() bool {
	return s.Kind >= KindRange && s.Kind <= KindAlias
}

// Target returns the spec that is to be looked up: an alias's target,
// otherwise s itself.
func (s Spec) Target() Spec {
	if s.Kind == KindAlias && s.Sub != nil {
		return *s.Sub
	}
	return s
}

// String returns name@spec as the user wrote it.
func (s Spec) String() string {
	switch {
	case s.Name == "":
		return s.Raw
	case s.Raw == "":
		return s.Name
	}
	return s.Name + "@" + s.Raw
}

// SpecError says why a spec cannot be understood.
type SpecError struct {
	Name, Raw string
	// Code is npm's: EINVALIDTAGNAME, EUNSUPPORTEDPROTOCOL, EINVALIDSPEC.
	Code    string
	Problem string
}

func (e *SpecError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("invalid spec %q: %s", e.Raw, e.Problem)
	}
	return fmt.Sprintf("invalid spec %q of %s: %s", e.Raw, e.Name, e.Problem)
}

// maxSpecLength bounds a spec, in bytes; the longest in the npm registry are
// ranges of a few hundred.
const maxSpecLength = 8 << 10

// patterns are npm-package-arg's tests of what a text looks like.
var (
	urlPattern      = lateregexp.New(`(?i)^(?:git\+)?[a-z]+:`)
	scpPattern      = lateregexp.New(`(?i)^[^@]+@[^:.]+\.[^:]+:.+$`)
	tarballPattern  = lateregexp.New(`(?i)[.](?:tgz|tar.gz|tar)$`)
	filespecPattern = lateregexp.New(`^(?:[.]|~/|/|[a-zA-Z]:)`)
)

// ParseSpec reads a spec where it is the value of a dependency:
// "foo": "^1.0.0". The error is a *NameError or a *SpecError.
func ParseSpec(name, raw string) (Spec, error) {
	if name != "" {
		if err := ValidateName(name); err != nil {
			return Spec{}, err
		}
	}
	s := Spec{Raw: raw, Name: name}
	if len(raw) > maxSpecLength || strings.ContainsRune(raw, 0) {
		return Spec{}, s.fail("EINVALIDSPEC", "it is too long or holds a NUL character")
	}
	return s.resolve()
}

// ParseArg reads a spec where a user writes it on the command line: foo,
// foo@^1, @s/x@tag, x@npm:y@2, ./dir, file.tgz, user/repo, a URL. A name
// without a spec asks for "*". The error is a *NameError or a *SpecError.
func ParseArg(arg string) (Spec, error) {
	name, raw := splitArg(arg)
	return ParseSpec(name, raw)
}

func splitArg(arg string) (name, raw string) {
	name = arg
	end := strings.IndexByte(strings.TrimPrefix(arg, "@"), '@')
	if end >= 0 && strings.HasPrefix(arg, "@") {
		end++
	}
	if end > 0 {
		name = arg[:end]
	}
	scoped := strings.HasPrefix(name, "@")
	switch {
	case urlPattern.MatchString(arg):
		return "", arg
	case scpPattern.MatchString(arg):
		return "", "git+ssh://" + arg
	case !scoped && (strings.Contains(name, "/") || tarballPattern.MatchString(name)):
		return "", arg
	case end > 0 && arg[end+1:] == "":
		return name, "*"
	case end > 0:
		return name, arg[end+1:]
	case ValidateName(arg) == nil:
		return arg, "*"
	}
	return "", arg
}

// resolve tells the kinds apart, in npm-package-arg's order.
func (s Spec) resolve() (Spec, error) {
	if isPlain(s.Raw) {
		return s.fromRegistry()
	}
	scheme, rest, _ := strings.Cut(s.Raw, ":")
	if len(scheme) < len(s.Raw) {
		switch strings.ToLower(scheme) {
		case "file", "link":
			return s.fromFile()
		case "npm":
			return s.fromAlias(rest)
		case "workspace":
			return s.fromWorkspace(rest)
		case "catalog":
			s.Kind, s.Fetch, s.Save = KindCatalog, strings.TrimSpace(rest), s.Raw
			return s, nil
		}
	}
	if filespecPattern.MatchString(s.Raw) {
		return s.fromFile()
	}
	if host, ok := parseHosted(s.Raw); ok {
		return s.fromHosted(host)
	}
	switch {
	case urlPattern.MatchString(s.Raw):
		return s.fromURL()
	case strings.Contains(s.Raw, "/") || tarballPattern.MatchString(s.Raw):
		return s.fromFile()
	}
	return s.fromRegistry()
}

// isPlain spares most specs the patterns: what is written with nothing but the
// digits and signs of ranges, as "^1.2.3" or ">=1 <2 || 3", can be no path, no
// URL, and nothing that a host has.
func isPlain(spec string) bool {
	for i := range len(spec) {
		switch c := spec[i]; {
		case c >= '0' && c <= '9', strings.IndexByte("^~*<>= |-", c) >= 0:
		case c == '.' && i > 0:
		default:
			return false
		}
	}
	return spec != ""
}

func (s Spec) fromRegistry() (Spec, error) {
	s.Fetch = strings.TrimSpace(s.Raw)
	if npmrange.IsVersion(s.Fetch, true) {
		s.Kind = KindVersion
		return s, nil
	}
	var err error
	switch s.versions, err = s.Range(); {
	case err == nil:
		s.Kind = KindRange
	case isURIComponent(s.Fetch):
		s.Kind = KindTag
	default:
		return Spec{}, s.fail("EINVALIDTAGNAME", "neither a version, a range, a tag, a path nor a URL")
	}
	return s, nil
}

func (s Spec) fromAlias(target string) (Spec, error) {
	sub, err := ParseArg(target)
	if err != nil {
		return Spec{}, err
	}
	switch {
	case sub.Kind == KindAlias:
		return Spec{}, s.fail("EINVALIDSPEC", "an alias of an alias")
	case !sub.Registry() || sub.Name == "":
		return Spec{}, s.fail("EINVALIDSPEC", "an alias must name a package of a registry")
	}
	s.Kind, s.Sub = KindAlias, &sub
	return s, nil
}

func (s Spec) fail(code, problem string) error {
	return &SpecError{Name: s.Name, Raw: s.Raw, Code: code, Problem: problem}
}
