package install

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/lockfile"
)

// Problem is what is wrong with a file, a link or a package.
type Problem string

// The problems.
const (
	Changed Problem = "changed"
	Missing Problem = "missing"
	Extra   Problem = "extra"
)

// Difference is one thing in node_modules that is not as the lockfile has it.
type Difference struct {
	// Location is the package's key in the lockfile, or the folder of
	// commands ("node_modules/.bin").
	Location string
	// Name and Version are the package's, empty for what belongs to none.
	Name, Version string
	// Path is that of the file below the location, with slashes; "" for all
	// that is there.
	Path string
	// Problem says what is wrong, and Detail more where there is more to say.
	Problem Problem
	Detail  string
}

// Verification is what [Verify] found.
type Verification struct {
	// Packages and Files count what was compared.
	Packages, Files int
	// Differences are by location and path.
	Differences []Difference
	// Built are the differences of packages whose approved install scripts
	// run. What these make, no lockfile says.
	Built []Difference
	// Absent are the optional packages that are not there, as those are that
	// could not be downloaded or built.
	Absent []string
}

// Verify compares a project's node_modules with the options' lockfile: each file
// of each package with the tarball that the lockfile names, each link and each
// command with what an install makes. It trusts no record of an install, looks
// at every byte, and changes nothing. In the linked layout it goes through the
// entries of the virtual store that the project leads to. Errors are that the
// lockfile cannot be installed, or that a tarball cannot be had.
func Verify(ctx context.Context, o Options) (*Verification, error) {
	o = o.withDefaults()
	o.Scope = nil
	sel, err := choose(o)
	if err != nil {
		return nil, err
	}
	v := &verifier{o: o, sel: sel, commands: map[string]bool{}, modulesDirs: map[string]bool{}, out: &Verification{}}
	for _, t := range slices.Concat(sel.targets, sel.bundled) {
		v.modulesDirs[t.dir] = true
		for _, file := range commandsOf(t.displayName(), t.pkg) {
			v.commands[t.loc+"/"+strings.TrimPrefix(file, "./")] = true
		}
	}
	folders, err := v.folders(ctx)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(v.checkBases(), v.checkBins()); err != nil {
		return nil, explain(err)
	}
	if err := v.checkAll(ctx, folders); err != nil {
		return nil, err
	}
	v.out.sort()
	return v.out, nil
}

// verifier is one run of Verify.
type verifier struct {
	o Options
	// sel is what the project's own folders hold: in the linked layout links.
	sel *selection
	// commands are the files that the lockfile's bins name, by location and
	// path.
	commands map[string]bool
	// modulesDirs are the node_modules folders, each with commands of its own.
	modulesDirs map[string]bool

	mu  sync.Mutex
	out *Verification
}

// folder is a package's folder on the disk, to be compared with its tarball.
type folder struct {
	*target
	dir string
	// links are the symbolic links that belong into it, by slash path; there
	// are some in the virtual store alone.
	links map[string]string
	// apart says that a slash path below it is another package's, or a link.
	apart func(path string) bool
}

// folders lists the packages' folders, and looks at the links on the way.
func (v *verifier) folders(ctx context.Context) ([]folder, error) {
	if v.o.Virtual != nil {
		return v.linkedFolders(ctx)
	}
	var all []folder
	for _, t := range v.sel.targets {
		if t.isLink() {
			v.checkLink(t)
			continue
		}
		apart := func(path string) bool {
			loc := t.loc + "/" + path
			return v.sel.byLoc[loc] != nil || v.modulesDirs[strings.TrimSuffix(loc, "/.bin")]
		}
		all = append(all, folder{target: t, dir: diskPath(v.o.Root, t.loc), apart: apart})
	}
	return all, nil
}

// checkAll compares the folders, several at a time.
func (v *verifier) checkAll(ctx context.Context, folders []folder) error {
	v.o.Reporter.Phase("verify", len(folders))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(min(runtime.NumCPU(), 8))
	for _, f := range folders {
		group.Go(func() error {
			if err := v.checkFolder(ctx, f); err != nil {
				return &PackageError{f.loc, f.displayName(), f.pkg.Version, "verifying", explain(err)}
			}
			v.o.Reporter.Step("verify", f.loc, f.pkg.Size)
			return nil
		})
	}
	return group.Wait()
}

// checkLink looks whether a link leads to where an install has it lead.
func (v *verifier) checkLink(t *target) {
	want, err := t.linkText(v.o.Root)
	if err == nil {
		v.checkLinkText(t, "", diskPath(v.o.Root, t.loc), want)
	}
}

func (v *verifier) checkLinkText(t *target, path, at, want string) {
	switch problem, detail := compareLink(at, want); {
	case problem == Missing && t.pkg.Optional:
		v.out.Absent = append(v.out.Absent, t.loc)
	case problem != "":
		v.note(t, path, problem, detail)
	}
}

// compareLink says what is wrong with a link that is to hold a text, "" for
// nothing.
func compareLink(at, want string) (problem Problem, detail string) {
	have, err := os.Readlink(at)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Missing, ""
	case err != nil:
		return Changed, "is not a link"
	case have != want:
		return Changed, "leads to " + have
	}
	return "", ""
}

// note keeps a difference of a package.
func (v *verifier) note(t *target, path string, problem Problem, detail string) {
	d := Difference{t.loc, t.displayName(), t.pkg.Version, path, problem, detail}
	v.mu.Lock()
	defer v.mu.Unlock()
	if mayBuild(v.o, t) && path != "" {
		v.out.Built = append(v.out.Built, d)
		return
	}
	v.out.Differences = append(v.out.Differences, d)
}

func (v *verifier) noteAt(loc, path string, problem Problem, detail string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.out.Differences = append(v.out.Differences, Difference{Location: loc, Path: path, Problem: problem, Detail: detail})
}

func (out *Verification) sort() {
	order := func(a, b Difference) int {
		return cmp.Or(lockfile.Compare(a.Location, b.Location), cmp.Compare(a.Path, b.Path))
	}
	slices.SortStableFunc(out.Differences, order)
	slices.SortStableFunc(out.Built, order)
	slices.SortFunc(out.Absent, lockfile.Compare)
}
