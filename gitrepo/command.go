package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// Options say how git is run.
type Options struct {
	// Command is the git program; empty for "git" on the PATH.
	Command string
	// Dir is the folder of the mirrors; it is made when needed.
	Dir string
	// Env is the environment, as "KEY=value".
	Env []string
	// Timeout bounds each command that uses the network; 0 is five minutes.
	Timeout time.Duration
	// Retries is how often a command is tried again when the connection
	// broke, and Wait how long to wait before, doubled each time.
	Retries int
	Wait    time.Duration
}

// Client resolves and fetches. It is safe for concurrent use, also by several
// processes with the same folder.
type Client struct {
	opts Options
	env  []string
	// ssh are the options that set the ssh command, unless the user has.
	ssh func() []string
}

// New makes a client. Nothing is run yet.
func New(o Options) *Client {
	if o.Command == "" {
		o.Command = "git"
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Minute
	}
	if o.Wait <= 0 {
		o.Wait = time.Second
	}
	c := &Client{opts: o, env: environ(o.Env)}
	c.ssh = sync.OnceValue(c.sshConfig)
	return c
}

// environ is the user's environment without what ties git to a repository at
// hand (an install may run in a git hook), and with npm's answers to the
// questions git would ask.
func environ(env []string) []string {
	out := slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		key, _, _ := strings.Cut(kv, "=")
		switch key {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_PREFIX",
			"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_QUARANTINE_PATH",
			"GIT_TERMINAL_PROMPT", "GIT_CEILING_DIRECTORIES":
			return true
		}
		return false
	})
	out = append(out, "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	set := func(key, value string) {
		if !slices.ContainsFunc(out, func(kv string) bool { return strings.HasPrefix(kv, key+"=") }) {
			out = append(out, key+"="+value)
		}
	}
	set("GIT_ASKPASS", "echo")
	set("SSH_ASKPASS", "echo")
	return out
}

// sshCommand takes the keys of unknown hosts, as npm does, and never asks.
const sshCommand = "ssh -oStrictHostKeyChecking=accept-new -oBatchMode=yes"

func (c *Client) sshConfig() []string {
	for _, kv := range c.env {
		if strings.HasPrefix(kv, "GIT_SSH_COMMAND=") || strings.HasPrefix(kv, "GIT_SSH=") {
			return nil
		}
	}
	own, err := c.once(context.Background(), job{doing: "read the configuration for", args: []string{"config", "--get", "core.sshCommand"}})
	if err == nil && own != "" {
		return nil
	}
	return []string{"-c", "core.sshCommand=" + sshCommand}
}

// Error is a git command that failed.
type Error struct {
	// Doing is what was attempted, and Remote with which repository.
	Doing, Remote string
	// Output is git's own message, without credentials.
	Output string
	Err    error
}

func (e *Error) Error() string { return failed(e.Doing, e.Remote, e.Output, e.Err) }

func failed(doing, what, output string, err error) string {
	if output == "" {
		output = err.Error()
	}
	return fmt.Sprintf("git could not %s %s: %s", doing, what, output)
}

func (e *Error) Unwrap() error { return e.Err }

// codeNoGit is npm's, for a machine without git.
const codeNoGit = "ENOGIT"

// Code is npm's for a missing git; others have none.
func (e *Error) Code() string { return code(e.Err) }

func code(err error) string {
	if errors.Is(err, exec.ErrNotFound) {
		return codeNoGit
	}
	return ""
}

const adviceNoGit = "install git, or name it with git= in .npmrc"

// Hint says what to look at.
func (e *Error) Hint() string {
	if code(e.Err) == codeNoGit {
		return adviceNoGit
	}
	return "does `git ls-remote " + e.Remote + "` work? No password is asked for: use a credential helper, a token or an ssh agent"
}

// job is one git command.
type job struct {
	doing  string
	remote Remote
	// dir is the repository, "" for none.
	dir  string
	args []string
}

// maxOutput bounds what a command may print, in bytes: the refs of the largest
// repositories are some tens of megabytes.
const maxOutput = 256 << 20

// run runs a command, again when the connection broke.
func (c *Client) run(ctx context.Context, j job) (string, error) {
	wait := c.opts.Wait
	for try := 0; ; try++ {
		out, err := c.once(ctx, j)
		if err == nil || try >= c.opts.Retries || ctx.Err() != nil || !broken(err) {
			return out, err
		}
		select {
		case <-time.After(wait):
			wait *= 2
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}

func (c *Client) once(parent context.Context, j job) (string, error) {
	ctx, cancel := context.WithTimeout(parent, c.opts.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.opts.Command, append([]string{
		"--no-replace-objects",
		"-c", "protocol.ext.allow=never",
		"-c", "core.hooksPath=/dev/null",
		"-c", "core.fsmonitor=false",
		"-c", "gc.auto=0",
		"-c", "maintenance.auto=false",
		"-c", "advice.detachedHead=false",
	}, j.args...)...)
	cmd.Dir, cmd.Env = j.dir, c.env
	cmd.WaitDelay = 2 * time.Second
	stdout, stderr := &limited{max: maxOutput}, &limited{max: 64 << 10}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	err := cmd.Run()
	if stdout.over && err == nil {
		err = fmt.Errorf("it printed more than %d bytes", maxOutput)
	}
	if err == nil {
		return stdout.String(), nil
	}
	if parent.Err() != nil {
		return "", context.Cause(parent)
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("no answer within %v: %w", c.opts.Timeout, context.Cause(ctx))
	}
	return "", &Error{Doing: j.doing, Remote: j.remote.String(), Output: message(stderr.String()), Err: err}
}

// limited keeps the beginning of what is written to it.
type limited struct {
	bytes.Buffer
	max  int
	over bool
}

func (l *limited) Write(p []byte) (int, error) {
	keep := p[:min(len(p), max(0, l.max-l.Len()))]
	l.over = l.over || len(keep) < len(p)
	l.Buffer.Write(keep)
	return len(p), nil
}

// message is what git said, in one line and without credentials.
func message(stderr string) string {
	var lines []string
	for line := range strings.Lines(Redact(stderr)) {
		if line = strings.TrimSpace(line); line != "" && len(lines) < 6 {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// breaks are git's words for a connection that broke, after which trying again
// makes sense. They are those that npm knows.
var breaks = lateregexp.New(`remote error: Internal Server Error|The remote end hung up unexpectedly|` +
	`Connection timed out|Operation timed out|Failed to connect to .* Timed out|Connection reset by peer|` +
	`SSL_ERROR_SYSCALL|The requested URL returned error: 503`)

func broken(err error) bool {
	var failed *Error
	return errors.As(err, &failed) && breaks.MatchString(failed.Output)
}
