package bundle

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// Limits on a bundle, far above anything real.
const (
	maxManifest = 1 << 20
	maxLockfile = 256 << 20
	maxRecord   = 64 << 10
	maxRecords  = 1000
	maxIndex    = 10_000_000
	maxTarballs = 1_000_000
)

// FormatError says that a root is no bundle, or not as one has to be.
type FormatError struct {
	Root   cid.Cid
	Reason string
	Err    error
}

func (e *FormatError) Error() string {
	text := fmt.Sprintf("%s is no bundle that can be used: %s", e.Root, e.Reason)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *FormatError) Unwrap() error { return e.Err }

// Hint says what to do.
func (e *FormatError) Hint() string {
	return "nothing of it was imported; have it made and carried again (ipnpm bundle create)"
}

// Bundle is an opened one.
type Bundle struct {
	Root     cid.Cid
	Manifest Manifest
	Lock     *lockfile.Lockfile
	// Records are the signed records by name, not verified.
	Records map[string][]byte
	// Tarballs are the roots of the files by [registry.ClosureFile].
	Tarballs map[string]cid.Cid
}

// Open reads the parts of a bundle and checks the shape of them. The error is a
// *FormatError, which wraps a *unixfs.MissingError when a block cannot be had.
func Open(ctx context.Context, src unixfs.Source, root cid.Cid) (*Bundle, error) {
	o := &opening{ctx: ctx, tree: unixfs.NewTree(src), bundle: &Bundle{Root: root}}
	parts := []string{manifestFile, lockfile.FileName, recordsDir, indexDir, tarballsDir}
	paths := make([][]string, len(parts))
	for i, p := range parts {
		paths[i] = []string{p}
	}
	steps := []func(cid.Cid) error{o.manifest, o.lockfile, o.records, o.index, o.tarballs}
	for i, found := range o.tree.Find(ctx, root, paths) {
		err := found.Err
		if err == nil {
			err = steps[i](found.Link.CID)
		}
		if err != nil {
			return nil, &FormatError{Root: root, Reason: parts[i], Err: err}
		}
	}
	return o.bundle, nil
}

type opening struct {
	ctx    context.Context //nolint:containedctx // the lifetime of one call
	tree   *unixfs.Tree
	bundle *Bundle
}

func (o *opening) read(c cid.Cid, limit int64) ([]byte, error) {
	content := o.tree.Read(o.ctx, []cid.Cid{c}, limit)[0]
	return content.Data, content.Err
}

func (o *opening) manifest(c cid.Cid) error {
	data, err := o.read(c, maxManifest)
	if err == nil {
		o.bundle.Manifest, err = parseManifest(data)
	}
	return err
}

func (o *opening) lockfile(c cid.Cid) error {
	data, err := o.read(c, maxLockfile)
	if err == nil {
		o.bundle.Lock, err = lockfile.Parse(data)
	}
	if err == nil && o.bundle.Lock.Merged {
		err = errors.New("has conflict markers")
	}
	return err
}

func (o *opening) records(dir cid.Cid) error {
	links, err := o.tree.List(o.ctx, dir, maxRecords)
	if err != nil {
		return err
	}
	o.bundle.Records = make(map[string][]byte, len(links))
	for _, l := range links {
		if o.bundle.Records[l.Name], err = o.read(l.CID, maxRecord); err != nil {
			return fmt.Errorf("%s: %w", l.Name, err)
		}
	}
	return nil
}

// index checks that the files are the blocks that their names say.
func (o *opening) index(dir cid.Cid) error {
	links, err := o.tree.List(o.ctx, dir, maxIndex)
	for _, l := range links {
		c, err := cid.Decode(l.Name)
		if err != nil || !asRaw(c).Equals(l.CID) {
			return fmt.Errorf("%q is not the name of the block %s", l.Name, l.CID)
		}
	}
	return err
}

func (o *opening) tarballs(dir cid.Cid) error {
	links, err := o.tree.List(o.ctx, dir, maxTarballs)
	if err != nil {
		return err
	}
	o.bundle.Tarballs = make(map[string]cid.Cid, len(links))
	for _, l := range links {
		o.bundle.Tarballs[l.Name] = l.CID
	}
	return nil
}
