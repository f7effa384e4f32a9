package install

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
)

// treeFormat changes with what is in a record.
const treeFormat = 2

// treeRecord is a tree that was made.
type treeRecord struct {
	Format int    `json:"format"`
	Memo   string `json:"memo"`
	// Blocked are the scripts that did not run.
	Blocked []BlockedScript `json:"blocked,omitempty"`
	// Lengths are those of the parts that follow, in bytes.
	Lengths [4]int `json:"lengths"`

	// rows are what is to be placed or linked.
	rows []treeRow
	// added is what was told of it.
	added []Change
	// inputs are the digests by which it was found.
	inputs map[string]string
	// table is the state's, and hidden npm's hidden lockfile, nil in the linked layout.
	table, hidden []byte
}

// treeRow is a package of node_modules, or one that came in another's tarball.
type treeRow struct {
	t    *target
	kind string
	at   string // its place in the virtual store
}

// The kinds of rows.
const (
	placedRow  = "placed"
	bundledRow = "bundled"
	linkedRow  = "linked"
)

// encode writes a record: a line of JSON, and the parts.
func (r *treeRecord) encode() ([]byte, error) {
	rows, err := encodeRows(r.rows)
	var added []byte
	for _, c := range r.added {
		added = fmt.Appendf(added, "%s\t%s\t%s\n", c.Location, shortName(c.Name, c.Location), c.Version)
	}
	parts := [4][]byte{rows, added, r.table, r.hidden}
	r.Format = treeFormat
	for i, part := range parts {
		r.Lengths[i] = len(part)
	}
	line, lineErr := json.Marshal(r)
	return slices.Concat(append([][]byte{line, []byte("\n")}, parts[:]...)...), errors.Join(err, lineErr)
}

// decodeTree reads what encode wrote; false for anything else.
func decodeTree(data []byte) (*treeRecord, bool) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	r := &treeRecord{}
	if json.Unmarshal(line, r) != nil || r.Format != treeFormat {
		return nil, false
	}
	var parts [4][]byte
	for i, length := range r.Lengths {
		if length < 0 || length > len(rest) {
			return nil, false
		}
		parts[i], rest = rest[:length], rest[length:]
	}
	added := string(parts[1])
	r.added = make([]Change, 0, strings.Count(added, "\n"))
	for row := range strings.Lines(added) {
		location, row, _ := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		name, version, _ := strings.Cut(row, "\t")
		r.added = append(r.added, Change{Location: location, Name: fullName(name, location), Version: version})
	}
	if r.table = parts[2]; len(parts[3]) > 0 {
		r.hidden = parts[3]
	}
	var err error
	r.rows, err = parseRows(parts[0])
	return r, err == nil && len(rest) == 0
}

// encodeRows writes the rows as CSV.
func encodeRows(rows []treeRow) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for _, row := range rows {
		pkg, bin := row.t.pkg, ""
		if len(pkg.Bin) > 0 {
			text, err := json.Marshal(pkg.Bin)
			if err != nil {
				return nil, err
			}
			bin = string(text)
		}
		if err := w.Write([]string{row.kind, row.t.loc, pkg.CID, pkg.Name, pkg.Version, strconv.FormatInt(pkg.Size, 10), bin, row.at}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// parseRows reads what encodeRows wrote, as checked as a lockfile's locations are.
func parseRows(table []byte) ([]treeRow, error) {
	r := csv.NewReader(bytes.NewReader(table))
	r.FieldsPerRecord, r.ReuseRecord = 8, true
	rows := make([]treeRow, 0, bytes.Count(table, []byte("\n")))
	for {
		f, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		p, inModules, err := parsePlace(f[1])
		if err == nil && !inModules {
			err = &LocationError{f[1], "it is no package's"}
		}
		pkg := &lockfile.Package{CID: f[2], Name: f[3], Version: f[4]}
		var sizeErr error
		pkg.Size, sizeErr = strconv.ParseInt(f[5], 10, 64)
		err = errors.Join(err, sizeErr)
		if f[6] != "" {
			err = errors.Join(err, json.Unmarshal([]byte(f[6]), &pkg.Bin))
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, treeRow{&target{place: p, pkg: pkg}, f[0], f[7]})
	}
}

// selection is what a record holds, as [choose] would have chosen it.
func (r *treeRecord) selection(o Options) (*selection, error) {
	s := &selection{
		lock:  &lockfile.Lockfile{Packages: make(map[string]*lockfile.Package, len(r.rows))},
		byLoc: make(map[string]*target, len(r.rows)),
		bases: []string{""}, gone: map[string]bool{}, recorded: r,
	}
	for _, row := range r.rows {
		t := row.t
		switch {
		case row.kind == bundledRow:
			s.bundled = append(s.bundled, t)
		case row.kind == placedRow && o.Virtual == nil:
			t.key = t.pkg.CID
			s.targets = append(s.targets, t)
		case row.kind == linkedRow && o.Virtual != nil:
			t.entry = o.Virtual.Path(row.at)
			s.targets = append(s.targets, t)
		default:
			return nil, &LocationError{t.loc, "it is of another layout"}
		}
		s.byLoc[t.loc], s.lock.Packages[t.loc] = t, t.pkg
	}
	if o.Virtual != nil {
		s.isolated = &isolation{o: o, sel: s, direct: s.targets}
	}
	return s, nil
}
