package page

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"
)

// Entry is a package of the list, with the version that latest names.
type Entry struct{ Name, Version string }

// Span is one file of the list.
type Span struct {
	File string `json:"file"`
	// First is the name that it begins with, "" for the first file.
	First string `json:"first"`
	Count int    `json:"count"`
}

// List is how the names are divided: /browse/list.json.
type List []Span

// perFile is how many names a file has on average, and maxSpans bounds what is
// read.
const (
	perFile   = 512
	maxSpans  = 1 << 20
	firstFile = "0.html"
)

// begins says that a name is the first of a file.
func begins(name string) bool {
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint16(sum[:])%perFile == 0
}

// fileOf is the name of the file that begins with a name.
func fileOf(first string) string {
	if first == "" {
		return firstFile
	}
	sum := sha256.Sum256([]byte(first))
	return hex.EncodeToString(sum[:6]) + ".html"
}

// ParseList reads list.json, and refuses one that it would not have written.
func ParseList(data []byte) (List, error) {
	var l List
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("page: list of packages: %w", err)
	}
	if len(l) == 0 || len(l) > maxSpans || l[0].First != "" {
		return nil, errors.New("page: list of packages: no first file, or too many")
	}
	for i, s := range l {
		if s.Count < 0 || s.File != fileOf(s.First) || i > 0 && (s.First <= l[i-1].First || !begins(s.First)) {
			return nil, fmt.Errorf("page: list of packages: bad file %q", s.File)
		}
	}
	return l, nil
}

// Encode returns list.json.
func (l List) Encode() ([]byte, error) { return json.Marshal(l) }

// Count is how many packages there are.
func (l List) Count() int {
	n := 0
	for _, s := range l {
		n += s.Count
	}
	return n
}

// find is the place of the file that a name is or would be in.
func (l List) find(name string) int {
	i, exact := slices.BinarySearchFunc(l, name, func(s Span, name string) int { return cmp.Compare(s.First, name) })
	if exact {
		return i
	}
	return max(0, i-1)
}

// Touched are the files that change with the names, or are needed for that: a
// file whose first name goes may become part of the one before it.
func (l List) Touched(names []string) []string {
	touched := map[string]bool{}
	for _, name := range names {
		if len(l) == 0 {
			continue
		}
		i := l.find(name)
		touched[l[i].File] = true
		if l[i].First == name && i > 0 {
			touched[l[i-1].File] = true
		}
	}
	return slices.Sorted(maps.Keys(touched))
}

// Apply returns the list after edits, in which an empty version removes a name,
// and its files that are new. have are the entries of at least the files that
// Touched names for the edits. A file that the list no longer names is gone.
func (l List) Apply(have map[string][]Entry, edits map[string]string) (List, map[string][]Entry) {
	if len(l) == 0 {
		l = List{{File: firstFile}}
		have = map[string][]Entry{firstFile: nil}
	}
	perSpan := make([]map[string]string, len(l))
	for name, version := range edits {
		i := l.find(name)
		if perSpan[i] == nil {
			perSpan[i] = map[string]string{}
		}
		perSpan[i][name] = version
	}
	var out List
	written := map[string][]Entry{}
	for i := 0; i < len(l); i++ {
		entries, touched := have[l[i].File]
		if !touched {
			out = append(out, l[i])
			continue
		}
		run := edited(entries, perSpan[i])
		for i+1 < len(l) {
			more, touched := have[l[i+1].File]
			if !touched {
				break
			}
			i++
			run = append(run, edited(more, perSpan[i])...)
		}
		out = cut(out, run, written)
	}
	return out, written
}

// edited returns sorted entries after edits.
func edited(entries []Entry, edits map[string]string) []Entry {
	out := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { _, is := edits[e.Name]; return is })
	for name, version := range edits {
		if version != "" {
			out = append(out, Entry{name, version})
		}
	}
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// cut divides a run of entries into files, behind those in out. The first file
// of all is always there.
func cut(out List, run []Entry, written map[string][]Entry) List {
	start := 0
	flush := func(end int) {
		first := ""
		if len(out) > 0 {
			first = run[start].Name
		}
		span := Span{File: fileOf(first), First: first, Count: end - start}
		written[span.File] = run[start:end]
		out = append(out, span)
		start = end
	}
	for i, e := range run {
		if begins(e.Name) && (i > start || len(out) == 0) {
			flush(i)
		}
	}
	if start < len(run) || len(out) == 0 {
		flush(len(run))
	}
	return out
}

// appendLine writes an entry as it stands in its file.
func (e Entry) appendLine(buf []byte) []byte {
	name := html.EscapeString(e.Name)
	buf = append(append(buf, `<li><a href="../packages/`...), name...)
	buf = append(append(buf, `">`...), name...)
	buf = append(append(buf, "</a> "...), html.EscapeString(e.Version)...)
	return append(buf, '\n')
}

// fileHead and fileTail are what is around the lines of a file.
const (
	fileHead = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
		`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>Packages</title>` +
		`<style>body{font:16px/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}</style>` + "\n" +
		`<p><a href="../">The registry</a></p><ul>` + "\n"
	fileTail = "</ul></html>\n"
)

// lineSize is about what a line takes.
const lineSize = 96

// EncodeFile returns the page of one file of the list.
func EncodeFile(entries []Entry) []byte {
	buf := make([]byte, 0, len(fileHead)+len(fileTail)+lineSize*len(entries))
	buf = append(buf, fileHead...)
	for _, e := range entries {
		buf = e.appendLine(buf)
	}
	return append(buf, fileTail...)
}

// ParseFile reads the page of one file, and refuses one that EncodeFile would
// not have written.
func ParseFile(data []byte) ([]Entry, error) {
	text, ok := strings.CutPrefix(string(data), fileHead)
	text, end := strings.CutSuffix(text, fileTail)
	if !ok || !end {
		return nil, errors.New("page: not a list of packages")
	}
	out := make([]Entry, 0, strings.Count(text, "\n"))
	var again []byte // what the entry would be written as
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(line, `">`)
		name, version, _ := strings.Cut(rest, "</a> ")
		e := Entry{html.UnescapeString(name), html.UnescapeString(strings.TrimSuffix(version, "\n"))}
		if again = e.appendLine(again[:0]); string(again) != line || len(out) > 0 && e.Name <= out[len(out)-1].Name {
			return nil, fmt.Errorf("page: list of packages: bad line %q", line)
		}
		out = append(out, e)
	}
	return out, nil
}
