package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// putBatch is how many blocks PutBlocks gets at once.
const putBatch = 1024

// Writer turns a base root and a set of documents into the next root. Put and
// Delete may be called from several goroutines; Commit needs it to itself.
type Writer struct {
	blocks Blocks
	base   cid.Cid
	info   Info // the base's
	tree   *unixfs.Tree
	dirs   map[string]cid.Cid // the base's directories, by name
	reader *Reader            // of the base, nil without one

	mu    sync.Mutex
	edits map[string]*Packument // nil removes the name
}

// NewWriter begins from a base root; cid.Undef is an empty index. Of a base
// it reads the root and registry.json now, and later only the directory nodes
// on the way to what changes.
func NewWriter(ctx context.Context, bs Blocks, base cid.Cid) (*Writer, error) {
	w := &Writer{blocks: bs, base: base, tree: unixfs.NewTree(bs), edits: map[string]*Packument{}, dirs: map[string]cid.Cid{}}
	if !base.Defined() {
		return w, nil
	}
	r, err := OpenReader(ctx, bs, base)
	if err != nil {
		return nil, err
	}
	w.reader, w.info, w.dirs[packagesDir] = r, r.info, r.packages
	names := []string{TarballsDir}
	if w.info.Static != "" {
		names = append(names, staticDir)
	}
	if w.info.NPM != "" {
		names = append(names, browseDir, npmDir)
	}
	for _, name := range names {
		found := w.tree.Find(ctx, base, [][]string{{name}})[0]
		if found.Err != nil {
			return nil, notAnIndex(base, name, found.Err)
		}
		w.dirs[name] = found.Link.CID
	}
	return w, nil
}

// Info returns what the base says about itself.
func (w *Writer) Info() Info { return w.info }

// Put makes p the whole of what the index carries under p.Name, and links the
// tarballs of its versions. What the base has under that name is replaced:
// call Merge first to keep it. A document without versions removes the name.
// Every version needs dist.cid and dist.size. The Writer keeps p.
func (w *Writer) Put(p *Packument) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(p.versions) == 0 {
		w.edits[p.Name] = nil
		return
	}
	w.edits[p.Name] = p
}

// Delete removes a name and the links to its tarballs.
func (w *Writer) Delete(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.edits[name] = nil
}

// Commit writes the blocks of the next state and returns its root, which
// depends on the documents and info only. It sets info.Format, and
// info.Previous to the base unless the caller has set it. When no document
// differs from the base's and info says nothing else than the base's (but for
// Previous), the base is returned and nothing is written.
//
// After an error the Writer is as it was, though some blocks may be stored.
func (w *Writer) Commit(ctx context.Context, info Info) (cid.Cid, error) {
	if info.Previous == "" && w.base.Defined() {
		info.Previous = w.base.String()
	}
	return w.CommitAs(ctx, info)
}

// CommitAs is Commit for a base that is itself in the making, and no state that
// anybody should go back to: info.Previous is as the caller has it.
func (w *Writer) CommitAs(ctx context.Context, info Info) (cid.Cid, error) {
	info.Format = Format
	if info.Handovers == nil {
		info.Handovers = w.info.Handovers
	}
	if info.Advisories == nil {
		info.Advisories = w.info.Advisories
	}
	shelves, latest := w.shelves(info), map[string]string{}
	out, err := w.layOut(ctx, shelves, latest)
	if err != nil {
		return cid.Undef, err
	}
	w.warm(ctx, shelves)
	var dirs []unixfs.Link
	for _, s := range shelves {
		dir, bs, err := w.updateScoped(ctx, s.was, s.edits)
		if err != nil {
			return cid.Undef, fmt.Errorf("registry: writing /%s: %w", s.dir, err)
		}
		dir.Name = s.dir
		dirs, out = append(dirs, dir), append(out, bs...)
	}
	if w.unchanged(dirs, info) {
		return w.base, nil
	}
	if info.NPM != "" {
		entries, bs, err := w.browse(ctx, info, latest)
		if err != nil {
			return cid.Undef, fmt.Errorf("registry: writing /%s: %w", browseDir, err)
		}
		dirs, out = append(dirs, entries...), append(out, bs...)
	}
	root, bs, err := rootOf(info, dirs)
	if err != nil {
		return cid.Undef, err
	}
	return root, w.put(ctx, append(out, bs...))
}

func (w *Writer) unchanged(dirs []unixfs.Link, info Info) bool {
	for _, dir := range dirs {
		if w.dirs[dir.Name] != dir.CID {
			return false
		}
	}
	was := w.info
	was.Format = Format
	was.Previous, info.Previous = "", ""
	return w.base.Defined() && string(was.Encode()) == string(info.Encode())
}

// rootOf lays out registry.json and the root.
func rootOf(info Info, entries []unixfs.Link) (cid.Cid, []blocks.Block, error) {
	file, out, err := unixfs.File(info.Encode())
	if err != nil {
		return cid.Undef, nil, err
	}
	file.Name = infoFile
	entries = append(entries, file)
	if a := info.Advisories; a != nil {
		c, err := cid.Decode(a.CID)
		if err != nil {
			return cid.Undef, nil, fmt.Errorf("registry: advisories %q: %w", a.CID, err)
		}
		entries = append(entries, unixfs.Link{Name: advisoriesFile, CID: c, Size: unixfs.FileSize(c, a.Size)})
	}
	root, bs, err := unixfs.Directory(entries)
	return root.CID, append(out, bs...), err
}

// warm walks to all names in all directories together, so that the edits find
// every node in memory. What fails here fails there again, with a better error.
func (w *Writer) warm(ctx context.Context, shelves []*shelf) {
	if !w.base.Defined() {
		return
	}
	var paths [][]string
	for _, s := range shelves {
		if !s.was.Defined() {
			continue
		}
		for name := range s.edits {
			paths = append(paths, append([]string{s.dir}, strings.Split(name, "/")...))
		}
	}
	w.tree.Find(ctx, w.base, paths)
}

// updateScoped edits a directory whose scoped names are two levels; a scope
// that has no name left goes away.
func (w *Writer) updateScoped(ctx context.Context, dir cid.Cid, edits map[string]*unixfs.Link) (unixfs.Link, []blocks.Block, error) {
	top := map[string]*unixfs.Link{}
	scopes := map[string]map[string]*unixfs.Link{}
	for name, l := range edits {
		scope, base, scoped := strings.Cut(name, "/")
		if !scoped {
			top[name] = l
			continue
		}
		if scopes[scope] == nil {
			scopes[scope] = map[string]*unixfs.Link{}
		}
		scopes[scope][base] = l
	}
	var out []blocks.Block
	for scope, below := range scopes {
		link, bs, err := w.updateScope(ctx, dir, scope, below)
		if err != nil {
			return unixfs.Link{}, nil, err
		}
		top[scope] = link
		out = append(out, bs...)
	}
	link, bs, err := w.tree.Update(ctx, dir, top)
	return link, append(out, bs...), err
}

// updateScope edits one scope's directory; nil when nothing is left of it.
func (w *Writer) updateScope(ctx context.Context, dir cid.Cid, scope string, edits map[string]*unixfs.Link) (*unixfs.Link, []blocks.Block, error) {
	was := cid.Undef
	if dir.Defined() {
		found := w.tree.Find(ctx, dir, [][]string{{scope}})[0]
		if found.Err != nil && !errors.Is(found.Err, unixfs.ErrNotFound) {
			return nil, nil, found.Err
		}
		was = found.Link.CID
	}
	link, bs, err := w.tree.Update(ctx, was, edits)
	if err != nil {
		return nil, nil, err
	}
	empty, _, err := unixfs.Directory(nil)
	if err != nil || link.CID == empty.CID {
		return nil, nil, err
	}
	return &link, bs, nil
}

// put stores blocks in batches, each once.
func (w *Writer) put(ctx context.Context, bs []blocks.Block) error {
	seen := make(map[cid.Cid]bool, len(bs))
	bs = slices.DeleteFunc(bs, func(b blocks.Block) bool {
		again := seen[b.Cid()]
		seen[b.Cid()] = true
		return again
	})
	for batch := range slices.Chunk(bs, putBatch) {
		if err := w.blocks.PutBlocks(ctx, batch); err != nil {
			return fmt.Errorf("registry: storing %d blocks: %w", len(batch), err)
		}
	}
	return nil
}
