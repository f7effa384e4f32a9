package answers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/internal/sealed"
	"github.com/ipnpm/ipnpm/resolve"
)

// Answer is what a resolution came to.
type Answer struct {
	// Root is the CID of the index's state, "" of an npm registry.
	Root string
	// Documents are the CIDs, or ETags, of all documents that were asked for, by the
	// package's name, "" where there was none. None has a line feed.
	Documents map[string]string
	// Warnings are the resolver's. One with a Conflict cannot be kept.
	Warnings []resolve.Warning
	// Lock is the lockfile, as it was encoded.
	Lock []byte
}

// Store is a folder of answers. It is safe for concurrent use, by several processes
// too.
type Store struct{ folder sealed.Folder }

// most is how many answers are kept. With its documents one takes about as much as its
// lockfile.
const most = 32

// Open returns the store in a folder. Nothing is read or made before it is needed.
func Open(dir string) *Store { return &Store{sealed.Folder{Dir: dir, Most: most}} }

// format changes with what is in a file.
const format = 1

// header is the first line.
type header struct {
	Format int    `json:"format"`
	Root   string `json:"root"`
	// Documents is the length of the table of documents, in bytes.
	Documents int       `json:"documents"`
	Warnings  []warning `json:"warnings,omitempty"`
}

// warning is a [resolve.Warning] without its conflict.
type warning struct{ Code, Package, Location, Message string }

// Find returns the answer to a question, if there is one.
func (s *Store) Find(q *Question) (*Answer, bool) {
	data, ok := s.folder.Get(q.key())
	if !ok {
		return nil, false
	}
	return decode(data)
}

func decode(data []byte) (*Answer, bool) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	var h header
	if json.Unmarshal(line, &h) != nil || h.Format != format || h.Documents < 0 || h.Documents > len(rest) {
		return nil, false
	}
	a := &Answer{Root: h.Root, Lock: rest[h.Documents:], Documents: map[string]string{}}
	for row := range strings.Lines(string(rest[:h.Documents])) {
		name, c, _ := strings.Cut(strings.TrimSuffix(row, "\n"), " ")
		a.Documents[name] = c
	}
	for _, w := range h.Warnings {
		a.Warnings = append(a.Warnings, resolve.Warning{Code: w.Code, Package: w.Package, Location: w.Location, Message: w.Message})
	}
	return a, true
}

// Keep keeps the answer to a question, in the place of one of before.
func (s *Store) Keep(q *Question, a *Answer) error {
	data, err := encode(a)
	if err != nil {
		return err
	}
	return s.folder.Put(q.key(), data)
}

func encode(a *Answer) ([]byte, error) {
	h := header{Format: format, Root: a.Root}
	for _, w := range a.Warnings {
		if w.Conflict != nil {
			return nil, fmt.Errorf("the answer has a conflict over %s", w.Package)
		}
		h.Warnings = append(h.Warnings, warning{w.Code, w.Package, w.Location, w.Message})
	}
	var documents []byte
	for name, c := range a.Documents {
		documents = append(append(append(append(documents, name...), ' '), c...), '\n')
	}
	h.Documents = len(documents)
	line, err := json.Marshal(h)
	return slices.Concat(line, []byte("\n"), documents, a.Lock), err
}
