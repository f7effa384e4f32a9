package install

import (
	"bytes"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/tarball"
)

// Contents lists one extracted tarball in the unpacked store.
type Contents struct {
	// Root is the folder that the files are in, as [Contents.stored] names them.
	Root string
	// folder is the key's, which the listing is in.
	folder string
	// Integrity is the sha512 SRI string of the tarball.
	Integrity string
	// Files are sorted by path.
	Files []File
	// Dirs are the folders that the files need below Root, parents first.
	Dirs []string
	// flat says that the files lie beside one another in Root, under numbers.
	// A package of a hundred folders is a folder then, which is a good part of
	// what it costs to extract it. Otherwise it lies there as in its tarball,
	// ready to be moved into the virtual store.
	flat bool
	// listed is when the listing was written, if it was read.
	listed time.Time
}

// In the folder of a key: the listing's name, and, unless they are flat, that of
// the folder with the files.
const (
	listingName = virtual.ListingName
	treeName    = "package"
)

// within says which folder of the store the files are in.
func (c *Contents) within(folder string) *Contents {
	if c.flat {
		return c.under(folder, "")
	}
	return c.under(folder, treeName)
}

// under is within of files that lie in the folder's tree of that name, a slash path.
func (c *Contents) under(folder, tree string) *Contents {
	c.Root, c.folder = filepath.Join(folder, filepath.FromSlash(tree)), folder
	return c
}

// listing is the file that the listing is kept in.
func (c *Contents) listing() string { return filepath.Join(c.folder, listingName) }

// stored is a file's name in Root.
func (c *Contents) stored(f *File) string {
	if c.flat {
		return f.stored
	}
	return f.Path
}

// path is where a file is on the disk.
func (c *Contents) path(f *File) string {
	return filepath.Join(c.Root, filepath.FromSlash(c.stored(f)))
}

// asTree is the contents of a folder in which the files have their own names.
func (c *Contents) asTree(root string) *Contents {
	tree := *c
	tree.Root, tree.flat = root, false
	return &tree
}

// File is one regular file of a package; there are no others.
type File struct {
	// Path is a slash path relative to the package's folder.
	Path string
	// Size in bytes.
	Size int64
	// Exec says that the file is executable.
	Exec bool
	// number tells the file's name where contents are flat; see lieFlat.
	number int
	stored string
}

// lieFlat gives the file its number among flat ones, and puts its name together, which
// each place that it is linked to asks for.
func (f *File) lieFlat(number int) { f.number, f.stored = number, tarball.FlatName(number) }

// Has says whether the package has a file of that path.
func (c *Contents) Has(file string) bool {
	_, found := c.find(file)
	return found
}

func (c *Contents) find(file string) (at int, found bool) {
	return slices.BinarySearchFunc(c.Files, file, func(f File, want string) int {
		return strings.Compare(f.Path, want)
	})
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

// A listing begins with one of these. The number changes with the format, so
// that an unknown one is extracted anew, not misread.
const (
	treeMagic = "ipnpm-unpacked 1 "
	flatMagic = "ipnpm-unpacked 2 "
)

// encode writes the listing as NUL-ended records, because a file's name can
// hold anything else: a header, a record a file, and the number of files, which
// tells that nothing is missing.
func (c *Contents) encode() []byte {
	var b bytes.Buffer
	if c.flat {
		b.WriteString(flatMagic)
	} else {
		b.WriteString(treeMagic)
	}
	b.WriteString(c.Integrity)
	b.WriteByte(0)
	for _, f := range c.Files {
		kind := byte('-')
		if f.Exec {
			kind = 'x'
		}
		b.WriteByte(kind)
		b.WriteString(strconv.FormatInt(f.Size, 10))
		b.WriteByte(' ')
		if c.flat {
			b.WriteString(strconv.Itoa(f.number))
			b.WriteByte(' ')
		}
		b.WriteString(f.Path)
		b.WriteByte(0)
	}
	b.WriteString("end " + strconv.Itoa(len(c.Files)) + "\x00")
	return b.Bytes()
}

var errListing = errors.New("damaged listing in the unpacked store")

// decodeContents reads a listing. It fails on anything that [Contents.encode]
// would not have written, paths that leave the package among them. Where the
// files are is for the caller to say.
func decodeContents(data []byte) (*Contents, error) {
	n := bytes.Count(data, []byte{0}) - 2
	rest, whole := strings.CutSuffix(string(data), "\x00end "+strconv.Itoa(n)+"\x00")
	header, rest, _ := strings.Cut(rest, "\x00")
	integrity, flat := strings.CutPrefix(header, flatMagic)
	integrity, tree := strings.CutPrefix(integrity, treeMagic)
	if !whole || n < 0 || flat == tree {
		return nil, errListing
	}
	c := &Contents{Integrity: integrity, Files: make([]File, n), flat: flat}
	for i := range c.Files {
		var record string
		record, rest, _ = strings.Cut(rest, "\x00")
		f, ok := decodeFile(record, flat)
		if !ok || i > 0 && c.Files[i-1].Path >= f.Path {
			return nil, errListing
		}
		c.Files[i] = f
	}
	c.Dirs = dirsOf(c.Files)
	return c, nil
}

func decodeFile(record string, flat bool) (File, bool) {
	size, name, ok := strings.Cut(record, " ")
	number := 0
	if flat && ok {
		var digits string
		var err error
		digits, name, ok = strings.Cut(name, " ")
		number, err = strconv.Atoi(digits)
		ok = ok && err == nil && number >= 0 && strconv.Itoa(number) == digits
	}
	if !ok || size == "" || !isPlain(name) {
		return File{}, false
	}
	n, err := strconv.ParseInt(size[1:], 10, 64)
	f := File{Path: name, Size: n, Exec: size[0] == 'x'}
	if flat {
		f.lieFlat(number)
	}
	return f, err == nil && n >= 0
}

// isPlain says that a slash path stays below where it begins, and is the shortest for
// what it names.
func isPlain(name string) bool {
	for rest, more := name, true; more; {
		var element string
		if element, rest, more = strings.Cut(rest, "/"); element == "" || element == "." || element == ".." {
			return false
		}
	}
	// Elsewhere there are more names that lead astray.
	return runtime.GOOS == "linux" || filepath.IsLocal(name)
}

// dirOf is the folder of a plain path, "." for a file at the top.
func dirOf(name string) string {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i]
	}
	return "."
}

// dirsOf collects the folders of the files, parents first.
func dirsOf(files []File) []string {
	var dirs []string
	seen := map[string]bool{".": true}
	var add func(dir string)
	add = func(dir string) {
		if !seen[dir] {
			seen[dir] = true
			add(dirOf(dir))
			dirs = append(dirs, dir)
		}
	}
	last := "."
	for _, f := range files {
		if dir := dirOf(f.Path); dir != last {
			add(dir)
			last = dir
		}
	}
	return dirs
}
