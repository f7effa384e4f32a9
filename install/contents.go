package install

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Contents lists one extracted tarball in the unpacked store.
type Contents struct {
	// Root is the folder that the files are in.
	Root string
	// Integrity is the sha512 SRI string of the tarball.
	Integrity string
	// Files are sorted by path.
	Files []File
	// Dirs are the folders that the files need below Root, parents first.
	Dirs []string
}

// listing is the file that the listing is kept in.
func (c *Contents) listing() string { return filepath.Join(filepath.Dir(c.Root), "contents") }

// File is one regular file of a package; there are no others.
type File struct {
	// Path is a slash path relative to the package's folder.
	Path string
	// Size in bytes.
	Size int64
	// Exec says that the file is executable.
	Exec bool
}

// Has says whether the package has a file of that path.
func (c *Contents) Has(file string) bool {
	_, found := slices.BinarySearchFunc(c.Files, file, func(f File, want string) int {
		return strings.Compare(f.Path, want)
	})
	return found
}

// sort brings the files in the order that a listing has.
func (c *Contents) sort() {
	slices.SortFunc(c.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
}

// shipsModules says whether the tarball holds packages of its own.
func (c *Contents) shipsModules() bool {
	return slices.Contains(c.Dirs, modules)
}

// Size is the sum of the files' sizes, in bytes.
func (c *Contents) Size() int64 {
	var n int64
	for _, f := range c.Files {
		n += f.Size
	}
	return n
}

// contentsMagic begins a listing. The number changes with the format, so that
// an old store is extracted anew, not misread.
const contentsMagic = "ipnpm-unpacked 1"

// encode writes the listing as NUL-ended records, because a file's name can
// hold anything else: a header, a record a file, and the number of files, which
// tells that nothing is missing.
func (c *Contents) encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s\x00", contentsMagic, c.Integrity)
	for _, f := range c.Files {
		kind := byte('-')
		if f.Exec {
			kind = 'x'
		}
		b.WriteByte(kind)
		b.WriteString(strconv.FormatInt(f.Size, 10))
		b.WriteByte(' ')
		b.WriteString(f.Path)
		b.WriteByte(0)
	}
	fmt.Fprintf(&b, "end %d\x00", len(c.Files))
	return b.Bytes()
}

var errListing = errors.New("damaged listing in the unpacked store")

// decodeContents reads a listing. It fails on anything that [Contents.encode]
// would not have written, paths that leave the package among them.
func decodeContents(data []byte, root string) (*Contents, error) {
	records := strings.Split(string(data), "\x00")
	n := len(records) - 3
	if n < 0 || records[len(records)-1] != "" || records[n+1] != "end "+strconv.Itoa(n) {
		return nil, errListing
	}
	integrity, ok := strings.CutPrefix(records[0], contentsMagic+" ")
	if !ok {
		return nil, errListing
	}
	c := &Contents{Root: root, Integrity: integrity, Files: make([]File, n)}
	for i, record := range records[1 : n+1] {
		f, ok := decodeFile(record)
		if !ok || i > 0 && c.Files[i-1].Path >= f.Path {
			return nil, errListing
		}
		c.Files[i] = f
	}
	c.Dirs = dirsOf(c.Files)
	return c, nil
}

func decodeFile(record string) (File, bool) {
	size, name, ok := strings.Cut(record, " ")
	if !ok || size == "" || !filepath.IsLocal(name) || path.Clean(name) != name {
		return File{}, false
	}
	n, err := strconv.ParseInt(size[1:], 10, 64)
	return File{Path: name, Size: n, Exec: size[0] == 'x'}, err == nil && n >= 0
}

// dirsOf collects the folders of the files, parents first.
func dirsOf(files []File) []string {
	var dirs []string
	seen := map[string]bool{".": true}
	var add func(dir string)
	add = func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			add(path.Dir(dir))
			dirs = append(dirs, dir)
		}
	}
	last := "."
	for _, f := range files {
		if dir := path.Dir(f.Path); dir != last {
			add(dir)
			last = dir
		}
	}
	return dirs
}
