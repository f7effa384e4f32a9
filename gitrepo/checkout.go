package gitrepo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Checkout writes the files of a commit into a new folder, with its
// submodules, as npm's clone does. The folder is a repository of its own until
// its .git is removed, so that scripts which ask git for the commit get an
// answer; it does not outlive the mirror.
func (c *Client) Checkout(ctx context.Context, commit Commit, dir string) error {
	if !isHash(commit.Hash) {
		return &RefError{Remote: commit.Remote.String(), Ref: commit.Hash}
	}
	m, err := c.mirror(ctx, commit.Remote)
	if err != nil {
		return err
	}
	defer m.unlock()
	if err := m.fetchCommit(ctx, commit.Hash); err != nil {
		return err
	}
	if err := m.borrow(ctx, dir); err != nil {
		return err
	}
	if err := m.in(ctx, dir, "checkout", "-q", "--detach", commit.Hash, "--"); err != nil {
		return err
	}
	if err := m.verify(ctx, dir, commit.Hash); err != nil {
		return err
	}
	return m.submodules(ctx, dir)
}

// borrow makes a repository in dir that reads the mirror's objects.
func (m *mirror) borrow(ctx context.Context, dir string) error {
	if err := m.in(ctx, "", "init", "-q", "--template=", "--", dir); err != nil {
		return err
	}
	info := filepath.Join(dir, ".git", "objects", "info")
	if err := os.MkdirAll(info, 0o755); err != nil {
		return err
	}
	objects, err := filepath.Abs(filepath.Join(m.dir, "objects"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(info, "alternates"), []byte(objects+"\n"), 0o644); err != nil {
		return err
	}
	// A shallow commit names parents that are not there.
	shallow, err := os.ReadFile(filepath.Join(m.dir, "shallow"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, ".git", "shallow"), shallow, 0o644)
	} else if os.IsNotExist(err) {
		err = nil
	}
	if err != nil {
		return err
	}
	// Submodules may be named relative to it.
	return m.in(ctx, dir, "remote", "add", "--", "origin", m.remote.address)
}

// verify compares what was checked out with what was asked for.
func (m *mirror) verify(ctx context.Context, dir, hash string) error {
	head, err := m.client.run(ctx, job{doing: "check", remote: m.remote, dir: dir, args: []string{"rev-parse", "HEAD"}})
	if err != nil {
		return err
	}
	if head = strings.TrimSpace(head); head != hash {
		return fmt.Errorf("%s: commit %s was asked for, and %s checked out", m.remote, hash, head)
	}
	return nil
}

// submodules fetches them as npm does. What git forbids them by itself stays
// forbidden: local paths and commands.
func (m *mirror) submodules(ctx context.Context, dir string) error {
	info, err := os.Lstat(filepath.Join(dir, ".gitmodules"))
	if err != nil || !info.Mode().IsRegular() {
		return nil //nolint:nilerr // there are none
	}
	return m.in(ctx, dir, append(slices.Clone(m.client.ssh()), "submodule", "update", "-q", "--init", "--recursive", "--depth=1")...)
}

func (m *mirror) in(ctx context.Context, dir string, args ...string) error {
	_, err := m.client.run(ctx, job{doing: "check out", remote: m.remote, dir: dir, args: args})
	return err
}
