// Package lifecycle runs the scripts of package.json as npm does: the same
// shell, the same environment, the same search path. It serves the installer,
// `ipnpm run` and `ipnpm exec`.
//
// A captured script runs in a process group of its own, so that cancelling
// takes its children down too; its output is kept and comes back with the
// error. A foreground script shares the terminal and its process group, so
// that the terminal's own signals reach it.
//
// What a script is allowed is not decided here; whoever calls Run has decided.
package lifecycle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"time"
)

// Runner holds what is the same for all scripts of one command. It reads no
// environment of its own: the caller hands it in.
type Runner struct {
	// Env is the base environment, as "KEY=value".
	Env []string
	// Shell is npm's script-shell; empty for sh, or cmd.exe on Windows.
	Shell string
	// Config becomes npm_config_*: keys as in .npmrc ("local-prefix").
	Config map[string]string
	// UserAgent, when set, is asked for npm_config_user_agent before a script
	// runs.
	UserAgent func() string
	// Command becomes npm_command ("install", "run-script").
	Command string
	// InitCwd is the folder that the user was in: INIT_CWD.
	InitCwd string
	// ExecPath becomes npm_execpath: our own program.
	ExecPath string
	// Tools, when set, is asked for what scripts are built with before one runs.
	Tools func() Tools

	// Stdin, Stdout and Stderr are the streams of foreground scripts.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Watch, when set, hears of each script when it starts, and what it returns
	// when that has ended.
	Watch func(Script) (ended func())
	// KillAfter is how long a cancelled script has between the polite signal
	// and the other; 0 is two seconds.
	KillAfter time.Duration
}

// Tools are the programs that scripts are built with. Any may be empty.
type Tools struct {
	// Node is node's program: NODE and npm_node_execpath.
	Node string
	// Gyp is node-gyp's main file (npm_config_node_gyp), and GypBin a folder
	// for the search path in which node-gyp is a command; see [GypOf].
	Gyp, GypBin string
}

// Script is one command to run.
type Script struct {
	// Dir is the package's folder, absolute: the working directory.
	Dir string
	// Event is "postinstall", "test", or empty for a bare command.
	Event string
	// Command is the shell text, and Args are appended to it, quoted.
	Command string
	Args    []string
	// PackageJSON is the content of the package's package.json, of which
	// name, version, config, engines and bin enter the environment.
	PackageJSON []byte
	// BinPaths come before all others in the search path.
	BinPaths []string
	// Env is added to the runner's, as "KEY=value".
	Env []string
	// Foreground puts the script on the runner's streams.
	Foreground bool
	// Watch, where it is set, is given what a captured script writes, as it
	// does so.
	Watch io.Writer
}

// Error is a script that failed.
type Error struct {
	Event, Dir, Command string
	// Code is the exit code, -1 when a signal ended it or it did not start.
	Code int
	// Output is what it wrote, the last part if that was much. Empty for a
	// foreground script.
	Output []byte
	Err    error
}

func (e *Error) Error() string {
	return fmt.Sprintf("script %s failed in %s: %v (command: %s)", e.Event, e.Dir, e.Err, e.Command)
}

func (e *Error) Unwrap() error { return e.Err }

// Run runs one script and returns what it wrote, unless that went to the
// foreground. The error is an *Error; when ctx ended the script, it wraps the
// context's cause.
func (r *Runner) Run(ctx context.Context, s Script) ([]byte, error) {
	if r.Watch != nil {
		defer r.Watch(s)()
	}
	text, shell, args := r.shell(s)
	cmd := exec.CommandContext(ctx, shell, args...)
	cmd.Dir = s.Dir
	cmd.Env = r.environ(s)
	setRaw(cmd, shell, args)
	out := &tail{max: maxOutput}
	if s.Foreground {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = r.Stdin, r.Stdout, r.Stderr
	} else {
		var into io.Writer = out
		if s.Watch != nil {
			into = io.MultiWriter(out, s.Watch)
		}
		cmd.Stdout, cmd.Stderr = into, into
		ownGroup(cmd)
	}
	grace := r.KillAfter
	if grace <= 0 {
		grace = 2 * time.Second
	}
	cmd.Cancel = func() error { return stop(cmd, !s.Foreground, grace) }
	// Children that outlive the script and hold its output open do not hold
	// up the install for longer than this.
	cmd.WaitDelay = 2 * grace
	err := cmd.Run()
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return out.Bytes(), nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	fail := &Error{Event: s.Event, Dir: s.Dir, Command: text, Code: -1, Output: out.Bytes(), Err: err}
	if cmd.ProcessState != nil {
		fail.Code = cmd.ProcessState.ExitCode()
	}
	return out.Bytes(), fail
}

// shell returns the script's full text and the program that runs it.
func (r *Runner) shell(s Script) (text, shell string, args []string) {
	shell = r.Shell
	if shell == "" {
		shell = "sh"
		if runtime.GOOS == "windows" {
			shell = "cmd.exe"
		}
	}
	text = s.Command
	quote := QuoteSh
	if isCmd(shell) {
		quote = QuoteCmd
	}
	for _, arg := range s.Args {
		text += " " + quote(arg)
	}
	if isCmd(shell) {
		return text, shell, []string{"/d", "/s", "/c", text}
	}
	return text, shell, []string{"-c", text}
}

// maxOutput bounds the kept output of one script, in bytes.
const maxOutput = 1 << 20

// tail keeps the end of what is written to it.
type tail struct {
	buf bytes.Buffer
	max int
}

func (t *tail) Write(p []byte) (int, error) {
	t.buf.Write(p)
	if t.buf.Len() > 2*t.max {
		t.buf.Next(t.buf.Len() - t.max)
	}
	return len(p), nil
}

func (t *tail) Bytes() []byte {
	data := t.buf.Bytes()
	return data[max(0, len(data)-t.max):]
}
