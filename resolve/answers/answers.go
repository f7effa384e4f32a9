package answers

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/resolve"
)

// Answer is what a resolution came to.
type Answer struct {
	// Root is the CID of the index's state.
	Root string
	// Documents are the CIDs of all documents that were asked for, by the package's
	// name, "" where the index had none.
	Documents map[string]string
	// Warnings are the resolver's. One with a Conflict cannot be kept.
	Warnings []resolve.Warning
	// Lock is the lockfile, as it was encoded.
	Lock []byte
}

// Store is a folder of answers. It is safe for concurrent use, by several processes
// too: an answer appears whole.
type Store struct{ dir string }

// Open returns the store in a folder. Nothing is read or made before it is needed.
func Open(dir string) *Store { return &Store{dir: dir} }

// most is how many answers are kept. With its documents one takes about as much as its
// lockfile.
const most = 32

// format changes with what is in a file.
const format = 1

// header is the second line. The first is the sha256 of all that follows it, since
// nothing is synced.
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
	data, err := os.ReadFile(s.path(q))
	if err != nil {
		return nil, false
	}
	return decode(data)
}

func decode(data []byte) (*Answer, bool) {
	first, data, _ := bytes.Cut(data, []byte("\n"))
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	var h header
	if string(first) != sum(data) || json.Unmarshal(line, &h) != nil || h.Format != format || h.Documents < 0 || h.Documents > len(rest) {
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

// Keep keeps the answer to a question, in the place of one of before, and lets the
// oldest go where there are many.
func (s *Store) Keep(q *Question, a *Answer) error {
	data, err := encode(a)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, ".tmp-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), s.path(q))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return s.forget()
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
	data := slices.Concat(line, []byte("\n"), documents, a.Lock)
	return slices.Concat([]byte(sum(data)), []byte("\n"), data), err
}

// forget removes the oldest answers beyond most, and what a killed process left.
func (s *Store) forget() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil || len(entries) <= most {
		return err
	}
	var files []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil { // another process may have removed it
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), strings.Compare(a.Name(), b.Name()))
	})
	for _, info := range files[min(most, len(files)):] {
		if err := os.Remove(filepath.Join(s.dir, info.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (s *Store) path(q *Question) string { return filepath.Join(s.dir, q.key()) }

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
