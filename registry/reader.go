package registry

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// The entries of an index's root.
const (
	infoFile       = "registry.json"
	packagesDir    = "packages"
	TarballsDir    = "tarballs" // all tarballs, each once
	advisoriesFile = "advisories.json"
)

// maxNames bounds a whole listing; npm's registry has 4 million.
const maxNames = 10_000_000

// Blocks is where an index's blocks are read and written.
type Blocks interface {
	// Blocks yields each of the distinct cids once, in any order, verified.
	// When some cannot be had it yields the others and returns an error.
	Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error
	// PutBlocks stores blocks.
	PutBlocks(ctx context.Context, bs []blocks.Block) error
}

// A wholeBlocks is [Blocks] that can bring everything under a root in one
// request.
type wholeBlocks interface {
	Has(c cid.Cid) bool
	BringDAG(ctx context.Context, root cid.Cid, path string, want func(size int64) bool) error
}

// maxWhole bounds the documents in bytes that are fetched together, needed or
// not: a team's registry of 2,000 packages. They take a slow line as long as a
// few of the round trips that they save.
const maxWhole = 4 << 20

// isSmall says that documents of so many bytes are fetched together.
func isSmall(size int64) bool { return 0 <= size && size <= maxWhole }

// Reader answers names from one root. It remembers every directory node and
// every document that it has read, and is safe for concurrent use: questions
// that come while a batch is under way are gathered into the next one.
type Reader struct {
	root     cid.Cid
	infoFile cid.Cid
	info     Info
	packages cid.Cid
	tarballs unixfs.Link
	whole    bool // all documents are here
	tree     *unixfs.Tree

	mu      sync.Mutex
	answers map[string]answer // settled names
	current *batch            // under way
	next    *batch            // gathering
}

// answer is what is known about a name for good: failures to get blocks are
// not, since the next attempt may have better luck.
type answer struct {
	packument *Packument
	document  cid.Cid // where it stood
	err       error
}

// OpenReader reads registry.json under root. Errors: a *NewerFormatError, a
// *FormatError when root is no index, a *unixfs.MissingError when its blocks
// cannot be had.
func OpenReader(ctx context.Context, src Blocks, root cid.Cid) (*Reader, error) {
	r := newReader(src, root)
	packages, err := r.findParts(ctx)
	if err != nil {
		return nil, err
	}
	whole, can := src.(wholeBlocks)
	can = can && isSmall(int64(packages.Size)) && !whole.Has(r.packages)
	var warm sync.WaitGroup // the first lookup saves a round trip
	if !can {
		warm.Go(func() { r.tree.Warm(ctx, r.packages) })
	}
	err = r.readInfo(ctx)
	warm.Wait()
	if err == nil && can {
		r.fetchWhole(ctx, whole)
	}
	return r, err
}

// OpenFirst is OpenReader for an index of which no state was here before. There the
// documents of a small one are asked for at once, by their path below root: two round
// trips earlier than by what root and registry.json say.
func OpenFirst(ctx context.Context, src Blocks, root cid.Cid) (*Reader, error) {
	whole, can := src.(wholeBlocks)
	if !can || whole.Has(root) {
		return OpenReader(ctx, src, root)
	}
	r := newReader(src, root)
	documents, cancel := context.WithCancel(ctx)
	defer cancel()
	var brought sync.WaitGroup
	brought.Go(func() {
		r.whole = whole.BringDAG(documents, root, packagesDir, isSmall) == nil
	})
	_, err := r.findParts(ctx)
	if err == nil {
		err = r.readInfo(ctx)
	}
	if err != nil {
		cancel()
	}
	brought.Wait()
	if err == nil && !r.whole {
		r.tree.Warm(ctx, r.packages)
	}
	return r, err
}

func newReader(src Blocks, root cid.Cid) *Reader {
	return &Reader{root: root, tree: unixfs.NewTree(src), answers: map[string]answer{}}
}

// findParts reads the root.
func (r *Reader) findParts(ctx context.Context) (packages unixfs.Link, err error) {
	parts := [...]string{infoFile, packagesDir, TarballsDir}
	found := r.tree.Find(ctx, r.root, [][]string{{parts[0]}, {parts[1]}, {parts[2]}})
	for i, f := range found[:2] {
		if f.Err != nil {
			return packages, notAnIndex(r.root, parts[i], f.Err)
		}
	}
	packages = found[1].Link
	r.infoFile, r.packages, r.tarballs = found[0].Link.CID, packages.CID, found[2].Link
	return packages, nil
}

// readInfo reads registry.json.
func (r *Reader) readInfo(ctx context.Context) (err error) {
	content := r.tree.Read(ctx, []cid.Cid{r.infoFile}, maxInfo)[0]
	if content.Err != nil {
		return notAnIndex(r.root, infoFile, content.Err)
	}
	r.info, err = ParseInfo(content.Data)
	return err
}

// fetchWhole fetches all documents, unless those of the state before are here
// already. Without it, or when it fails, each is fetched as it is needed.
func (r *Reader) fetchWhole(ctx context.Context, src wholeBlocks) {
	before, err := cid.Decode(r.info.Previous)
	if err == nil && src.Has(before) {
		return
	}
	r.whole = src.BringDAG(ctx, r.packages, "", isSmall) == nil
}

// IsWhole says that opening the index fetched all of its documents at once.
func (r *Reader) IsWhole() bool { return r.whole }

// Tarballs is the directory of all tarballs, undefined where the index has
// none.
func (r *Reader) Tarballs() unixfs.Link { return r.tarballs }

func notAnIndex(root cid.Cid, entry string, err error) error {
	if _, missing := errors.AsType[*unixfs.MissingError](err); missing {
		return err
	}
	return &FormatError{What: root.String(), Reason: "not an index: " + entry, Err: err}
}

// Info returns registry.json.
func (r *Reader) Info() Info { return r.info }

// Root returns the CID that the Reader was opened with.
func (r *Reader) Root() cid.Cid { return r.root }

// Packument returns the document for a name. Errors: *NotFoundError,
// *FormatError for a document or directory that is not what the format
// allows, *manifest.NameError, *unixfs.MissingError.
func (r *Reader) Packument(ctx context.Context, name string) (*Packument, error) {
	if err := r.Prefetch(ctx, []string{name}); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	a := r.answers[name]
	return a.packument, a.err
}

// Prefetch reads the documents of names in one batched walk, so that
// Packument answers from memory. A name that does not exist, or whose document
// is bad, is no error here; one whose blocks cannot be had is.
func (r *Reader) Prefetch(ctx context.Context, names []string) error {
	for _, b := range r.join(ctx, names) {
		if err := r.wait(ctx, b, names); err != nil {
			return err
		}
	}
	return nil
}

// Documents are the CIDs of all documents that were asked for by now, by name, an
// undefined one where the index has none. It is false when there was one that could
// not be used.
func (r *Reader) Documents() (map[string]cid.Cid, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make(map[string]cid.Cid, len(r.answers))
	for name, a := range r.answers {
		if _, missing := errors.AsType[*NotFoundError](a.err); a.err != nil && !missing {
			return nil, false
		}
		all[name] = a.document
	}
	return all, true
}

// Locate looks up where the documents of names stand, as [Reader.Documents] says it,
// without reading any. Errors are those of [Reader.Packument], but for NotFoundError.
func (r *Reader) Locate(ctx context.Context, names []string) (map[string]cid.Cid, error) {
	for _, name := range names {
		if err := manifest.ValidateName(name); err != nil {
			return nil, err
		}
	}
	all := make(map[string]cid.Cid, len(names))
	found := r.find(ctx, names)
	for i, name := range names {
		if err := found[i].Err; err != nil && !errors.Is(err, unixfs.ErrNotFound) {
			return nil, inIndex(name, err)
		}
		all[name] = found[i].Link.CID
	}
	return all, nil
}

// find looks up names, which are valid, in their order.
func (r *Reader) find(ctx context.Context, names []string) []unixfs.Found {
	paths := make([][]string, len(names))
	for i, name := range names {
		paths[i] = strings.Split(name, "/")
	}
	return r.tree.Find(ctx, r.packages, paths)
}

// Names returns all package names, sorted. It reads every directory node of
// the index.
func (r *Reader) Names(ctx context.Context) ([]string, error) {
	top, err := r.tree.List(ctx, r.packages, maxNames)
	if err != nil {
		return nil, &FormatError{What: packagesDir, Reason: "cannot be listed", Err: err}
	}
	var names []string
	for _, l := range top {
		if !strings.HasPrefix(l.Name, "@") {
			names = append(names, l.Name)
			continue
		}
		scope, err := r.tree.List(ctx, l.CID, maxNames-len(names))
		if err != nil {
			return nil, &FormatError{What: packagesDir + "/" + l.Name, Reason: "cannot be listed", Err: err}
		}
		for _, below := range scope {
			names = append(names, l.Name+"/"+below.Name)
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { return manifest.ValidateName(n) != nil })
	slices.Sort(names)
	return names, nil
}

// near suggests names among those that the walk to name has come across.
func (r *Reader) near(name string) []string {
	known := slices.DeleteFunc(r.tree.Known(r.packages), func(n string) bool { return strings.HasPrefix(n, "@") })
	return Near(name, known)
}

// Advisories reads the snapshot that the index carries; nil when it has none.
func (r *Reader) Advisories(ctx context.Context) (Advisories, error) {
	a := r.info.Advisories
	if a == nil {
		return nil, nil
	}
	c, err := cid.Decode(a.CID)
	if err != nil {
		return nil, notAnIndex(r.root, advisoriesFile, err)
	}
	content := r.tree.Read(ctx, []cid.Cid{c}, MaxAdvisories)[0]
	if content.Err != nil {
		return nil, notAnIndex(r.root, advisoriesFile, content.Err)
	}
	return ParseAdvisories(content.Data)
}
