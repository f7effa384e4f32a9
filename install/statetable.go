package install

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
)

// The columns of the state's table, which is CSV: it is read and written by each
// install that does anything, in a third of the time that JSON takes.
const (
	columnLocation = iota
	columnKey
	columnLink
	columnName
	columnVersion
	columnResolved
	columnEntry
	columnFlags
	columns
)

// The flags are letters.
const (
	flagBuilt   = "b"
	flagModules = "m"
)

// same stands for what a column before it says: the name that a location ends with,
// and at the end of an entry the folder of that name. A third of a table would be these
// two, and each install reads and writes it.
const same = "="

// shortName is a package's name, same where its location tells it.
func shortName(name, loc string) string {
	if name != "" && name == lockfile.NameOf(loc) {
		return same
	}
	return name
}

// fullName undoes shortName.
func fullName(name, loc string) string {
	if name == same {
		return lockfile.NameOf(loc)
	}
	return name
}

// entryFolder is where in its entry a package of this name is.
func entryFolder(name string) string { return "/" + modules + "/" + name }

// shorten is the name and the entry of a package as the table has them.
func (p *installed) shorten(loc string) (name, entry string) {
	entry = p.Entry
	if key, ok := strings.CutSuffix(entry, entryFolder(p.Name)); ok {
		entry = key + same
	}
	return shortName(p.Name, loc), entry
}

// lengthen undoes shorten.
func (p *installed) lengthen(loc string) {
	p.Name = fullName(p.Name, loc)
	if key, ok := strings.CutSuffix(p.Entry, same); ok {
		p.Entry = key + entryFolder(p.Name)
	}
}

// encodeTable writes the packages by location.
func encodeTable(packages map[string]installed) ([]byte, error) {
	const row = 256 // about what one takes, in bytes
	out := bytes.NewBuffer(make([]byte, 0, row*len(packages)))
	w := csv.NewWriter(out)
	for _, loc := range slices.Sorted(maps.Keys(packages)) {
		p := packages[loc]
		flags := ""
		if p.Built {
			flags += flagBuilt
		}
		if p.Modules {
			flags += flagModules
		}
		name, entry := p.shorten(loc)
		if err := w.Write([]string{loc, p.Key, p.Link, name, p.Version, p.Resolved, entry, flags}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// mentions says that a table has the key of contents somewhere, which takes no
// reading of it. A CID is nowhere else by chance.
func mentions(table []byte, key string) bool {
	return bytes.Contains(table, []byte(","+key+","))
}

// parseTable reads what encodeTable wrote.
func parseTable(table []byte) (map[string]installed, error) {
	r := csv.NewReader(bytes.NewReader(table))
	r.FieldsPerRecord = columns
	r.ReuseRecord = true
	packages := make(map[string]installed, bytes.Count(table, []byte("\n")))
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, err
		}
		loc, flags := row[columnLocation], row[columnFlags]
		p := installed{
			Key: row[columnKey], Link: row[columnLink], Name: row[columnName], Version: row[columnVersion],
			Resolved: row[columnResolved], Entry: row[columnEntry],
			Built: strings.Contains(flags, flagBuilt), Modules: strings.Contains(flags, flagModules),
		}
		p.lengthen(loc)
		packages[loc] = p
	}
}
