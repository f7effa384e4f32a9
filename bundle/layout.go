package bundle

import (
	"slices"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// The entries of a bundle's root.
const (
	manifestFile = "bundle.json"
	recordsDir   = "records"
	indexDir     = "index"
	tarballsDir  = "tarballs"
)

// IndexBlock is a block of a registry's index, and how many bytes it has.
type IndexBlock struct {
	CID  cid.Cid
	Size int
}

// Contents is what goes into a bundle.
type Contents struct {
	Manifest Manifest
	Lock     *lockfile.Lockfile
	// Records are signed IPNS records by their names.
	Records map[string][]byte
	Index   []IndexBlock
	// Tarballs are by UnixFS CID, each of known size.
	Tarballs []registry.TarballRef
}

// LayOut makes the directory of a bundle and returns its root and the blocks
// that are new with it: of the index and the tarballs it needs the CIDs alone.
// Equal contents give an equal root, in whatever order they are listed.
func LayOut(c Contents) (cid.Cid, []blocks.Block, error) {
	l := &layout{}
	l.manifest(c.Manifest)
	l.lockfile(c.Lock)
	l.records(c.Records)
	l.index(c.Index)
	l.tarballs(c.Tarballs)
	root := l.directory("", l.entries)
	return root.CID, l.blocks, l.err
}

// layout gathers entries and blocks; after an error its steps do nothing.
type layout struct {
	entries []unixfs.Link
	blocks  []blocks.Block
	err     error
}

func (l *layout) manifest(m Manifest) {
	data, err := m.encode()
	l.fail(err)
	l.entries = append(l.entries, l.file(manifestFile, data))
}

func (l *layout) lockfile(lock *lockfile.Lockfile) {
	data, err := lock.Encode()
	l.fail(err)
	l.entries = append(l.entries, l.file(lockfile.FileName, data))
}

func (l *layout) records(records map[string][]byte) {
	links := make([]unixfs.Link, 0, len(records))
	for name, data := range records {
		links = append(links, l.file(name, data))
	}
	l.entries = append(l.entries, l.directory(recordsDir, links))
}

func (l *layout) index(index []IndexBlock) {
	links := make([]unixfs.Link, len(index))
	for i, b := range index {
		links[i] = unixfs.Link{Name: b.CID.String(), CID: asRaw(b.CID), Size: uint64(b.Size)}
	}
	l.entries = append(l.entries, l.directory(indexDir, links))
}

// asRaw is the same block as plain bytes.
func asRaw(c cid.Cid) cid.Cid { return cid.NewCidV1(cid.Raw, c.Hash()) }

func (l *layout) tarballs(refs []registry.TarballRef) {
	root, bs, err := registry.Closure(refs)
	l.fail(err)
	if !root.Defined() { // there is none
		l.entries = append(l.entries, l.directory(tarballsDir, nil))
		return
	}
	l.blocks = append(l.blocks, bs...)
	size := uint64(0)
	for _, ref := range refs {
		size += uint64(max(ref.Size, 0))
	}
	l.entries = append(l.entries, unixfs.Link{Name: tarballsDir, CID: root, Size: size})
}

func (l *layout) file(name string, data []byte) unixfs.Link {
	return l.add(name)(unixfs.File(data))
}

func (l *layout) directory(name string, links []unixfs.Link) unixfs.Link {
	return l.add(name)(unixfs.Directory(slices.Clone(links)))
}

func (l *layout) add(name string) func(unixfs.Link, []blocks.Block, error) unixfs.Link {
	return func(link unixfs.Link, bs []blocks.Block, err error) unixfs.Link {
		l.fail(err)
		l.blocks = append(l.blocks, bs...)
		link.Name = name
		return link
	}
}

func (l *layout) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}
