package patch

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// MaxSize is the largest patch, in bytes, that is read.
const MaxSize = 16 << 20

// Patch is what a diff does to the files of a package, in its order.
type Patch struct{ files []change }

// change is what is done to one file.
type change struct {
	path          string
	adds, deletes bool
	hunks         []hunk
}

// hunk replaces lines of a file, of which it shows some around.
type hunk struct {
	// at is the number, from 0, of the first line of the old file.
	at int
	// old are the lines that are there, and new those that are afterwards;
	// tail of them, at the end, are the same in both.
	old, new [][]byte
	tail     int
}

// Parse reads a unified diff as git, diff -u and npm write it. What stands
// between the files is passed over.
func Parse(data []byte) (*Patch, error) {
	if len(data) > MaxSize {
		return nil, &Error{code: codeUnsafe, text: fmt.Sprintf("the patch is larger than %d bytes", MaxSize)}
	}
	p := &parser{lines: splitLines(data)}
	for p.at < len(p.lines) {
		if err := p.step(); err != nil {
			return nil, err
		}
	}
	return &Patch{p.files}, nil
}

// splitLines cuts a text behind its line feeds.
func splitLines(text []byte) [][]byte {
	lines := make([][]byte, 0, bytes.Count(text, []byte("\n"))+1)
	for line := range bytes.Lines(text) {
		lines = append(lines, line)
	}
	return lines
}

// parser goes through the lines of a patch.
type parser struct {
	lines [][]byte
	at    int
	files []change
}

func (p *parser) failf(format string, args ...any) error {
	return &Error{code: codeFailed, text: fmt.Sprintf("line %d of the patch ", p.at+1) + fmt.Sprintf(format, args...)}
}

// step reads what begins at the present line: a file's two names, a hunk, or
// something that says nothing.
func (p *parser) step() error {
	line := string(bytes.TrimRight(p.lines[p.at], "\r\n"))
	for _, word := range [...]string{"rename from ", "rename to ", "copy from ", "copy to ", "GIT binary patch", "Binary files "} {
		if strings.HasPrefix(line, word) {
			return p.failf("renames, copies or changes a file that is no text, which a patch cannot do")
		}
	}
	switch {
	case strings.HasPrefix(line, "--- ") && p.at+1 < len(p.lines) && bytes.HasPrefix(p.lines[p.at+1], []byte("+++ ")):
		return p.names(line)
	case strings.HasPrefix(line, "@@ "):
		if len(p.files) == 0 {
			return p.failf("has a hunk before any file's name")
		}
		h, err := p.hunk(line)
		if err == nil {
			last := &p.files[len(p.files)-1]
			last.hunks = append(last.hunks, h)
		}
		return err
	}
	p.at++
	return nil
}

// names reads the lines that name a file before and after.
func (p *parser) names(line string) error {
	before, after := fileName(line), fileName(string(bytes.TrimRight(p.lines[p.at+1], "\r\n")))
	c := change{adds: before == devNull, deletes: after == devNull, path: after}
	if c.deletes {
		c.path = before
	}
	if c.adds && c.deletes {
		return p.failf("names no file")
	}
	if len(c.path) > 1 && c.path[1] == '/' && (c.path[0] == 'a' || c.path[0] == 'b') {
		c.path = c.path[2:]
	}
	if problem := pathProblem(c.path); problem != "" {
		return &Error{code: codeUnsafe, text: fmt.Sprintf("line %d of the patch: the path %q %s", p.at+1, c.path, problem)}
	}
	p.files = append(p.files, c)
	p.at += 2
	return nil
}

const devNull = "/dev/null"

// fileName is the name in a "--- name" line: all before a tab, which a time may
// follow, with git's quotes taken off.
func fileName(line string) string {
	name, _, _ := strings.Cut(line[len("--- "):], "\t")
	name = strings.TrimSpace(name)
	if strings.HasPrefix(name, `"`) {
		if plain, err := strconv.Unquote(name); err == nil {
			return plain
		}
	}
	return name
}

// maxPath is the longest path, in bytes, as in a tarball.
const maxPath = 1024

// pathProblem refuses what is no clean path below the package's folder.
func pathProblem(file string) string {
	switch {
	case file == "" || file == ".":
		return "is none"
	case len(file) > maxPath:
		return "is too long"
	case strings.ContainsFunc(file, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }):
		return "has a backslash or a control character"
	case file[0] == '/' || len(file) > 1 && file[1] == ':':
		return "escapes the package directory"
	case path.Clean(file) != file || file == ".." || strings.HasPrefix(file, "../"):
		return "escapes the package directory"
	}
	return ""
}

// hunk reads the hunk whose header is given.
func (p *parser) hunk(header string) (hunk, error) {
	at, olds, news, ok := hunkHeader(header)
	if !ok {
		return hunk{}, p.failf("is no hunk header: %q", header)
	}
	h := hunk{at: at}
	if olds == 0 {
		h.at++ // such a hunk names the line before it
	}
	h.at = max(0, h.at-1)
	for p.at++; olds > 0 || news > 0; p.at++ {
		if p.at == len(p.lines) {
			return h, p.failf("is missing: the patch ends within a hunk")
		}
		kind, text := lineOf(p.lines[p.at])
		switch {
		case kind == ' ' && olds > 0 && news > 0:
			h.old, h.new = append(h.old, text), append(h.new, text)
			h.tail++
			olds--
			news--
		case kind == '-' && olds > 0:
			h.old, h.tail = append(h.old, text), 0
			olds--
		case kind == '+' && news > 0:
			h.new, h.tail = append(h.new, text), 0
			news--
		default:
			return h, p.failf("does not belong in its hunk, or the hunk's header miscounts")
		}
		if p.at+1 < len(p.lines) && p.lines[p.at+1][0] == '\\' {
			h.endWithoutFeed(kind)
			p.at++
		}
	}
	return h, nil
}

// lineOf is a hunk's line without the sign in front. Some programs drop the
// blank of an empty line.
func lineOf(line []byte) (kind byte, text []byte) {
	if line[0] == '\n' || line[0] == '\r' {
		return ' ', line
	}
	return line[0], line[1:]
}

// endWithoutFeed takes the line feed off the line that was read last, which is
// the file's last.
func (h *hunk) endWithoutFeed(kind byte) {
	cut := func(lines [][]byte) {
		last := &lines[len(lines)-1]
		*last = bytes.TrimSuffix(*last, []byte("\n"))
	}
	if kind != '+' {
		cut(h.old)
	}
	if kind != '-' {
		cut(h.new)
	}
}

// hunkHeader reads "@@ -1,2 +3,4 @@": the first old line, and the numbers of
// old and of new lines.
func hunkHeader(text string) (at, olds, news int, ok bool) {
	fields := strings.Fields(text)
	if len(fields) < 4 || fields[0] != "@@" || fields[3] != "@@" || fields[1][0] != '-' || fields[2][0] != '+' {
		return 0, 0, 0, false
	}
	at, olds, okOld := lineRange(fields[1][1:])
	_, news, okNew := lineRange(fields[2][1:])
	return at, olds, news, okOld && okNew
}

// lineRange reads "1,2", or "1" for "1,1".
func lineRange(text string) (first, n int, ok bool) {
	start, count, several := strings.Cut(text, ",")
	first, err := strconv.Atoi(start)
	if n = 1; several && err == nil {
		n, err = strconv.Atoi(count)
	}
	// No more lines than bytes, and no sum of both that overflows.
	return first, n, err == nil && first >= 0 && n >= 0 && first <= MaxSize<<10 && n <= MaxSize
}
