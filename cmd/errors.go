package cmd

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"

	"github.com/ipnpm/ipnpm/gitrepo"
	"github.com/ipnpm/ipnpm/resolve"
)

// hinter is an error that knows what its reader can do next. The packages
// below cmd implement it on their typed errors.
type hinter interface {
	error
	Hint() string
}

// hintError adds a hint to an error that is made or explained here, and npm's
// code for it where npm has one.
type hintError struct {
	err  error
	hint string
	code string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }
func (e *hintError) Hint() string  { return e.hint }
func (e *hintError) Code() string  { return e.code }

// silentError ends the command with a code and says nothing more, for what
// has been said already.
type silentError struct{ code int }

func (e *silentError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exit prints the result, reports an error to the user and returns the exit code.
func (a *app) exit(ctx context.Context, err error) int {
	code := a.settle(ctx, err)
	if err := a.flush(); err != nil && code == 0 {
		a.json = false
		return a.settle(ctx, err)
	}
	return code
}

func (a *app) settle(ctx context.Context, err error) int {
	var quiet *silentError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &quiet):
		return quiet.code
	case ctx.Err() != nil:
		a.interrupted()
		return 130
	}
	a.report(err)
	return exitCodeOf(err)
}

// interrupted tells that somebody ended the command, which is no error.
func (a *app) interrupted() {
	const text = "interrupted; what was installed before is intact, and the next run goes on"
	if a.json {
		a.errorObject(map[string]any{"code": "EINTERRUPTED", "summary": text, "detail": ""})
	}
	fmt.Fprintln(a.Err, a.fitErr(text))
}

// exitCodeOf is that of the script that failed, for one that a signal ended as
// shells have it, and otherwise 1.
func exitCodeOf(err error) int {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 1
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return max(1, exit.ExitCode())
}

// report prints "error: …", and after a blank line the hints, as npm, uv and
// git users expect; with --json there is an object on Out as well. Whatever part of the program
// an address comes from, its credentials stay out.
func (a *app) report(err error) {
	hints, summary := tell(err)
	if a.json {
		a.errorObject(objectOf(err))
	}
	if a.silent {
		return
	}
	a.sayWrapped(red, "error:", summary)
	for i, h := range hints {
		if i == 0 {
			fmt.Fprintln(a.Err)
		}
		a.sayWrapped(bold, "hint:", h)
	}
}

// sayWrapped prints a text behind a label, on a terminal in lines that fit it.
func (a *app) sayWrapped(c color, label, text string) {
	text = a.fitErr(label + " " + printable(text))
	fmt.Fprintf(a.Err, "%s%s\n", a.paint(c, label), strings.TrimPrefix(text, label))
}

// tell is an error's text and its hints, without credentials.
func tell(err error) (hints []string, summary string) {
	hints = hintsOf(err)
	for i := range hints {
		hints[i] = gitrepo.Redact(hints[i])
	}
	return hints, gitrepo.Redact(err.Error())
}

// objectOf is an error as npm's --json has it.
func objectOf(err error) map[string]any {
	hints, summary := tell(err)
	object := map[string]any{"code": shownCode(err), "summary": summary, "detail": strings.Join(hints, "\n")}
	if conflict, ok := errors.AsType[*resolve.ConflictError](err); ok {
		object["conflict"] = conflict
	}
	return object
}

// hintsOf collects the hints of an error and of all that it wraps, outermost
// first, each once.
func hintsOf(err error) []string {
	var hints []string
	seen := map[string]bool{"": true}
	walkErrors(err, func(e error) {
		hint := adviceOn(e)
		if h, ok := e.(hinter); ok { //nolint:errorlint // walkErrors shows each by itself
			hint = h.Hint()
		}
		if !seen[hint] {
			seen[hint] = true
			hints = append(hints, hint)
		}
	})
	if last := adviceOnPath(err); len(hints) == 0 && last != "" {
		hints = append(hints, last)
	}
	return hints
}

func walkErrors(err error, visit func(error)) {
	for err != nil {
		visit(err)
		switch e := err.(type) { //nolint:errorlint // this is the walk itself
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walkErrors(inner, visit)
			}
			return
		default:
			return
		}
	}
}
