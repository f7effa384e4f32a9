package patch

import (
	"bytes"
	"fmt"
	"slices"
)

// maxCompared bounds the lines that are compared to find where hunks belong: a
// patch can be written so that each is tried everywhere, for hours.
const maxCompared = 1 << 24

// apply changes the files of a package, by path.
func (p *Patch) apply(files map[string][]byte) error {
	left := maxCompared
	for _, c := range p.files {
		text, there := files[c.path]
		switch {
		case c.adds && there:
			return failed(c.path, "is added, and there already")
		case !c.adds && !there:
			return failed(c.path, "is not in the package")
		}
		text, err := c.apply(text, &left)
		if err != nil {
			return err
		}
		if c.deletes {
			delete(files, c.path)
		} else {
			files[c.path] = text
		}
	}
	return nil
}

func failed(file, problem string) error {
	return &Error{code: codeFailed, text: "patch could not be applied: " + file + " " + problem}
}

// apply changes the text of one file. Of the lines that may still be compared it
// takes what it needs.
func (c *change) apply(text []byte, left *int) ([]byte, error) {
	hunks := suited(c.hunks, text)
	lines := splitLines(text)
	var out [][]byte
	done, moved := 0, 0 // lines that are written, and by how much the last hunk was off
	for i, h := range hunks {
		at, ok := h.find(lines, done, h.at+moved, left)
		if *left <= 0 {
			return nil, failed(c.path, "would take too long")
		}
		if !ok {
			return nil, failed(c.path, fmt.Sprintf("is not as the patch shows it (hunk %d, line %d)", i+1, h.at+1))
		}
		out = append(out, lines[done:at]...)
		out = append(out, h.new[:len(h.new)-h.tail]...)
		// What a hunk ends with, the next one may begin with.
		done, moved = at+len(h.old)-h.tail, at-h.at
	}
	return bytes.Join(append(out, lines[done:]...), nil), nil
}

// find is the place, from line least on, of a hunk's old lines that is nearest
// to the line wanted; of two as near, the later.
func (h *hunk) find(lines [][]byte, least, want int, left *int) (at int, ok bool) {
	most := len(lines) - len(h.old)
	for off := 0; (want+off <= most || want-off >= least) && *left > 0; off++ {
		*left--
		for _, at = range [...]int{want + off, want - off} {
			if at >= least && at <= most && h.fits(lines[at:], left) {
				return at, true
			}
		}
	}
	return 0, false
}

func (h *hunk) fits(lines [][]byte, left *int) bool {
	for i, line := range h.old {
		if *left--; !bytes.Equal(line, lines[i]) {
			return false
		}
	}
	return true
}

// suited are the hunks with the file's line ends, where all of the file has one
// kind and all of the patch the other: git may have changed those of the patch,
// or the package's author those of the file.
func suited(hunks []hunk, text []byte) []hunk {
	feeds, returns := bytes.Count(text, []byte("\n")), bytes.Count(text, []byte("\r\n"))
	have, without := 0, 0
	for _, h := range hunks {
		for _, line := range slices.Concat(h.old, h.new) {
			switch {
			case bytes.HasSuffix(line, []byte("\r\n")):
				have++
			case bytes.HasSuffix(line, []byte("\n")):
				without++
			}
		}
	}
	switch {
	case feeds > 0 && returns == feeds && have == 0:
		return ended(hunks, "\n", "\r\n")
	case feeds > 0 && returns == 0 && have > 0 && without == 0:
		return ended(hunks, "\r\n", "\n")
	}
	return hunks
}

// ended are the hunks with other line ends.
func ended(hunks []hunk, from, to string) []hunk {
	change := func(lines [][]byte) [][]byte {
		out := make([][]byte, len(lines))
		for i, line := range lines {
			out[i] = line
			if text, found := bytes.CutSuffix(line, []byte(from)); found {
				out[i] = append(bytes.Clone(text), to...)
			}
		}
		return out
	}
	out := make([]hunk, len(hunks))
	for i, h := range hunks {
		out[i] = hunk{at: h.at, old: change(h.old), new: change(h.new), tail: h.tail}
	}
	return out
}
