package cmd

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// terminal is a command that runs on a terminal, whose screen can be looked at.
type terminal struct {
	t       *testing.T
	command *exec.Cmd
	file    *os.File // our end
	screen  vt10x.Terminal
	roomy   vt10x.Terminal // gets the same, and breaks and loses no line
	read    chan struct{}  // closed when the command's end is closed
}

// onTerminal starts ipnpm in a folder, on a terminal of that size.
func onTerminal(t *testing.T, dir string, env []string, columns, rows int, args ...string) *terminal {
	t.Helper()
	c := exec.Command("ipnpm", args...)
	c.Dir, c.Env = dir, env
	return startOnTerminal(t, c, columns, rows)
}

// startOnTerminal starts any command so.
func startOnTerminal(t *testing.T, c *exec.Cmd, columns, rows int) *terminal {
	t.Helper()
	file, err := pty.StartWithSize(c, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t, c, file, vt10x.New(vt10x.WithSize(columns, rows)), vt10x.New(vt10x.WithSize(400, 100)), make(chan struct{})}
	go func() {
		defer close(term.read)
		_, _ = io.Copy(io.MultiWriter(term.screen, term.roomy), file) // ends with EIO when the command does
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = file.Close()
	})
	return term
}

// resize is what a user does to the window.
func (x *terminal) resize(columns, rows int) {
	x.t.Helper()
	x.screen.Resize(columns, rows)
	if err := pty.Setsize(x.file, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)}); err != nil {
		x.t.Fatal(err)
	}
}

// text is the screen without the blanks at the ends.
func (x *terminal) text() string { return textOf(x.screen) }

func textOf(screen vt10x.Terminal) string {
	lines := strings.Split(screen.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// waitFor waits until the screen shows something.
func (x *terminal) waitFor(text string) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), 50*time.Second)
	defer cancel()
	for !strings.Contains(x.text(), text) {
		select {
		case <-ctx.Done():
			x.t.Fatalf("the screen never shows %q:\n%s", text, x.text())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// wait waits for the command's end, and returns its exit code.
func (x *terminal) wait() int {
	x.t.Helper()
	<-x.read
	_ = x.command.Wait()
	return x.command.ProcessState.ExitCode()
}

// waitForNot waits until the screen does not show something.
func (x *terminal) waitForNot(text string) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), 50*time.Second)
	defer cancel()
	for strings.Contains(x.text(), text) {
		select {
		case <-ctx.Done():
			x.t.Fatalf("the screen goes on to show %q:\n%s", text, x.text())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
