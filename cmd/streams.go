package cmd

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Streams is what a command reads, writes and knows of its surroundings.
// Tests put buffers and a made-up environment there.
type Streams struct {
	In  io.Reader
	Out io.Writer
	Err io.Writer
	// Env is the environment as KEY=value.
	Env []string
	// Dir is the working directory, absolute.
	Dir string
	// ErrTTY says that Err is a terminal, so that progress may be drawn.
	ErrTTY bool
	// OutTTY says that Out is a terminal, so that colour may be used.
	OutTTY bool
	// Width asks how many columns the terminal of Err, or else of Out, has now;
	// 0 when that is unknown, nil without a terminal.
	Width func() int
}

// System is the streams of this process.
func System() Streams {
	dir, err := os.Getwd()
	if err != nil {
		dir = "."
	}
	s := Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Env: os.Environ(), Dir: dir,
		ErrTTY: term.IsTerminal(int(os.Stderr.Fd())),
		OutTTY: term.IsTerminal(int(os.Stdout.Fd())),
	}
	switch {
	case s.ErrTTY:
		s.Width = widthOf(os.Stderr)
	case s.OutTTY:
		s.Width = widthOf(os.Stdout)
	}
	return s
}

func widthOf(terminal *os.File) func() int {
	return func() int {
		w, _, err := term.GetSize(int(terminal.Fd()))
		if err != nil {
			return 0
		}
		return w
	}
}

// Getenv returns the value of an environment variable, "" when unset. The
// last setting wins, as in a process's own environment. It reads nothing else of
// the streams: what works beside a command asks it while Err becomes another
// writer for the progress line.
func (s *Streams) Getenv(key string) string {
	for i := len(s.Env) - 1; i >= 0; i-- {
		if k, v, ok := cutEnv(s.Env[i]); ok && k == key {
			return v
		}
	}
	return ""
}

func cutEnv(kv string) (key, value string, ok bool) {
	for i := 1; i < len(kv); i++ { // from 1: Windows has "=C:=…"
		if kv[i] == '=' {
			return kv[:i], kv[i+1:], true
		}
	}
	return "", "", false
}
