package scale

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/unixfs"
	"github.com/ipnpm/ipnpm/tarball"
)

// looked is how many names are looked up, and one name in updated is changed.
const (
	looked  = 1000
	updated = 100
)

// Index is what an index of so many names costs.
type Index struct {
	Names int
	// MadeUp says that Build laid out the directories alone, of CIDs behind
	// which there is nothing.
	MadeUp        bool
	Build, Update time.Duration
	Built, Delta  Traffic
	// Cold is the look-up with nothing on the disk, Warm by a later process, and
	// Again by one that has the documents of before the update.
	Cold, Warm, Again   time.Duration
	ColdRead, AgainRead Traffic
}

// Indexes measures an index of n names and of those sizes that lead up to it.
func Indexes(ctx context.Context, n int, disks Disks, progress func(string)) ([]Index, error) {
	var all []Index
	for _, size := range sizes(n) {
		progress(fmt.Sprintf("index of %d names", size))
		x, err := measureIndex(ctx, size, buildWhole, disks)
		if err != nil {
			return nil, err
		}
		all = append(all, *x)
	}
	return all, nil
}

// MadeUpIndex measures an index that is too large to be made of documents. Only
// those that are looked up or changed are there.
func MadeUpIndex(ctx context.Context, n int, disks Disks, progress func(string)) (*Index, error) {
	progress(fmt.Sprintf("index of %d names, its directories alone", n))
	x, err := measureIndex(ctx, n, buildDirectories, disks)
	if err == nil {
		x.MadeUp = true
	}
	return x, err
}

// builder writes an index of n names.
type builder func(ctx context.Context, m *memory, n int) (cid.Cid, error)

func measureIndex(ctx context.Context, n int, build builder, disks Disks) (x *Index, err error) {
	m := newMemory()
	x = &Index{Names: n}
	var root cid.Cid
	if x.Build, err = clock(func() (err error) { root, err = build(ctx, m, n); return err }); err != nil {
		return nil, err
	}
	x.Built, _ = m.count()
	wanted := spread(n)
	if root, err = put(ctx, m, root, wanted, "1.0.0"); err != nil {
		return nil, err
	}
	dir, remove, err := disks.Fresh(ctx, fmt.Sprintf("index-%d", n))
	if err != nil {
		return nil, err
	}
	defer func() {
		if gone := remove(); err == nil {
			err = gone
		}
	}()
	return x, x.lookUp(ctx, m, root, wanted, filepath.Join(dir, "store"))
}

// spread are the names that are looked up, so far apart that an update meets one
// in a hundred of them too.
func spread(n int) []int {
	step := max(1, n/looked)
	for step%2 == 0 || step%5 == 0 {
		step--
	}
	var wanted []int
	for i := range min(n, looked) {
		wanted = append(wanted, i*step)
	}
	return wanted
}

// lookUp reads names before and after an update.
func (x *Index) lookUp(ctx context.Context, m *memory, root cid.Cid, wanted []int, dir string) (err error) {
	server := m.gateway()
	defer server.Close()
	gateway, err := ipfsstore.Gateway(server.URL, ipfsstore.GatewayOptions{})
	if err != nil {
		return err
	}
	m.count()
	if x.Cold, err = clock(func() error { return read(ctx, dir, root, wanted, gateway) }); err != nil {
		return err
	}
	_, x.ColdRead = m.count()
	if x.Warm, err = clock(func() error { return read(ctx, dir, root, wanted) }); err != nil {
		return err
	}
	var changed []int
	for i := 0; i < x.Names; i += updated {
		changed = append(changed, i)
	}
	if x.Update, err = clock(func() (err error) { root, err = put(ctx, m, root, changed, "1.0.1"); return err }); err != nil {
		return err
	}
	x.Delta, _ = m.count()
	x.Again, err = clock(func() error { return read(ctx, dir, root, wanted, gateway) })
	_, x.AgainRead = m.count()
	return err
}

// read looks names up as a new process does.
func read(ctx context.Context, dir string, root cid.Cid, wanted []int, sources ...ipfsstore.Source) error {
	store, err := ipfsstore.Open(ipfsstore.Options{Dir: dir, Sources: sources})
	if err != nil {
		return err
	}
	defer store.Close()
	r, err := registry.OpenReader(ctx, store, root)
	if err != nil {
		return err
	}
	names := make([]string, len(wanted))
	for i, number := range wanted {
		names[i] = nameOf(number)
	}
	if err := r.Prefetch(ctx, names); err != nil {
		return err
	}
	for _, name := range names {
		if _, err := r.Packument(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// buildWhole writes everything.
func buildWhole(ctx context.Context, m *memory, n int) (cid.Cid, error) {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return put(ctx, m, cid.Undef, all, "1.0.0")
}

// put writes the documents of packages that have one version.
func put(ctx context.Context, m *memory, base cid.Cid, numbers []int, version string) (cid.Cid, error) {
	w, err := registry.NewWriter(ctx, m, base)
	if err != nil {
		return cid.Undef, err
	}
	for _, i := range numbers {
		p := registry.New(nameOf(i))
		v := &registry.Version{Dist: registry.Dist{CID: madeUp(i, version).String(), Integrity: tarball.Sum512([]byte(p.Name)), Size: 10_000}}
		v.Name, v.Version = p.Name, version
		v.Dependencies = manifest.StringMap{nameOf(i + 1): "^1.0.0", nameOf(i / 2): "^1.0.0"}
		if err := p.Set(v); err != nil {
			return cid.Undef, err
		}
		p.DistTags["latest"] = version
		w.Put(p)
	}
	return w.Commit(ctx, registry.Info{Name: "scale"})
}

// madeUp is a CID behind which there is nothing.
func madeUp(i int, what string) cid.Cid {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", i, what))
	return cid.NewCidV1(cid.Raw, append([]byte{0x12, 0x20}, sum[:]...))
}

// buildDirectories lays out what a Writer would, as far as it is directories of
// names.
func buildDirectories(ctx context.Context, m *memory, n int) (cid.Cid, error) {
	file, bs, err := unixfs.File(registry.Info{Format: registry.Format, Name: "scale"}.Encode())
	if err != nil {
		return cid.Undef, err
	}
	file.Name = "registry.json"
	top := []unixfs.Link{file}
	links := make([]unixfs.Link, n)
	for _, dir := range []string{"packages", "tarballs"} {
		for i := range links {
			links[i] = unixfs.Link{Name: nameOf(i), CID: madeUp(i, dir), Size: 500}
		}
		made, below, err := unixfs.Directory(links)
		if err != nil {
			return cid.Undef, err
		}
		made.Name = dir
		top, bs = append(top, made), append(bs, below...)
	}
	root, below, err := unixfs.Directory(top)
	if err != nil {
		return cid.Undef, err
	}
	return root.CID, m.PutBlocks(ctx, append(bs, below...))
}
