package stages

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tarball"
	"github.com/ipnpm/ipnpm/tarball/inflate"
)

// tarballs are the stages that every downloaded byte goes through. All but the
// last take one processor.
func tarballs() []stage {
	return []stage{
		{name: "hash, CID", unit: "bytes", limit: "sha256 of the same bytes", repeats: true, open: openCIDs},
		{name: "hash, integrity", unit: "bytes", limit: "sha512 of the same bytes", repeats: true, open: openIntegrity},
		{name: "inflate", unit: "bytes", limit: "klauspost/compress", repeats: true, open: openInflate},
		{name: "extract", unit: "files", limit: "sha512, gunzip, mkdir, write", open: openExtract},
	}
}

// each is a side that does something with every tarball, and adds up what that
// returns.
func (p *Project) each(do func(pkg *lockfile.Package, data []byte) (int64, error)) side {
	return func(context.Context) (int64, error) {
		var sum int64
		for _, pkg := range p.packages {
			n, err := do(pkg, p.tarballs[install.Key(pkg)])
			if err != nil {
				return 0, err
			}
			sum += n
		}
		return sum, nil
	}
}

func openCIDs(_ context.Context, p *Project, _ string) (pair, error) {
	ours := p.each(func(_ *lockfile.Package, data []byte) (int64, error) {
		_, _, err := ipfsstore.ImportLayout(data)
		return int64(len(data)), err
	})
	limit := p.each(func(_ *lockfile.Package, data []byte) (int64, error) {
		sum := sha256.Sum256(data)
		return int64(len(data)), used(sum[:])
	})
	return pair{ours: ours, limit: limit}, nil
}

func openIntegrity(_ context.Context, p *Project, _ string) (pair, error) {
	ours := p.each(func(pkg *lockfile.Package, data []byte) (int64, error) {
		in, err := tarball.ParseIntegrity(pkg.Integrity)
		if err != nil {
			return 0, err
		}
		return int64(len(data)), in.Verify(data)
	})
	limit := p.each(func(_ *lockfile.Package, data []byte) (int64, error) {
		sum := sha512.Sum512(data)
		return int64(len(data)), used(sum[:])
	})
	return pair{ours: ours, limit: limit}, nil
}

// used keeps the compiler from leaving a digest out.
func used(sum []byte) error {
	if len(bytes.Trim(sum, "\x00")) == 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func openInflate(_ context.Context, p *Project, _ string) (pair, error) {
	d := inflate.New(window)
	ours := p.each(func(_ *lockfile.Package, data []byte) (int64, error) { return inflateAll(d, data) })
	var r gzip.Reader
	out := make([]byte, window)
	limit := p.each(func(_ *lockfile.Package, data []byte) (int64, error) { return gunzip(&r, data, out) })
	return pair{ours: ours, limit: limit}, nil
}

// window is what is decompressed at a time.
const window = 256 << 10

func inflateAll(d *inflate.Decoder, data []byte) (n int64, err error) {
	d.Reset(data)
	for {
		got, err := d.More(0)
		n += int64(len(got))
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

func gunzip(r *gzip.Reader, data, out []byte) (n int64, err error) {
	if err := r.Reset(bytes.NewReader(data)); err != nil {
		return 0, err
	}
	for {
		got, err := r.Read(out)
		n += int64(got)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// unpacked is one package as the limit finds it: with everything known.
type unpacked struct {
	tarball []byte
	at      string
	dirs    []string
	files   []tarball.File
}

// openExtract brings all tarballs into an empty store.
func openExtract(_ context.Context, p *Project, dir string) (pair, error) {
	var known []*unpacked
	for i, pkg := range p.packages {
		u, err := unpack(p.tarballs[install.Key(pkg)], filepath.Join(dir, "bare", shard(i)))
		if err != nil {
			return pair{}, err
		}
		known = append(known, u)
	}
	store := install.OpenUnpacked(filepath.Join(dir, "store"))
	return pair{
		ours:  func(ctx context.Context) (int64, error) { return p.fill(ctx, store) },
		limit: func(ctx context.Context) (int64, error) { return writeAll(ctx, known) },
	}, nil
}

// fill extracts what a store lacks, and counts the files.
func (p *Project) fill(ctx context.Context, store *install.Unpacked) (int64, error) {
	counts := make([]int, len(p.packages))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for i, pkg := range p.packages {
		group.Go(func() error {
			c, err := store.Ensure(ctx, pkg, func(ctx context.Context) (install.Tarball, error) { return p.Tarball(ctx, "", pkg) })
			if err == nil {
				counts[i] = len(c.Files)
			}
			return err
		})
	}
	err := group.Wait()
	return sum(counts), err
}

func sum(counts []int) int64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	return int64(total)
}

// unpack reads a tarball ahead of the time that is taken. Of a file that comes
// twice the last one counts.
func unpack(data []byte, at string) (*unpacked, error) {
	u := &unpacked{tarball: data, at: at}
	known := map[string]int{}
	made := map[string]bool{".": true}
	return u, tarball.Walk(data, tarball.Limits{}, func(e tarball.Entry, r io.Reader) error {
		content, err := io.ReadAll(r)
		f := tarball.File{Path: e.Path, Mode: e.Mode, Data: content}
		if i, again := known[f.Path]; again {
			u.files[i] = f
			return err
		}
		known[f.Path] = len(u.files)
		u.files = append(u.files, f)
		u.dirs = parentsOf(path.Dir(f.Path), made, u.dirs)
		return err
	})
}

// parentsOf appends a folder and those above it that are not made yet, the
// outer ones first.
func parentsOf(dir string, made map[string]bool, list []string) []string {
	if made[dir] {
		return list
	}
	made[dir] = true
	return append(parentsOf(path.Dir(dir), made, list), dir)
}

// writeAll is the limit of extract, with a writer a processor.
func writeAll(ctx context.Context, known []*unpacked) (int64, error) {
	decoders := sync.Pool{New: func() any { return inflate.New(window) }}
	var files atomic.Int64
	err := spread(ctx, runtime.NumCPU(), known, func(u *unpacked) error {
		d, _ := decoders.Get().(*inflate.Decoder)
		defer decoders.Put(d)
		files.Add(int64(len(u.files)))
		return u.write(d)
	})
	return files.Load(), err
}

// write takes one tarball through sha512, gunzip and write.
func (u *unpacked) write(d *inflate.Decoder) error {
	sum := sha512.Sum512(u.tarball)
	if err := used(sum[:]); err != nil {
		return err
	}
	if _, err := inflateAll(d, u.tarball); err != nil {
		return err
	}
	if err := os.MkdirAll(u.at, 0o755); err != nil {
		return err
	}
	to, err := dirat.Open(u.at)
	if err != nil {
		return err
	}
	defer to.Close()
	for _, dir := range u.dirs {
		if err := to.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for _, f := range u.files {
		if err := writeFile(to, f); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(to *dirat.Dir, f tarball.File) error {
	made, err := to.Create(f.Path, f.Mode)
	if err != nil {
		return err
	}
	_, err = made.Write(f.Data)
	return errors.Join(err, made.Close())
}
