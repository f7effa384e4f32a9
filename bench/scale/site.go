package scale

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/tarball"
)

// site is a project, resolved and installed once, in a folder where it can be
// installed again.
type site struct {
	*packages
	dir  string
	lock *lockfile.Lockfile
	text []byte // of the lockfile
	// tarballs have the bytes by [install.Key], refs name each once.
	tarballs map[string][]byte
	refs     []registry.TarballRef
	// installed is how the tree that exists was made; others are the further
	// folders.
	installed install.Options
	others    int
}

func newSite(ctx context.Context, p *packages, dir string) (*site, error) {
	s := &site{packages: p, dir: dir, tarballs: map[string][]byte{}}
	tree, err := resolve.Build(ctx, s.request(nil))
	if err != nil {
		return nil, err
	}
	s.lock = tree.Lockfile()
	if err := s.pack(); err != nil {
		return nil, err
	}
	if s.text, err = s.lock.Encode(); err != nil {
		return nil, err
	}
	if s.installed, err = s.project(); err != nil {
		return nil, err
	}
	_, err = install.Run(ctx, s.installed)
	return s, err
}

// locations is the size of the tree.
func (s *site) locations() int { return len(s.lock.Packages) - 1 }

func (s *site) request(lock *lockfile.Lockfile) resolve.Request {
	return resolve.Request{Root: s.root, Workspaces: s.workspaces, Index: s.packages, Lock: lock,
		Options: resolve.Options{NodeVersion: "24.0.0", NPMVersion: "12.2.0"}}
}

// pack makes the tarballs, and pins the lockfile to them.
func (s *site) pack() error {
	packed := map[string]*lockfile.Package{}
	z := &zipper{zip: gzip.NewWriter(nil)}
	for location, pkg := range s.lock.Packages {
		if location == "" || pkg.Link || pkg.Version == "" || s.docs[pkg.NameAt(location)] == nil {
			continue
		}
		id := pkg.NameAt(location) + "@" + pkg.Version
		if packed[id] == nil {
			if err := s.packOne(z, pkg.NameAt(location), pkg); err != nil {
				return err
			}
			packed[id] = pkg
		}
		pkg.CID, pkg.Integrity, pkg.Size = packed[id].CID, packed[id].Integrity, packed[id].Size
	}
	return nil
}

func (s *site) packOne(z *zipper, name string, pkg *lockfile.Package) error {
	data, err := z.pack([]tarball.File{
		{Path: "package/package.json", Data: fmt.Appendf(nil, `{"name":%q,"version":%q}`, name, pkg.Version)},
		{Path: "package/index.js", Data: []byte("module.exports = require('./lib/main')\n")},
		{Path: "package/lib/main.js", Data: fmt.Appendf(nil, "module.exports = %q\n", name)},
	})
	if err != nil {
		return err
	}
	root, _, err := ipfsstore.ImportLayout(data)
	if err != nil {
		return err
	}
	pkg.CID, pkg.Integrity, pkg.Size = root.String(), tarball.Sum512(data), int64(len(data))
	s.tarballs[install.Key(pkg)] = data
	s.refs = append(s.refs, registry.TarballRef{Name: name, Version: pkg.Version, CID: root, Size: pkg.Size})
	return nil
}

// zipper packs many small tarballs, for which tarball.Pack would make as many
// compressors.
type zipper struct {
	out bytes.Buffer
	zip *gzip.Writer
}

func (z *zipper) pack(files []tarball.File) ([]byte, error) {
	z.out.Reset()
	z.zip.Reset(&z.out)
	t := tar.NewWriter(z.zip)
	for _, f := range files {
		if err := t.WriteHeader(&tar.Header{Name: f.Path, Mode: 0o644, Size: int64(len(f.Data))}); err != nil {
			return nil, err
		}
		if _, err := t.Write(f.Data); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(t.Close(), z.zip.Close()); err != nil {
		return nil, err
	}
	return bytes.Clone(z.out.Bytes()), nil
}

// Tarball implements [install.Fetcher].
func (s *site) Tarball(_ context.Context, location string, pkg *lockfile.Package) (install.Tarball, error) {
	if data := s.tarballs[install.Key(pkg)]; data != nil {
		return install.Tarball{Data: data}, nil
	}
	return install.Tarball{}, fmt.Errorf("%s has no tarball", location)
}

// project makes a further folder with the project in it, to be installed from
// the store that the first install fills.
func (s *site) project() (install.Options, error) {
	s.others++
	o := install.Options{Root: filepath.Join(s.dir, fmt.Sprint("project-", s.others)), Lock: s.lock, Fetcher: s, IgnoreScripts: true,
		Unpacked: install.OpenUnpacked(filepath.Join(s.dir, "store"))}
	if err := writeManifest(o.Root, s.root); err != nil {
		return o, err
	}
	for _, w := range s.workspaces {
		o.Workspaces = append(o.Workspaces, w.Location)
		if err := writeManifest(filepath.Join(o.Root, filepath.FromSlash(w.Location)), w.Manifest); err != nil {
			return o, err
		}
	}
	return o, os.WriteFile(filepath.Join(o.Root, lockfile.FileName), s.text, 0o644)
}

func writeManifest(dir string, m *manifest.Manifest) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "package.json"), data, 0o644)
}
