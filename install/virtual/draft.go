package virtual

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/internal/dirat"
)

// Draft is an entry in the making.
type Draft struct {
	store *Store
	entry *Entry
	// dir is its folder, beside the entries, so that its relative links hold.
	dir string
}

// draftPrefix begins the names of drafts. No key begins with a dot.
const draftPrefix = ".tmp-"

// Draft makes an empty folder for an entry.
func (s *Store) Draft(e *Entry) (*Draft, error) {
	dir, err := dirat.MkdirTemp(s.entries, draftPrefix)
	return &Draft{store: s, entry: e, dir: dir}, err
}

// Adopt makes a draft of a folder on the store's file system that nobody else
// knows of. It holds the listing of the entry's one package, and in a folder,
// for [Draft.MoveIn], its files.
func (s *Store) Adopt(e *Entry, dir string) *Draft {
	return &Draft{store: s, entry: e, dir: dir}
}

// MoveIn makes the package of the draft's only member out of a folder in the
// draft, a slash path, and returns where it is then. It may be there already.
func (d *Draft) MoveIn(l *Layout, m Member, from string) (string, error) {
	name := l.packages[m.Package].Name
	parent := d.Modules(m)
	dir, at := filepath.Join(parent, filepath.FromSlash(name)), filepath.Join(d.dir, filepath.FromSlash(from))
	if dir == at {
		return dir, nil
	}
	err := dirat.Mkdir(parent, 0o755)
	if scope, _, scoped := strings.Cut(name, "/"); scoped && err == nil {
		err = dirat.Mkdir(filepath.Join(parent, scope), 0o755)
	}
	if err != nil {
		return "", err
	}
	return dir, dirat.Rename(at, dir)
}

// Folder makes, and returns, the folder that holds a member's package. It is
// empty, and its parents are there.
func (d *Draft) Folder(l *Layout, m Member) (string, error) {
	dir := filepath.Join(d.Modules(m), filepath.FromSlash(l.packages[m.Package].Name))
	return dir, os.MkdirAll(dir, 0o755)
}

// Modules is the node_modules folder of a member.
func (d *Draft) Modules(m Member) string {
	return filepath.Join(d.dir, m.Dir, "node_modules")
}

// Listing is the path of the file that lists a member's files.
func (d *Draft) Listing(m Member) string {
	return filepath.Join(d.dir, m.Dir, ListingName)
}

// ListingName is the file beside a member's node_modules that lists what is in
// the package's folder. A folder that is adopted has it already.
const ListingName = "contents"

// Link makes the links of a member. The package's own folder must be whole
// already, since a link may be inside.
func (d *Draft) Link(l *Layout, m Member) error {
	links, err := l.Links(d.entry, m)
	if err != nil {
		return err
	}
	for _, link := range links {
		if err := symlink(link.Text, filepath.Join(d.Modules(m), filepath.FromSlash(link.At))); err != nil {
			return err
		}
	}
	return nil
}

// symlink makes a link with one system call in the usual case that its folder
// is there and its place is free. It is not free where a tarball brought
// packages that the lockfile knows nothing of.
func symlink(target, at string) error {
	link := func() error { return dirat.Symlink(target, at) }
	err := dirat.WithParent(at, link)
	if errors.Is(err, fs.ErrExist) {
		if err = os.RemoveAll(at); err == nil {
			err = link()
		}
	}
	return err
}

// Publish gives the draft its key. What it leads to must be published. When
// another process was first, its entry is as good.
func (d *Draft) Publish() error {
	final := d.store.Path(d.entry.Key)
	// Who made the store may not have come to the folder of the entries yet.
	err := dirat.WithParent(final, func() error { return dirat.Rename(d.dir, final) })
	if err != nil && d.store.Has(d.entry) {
		return d.Discard()
	}
	return err
}

// Replace publishes the draft in the place of an entry that is there, at one
// moment where the system can exchange two folders. What is open in the old one
// stays readable.
func (d *Draft) Replace() error {
	final := d.store.Path(d.entry.Key)
	if !d.store.Has(d.entry) {
		return d.Publish()
	}
	if err := exchange(d.dir, final); err != nil {
		return err
	}
	return d.Discard() // what was there
}

// Discard removes a draft that will not be published.
func (d *Draft) Discard() error { return os.RemoveAll(d.dir) }
