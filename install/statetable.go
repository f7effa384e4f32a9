package install

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
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
		if err := w.Write([]string{loc, p.Key, p.Link, p.Name, p.Version, p.Resolved, p.Entry, flags}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
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
		flags := row[columnFlags]
		packages[row[columnLocation]] = installed{
			Key: row[columnKey], Link: row[columnLink], Name: row[columnName], Version: row[columnVersion],
			Resolved: row[columnResolved], Entry: row[columnEntry],
			Built: strings.Contains(flags, flagBuilt), Modules: strings.Contains(flags, flagModules),
		}
	}
}
