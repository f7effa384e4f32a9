package cmd

import (
	"bytes"
	"io"
	"sync"
)

// lane is where one of several scripts that run beside each other prints: on
// Out like the others, through a lock that they share, each line with the
// package's name before it.
type lane struct {
	mu    *sync.Mutex
	name  string
	color color
}

func (a *app) newLanes(p *project, members []*importer) []*lane {
	colors := [...]color{cyan, magenta, blue, yellow, green}
	mu := new(sync.Mutex)
	out := make([]*lane, len(members))
	for i, m := range members {
		out[i] = &lane{mu, printableLine(p.title(m)), colors[i%len(colors)]}
	}
	return out
}

// writer is the lane for one script; its lines begin with NAME EVENT and a
// mark.
func (a *app) writer(l *lane, event, mark string) *lineWriter {
	return &lineWriter{mu: l.mu, w: a.Out, prefix: a.paintOut(l.color, l.name) + " " + printableLine(event) + mark + " "}
}

// lineWriter writes whole lines with something in front, so that what several
// scripts print beside each other stays apart. Those that write to one stream
// share its lock.
type lineWriter struct {
	mu     *sync.Mutex
	w      io.Writer
	prefix string
	rest   []byte // of a line that has no end yet
}

// maxLine is when a line is broken, in bytes, that does not end.
const maxLine = 64 << 10

// Write implements io.Writer.
func (l *lineWriter) Write(p []byte) (int, error) {
	l.rest = append(l.rest, p...)
	for {
		end := bytes.IndexByte(l.rest, '\n')
		next := end + 1
		if end < 0 && len(l.rest) < maxLine {
			return len(p), nil
		}
		if end < 0 {
			end, next = maxLine, maxLine
		}
		if err := l.line(bytes.TrimSuffix(l.rest[:end], []byte{'\r'})); err != nil {
			return 0, err
		}
		l.rest = l.rest[next:]
	}
}

// Flush writes a last line that has no end.
func (l *lineWriter) Flush() error {
	if len(l.rest) == 0 {
		return nil
	}
	defer func() { l.rest = nil }()
	return l.line(l.rest)
}

func (l *lineWriter) line(text []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.w.Write(append([]byte(l.prefix), append(text[:len(text):len(text)], '\n')...))
	return err
}
