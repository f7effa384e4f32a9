package gitrepo

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"time"
)

// WorkTree is the repository that a project lies in, as its owner works in it:
// unlike in a [Client]'s mirrors, the owner's environment, configuration and
// hooks hold. Nothing in it uses the network.
type WorkTree struct {
	// Command is the git program; empty for "git" on the PATH.
	Command string
	// Dir is the project's folder, within the work tree.
	Dir string
	// Env is the environment, as "KEY=value".
	Env []string
}

// Changed returns the files below Dir, slash-separated and relative to it, in
// which the work tree differs from a commit, and those that git does not
// track and is not told to ignore.
func (w WorkTree) Changed(ctx context.Context, commit string) ([]string, error) {
	tracked, err := w.run(ctx, "compare with "+commit+" what is in", "diff", "--name-only", "-z", "--relative", "--no-ext-diff", "--end-of-options", commit, "--", ".")
	if err != nil {
		return nil, err
	}
	other, err := w.run(ctx, "list new files in", "ls-files", "-z", "--others", "--exclude-standard", "--", ".")
	if err != nil {
		return nil, err
	}
	return strings.FieldsFunc(tracked+other, func(r rune) bool { return r == 0 }), nil
}

// IsClean tells whether every tracked file of the repository is as the last
// commit has it.
func (w WorkTree) IsClean(ctx context.Context) (bool, error) {
	out, err := w.run(ctx, "look at the state of", "status", "--porcelain=v1", "--untracked-files=no")
	return err == nil && strings.TrimSpace(out) == "", err
}

// LastTag is the newest tag before the last commit that looks like a version.
func (w WorkTree) LastTag(ctx context.Context) (string, error) {
	out, err := w.run(ctx, "find the last version's tag in", "describe", "--tags", "--abbrev=0", "--match=*.*.*")
	return strings.TrimSpace(out), err
}

// Add stages files, by path.
func (w WorkTree) Add(ctx context.Context, files ...string) error {
	_, err := w.run(ctx, "stage the new version in", append([]string{"add", "--"}, files...)...)
	return err
}

// Release says how [WorkTree.Commit] and [WorkTree.Tag] record a version.
type Release struct {
	Message string
	// NoHooks leaves the commit's hooks out, Sign signs, and Again allows a
	// commit that changes nothing and a tag that there is already.
	NoHooks, Sign, Again bool
}

// Commit commits what is staged.
func (w WorkTree) Commit(ctx context.Context, r Release) error {
	args := []string{"commit"}
	if r.NoHooks {
		args = append(args, "--no-verify")
	}
	if r.Again {
		args = append(args, "--allow-empty")
	}
	if r.Sign {
		args = append(args, "--gpg-sign")
	}
	_, err := w.run(ctx, "commit the new version in", append(args, "--message="+r.Message)...)
	return err
}

// Tag makes an annotated tag of the last commit.
func (w WorkTree) Tag(ctx context.Context, name string, r Release) error {
	args := []string{"tag", "--annotate"}
	if r.Sign {
		args = []string{"tag", "--sign"}
	}
	if r.Again {
		args = append(args, "--force")
	}
	_, err := w.run(ctx, "tag the new version in", append(args, "--message="+r.Message, "--end-of-options", name)...)
	return err
}

// run runs one command and returns what it printed, also when it failed.
func (w WorkTree) run(ctx context.Context, doing string, args ...string) (string, error) {
	command := w.Command
	if command == "" {
		command = "git"
	}
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Dir, cmd.Env = w.Dir, w.Env
	cmd.WaitDelay = 2 * time.Second
	var stdout bytes.Buffer
	stderr := &limited{max: 64 << 10}
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), &WorkTreeError{Doing: doing, Dir: w.Dir, Output: message(stderr.String()), Err: err}
	}
	return stdout.String(), nil
}

// WorkTreeError is a git command that failed in the project's own repository.
type WorkTreeError struct {
	Doing, Dir string
	// Output is git's own message.
	Output string
	Err    error
}

func (e *WorkTreeError) Error() string { return failed(e.Doing, e.Dir, e.Output, e.Err) }

func (e *WorkTreeError) Unwrap() error { return e.Err }

// Code is npm's for a missing git; others have none.
func (e *WorkTreeError) Code() string { return code(e.Err) }

// Hint says what to look at.
func (e *WorkTreeError) Hint() string {
	if code(e.Err) == codeNoGit {
		return adviceNoGit
	}
	return "it is what `git` itself says in " + e.Dir
}
