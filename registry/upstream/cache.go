package upstream

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/registry"
)

// Cache keeps package documents in a folder, one file each. What came by gzip is
// kept as it came, since most documents are replaced by newer ones before they are
// wanted again: what is made of one is remembered elsewhere. When it is wanted, it
// is trimmed to what is read of it ([registry.Packument.Trim]), and then a file read
// and a checksum, which is what a resolve consists of that reads much of the cache.
//
// Writing is best effort, for a cache that cannot be written is only
// slow, and happens in the background, for making a thousand files can take
// as long as fetching them: call [Cache.Flush] at the end. Several processes
// may use one folder. A nil *Cache is an empty one that keeps nothing.
type Cache struct {
	dir     string
	writers chan struct{}
	pending sync.WaitGroup
	// whole is the bytes of documents in memory that are not trimmed, see read.
	whole atomic.Int64
}

// maxEntry bounds what is read of a file, in bytes; trimmed, a document is rather shorter.
const maxEntry = 2 * defaultMaxDocument

// maxWriters bounds the files being written at once.
const maxWriters = 2

// NewCache makes a cache of a folder, which is created when first written to.
func NewCache(dir string) *Cache {
	return &Cache{dir: dir, writers: make(chan struct{}, maxWriters)}
}

// Flush waits until all documents received so far are on disk. What a process
// leaves unwritten is fetched again by the next.
func (c *Cache) Flush() {
	if c != nil {
		c.pending.Wait()
	}
}

// Dir is the cache's folder.
func (c *Cache) Dir() string { return c.dir }

// path is the file of a document, in one of 16 folders: of 256, a first install would make
// nearly all, and each costs about as much as a document.
func (c *Cache) path(u *url.URL, full bool) string {
	sum := sha256.Sum256([]byte(entryKey(u, full)))
	name := hex.EncodeToString(sum[:16])
	return filepath.Join(c.dir, name[:1], name[1:])
}

// entryKey names a document: the same URL has two forms.
func entryKey(u *url.URL, full bool) string {
	if full {
		return "full " + u.String()
	}
	return "corgi " + u.String()
}

// get returns an intact entry, or nil. The file's time is when the registry
// last vouched for it. A damaged file is removed without a word.
func (c *Cache) get(u *url.URL, full bool) *entry {
	if c == nil {
		return nil
	}
	path := c.path(u, full)
	data, stat, err := dirat.ReadFile(path, maxEntry)
	if err != nil {
		return nil
	}
	e, err := decodeEntry(data)
	if err != nil || e.Key != entryKey(u, full) {
		c.drop(u, full)
		return nil
	}
	e.vouched = stat.Modified
	return e
}

// headSize is more than the first lines of an entry take, but for a URL or an ETag that
// nobody has.
const headSize = 4 << 10

// head returns an entry without its document, or nil. That the document is intact is
// for [Cache.get] to find.
func (c *Cache) head(u *url.URL, full bool) *entry {
	if c == nil {
		return nil
	}
	f, err := dirat.OpenUnnoted(c.path(u, full))
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	data := make([]byte, headSize)
	n, _ := io.ReadFull(f, data) // mostly all of a short one
	e, _, err := decodeHead(data[:n])
	if err != nil || e.Key != entryKey(u, full) {
		return nil
	}
	e.vouched = info.ModTime()
	return e
}

func (c *Cache) drop(u *url.URL, full bool) {
	if c != nil {
		_ = os.Remove(c.path(u, full))
	}
}

// put keeps a new document, unless the registry forbids it; packed is how it came if
// that was by gzip, or nil.
func (c *Cache) put(u *url.URL, full bool, h http.Header, doc *registry.Packument, packed []byte) {
	if c == nil || directive(h, "no-store") {
		return
	}
	e := &entry{
		Key:          entryKey(u, full),
		ETag:         h.Get("ETag"),
		LastModified: h.Get("Last-Modified"),
		MaxAge:       int64(maxAge(h) / time.Second),
		Gzip:         packed != nil,
		body:         packed,
	}
	if !e.Gzip {
		e.doc = doc
	}
	c.later(func() { e.write(c.path(u, full)) })
}

// again notes that an entry was read from the cache, and taken. What another
// process has received meanwhile stays.
func (c *Cache) again(u *url.URL, full bool, e *entry) {
	if !e.rewrite {
		return
	}
	path := c.path(u, full)
	c.later(func() {
		if info, err := os.Stat(path); err == nil && info.ModTime().Equal(e.vouched) {
			e.write(path)
		}
	})
}

// later does something in the background, with no more than maxWriters of its kind.
func (c *Cache) later(do func()) {
	c.pending.Go(func() {
		c.writers <- struct{}{}
		defer func() { <-c.writers }()
		do()
	})
}

// write replaces an entry's file, by one of the entry's time.
func (e *entry) write(path string) {
	if e.doc != nil {
		e.body, e.doc = e.doc.Trim(), nil
	}
	_ = writeFile(path, e.encode(), e.vouched)
}

// revalidated notes that the registry vouched for an entry again. As long as it grants
// the same freshness, and the file is trimmed already, the file's time says it all.
func (c *Cache) revalidated(u *url.URL, full bool, e *entry, h http.Header) {
	if c == nil {
		return
	}
	e.vouched = time.Now()
	granted := int64(maxAge(h) / time.Second)
	if h.Get("Cache-Control") == "" {
		granted = e.MaxAge
	}
	if e.rewrite || granted != e.MaxAge {
		e.MaxAge = granted
		c.later(func() { e.write(c.path(u, full)) })
		return
	}
	_ = os.Chtimes(c.path(u, full), e.vouched, e.vouched)
}

// writeFile replaces a file whole, by one of the time given unless that is zero: whoever
// reads meanwhile sees the old one.
func writeFile(path string, data []byte, at time.Time) error {
	temp := filepath.Join(filepath.Dir(path), "tmp-"+rand.Text())
	err := dirat.WithParent(path, func() error { return dirat.WriteFile(temp, data, 0o600) })
	if err == nil && !at.IsZero() {
		err = os.Chtimes(temp, at, at)
	}
	if err == nil {
		err = dirat.Rename(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
	}
	return err
}

// maxAge is how long an answer is fresh from now: Cache-Control's max-age
// (RFC 9111, 4.2.1) less the Age it already has; 0 when it does not say.
func maxAge(h http.Header) time.Duration {
	if directive(h, "no-cache") {
		return 0
	}
	secs := seconds(value(h, "max-age")) - seconds(h.Get("Age"))
	return time.Duration(max(0, secs)) * time.Second
}

// seconds reads a delta-seconds value, 0 for nonsense.
func seconds(s string) int64 {
	n, err := strconv.ParseInt(strings.Trim(strings.TrimSpace(s), `"`), 10, 32)
	if err != nil {
		return 0
	}
	return max(0, n)
}

func directive(h http.Header, name string) bool {
	for d := range directives(h) {
		if d == name || strings.HasPrefix(d, name+"=") {
			return true
		}
	}
	return false
}

func value(h http.Header, name string) string {
	for d := range directives(h) {
		if v, ok := strings.CutPrefix(d, name+"="); ok {
			return v
		}
	}
	return ""
}

// directives yields the parts of Cache-Control, in lower case.
func directives(h http.Header) func(func(string) bool) {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(strings.ToLower(strings.Join(h.Values("Cache-Control"), ",")), ",") {
			if !yield(strings.TrimSpace(part)) {
				return
			}
		}
	}
}
