package gitrepo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// mirror is a bare repository in the cache with what has been fetched of one
// remote, locked against others.
type mirror struct {
	client *Client
	remote Remote
	dir    string
	lock   *flock.Flock
}

// mirror opens the repository's mirror, waiting for others that use it.
func (c *Client) mirror(ctx context.Context, remote Remote) (*mirror, error) {
	sum := sha256.Sum256([]byte(remote.String()))
	dir := filepath.Join(c.opts.Dir, hex.EncodeToString(sum[:16]))
	if err := os.MkdirAll(c.opts.Dir, 0o755); err != nil {
		return nil, err
	}
	m := &mirror{client: c, remote: remote, dir: dir, lock: flock.New(dir + ".lock")}
	if _, err := m.lock.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return nil, fmt.Errorf("lock %s: %w", m.lock.Path(), err)
	}
	// One that is there stays as it is, and one that was left half-made is
	// completed. An empty template: no hooks of the user's.
	_, err := c.run(ctx, job{doing: "make a copy of", remote: remote, args: []string{"init", "-q", "--bare", "--template=", "--", dir}})
	if err != nil {
		m.unlock()
		return nil, err
	}
	return m, nil
}

func (m *mirror) unlock() { _ = m.lock.Unlock() }

// has reports whether a commit with all its files is there. The ref is set
// only when a fetch was complete; it is compared, since a repository may have
// refs of these names itself.
func (m *mirror) has(ctx context.Context, hash string) bool {
	kept, err := m.client.run(ctx, job{doing: "look in", remote: m.remote, dir: m.dir,
		args: []string{"rev-parse", "--verify", "--quiet", keptRef(hash) + "^{commit}"}})
	return err == nil && strings.TrimSpace(kept) == hash
}

// keptRef names a commit that was fetched, so that git does not tidy it away.
func keptRef(hash string) string { return "refs/ipnpm/" + hash }

// fetchCommit brings one commit without its history, or else all there is.
func (m *mirror) fetchCommit(ctx context.Context, hash string) error {
	if m.has(ctx, hash) {
		return nil
	}
	refspec := "+" + hash + ":" + keptRef(hash)
	first := m.fetch(ctx, refspec, "--depth=1")
	if first == nil || ctx.Err() != nil {
		return first
	}
	if err := m.fetchAll(ctx); err != nil {
		return errors.Join(first, err)
	}
	_, err := m.client.run(ctx, job{doing: "look in", remote: m.remote, dir: m.dir, args: []string{"update-ref", keptRef(hash), hash}})
	if err != nil {
		return &RefError{Remote: m.remote.String(), Ref: hash, Err: err}
	}
	return nil
}

// fetchAll brings all refs with their history. A depth of this size is git's
// word for all, also where only a part has been fetched before; servers of the
// plainest kind know no depths. Refs that are gone there go here as well: a
// branch "a" would keep out one named "a/b".
func (m *mirror) fetchAll(ctx context.Context) error {
	err := m.fetch(ctx, "+refs/*:refs/*", "--prune", "--depth=2147483647")
	if err == nil || ctx.Err() != nil {
		return err
	}
	return m.fetch(ctx, "+refs/*:refs/*", "--prune")
}

func (m *mirror) fetch(ctx context.Context, refspec string, options ...string) error {
	args := slices.Concat(m.client.ssh(), []string{"fetch", "-q", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"},
		options, []string{"--", m.remote.address, refspec})
	_, err := m.client.run(ctx, job{doing: "fetch from", remote: m.remote, dir: m.dir, args: args})
	return err
}
