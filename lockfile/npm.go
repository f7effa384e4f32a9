package lockfile

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// The lockfileVersion of package-lock.json: what ImportPackageLock reads, and
// EncodeNPM writes. Version 1 (npm 5 and 6) has no packages, see npm1.go.
const (
	oldestNPM = 1
	newestNPM = 4
)

// Address is where npm has the tarball of a package from that names no source of its
// own; "" for what no registry has, or is not asked for.
type Address func(location string, p *Package) string

// EncodeNPM writes the lockfile as npm's package-lock.json version 3, or
// (hidden) as node_modules/.package-lock.json, which has no root project.
// Layout and order are npm's own; CIDs, sizes and registries have no place in
// it. Packages of a registry have the `resolved` that address tells, or none for
// "", and with nil, which is how npm itself writes them under
// omit-lockfile-registry-resolved.
//
// npm believes the hidden lockfile only if its modification time is not older
// than that of any folder in node_modules, and if its packages are exactly
// those on the disk: it must be written last, and from a lockfile that holds
// only what was installed. Of that nothing is validated again.
func (l *Lockfile) EncodeNPM(hidden bool, address Address) ([]byte, error) {
	if !hidden {
		if err := l.validate(); err != nil {
			return nil, err
		}
	}
	w := newWriter(l)
	w.open()
	w.text("name", l.Name)
	w.text("version", l.Version)
	w.number("lockfileVersion", l.versionForNPM(hidden))
	w.flag("requires", true)
	w.key("packages")
	w.open()
	locations := l.Locations()
	slices.SortFunc(locations, compareNPM)
	for _, location := range locations {
		if hidden && location == "" {
			continue
		}
		p := l.Packages[location]
		resolved := p.Resolved
		if address != nil && resolved == "" && !p.Link {
			resolved = address(location, p)
		}
		w.key(location)
		w.open()
		w.npmPackage(p, resolved)
		w.shut()
	}
	w.shut()
	w.shut()
	return append(w.out, '\n'), nil
}

// versionForNPM is 3, or with packageExtensions or patches 4, which npm before 12
// refuses to read: it would drop what they added. The hidden one stays what it
// is.
func (l *Lockfile) versionForNPM(hidden bool) uint64 {
	for _, p := range l.Packages {
		if !hidden && (p.ExtensionsHash != "" || p.Extended != nil || p.Patched != nil) {
			return newestNPM
		}
	}
	return newestNPM - 1
}

// npmPackage writes the fields in npm's order (json-stringify-nice): first
// what is no object, name, version, resolved, integrity leading and the rest
// sorted, then the objects, dependencies leading.
func (w *writer) npmPackage(p *Package, resolved string) {
	w.text("name", p.Name)
	w.text("version", p.Version)
	if p.Link {
		// A link to the project itself has an empty target.
		w.key("resolved")
		w.quote(resolved)
	} else {
		w.text("resolved", resolved)
	}
	if !p.isPackedFolder() {
		w.text("integrity", p.Integrity)
	}
	w.list("bundleDependencies", p.BundleDependencies)
	w.list("cpu", p.CPU)
	w.text("deprecated", p.Deprecated)
	w.flag("dev", p.Dev)
	w.flag("devOptional", p.DevOptional)
	w.flag("extraneous", p.Extraneous)
	w.flag("hasInstallScript", p.HasInstallScript)
	w.flag("inBundle", p.InBundle)
	w.list("libc", p.Libc)
	w.text("license", p.License)
	w.flag("link", p.Link)
	w.flag("optional", p.Optional)
	w.list("os", p.OS)
	w.text("packageExtensionsHash", p.ExtensionsHash)
	w.flag("peer", p.Peer)
	w.list("workspaces", p.Workspaces)
	w.npm = true
	w.dict("dependencies", p.Dependencies)
	w.dict("bin", p.Bin)
	w.dict("devDependencies", p.DevDependencies)
	w.dict("engines", p.Engines)
	w.dict("optionalDependencies", p.OptionalDependencies)
	w.extended(p.Extended)
	w.patched(p.Patched)
	w.dict("peerDependencies", p.PeerDependencies)
	w.peerMeta(p.PeerDependenciesMeta)
	w.npm = false
}

// isPackedFolder tells what npm packs itself when it installs, and with other
// bytes than ours: of such it keeps no digest.
func (p *Package) isPackedFolder() bool {
	folder, ok := strings.CutPrefix(p.Resolved, "file:")
	return ok && !p.Link && !isArchive(folder)
}

// ImportPackageLock reads npm's package-lock.json (or npm-shrinkwrap.json),
// lockfileVersion 1 to 3. Integrity, flags and dependencies are taken over;
// `resolved` only where it is not the address of a registry's tarball, since
// where a registry is is configuration; license, funding and unknown fields
// are left out; of version 1 the result is [Lockfile.Bare]. CIDs are unknown
// and empty. Content is checked as in [Parse].
// Conflict markers are a *[SyntaxError]: npm merges its own file.
func ImportPackageLock(data []byte) (*Lockfile, error) {
	if len(data) > maxFile {
		return nil, &FieldError{Field: "file", Msg: "is too large"}
	}
	s, err := newScanner(string(data))
	if err != nil {
		return nil, err
	}
	d := &decoder{scanner: s}
	l, err := d.npmLockfile()
	if err != nil {
		return nil, err
	}
	if d.version < oldestNPM || d.version > newestNPM {
		return nil, &FormatError{"package-lock.json", d.version, oldestNPM, newestNPM}
	}
	if l.Packages == nil && d.version > 1 {
		return nil, &FieldError{Field: "packages", Msg: "is missing"}
	}
	l.dropRegistryURLs()
	if err := l.validate(); err != nil {
		if field := (*FieldError)(nil); errors.As(err, &field) {
			locate(s.text, field)
		}
		return nil, err
	}
	return l, nil
}

func (d *decoder) npmLockfile() (*Lockfile, error) {
	l := new(Lockfile)
	one := npmOne{d, map[string]*Package{"": {}}}
	err := d.record(func(key string) error {
		switch key {
		case "dependencies":
			return one.dependencies("")
		case "name":
			return d.text(key, &l.Name)
		case "version":
			return d.text(key, &l.Version)
		case "lockfileVersion":
			return d.count(key, &d.version)
		case "packages":
			return d.packages(l)
		}
		return d.skip()
	})
	if err == nil {
		err = d.end()
	}
	if d.version == 1 {
		l.Packages, l.Bare = one.packages, true
	}
	return l, err
}

// dropRegistryURLs removes the `resolved` of what came from a registry. npm's
// file does not say what did, so: a tarball URL stays when a dependency asks
// for it by URL, or when it does not look like a registry's.
func (l *Lockfile) dropRegistryURLs() {
	asked := l.askedByURL()
	for location, p := range l.Packages {
		if !p.Link && isHTTP(p.Resolved) && !asked[location] && isRegistryTarball(p.Resolved) {
			p.Resolved = ""
		}
	}
}

// askedByURL returns the locations that some package depends on by URL.
func (l *Lockfile) askedByURL() map[string]bool {
	asked := make(map[string]bool)
	for location, p := range l.Packages {
		for _, deps := range [...]map[string]string{
			p.Dependencies, p.DevDependencies, p.OptionalDependencies, p.PeerDependencies,
		} {
			for name, spec := range deps {
				if isHTTP(spec) {
					asked[l.Find(location, name)] = true
				}
			}
		}
	}
	return asked
}

// Find returns where Node finds a package by name from a location, "" if
// nowhere.
func (l *Lockfile) Find(from, name string) string {
	for {
		location := strings.TrimPrefix(from+"/node_modules/"+name, "/")
		if l.Packages[location] != nil {
			return location
		}
		if from == "" {
			return ""
		}
		from = from[:max(0, strings.LastIndexByte(from, '/'))]
	}
}

func isHTTP(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// isRegistryTarball knows the two shapes of a registry's tarball address:
// …/<name>/-/<file>.tgz, and GitHub's …/download/<name>/<version>/<hash>.
func isRegistryTarball(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	return strings.Contains(u.Path, "/-/") || strings.HasPrefix(u.Path, "/download/")
}

// npmRank is the place of a key that npm puts in front at every level of the
// file, also where it is the name of a package, and behind them that of others.
func npmRank(key string) int {
	switch key {
	case "name":
		return 0
	case "version":
		return 1
	case "lockfileVersion":
		return 2
	case "resolved":
		return 3
	case "integrity":
		return 4
	case "requires":
		return 5
	case "packages":
		return 6
	case "dependencies":
		return 7
	}
	return 8
}

// compareNPM has the order of keys in npm's file.
func compareNPM(a, b string) int {
	i, j := npmRank(a), npmRank(b)
	if i != j && arrayIndex(a) < 0 && arrayIndex(b) < 0 {
		return i - j
	}
	return compareKeys(a, b)
}
