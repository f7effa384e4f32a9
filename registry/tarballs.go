package registry

import (
	"fmt"
	"slices"
	"strings"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// TarballFile returns the file name of a version's tarball as npm has it:
// the name without its scope, a hyphen, the version.
func TarballFile(name, version string) string {
	return name[strings.LastIndexByte(name, '/')+1:] + "-" + version + ".tgz"
}

// ClosureFile returns the name of a tarball in a Closure: "name@version.tgz",
// with "+" for the slash of a scope.
func ClosureFile(name, version string) string {
	return strings.ReplaceAll(name, "/", "+") + "@" + version + ".tgz"
}

// layTarballs lays out /tarballs/<name>, which has one entry.
func layTarballs(p *Packument) (unixfs.Link, []blocks.Block, error) {
	files, out, err := tarballFiles(p)
	if err != nil {
		return unixfs.Link{}, nil, err
	}
	folder, bs, err := unixfs.Directory([]unixfs.Link{files})
	return folder, append(out, bs...), err
}

// tarballFiles lays out the folder "-" with every version's tarball, whose own
// blocks are not needed, only their CIDs and sizes.
func tarballFiles(p *Packument) (unixfs.Link, []blocks.Block, error) {
	links := make([]unixfs.Link, 0, len(p.versions))
	for _, number := range p.VersionList() {
		v, err := p.Version(number)
		if err != nil {
			return unixfs.Link{}, nil, err
		}
		l, err := tarballLink(TarballFile(p.Name, number), v.Dist.CID, v.Dist.Size)
		if err != nil {
			return unixfs.Link{}, nil, fmt.Errorf("registry: %s@%s: %w", p.Name, number, err)
		}
		links = append(links, l)
	}
	files, out, err := unixfs.Directory(links)
	if err != nil {
		return unixfs.Link{}, nil, err
	}
	files.Name = "-"
	return files, out, nil
}

func tarballLink(file, text string, size int64) (unixfs.Link, error) {
	c, err := cid.Decode(text)
	if err != nil {
		return unixfs.Link{}, fmt.Errorf("dist.cid %q: %w", text, err)
	}
	return fileLink(file, c, size)
}

func fileLink(file string, c cid.Cid, size int64) (unixfs.Link, error) {
	if size <= 0 {
		return unixfs.Link{}, fmt.Errorf("the size of tarball %s is not known", file)
	}
	return unixfs.Link{Name: file, CID: c, Size: unixfs.FileSize(c, size)}, nil
}

// TarballRef is one tarball of a lockfile.
type TarballRef struct {
	Name, Version string
	CID           cid.Cid
	// Size is its length in bytes, 0 where the lockfile does not say: those of
	// other platforms are named by their digest and never fetched.
	Size int64
}

// Closure lays out one UnixFS directory of tarballs, whose CID stands for all
// of them: one CID to pin, to prefetch, or to key a cache by. The files are
// called by ClosureFile. It needs no block of the tarballs: the sizes of links
// follow from the files' sizes by the profile's layout (unixfs.FileSize), and
// are 0 where the size is unknown.
//
// The same refs in any order give the same CID; equal refs count once, and one
// name@version with two CIDs or sizes is an error. No refs, no closure:
// cid.Undef. The blocks are those of the directory, children first, root last.
func Closure(refs []TarballRef) (cid.Cid, []blocks.Block, error) {
	if len(refs) == 0 {
		return cid.Undef, nil, nil
	}
	type file struct {
		name string
		ref  TarballRef
	}
	files := make([]file, len(refs))
	for i, ref := range refs {
		files[i] = file{ClosureFile(ref.Name, ref.Version), ref}
	}
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	links := make([]unixfs.Link, 0, len(refs))
	for i, f := range files {
		if i > 0 && f.name == files[i-1].name {
			if was := files[i-1].ref; was != f.ref {
				return cid.Undef, nil, fmt.Errorf("registry: %s is both %s (%d bytes) and %s (%d bytes)", f.name, was.CID, was.Size, f.ref.CID, f.ref.Size)
			}
			continue
		}
		if !f.ref.CID.Defined() || f.ref.Size < 0 {
			return cid.Undef, nil, fmt.Errorf("registry: %s has no CID or a bad size", f.name)
		}
		links = append(links, unixfs.Link{Name: f.name, CID: f.ref.CID, Size: unixfs.FileSize(f.ref.CID, f.ref.Size)})
	}
	root, out, err := unixfs.Directory(links)
	return root.CID, out, err
}
