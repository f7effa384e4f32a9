package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Commit is one commit of a repository.
type Commit struct {
	Remote Remote
	Hash   string
}

// RefError says that a repository has nothing of the name.
type RefError struct {
	Remote, Ref string
	// Err is git's own error, may be nil.
	Err error
}

func (e *RefError) Error() string {
	return fmt.Sprintf("%s has no branch, tag or commit %q", e.Remote, e.Ref)
}

func (e *RefError) Unwrap() error { return e.Err }

// Hint says what is to be corrected.
func (e *RefError) Hint() string {
	return "look at what follows the # of the dependency; `git ls-remote " + e.Remote + "` lists what there is"
}

// Want says which commit is meant.
type Want struct {
	// Committish is a branch, a tag, a commit, whole or shortened, or whatever
	// else git understands ("main~2"); empty for the default branch.
	Committish string
	// Pick, when set, chooses one of the versions that the tags name instead.
	Pick func(Refs) (version string, err error)
}

// Find looks a commit up in the first of the addresses that answers: those of
// a known host are https, and then ssh for what is private. That the
// repository has no such ref is final.
func (c *Client) Find(ctx context.Context, remotes []Remote, want Want) (Commit, error) {
	var failures []error
	for _, remote := range remotes {
		found, err := c.find(ctx, remote, want)
		var missing *Error
		if err == nil || ctx.Err() != nil || !errors.As(err, &missing) {
			return found, err
		}
		failures = append(failures, err)
	}
	return Commit{}, errors.Join(failures...)
}

func (c *Client) find(ctx context.Context, remote Remote, want Want) (Commit, error) {
	refs, err := c.Refs(ctx, remote)
	if err != nil {
		return Commit{}, err
	}
	name := want.Committish
	switch {
	case want.Pick != nil:
		version, err := want.Pick(refs)
		if err != nil {
			return Commit{}, err
		}
		return Commit{remote, refs.Versions[version]}, nil
	case isHash(name):
		// Before the refs: a branch of that name must not take its place.
		return Commit{remote, name}, nil
	case name == "":
		name = "HEAD"
	}
	if hash, ok := refs.Commits[name]; ok {
		return Commit{remote, hash}, nil
	}
	return c.search(ctx, remote, refs.Commits["HEAD"], name)
}

// search resolves what is no ref in a whole copy of the repository.
func (c *Client) search(ctx context.Context, remote Remote, head, name string) (Commit, error) {
	if strings.HasPrefix(name, "-") {
		return Commit{}, &RefError{Remote: remote.String(), Ref: name}
	}
	m, err := c.mirror(ctx, remote)
	if err != nil {
		return Commit{}, err
	}
	defer m.unlock()
	if err := m.fetchAll(ctx); err != nil {
		return Commit{}, err
	}
	if head != "" { // for HEAD~2
		if _, err := c.run(ctx, job{doing: "look in", remote: remote, dir: m.dir, args: []string{"update-ref", "--no-deref", "HEAD", head}}); err != nil {
			return Commit{}, err
		}
	}
	hash, err := c.run(ctx, job{doing: "look in", remote: remote, dir: m.dir,
		args: []string{"rev-parse", "--verify", "--quiet", name + "^{commit}"}})
	hash = strings.TrimSpace(hash)
	if err != nil || !isHash(hash) {
		return Commit{}, &RefError{Remote: remote.String(), Ref: name}
	}
	return Commit{remote, hash}, nil
}
