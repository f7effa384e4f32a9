package virtual

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// Store is the virtual store of a machine. It is safe for concurrent use, by
// several processes too.
type Store struct {
	dir, entries string
}

// Open returns the store in a folder. Nothing is read or made before it is
// needed.
func Open(dir string) *Store {
	return &Store{dir: dir, entries: filepath.Join(dir, "node_modules", ".store")}
}

// Dir is the store's folder.
func (s *Store) Dir() string { return s.dir }

// Path is the absolute path of a place as [Layout.At] gives it.
func (s *Store) Path(at string) string {
	return s.entries + string(filepath.Separator) + filepath.FromSlash(at)
}

// At is the place of a path that Path gave.
func (s *Store) At(path string) string {
	return filepath.ToSlash(strings.TrimPrefix(path, s.Path("")))
}

// HasAll says that there is something at each of the places. For a thousand of them it
// goes the way to the store once.
func (s *Store) HasAll(places []string) bool {
	dir, err := dirat.Open(s.entries)
	if err != nil {
		return len(places) == 0
	}
	defer dir.Close()
	return !slices.ContainsFunc(places, func(at string) bool {
		_, err := dir.Stat(at)
		return err != nil
	})
}

// Has says that an entry is there, and with it all that it leads to.
func (s *Store) Has(e *Entry) bool {
	_, err := os.Lstat(s.Path(e.Key))
	return err == nil
}

// Missing lists the entries to be made so that those of the given packages
// are there, each after those that it needs. Those that again says, unless it is
// nil, count as missing.
func (s *Store) Missing(l *Layout, roots []int, again func(*Entry) bool) []*Entry {
	missing := map[*Entry]bool{}
	var look func(e *Entry)
	look = func(e *Entry) {
		if _, seen := missing[e]; seen {
			return
		}
		missing[e] = !s.Has(e) || again != nil && again(e)
		if missing[e] || again != nil {
			for _, need := range e.Needs {
				look(need)
			}
		}
	}
	for _, i := range roots {
		look(l.Entry(i))
	}
	var out []*Entry
	for _, e := range l.Entries {
		if missing[e] {
			out = append(out, e)
		}
	}
	return out
}

// lockPoll is how often a waiting process tries again.
const lockPoll = 50 * time.Millisecond

// Use keeps entries from being removed until release is called.
func (s *Store) Use(ctx context.Context) (release func(), err error) {
	return s.lock(ctx, func(l *flock.Flock) (bool, error) { return l.TryRLockContext(ctx, lockPoll) })
}

// alone keeps everybody else out of the store until release is called.
func (s *Store) alone(ctx context.Context) (release func(), err error) {
	return s.lock(ctx, func(l *flock.Flock) (bool, error) { return l.TryLockContext(ctx, lockPoll) })
}

func (s *Store) lock(ctx context.Context, take func(*flock.Flock) (bool, error)) (release func(), err error) {
	l := flock.New(filepath.Join(s.dir, "lock"), flock.SetFlag(os.O_CREATE|os.O_RDWR), flock.SetPermissions(0o644))
	_, err = take(l)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(s.entries, 0o755); err == nil {
			_, err = take(l)
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, err
	}
	return func() { _ = l.Close() }, nil
}
