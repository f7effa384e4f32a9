package registry

import (
	"context"
	"maps"
	"slices"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/page"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// What people see; see package page.
const (
	indexFile = "index.html"
	browseDir = "browse"
	listFile  = "list.json"
)

// Limits on what is read of it.
const (
	maxList     = 64 << 20
	maxListFile = 16 << 20
)

// noteLatest notes, of each document, the version that a list shows.
func noteLatest(latest map[string]string, docs map[string]*Packument) {
	for name, p := range docs {
		latest[name] = ""
		if p == nil {
			continue
		}
		latest[name] = p.DistTags["latest"]
		if list := p.VersionList(); latest[name] == "" {
			latest[name] = list[len(list)-1]
		}
	}
}

// browse makes /index.html and the list of names in /browse, which becomes the
// base's with the names that are in latest.
func (w *Writer) browse(ctx context.Context, info Info, latest map[string]string) ([]unixfs.Link, []blocks.Block, error) {
	was, have, err := w.listed(ctx, slices.Collect(maps.Keys(latest)))
	if err != nil {
		return nil, nil, err
	}
	list, written := was.Apply(have, latest)
	dir, out, err := w.updateList(ctx, was, list, written)
	if err != nil {
		return nil, nil, err
	}
	var entries []page.Entry
	if len(list) <= page.Short {
		if entries, err = w.entries(ctx, list, written); err != nil {
			return nil, nil, err
		}
	}
	file, bs, err := unixfs.File(page.Index(page.About{
		Name: info.Name, Sequence: info.Sequence, Previous: info.Previous, Time: info.Time, Upstream: info.Upstream,
	}, list, entries))
	file.Name, dir.Name = indexFile, browseDir
	return []unixfs.Link{file, dir}, append(out, bs...), err
}

// listed returns the base's list and those of its files that names touch.
func (w *Writer) listed(ctx context.Context, names []string) (page.List, map[string][]page.Entry, error) {
	if !w.dirs[browseDir].Defined() {
		return nil, nil, nil
	}
	data, err := w.read(ctx, w.dirs[browseDir], []string{listFile}, maxList)
	if err != nil {
		return nil, nil, err
	}
	list, err := page.ParseList(data[0])
	if err != nil {
		return nil, nil, &FormatError{What: browseDir, Reason: "bad list", Err: err}
	}
	have, err := w.filesOf(ctx, list.Touched(names))
	return list, have, err
}

// filesOf reads files of the base's list.
func (w *Writer) filesOf(ctx context.Context, files []string) (map[string][]page.Entry, error) {
	texts, err := w.read(ctx, w.dirs[browseDir], files, maxListFile)
	if err != nil {
		return nil, err
	}
	out := make(map[string][]page.Entry, len(files))
	for i, text := range texts {
		if out[files[i]], err = page.ParseFile(text); err != nil {
			return nil, &FormatError{What: browseDir + "/" + files[i], Reason: "bad list", Err: err}
		}
	}
	return out, nil
}

// read returns the contents of files in a directory.
func (w *Writer) read(ctx context.Context, dir cid.Cid, files []string, limit int64) ([][]byte, error) {
	paths := make([][]string, len(files))
	for i, file := range files {
		paths[i] = []string{file}
	}
	found := w.tree.Find(ctx, dir, paths)
	cids := make([]cid.Cid, len(files))
	for i, file := range files {
		if err := found[i].Err; err != nil {
			return nil, notAnIndex(w.base, browseDir+"/"+file, err)
		}
		cids[i] = found[i].Link.CID
	}
	contents := w.tree.Read(ctx, cids, limit)
	out := make([][]byte, len(files))
	for i, file := range files {
		if err := contents[i].Err; err != nil {
			return nil, notAnIndex(w.base, browseDir+"/"+file, err)
		}
		out[i] = contents[i].Data
	}
	return out, nil
}

// entries are all packages of a short list.
func (w *Writer) entries(ctx context.Context, list page.List, written map[string][]page.Entry) ([]page.Entry, error) {
	var unread []string
	for _, s := range list {
		if _, is := written[s.File]; !is {
			unread = append(unread, s.File)
		}
	}
	others, err := w.filesOf(ctx, unread)
	if err != nil {
		return nil, err
	}
	var out []page.Entry
	for _, s := range list {
		out = append(append(out, written[s.File]...), others[s.File]...)
	}
	return out, nil
}

// updateList lays out the files that are new and drops those that are gone.
func (w *Writer) updateList(ctx context.Context, was, is page.List, written map[string][]page.Entry) (unixfs.Link, []blocks.Block, error) {
	edits := map[string]*unixfs.Link{}
	for _, s := range was {
		edits[s.File] = nil
	}
	for _, s := range is {
		delete(edits, s.File)
	}
	files := map[string][]byte{}
	for file, entries := range written {
		files[file] = page.EncodeFile(entries)
	}
	var err error
	if files[listFile], err = is.Encode(); err != nil {
		return unixfs.Link{}, nil, err
	}
	var out []blocks.Block
	for name, data := range files {
		link, bs, err := unixfs.File(data)
		if err != nil {
			return unixfs.Link{}, nil, err
		}
		edits[name] = &link
		out = append(out, bs...)
	}
	dir, bs, err := w.tree.Update(ctx, w.dirs[browseDir], edits)
	return dir, append(out, bs...), err
}
