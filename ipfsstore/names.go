package ipfsstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/ipfs/boxo/ipns"
)

// remembered is the form of names/<name>.json: the record as it was signed,
// so that reading it back needs no trust in the file, and when it was seen.
type remembered struct {
	Record  []byte    `json:"record"`
	Fetched time.Time `json:"fetched"`
}

// maxNameFile bounds a names file: a record of 10 KiB in base64, and the time.
const maxNameFile = 32 << 10

// nameDir remembers the newest record of each name.
type nameDir struct{ root string }

func (d nameDir) path(name ipns.Name) string { return filepath.Join(d.root, name.String()+".json") }

// load returns the remembered record, verified; ErrNotFound when there is none.
func (d nameDir) load(name ipns.Name) (Record, error) {
	data, err := readSmall(d.path(name), maxNameFile)
	if errors.Is(err, fs.ErrNotExist) {
		return Record{}, ErrNotFound
	}
	if err != nil {
		return Record{}, fmt.Errorf("reading remembered record: %w", err)
	}
	var m remembered
	if err := json.Unmarshal(data, &m); err != nil {
		return Record{}, &RecordError{name.String(), d.path(name), err}
	}
	rec, err := ParseRecord(name, m.Record)
	if err != nil {
		return Record{}, &RecordError{name.String(), d.path(name), err}
	}
	rec.Source, rec.Fetched = OwnStore, m.Fetched
	return rec, nil
}

// HasRecord says that a record of the name was seen before, whatever became of it.
func (s *Store) HasRecord(name string) bool {
	n, err := ParseName(name)
	if err != nil {
		return false
	}
	_, err = os.Lstat(s.names.path(n))
	return err == nil
}

// save remembers a record, unless a newer one is remembered by then (another
// process may have been faster); force, for a rollback that the user wants,
// overrides that. It returns what is remembered afterwards.
func (d nameDir) save(name ipns.Name, rec Record, force bool) (Record, error) {
	if err := os.MkdirAll(d.root, 0o755); err != nil {
		return Record{}, fmt.Errorf("remembering record: %w", err)
	}
	lock := flock.New(filepath.Join(d.root, name.String()+".lock"))
	if err := lock.Lock(); err != nil {
		return Record{}, fmt.Errorf("remembering record: %w", err)
	}
	defer func() { _ = lock.Unlock() }()
	have, err := d.load(name)
	if err == nil && have.Newer(rec) && !force {
		return have, nil
	}
	same := err == nil && bytes.Equal(have.Bytes, rec.Bytes)
	data, err := json.Marshal(remembered{Record: rec.Bytes, Fetched: rec.Fetched.UTC()})
	if err == nil {
		// The memory guards against rollback: a new record must survive a
		// power cut, a new time of fetching need not.
		err = writeRename(d.path(name), data, !same)
	}
	if err != nil {
		return Record{}, fmt.Errorf("remembering record: %w", err)
	}
	return rec, nil
}

// readSmall reads a file that must not be larger than limit bytes.
func readSmall(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s has %d bytes, more than %d", path, info.Size(), limit)
	}
	return os.ReadFile(path)
}
