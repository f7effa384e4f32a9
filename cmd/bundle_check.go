package cmd

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/bundle"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

const brokenBundleHint = "nothing of it was imported; have it made and carried again (ipnpm bundle create)"

func brokenBundle(format string, args ...any) error {
	return &hintError{err: fmt.Errorf(format, args...), hint: brokenBundleHint}
}

// read brings the blocks into the stage, and sees that they are the bundle's,
// all of it and nothing else.
func (in *incoming) read(ctx context.Context, car io.Reader) error {
	roots, err := in.stage.ImportCAR(ctx, car)
	if err != nil {
		return brokenBundle("the file is damaged, cut short or no CAR: %w", err)
	}
	if len(roots) != 1 {
		return brokenBundle("it has %d roots, a bundle has one", len(roots))
	}
	staged, err := in.stage.Staged(ctx)
	if err != nil {
		return err
	}
	in.blocks = len(staged)
	reachable, err := in.stage.Reachable(ctx, roots)
	if err != nil {
		return in.incomplete(err)
	}
	if err := in.compare(staged, reachable); err != nil {
		return err
	}
	in.bundle, err = bundle.Open(ctx, in.stage, roots[0])
	return err
}

// compare holds the blocks that came against those that the root needs.
func (in *incoming) compare(staged []cid.Cid, needed map[string]bool) error {
	came := make(map[string]bool, len(staged))
	for _, c := range staged {
		if !needed[string(c.Hash())] {
			return brokenBundle("block %s belongs to nothing in it", c)
		}
		came[string(c.Hash())] = true
	}
	missing := 0
	for hash := range needed {
		if !came[hash] && !in.stage.Around(cid.NewCidV1(cid.Raw, []byte(hash))) {
			missing++
		}
	}
	if missing > 0 {
		return in.incomplete(fmt.Errorf("%d %s missing", missing, plural(missing, "block")))
	}
	return nil
}

func (in *incoming) incomplete(err error) error {
	return &hintError{
		err:  fmt.Errorf("the bundle is not whole: %w", err),
		hint: "nothing of it was imported; if it was made with --since, import the bundle of that root first; otherwise have it made and carried again",
	}
}

// checkTarballs holds every tarball against the lockfile, and the lockfile
// against the tarballs: what is for some platform alone may be missing.
func (in *incoming) checkTarballs(ctx context.Context) error {
	lock := in.bundle.Lock
	listed := map[string]bool{}
	for _, location := range withTarballs(lock) {
		pkg := lock.Packages[location]
		name := packageName(location, pkg)
		file := registry.ClosureFile(name, pkg.Version)
		listed[file] = true
		root, there := in.bundle.Tarballs[file]
		switch {
		case there && !stands(pkg, root):
			return brokenBundle("%s@%s is %s in the lockfile and %s among the tarballs", name, pkg.Version, pkg.CID, root)
		case there:
			in.files = append(in.files, carriedFile{name: name + "@" + pkg.Version, integrity: pkg.Integrity, cid: root, size: pkg.Size})
		case len(pkg.OS)+len(pkg.CPU)+len(pkg.Libc) == 0:
			return brokenBundle("%s@%s of the lockfile is not in it", name, pkg.Version)
		}
	}
	for file := range in.bundle.Tarballs {
		if !listed[file] {
			return brokenBundle("%s is not in the lockfile", file)
		}
	}
	return in.hashTarballs(ctx)
}

// stands tells whether a lockfile's CID may be that of the file at root.
func stands(pkg *lockfile.Package, root cid.Cid) bool {
	return pkg.CID == "" || pkg.CID == root.String() || isAliasOf(pkg.CID, pkg.Integrity)
}

func (in *incoming) hashTarballs(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range in.files {
		f := &in.files[i]
		group.Go(func() error {
			data, err := in.stage.File(ctx, ipfsstore.Ref{CID: f.cid, Integrity: f.integrity, Size: f.size, Name: f.name})
			f.size = int64(len(data))
			f.integrity = tarball.Verified512(f.integrity, data)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return brokenBundle("%w", err)
	}
	return nil
}

// checkRecords verifies the records as if their names had been resolved. One
// that is past its validity is taken: it says so when it is used.
func (in *incoming) checkRecords(context.Context) error {
	s := in.session
	for name, data := range in.bundle.Records {
		rec, err := s.store.CheckRecord(name, data, "the bundle", s.cfg.Bool("allow-rollback"))
		if err != nil {
			return err
		}
		if rec.Name != name {
			return brokenBundle("the record %s is filed under %s", rec.Name, name)
		}
		rec.Fetched = time.Now()
		if rec.Expired(rec.Fetched) {
			s.app.warn("the IPNS record of %s expired on %s; --offline uses it all the same", short(name), rec.Validity.Format(time.RFC3339))
		}
		in.records = append(in.records, rec)
	}
	return nil
}

// checkIndexes sees that what is said of each registry is there.
func (in *incoming) checkIndexes(ctx context.Context) error {
	named := map[string]string{} // name → root
	for key, r := range in.bundle.Manifest.Registries {
		if err := in.checkIndex(ctx, key, r); err != nil {
			return fmt.Errorf("registry %s: %w", key, err)
		}
		if r.IPNS != "" {
			named[r.IPNS] = r.Root
		}
	}
	for _, rec := range in.records {
		if named[rec.Name] != rec.Root.String() {
			return brokenBundle("the record of %s points at %s, of which the bundle has no index", rec.Name, rec.Root)
		}
	}
	if len(named) != len(in.records) {
		return brokenBundle("it has %d records for %d names", len(in.records), len(named))
	}
	return nil
}

func (in *incoming) checkIndex(ctx context.Context, key string, r bundle.Registry) error {
	root, err := ipfsstore.ParseCID(r.Root)
	if err != nil {
		return brokenBundle("%w", err)
	}
	reader, err := registry.OpenReader(ctx, in.stage, root)
	if err == nil {
		lock := in.bundle.Lock
		err = reader.Prefetch(ctx, namesAt(lock, byRegistry(lock, withTarballs(lock))[key]))
	}
	if err != nil {
		return in.incomplete(err)
	}
	if r.Upstream == "" {
		return nil
	}
	up, err := in.session.openUpstream(r.Upstream)
	if err != nil {
		return err
	}
	if err := up.mirror.Admits(ctx, reader); err != nil {
		return err
	}
	in.indexes[r.Upstream] = reader
	return nil
}
