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
	"github.com/ipnpm/ipnpm/tarball/packlist"
)

// localPackages answers the resolver for what no registry holds: folders and
// tarball files of the project, tarballs by URL, git repositories.
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
	case manifest.KindRemote:
		return l.session.remotePackage(ctx, spec)
	case manifest.KindGit:
		return l.session.gitPackage(ctx, spec)
	}
	return resolve.LocalPackage{}, &resolve.UnsupportedError{Spec: spec}
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

// Packed implements resolve.Local: the folder's tarball as `npm pack` makes it,
// but that no script of the folder runs. The resolver asks more than once; the
// work is done once.
func (l localPackages) Packed(ctx context.Context, from string, spec manifest.Spec) (resolve.LocalPackage, error) {
	disk, rel, err := l.locate(from, spec)
	if err != nil {
		return resolve.LocalPackage{}, err
	}
	resolved := "file:" + rel
	return l.session.fetched.Do(ctx, resolved, func(ctx context.Context) (resolve.LocalPackage, error) {
		data, err := packlist.Pack(disk)
		if err != nil {
			return resolve.LocalPackage{}, fmt.Errorf("%s: %w", spec, err)
		}
		return l.session.importPackage(ctx, data, spec, resolved)
	})
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
	return l.session.importPackage(ctx, data, spec, "file:"+rel)
}

// importPackage puts the tarball of a package that no registry holds into the
// store, so that whoever has the lockfile can have it by its CID.
func (s *session) importPackage(ctx context.Context, data []byte, spec manifest.Spec, resolved string) (resolve.LocalPackage, error) {
	text, err := tarball.Manifest(data)
	if err != nil {
		return resolve.LocalPackage{}, fmt.Errorf("%s: %w", printableSpec(spec), err)
	}
	m, err := manifest.Parse(text)
	if err != nil {
		return resolve.LocalPackage{}, fmt.Errorf("%s: %w", printableSpec(spec), err)
	}
	var bundled []resolve.Bundled
	if len(m.Bundled()) > 0 {
		if bundled, err = bundledIn(data); err != nil {
			return resolve.LocalPackage{}, fmt.Errorf("%s: %w", printableSpec(spec), err)
		}
	}
	integrity := tarball.Sum512(data)
	c, err := s.store.Import(ctx, data)
	if err != nil {
		return resolve.LocalPackage{}, err
	}
	return resolve.LocalPackage{
		Manifest: m, Resolved: resolved, CID: c.String(), Integrity: integrity, Size: int64(len(data)), Bundled: bundled,
	}, s.store.Remember(integrity, c, int64(len(data)))
}

// localTarball brings the bytes of a package that no registry holds, verified
// against the lockfile: by CID from any source, or else from where it came
// from.
func (s *session) localTarball(ctx context.Context, root, location string, pkg *lockfile.Package) ([]byte, error) {
	if pkg.CID != "" {
		c, err := s.fromStore(ctx, versionOf(packageName(location, pkg), pkg))
		if err == nil {
			return c.Data, nil
		}
	}
	data, err := s.fromOrigin(ctx, root, location, pkg)
	if err != nil {
		return nil, err
	}
	if err := checkLocal(data, location, pkg); err != nil {
		return nil, s.explainRepacked(err, location, pkg)
	}
	return data, nil
}

// fromOrigin takes a package from where the lockfile says that it came from.
func (s *session) fromOrigin(ctx context.Context, root, location string, pkg *lockfile.Package) ([]byte, error) {
	spec, err := manifest.ParseSpec(packageName(location, pkg), pkg.Resolved)
	if err != nil {
		return nil, err
	}
	switch spec.Kind {
	case manifest.KindDirectory:
		return packlist.Pack(filepath.Join(root, filepath.FromSlash(spec.Fetch)))
	case manifest.KindFile:
		return os.ReadFile(filepath.Join(root, filepath.FromSlash(spec.Fetch)))
	case manifest.KindGit:
		_, data, err := s.packGit(ctx, spec)
		return data, err
	case manifest.KindRemote:
		return s.download(ctx, spec)
	}
	return nil, fmt.Errorf("%s: cannot fetch %s", location, printableSpec(spec))
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
	return bundledIn(c.Data)
}

// bundledIn lists the packages in a tarball's node_modules.
func bundledIn(data []byte) ([]resolve.Bundled, error) {
	var out []resolve.Bundled
	err := tarball.Walk(data, tarball.DefaultLimits(), func(e tarball.Entry, body io.Reader) error {
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
