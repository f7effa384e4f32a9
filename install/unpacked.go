package install

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tarball"
)

// Unpacked is the machine's store of extracted tarballs, from which packages
// are linked into projects:
//
//	<dir>/<key>/0, 1, …     the files, as [tarball.FlatName] has them,
//	<dir>/<key>/package/…   or as in the tarball, see Hold
//	<dir>/<key>/contents    their listing
//	<dir>/tmp-…             being written, or left by a crash
//
// There are no shards: a thousand of them cost the first install as much as a
// thousand packages, and file systems of today look a name up in a folder of
// a hundred thousand as fast as in one of a hundred.
//
// A folder is complete when it has its final name, because it gets that by a
// rename after its listing was written. It is safe for concurrent use, by
// several processes too: the first rename wins and the others use its result.
//
// Files are hard-linked into projects, so who edits a file in node_modules
// edits it here. Before a key is used for the first time in a run, its files
// are looked at (not read): a package that was written to is extracted anew,
// for one project's experiment must not become another's dependency.
type Unpacked struct {
	dir string
	// slots bounds the extractions: more writers than CPUs fight over the
	// file system's locks (design.md §9).
	slots chan struct{}
	// memory bounds the bytes of the tarballs that are being fetched or wait
	// for a slot.
	memory *semaphore.Weighted

	mu      sync.Mutex
	flights map[string]chan struct{}  // keys being written by this process
	known   map[string]*Contents      // complete keys that were opened
	checked map[string]bool           // keys found intact, or made by this process
	holding bool                      // see Hold
	held    map[string]unpackedFolder // the temporary folders of held keys
	claimed map[string]bool           // those of them that an entry took

	settling sync.Mutex // one key at a time gets its name late
	mending  sync.Mutex // one at a time is discarded for its damage
}

// maxInFlight is how many bytes of tarballs are in memory at a time, and
// minInFlight what one counts for at least, also one of unknown size.
const (
	maxInFlight = 64 << 20
	minInFlight = 128 << 10
)

// OpenUnpacked returns the store in a folder, usually "unpacked" in the data
// folder. Nothing is read or made before it is needed.
func OpenUnpacked(dir string) *Unpacked {
	return &Unpacked{
		dir:     dir,
		slots:   make(chan struct{}, max(2, min(runtime.NumCPU(), 8))),
		memory:  semaphore.NewWeighted(maxInFlight),
		flights: map[string]chan struct{}{},
		known:   map[string]*Contents{},
		checked: map[string]bool{},
	}
}

// Dir is the store's folder.
func (u *Unpacked) Dir() string { return u.dir }

// Key returns the store's key of a lockfile entry: its CID, or else one made
// from its sha512 integrity, or "" when it has neither. A patched package has one
// of its own, made from the tarball's digests and the patch's, so that no project
// without that patch comes upon it.
func Key(pkg *lockfile.Package) string {
	key := pkg.CID
	if key == "" {
		key = keyOfIntegrity(pkg.Integrity)
	}
	if pkg.Patched == nil || key == "" {
		return key
	}
	return "patched" + keyOfData([]byte(key+"\x00"+pkg.Integrity+"\x00"+pkg.Patched.Integrity))
}

func keyOfIntegrity(integrity string) string {
	for field := range strings.FieldsSeq(integrity) {
		digest, ok := strings.CutPrefix(field, "sha512-")
		if !ok {
			continue
		}
		digest, _, _ = strings.Cut(digest, "?")
		if raw, err := base64.StdEncoding.DecodeString(digest); err == nil && len(raw) == 64 {
			return "sha512" + hex.EncodeToString(raw)
		}
	}
	return ""
}

// keyOfData is the key of a tarball of which the lockfile holds no digest.
func keyOfData(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256" + hex.EncodeToString(sum[:])
}

// validKey keeps hostile keys from being paths.
func validKey(key string) error {
	if len(key) < 8 || len(key) > 200 {
		return fmt.Errorf("content key %q: not a CID", key)
	}
	for _, c := range []byte(key) {
		if c < '0' || c > '9' && c < 'A' || c > 'Z' && c < 'a' || c > 'z' {
			return fmt.Errorf("content key %q: not a CID", key)
		}
	}
	return nil
}

// folder is a key's place.
func (u *Unpacked) folder(key string) string { return filepath.Join(u.dir, key) }

// Has says whether a key is complete in the store.
func (u *Unpacked) Has(key string) bool {
	_, err := u.open(key)
	return err == nil
}

// maxListing bounds the bytes of a listing: a package has at most 500,000 files,
// see [tarball.DefaultLimits].
const maxListing = 256 << 20

// open returns the listing of a complete key; fs.ErrNotExist when there is
// none, which a damaged listing counts as.
func (u *Unpacked) open(key string) (*Contents, error) {
	if err := validKey(key); err != nil {
		return nil, err
	}
	if c := u.opened(key); c != nil {
		return c, nil
	}
	folder := u.folder(key)
	data, stat, err := dirat.ReadFile(filepath.Join(folder, listingName), maxListing)
	if err != nil {
		return nil, err
	}
	c, err := decodeContents(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w (%w)", folder, err, fs.ErrNotExist)
	}
	c.within(folder).listed = stat.Modified
	u.mu.Lock()
	u.known[key] = c
	u.mu.Unlock()
	return c, nil
}

// opened is the listing of a key that this process has opened or made.
func (u *Unpacked) opened(key string) *Contents {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.known[key]
}

// forget drops what is remembered of a key whose folder turned out damaged.
func (u *Unpacked) forget(key string) {
	u.mu.Lock()
	delete(u.known, key)
	delete(u.checked, key)
	u.mu.Unlock()
}

// isIntact says that no file of the key has changed since it was extracted,
// as far as size and time tell.
func (u *Unpacked) isIntact(key string, c *Contents) bool {
	if u.isVouchedFor(key) {
		return true
	}
	if damage, err := damageOf(key, c); err != nil || len(damage) > 0 {
		return false
	}
	u.vouch(key)
	return true
}

// isVouchedFor says that the key was found intact, or made, in this run.
func (u *Unpacked) isVouchedFor(key string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.checked[key]
}

func (u *Unpacked) vouch(key string) {
	u.mu.Lock()
	u.checked[key] = true
	u.mu.Unlock()
}

// Fetch brings a tarball that the store lacks.
type Fetch func(context.Context) (Tarball, error)

// Ensure returns the contents of a lockfile entry, extracting what fetch
// brings when the store lacks it. Concurrent calls for one key fetch once; a
// failure is not remembered. A *ContentError tells that the entry's integrity
// is not that of the content its CID names.
func (u *Unpacked) Ensure(ctx context.Context, pkg *lockfile.Package, fetch Fetch) (*Contents, error) {
	key := Key(pkg)
	if key == "" {
		t, err := fetch(ctx)
		if err != nil {
			return nil, err
		}
		key = keyOfData(t.Data)
		fetch = func(context.Context) (Tarball, error) { return t, nil }
	}
	return u.ensureKey(ctx, key, pkg, fetch)
}

// ensureKey is Ensure for a key that is known.
func (u *Unpacked) ensureKey(ctx context.Context, key string, pkg *lockfile.Package, fetch Fetch) (*Contents, error) {
	c, err := u.sound(ctx, key, pkg.Size, fetch, false)
	if err != nil {
		return nil, err
	}
	return verifiedContents(ctx, key, pkg, c, fetch)
}

// ensureUnlooked is Ensure, for an entry that has a key, of who looks at the files as it
// links them: a file costs less to look at just before it is linked than some time ahead.
func (u *Unpacked) ensureUnlooked(ctx context.Context, pkg *lockfile.Package, fetch Fetch) (*Contents, error) {
	key := Key(pkg)
	c, err := u.once(ctx, key, pkg.Size, fetch, false)
	if err != nil {
		return nil, err
	}
	return verifiedContents(ctx, key, pkg, c, fetch)
}

func verifiedContents(ctx context.Context, key string, pkg *lockfile.Package, c *Contents, fetch Fetch) (*Contents, error) {
	if pkg.Patched != nil {
		// The integrity is the tarball's, which was checked before the patch was
		// applied, and the key is made of it.
		return c, nil
	}
	return c, checkContent(ctx, key, pkg.Integrity, c, fetch)
}

// checkContent compares a lockfile's integrity with the content that its key
// led to. The listing knows the sha512; for an integrity without one the
// tarball is fetched and hashed, since it may have been extracted for another
// entry.
func checkContent(ctx context.Context, key, integrity string, c *Contents, fetch Fetch) error {
	if integrity == "" {
		return nil
	}
	if want := sha512sOf(integrity); len(want) > 0 {
		if !slices.Contains(want, c.Integrity) {
			return &ContentError{Key: key, Want: strings.Join(want, " "), Got: c.Integrity}
		}
		return nil
	}
	want, err := tarball.ParseIntegrity(integrity)
	if err != nil {
		return err
	}
	t, err := fetch(ctx)
	if err != nil {
		return err
	}
	return want.Verify(t.Data)
}

// Put extracts a tarball, already verified against its key, unless the store
// has it, or has used it up already (see Hold).
func (u *Unpacked) Put(ctx context.Context, key string, t Tarball) error {
	_, err := u.sound(ctx, key, int64(len(t.Data)), func(context.Context) (Tarball, error) { return t, nil }, true)
	return err
}

// Prepare is Ensure for those who work ahead of the install: what it has used up
// in the meantime (see Hold) is not extracted once more.
func (u *Unpacked) Prepare(ctx context.Context, pkg *lockfile.Package, fetch Fetch) error {
	key := Key(pkg)
	if key == "" {
		return nil
	}
	_, err := u.sound(ctx, key, pkg.Size, fetch, true)
	return err
}

// sound is once for contents whose files are as they were extracted.
func (u *Unpacked) sound(ctx context.Context, key string, size int64, fetch Fetch, ahead bool) (*Contents, error) {
	for {
		c, err := u.once(ctx, key, size, fetch, ahead)
		if err != nil || c == nil || u.isIntact(key, c) {
			return c, err
		}
		if err := u.discardDamaged(key, c); err != nil {
			return nil, err
		}
	}
}

// once opens a key, or lets exactly one caller at a time make it of a tarball of
// about size bytes. Ahead of the install there is nothing to do, and to return,
// for a key that was claimed.
func (u *Unpacked) once(ctx context.Context, key string, size int64, fetch Fetch, ahead bool) (*Contents, error) {
	for {
		c, err := u.open(key)
		if !errors.Is(err, fs.ErrNotExist) {
			return c, err
		}
		u.mu.Lock()
		flight, busy := u.flights[key]
		if ahead && u.claimed[key] {
			u.mu.Unlock()
			return nil, nil
		}
		if !busy {
			flight = make(chan struct{})
			u.flights[key] = flight
		}
		u.mu.Unlock()
		if !busy {
			return u.lead(ctx, key, size, flight, fetch)
		}
		select {
		case <-flight:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// lead fetches and extracts on behalf of all who wait for the flight.
func (u *Unpacked) lead(ctx context.Context, key string, size int64, flight chan struct{}, fetch Fetch) (*Contents, error) {
	defer func() {
		u.mu.Lock()
		delete(u.flights, key)
		u.mu.Unlock()
		close(flight)
	}()
	// Between the look and the flight another goroutine may have finished. Another
	// process may, too, which publish will find.
	if c := u.opened(key); c != nil {
		return c, nil
	}
	weight := min(max(size, minInFlight), maxInFlight)
	if err := u.memory.Acquire(ctx, weight); err != nil {
		return nil, context.Cause(ctx)
	}
	defer u.memory.Release(weight)
	t, err := fetch(ctx)
	if err != nil {
		return nil, err
	}
	c, err := u.extract(ctx, key, t)
	if err != nil {
		return nil, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.known[key], u.checked[key] = c, true
	return c, nil
}

// sha512sOf picks the sha512 digests of an SRI string, without options. There
// may be several, of which one has to match.
func sha512sOf(integrity string) []string {
	var out []string
	for field := range strings.FieldsSeq(integrity) {
		if strings.HasPrefix(field, "sha512-") {
			digest, _, _ := strings.Cut(field, "?")
			out = append(out, digest)
		}
	}
	return out
}

// sha512Of is the first of them, "" when there is none.
func sha512Of(integrity string) string {
	if all := sha512sOf(integrity); len(all) > 0 {
		return all[0]
	}
	return ""
}
