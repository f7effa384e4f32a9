package mirror

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/atomicfile"
)

// state is the file that names the root of one upstream's local index.
type state struct {
	// path is empty when there is no folder for it.
	path string
}

// record is what the file holds.
type record struct {
	// Upstream is for people who look.
	Upstream string `json:"upstream"`
	Root     string `json:"root"`
	Sequence uint64 `json:"sequence"`
}

// maxState bounds what is read; a record has 200 bytes.
const maxState = 64 << 10

func newState(dir string, base *url.URL) *state {
	if dir == "" {
		return &state{}
	}
	return &state{path: filepath.Join(dir, stateName(base)+".json")}
}

// stateName is a file name for an upstream: readable, and unique by a hash.
func stateName(base *url.URL) string {
	sum := sha256.Sum256([]byte(base.String()))
	readable := strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, strings.ToLower(base.Host+strings.TrimSuffix(base.Path, "/")))
	return readable[:min(len(readable), 80)] + "-" + hex.EncodeToString(sum[:4])
}

// read returns the record, the zero one when there is none or it is damaged:
// what it led to can be had again.
func (s *state) read() record {
	info, err := os.Stat(s.path)
	if err != nil || info.Size() > maxState {
		return record{}
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		return record{}
	}
	return parseRecord(data)
}

func parseRecord(data []byte) record {
	var r record
	if json.Unmarshal(data, &r) != nil || !r.root().Defined() {
		return record{}
	}
	return r
}

func (r record) root() cid.Cid {
	c, err := cid.Decode(r.Root)
	if err != nil {
		return cid.Undef
	}
	return c
}

// write replaces the file whole. The caller holds the lock. After a power cut the index
// may be that of before, whose blocks are no safer than this.
func (s *state) write(r record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	settle, err := atomicfile.Stage(s.path, append(data, '\n'), 0o644)
	if err != nil {
		return err
	}
	return settle()
}

// lockPoll is how often a taken lock is tried again.
const lockPoll = 10 * time.Millisecond

// lock waits until no other process, and no other goroutine, records.
func (s *state) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o755); err != nil {
		return nil, err
	}
	l := flock.New(s.path + ".lock")
	if _, err := l.TryLockContext(ctx, lockPoll); err != nil {
		return nil, fmt.Errorf("locking %s: %w", s.path, err)
	}
	return func() { _ = l.Unlock() }, nil
}

// Roots lists the roots of all local indexes in a folder of state files.
func Roots(dir string) ([]cid.Cid, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var out []cid.Cid
	for _, file := range files {
		if root := (&state{path: file}).read().root(); root.Defined() {
			out = append(out, root)
		}
	}
	return out, nil
}
