package registry

import (
	"context"
	"maps"
	"slices"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// shelf is one of the directories of an index that have an entry for each
// package.
type shelf struct {
	dir string
	// was is the base's, undefined where that has none or none like it.
	was cid.Cid
	// lay makes a package's entry.
	lay func(*Packument) (unixfs.Link, []blocks.Block, error)
	// anew says that the entries of all packages are to be made, not only of
	// those that change, since the base's are made otherwise.
	anew bool
	// edits are the entries to set, nil for those to remove.
	edits map[string]*unixfs.Link
}

// shelves are those of an index that says info of itself.
func (w *Writer) shelves(info Info) []*shelf {
	out := []*shelf{
		{dir: packagesDir, was: w.dirs[packagesDir], lay: layDocument},
		{dir: TarballsDir, was: w.dirs[TarballsDir], anew: w.hasPagesAmongTarballs(), lay: layTarballs},
	}
	for _, static := range [...]struct{ dir, base, was string }{{npmDir, info.NPM, w.info.NPM}, {staticDir, info.Static, w.info.Static}} {
		if static.base == "" {
			continue
		}
		out = append(out, &shelf{dir: static.dir, was: w.dirs[static.dir], anew: static.base != static.was, lay: func(p *Packument) (unixfs.Link, []blocks.Block, error) {
			return layStatic(p, static.base)
		}})
	}
	return out
}

// hasPagesAmongTarballs says that the base is of the first days, when /npm was
// another name for /tarballs: whoever fetched all tarballs got all pages too, an
// eighth more.
func (w *Writer) hasPagesAmongTarballs() bool {
	return w.info.NPM != "" && w.dirs[npmDir] == w.dirs[TarballsDir]
}

func layDocument(p *Packument) (unixfs.Link, []blocks.Block, error) {
	data, err := p.Encode()
	if err != nil {
		return unixfs.Link{}, nil, err
	}
	return unixfs.File(data)
}

// layOut makes the entries of all edited packages, and where a shelf is filled
// anew those of all others as well. It notes the latest version of all of these.
func (w *Writer) layOut(ctx context.Context, shelves []*shelf, latest map[string]string) ([]blocks.Block, error) {
	noteLatest(latest, w.edits)
	for _, s := range shelves {
		s.edits = map[string]*unixfs.Link{}
	}
	out, err := fill(shelves, w.edits)
	if err != nil || !w.base.Defined() {
		return out, err
	}
	anew := slices.DeleteFunc(slices.Clone(shelves), func(s *shelf) bool { return !s.anew })
	if len(anew) == 0 {
		return out, nil
	}
	err = w.others(ctx, func(docs map[string]*Packument) error {
		noteLatest(latest, docs)
		bs, err := fill(anew, docs)
		out = append(out, bs...)
		return err
	})
	return out, err
}

// fill puts the entries of documents onto shelves.
func fill(shelves []*shelf, docs map[string]*Packument) ([]blocks.Block, error) {
	var out []blocks.Block
	for name, p := range docs {
		for _, s := range shelves {
			if p == nil {
				s.edits[name] = nil
				continue
			}
			link, bs, err := s.lay(p)
			if err != nil {
				return nil, err
			}
			s.edits[name] = &link
			out = append(out, bs...)
		}
	}
	return out, nil
}

// othersAtOnce bounds how many documents are in memory when all are read.
const othersAtOnce = 1024

// others reads the documents of the base that are not edited, some at a time.
func (w *Writer) others(ctx context.Context, each func(map[string]*Packument) error) error {
	names, err := w.reader.Names(ctx)
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name string) bool { _, edited := w.edits[name]; return edited })
	for some := range slices.Chunk(names, othersAtOnce) {
		docs, err := w.reader.documents(ctx, some)
		if err != nil {
			return err
		}
		if err := each(docs); err != nil {
			return err
		}
	}
	return nil
}

// documents reads the documents of names without keeping them.
func (r *Reader) documents(ctx context.Context, names []string) (map[string]*Packument, error) {
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[name] = true
	}
	found, failed := r.walk(ctx, wanted)
	for _, name := range slices.Sorted(maps.Keys(failed)) {
		return nil, failed[name]
	}
	docs := make(map[string]*Packument, len(found))
	for name, a := range found {
		if a.err != nil {
			return nil, a.err
		}
		docs[name] = a.packument
	}
	return docs, nil
}
