package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/tarball"
)

// localPackages answers the resolver for what no registry holds: folders and
// tarball files of the project.
type localPackages struct {
	session *session
	root    string
}

// Manifest implements resolve.Local.
func (l localPackages) Manifest(ctx context.Context, from string, spec manifest.Spec) (resolve.LocalPackage, error) {
	switch spec.Kind {
	case manifest.KindDirectory:
		return l.folder(from, spec)
	case manifest.KindFile:
		return l.file(ctx, from, spec)
	}
	return resolve.LocalPackage{}, &hintError{
		err:  fmt.Errorf("%s: %s dependencies are not supported", spec, spec.Kind),
		hint: "use a version from a registry, a folder or a tarball file",
	}
}

// locate turns a spec's path into one on disk and one relative to the project.
func (l localPackages) locate(from string, spec manifest.Spec) (disk, relative string, err error) {
	disk = filepath.FromSlash(spec.Fetch)
	if rest, ok := strings.CutPrefix(spec.Fetch, "~/"); ok {
		disk = filepath.Join(l.session.dirs.home, filepath.FromSlash(rest))
	}
	if !filepath.IsAbs(disk) {
		disk = filepath.Join(l.root, filepath.FromSlash(from), disk)
	}
	rel, err := filepath.Rel(l.root, disk)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", spec, err)
	}
	return disk, filepath.ToSlash(rel), nil
}

func (l localPackages) folder(from string, spec manifest.Spec) (resolve.LocalPackage, error) {
	disk, rel, err := l.locate(from, spec)
	if err != nil {
		return resolve.LocalPackage{}, err
	}
	f, err := manifest.Load(filepath.Join(disk, "package.json"))
	if err != nil {
		return resolve.LocalPackage{}, fmt.Errorf("%s: %w", spec, err)
	}
	return resolve.LocalPackage{Manifest: f.Manifest, Resolved: rel, Link: true}, nil
}

func (l localPackages) file(ctx context.Context, from string, spec manifest.Spec) (resolve.LocalPackage, error) {
	disk, rel, err := l.locate(from, spec)
	if err != nil {
		return resolve.LocalPackage{}, err
	}
	data, err := os.ReadFile(disk)
	if err != nil {
		return resolve.LocalPackage{}, fmt.Errorf("%s: %w", spec, err)
	}
	text, err := tarball.Manifest(data)
	if err != nil {
		return resolve.LocalPackage{}, fmt.Errorf("%s: %w", spec, err)
	}
	m, err := manifest.Parse(text)
	if err != nil {
		return resolve.LocalPackage{}, fmt.Errorf("%s: %w", spec, err)
	}
	integrity := tarball.Sum512(data)
	c, err := l.session.store.Import(ctx, data)
	if err != nil {
		return resolve.LocalPackage{}, err
	}
	return resolve.LocalPackage{
		Manifest: m, Resolved: "file:" + rel, CID: c.String(), Integrity: integrity, Size: int64(len(data)),
	}, l.session.store.Remember(integrity, c, int64(len(data)))
}

// localTarball brings the bytes of a file: dependency, verified against the
// lockfile: by CID from the store, or else from the path it came from.
func (s *session) localTarball(ctx context.Context, root, location string, pkg *lockfile.Package) ([]byte, error) {
	if pkg.CID != "" {
		c, err := s.fromStore(ctx, versionOf(packageName(location, pkg), pkg))
		if err == nil {
			return c.Data, nil
		}
	}
	rel, ok := strings.CutPrefix(pkg.Resolved, "file:")
	if !ok {
		return nil, fmt.Errorf("%s: cannot fetch %s", location, pkg.Resolved)
	}
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return nil, err
	}
	if err := checkLocal(data, location, pkg); err != nil {
		return nil, err
	}
	return data, nil
}

// checkLocal compares bytes that came from a path with both digests of the
// lockfile. The CID counts as much as the integrity: it is what the unpacked
// store files them under, for all projects, and what approvals are bound to.
func checkLocal(data []byte, location string, pkg *lockfile.Package) error {
	want, err := tarball.ParseIntegrity(pkg.Integrity)
	if err != nil {
		return err
	}
	if err := want.Verify(data); err != nil {
		return err
	}
	c, _, err := ipfsstore.ImportLayout(data)
	if err != nil {
		return err
	}
	if pkg.CID != "" && pkg.CID != c.String() && !isAliasOf(pkg.CID, tarball.Sum512(data)) {
		name := packageName(location, pkg)
		return &registry.DigestError{Name: name, Version: pkg.Version, Field: "cid", Old: pkg.CID, New: c.String()}
	}
	return nil
}

// bundles reads what a package carries in its own tarball.
type bundles struct{ session *session }

// maxBundledManifest bounds a package.json inside a tarball, in bytes.
const maxBundledManifest = 1 << 20

// Bundled implements resolve.Bundles.
func (b bundles) Bundled(ctx context.Context, v *registry.Version) ([]resolve.Bundled, error) {
	r, err := b.session.registryFor(v.Name)
	if err != nil {
		return nil, err
	}
	c, err := r.Tarball(ctx, v)
	if err != nil {
		return nil, err
	}
	var out []resolve.Bundled
	err = tarball.Walk(c.Data, tarball.DefaultLimits(), func(e tarball.Entry, body io.Reader) error {
		location, ok := bundledLocation(e.Path)
		if !ok || e.Size > maxBundledManifest {
			return nil
		}
		text := make([]byte, e.Size)
		if _, err := io.ReadFull(body, text); err != nil {
			return err
		}
		m, err := manifest.Parse(text)
		if err != nil || m.Name == "" {
			return nil //nolint:nilerr // npm passes such folders over too
		}
		out = append(out, resolve.Bundled{Location: location, Manifest: m})
		return nil
	})
	return out, err
}

// bundledLocation returns the folder of a bundled package when the file is
// its package.json: "node_modules/a/package.json" and deeper.
func bundledLocation(file string) (string, bool) {
	dir, base := path.Split(file)
	dir = strings.TrimSuffix(dir, "/")
	if base != "package.json" || !strings.HasPrefix(dir, "node_modules/") {
		return "", false
	}
	rest := dir
	for rest != "" {
		rest = strings.TrimPrefix(rest, "node_modules/")
		name, tail, _ := strings.Cut(rest, "/")
		if strings.HasPrefix(name, "@") {
			base, after, _ := strings.Cut(tail, "/")
			name, tail = name+"/"+base, after
		}
		if manifest.ValidateName(name) != nil || tail != "" && !strings.HasPrefix(tail, "node_modules/") {
			return "", false
		}
		rest = tail
	}
	return dir, true
}
