package stages

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/internal/dirat"
)

// trees are the stages that make and check node_modules.
func trees() []stage {
	return []stage{
		{name: "link", unit: "files", limit: "mkdir, link", open: openLink},
		{name: "link, linked layout", unit: "links", limit: "mkdir, symlink", open: openLinkedLayout},
		{name: "nothing to do", unit: "folders and files", limit: "lstat, read, sha256", repeats: true, open: openNothingToDo},
	}
}

// into makes a folder with the project in it, and how it is installed there.
func (p *Project) into(dir, name string) (install.Options, error) {
	o := install.Options{Root: filepath.Join(dir, name), Lock: p.lock, Fetcher: p, IgnoreScripts: true,
		Unpacked: install.OpenUnpacked(filepath.Join(dir, "store"))}
	if err := os.MkdirAll(o.Root, 0o755); err != nil {
		return o, err
	}
	if err := os.WriteFile(filepath.Join(o.Root, "package.json"), []byte("{}"), 0o644); err != nil {
		return o, err
	}
	return o, p.lock.Write(o.Root)
}

// openLink installs from a store that has everything.
func openLink(ctx context.Context, p *Project, dir string) (pair, error) {
	return p.openTree(ctx, dir, func(*install.Options) {}, func(t *tree) int { return t.files })
}

// openLinkedLayout makes a tree of links to entries that exist.
func openLinkedLayout(ctx context.Context, p *Project, dir string) (pair, error) {
	return p.openTree(ctx, dir, func(o *install.Options) { o.Virtual = virtual.Open(filepath.Join(dir, "virtual")) },
		func(t *tree) int { return len(t.links) })
}

// openTree installs once, to fill the store and to see what the tree is. Then
// ours installs beside it, by stores that are opened anew as a new process
// does, and the limit makes a copy of the first.
func (p *Project) openTree(ctx context.Context, dir string, layout func(*install.Options), counted func(*tree) int) (pair, error) {
	first, err := p.into(dir, "first")
	if err != nil {
		return pair{}, err
	}
	layout(&first)
	if _, err := install.Run(ctx, first); err != nil {
		return pair{}, err
	}
	bare, err := survey(filepath.Join(first.Root, "node_modules"), filepath.Join(dir, "bare"))
	if err != nil {
		return pair{}, err
	}
	second, err := p.into(dir, "second")
	if err != nil {
		return pair{}, err
	}
	layout(&second)
	return pair{
		ours: func(ctx context.Context) (int64, error) {
			if _, err := install.Run(ctx, second); err != nil {
				return 0, err
			}
			return int64(counted(bare)), nil
		},
		limit: func(ctx context.Context) (int64, error) { return int64(counted(bare)), bare.copy(ctx) },
		check: func() error {
			return bare.equals(filepath.Join(second.Root, "node_modules"), filepath.Join(dir, "bare"))
		},
	}, nil
}

// tree is a node_modules, known in every detail, and where to make it again.
type tree struct {
	// levels are the folders, by depth.
	levels   [][]string
	packages []*packed
	links    []symlink
	files    int
}

// packed are the files of one package, by their path in it.
type packed struct {
	from, to string
	files    []string
}

type symlink struct{ leads, at string }

// survey lists a tree without the installer's own records.
func survey(root, to string) (*tree, error) {
	t := &tree{}
	byFolder := map[string]*packed{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		switch {
		case err != nil:
			return err
		case d.IsDir():
			t.addDir(filepath.Join(to, rel))
		case d.Type() == fs.ModeSymlink:
			var leads string
			leads, err = os.Readlink(path)
			t.links = append(t.links, symlink{leads, filepath.Join(to, rel)})
		case filepath.Dir(rel) != ".":
			t.addFile(byFolder, root, to, filepath.ToSlash(rel))
		}
		return err
	})
	return t, err
}

func (t *tree) addDir(dir string) {
	depth := strings.Count(dir, string(filepath.Separator))
	for len(t.levels) <= depth {
		t.levels = append(t.levels, nil)
	}
	t.levels[depth] = append(t.levels[depth], dir)
}

func (t *tree) addFile(byFolder map[string]*packed, root, to, rel string) {
	folder, name := splitPackage(rel)
	pkg := byFolder[folder]
	if pkg == nil {
		pkg = &packed{from: filepath.Join(root, folder), to: filepath.Join(to, folder)}
		byFolder[folder] = pkg
		t.packages = append(t.packages, pkg)
	}
	pkg.files = append(pkg.files, name)
	t.files++
}

// splitPackage cuts the path of a file behind its package's folder.
func splitPackage(rel string) (folder, name string) {
	start, parts := 0, 1
	if at := strings.LastIndex("/"+rel, "/node_modules/"); at >= 0 {
		start = at + len("node_modules/")
	}
	if strings.HasPrefix(rel[start:], "@") {
		parts = 2
	}
	end := start
	for range parts {
		end += strings.IndexByte(rel[end:], '/') + 1
	}
	return rel[:end], rel[end:]
}

// equals says whether trees have as many folders, files and links as this one.
func (t *tree) equals(roots ...string) error {
	for _, root := range roots {
		other, err := survey(root, "")
		if err != nil {
			return err
		}
		if len(slices.Concat(other.levels...)) != len(slices.Concat(t.levels...)) || other.files != t.files || len(other.links) != len(t.links) {
			return fmt.Errorf("%s is another tree than the one that was installed first", root)
		}
	}
	return nil
}

// copy makes the tree with as many workers as the installer has.
func (t *tree) copy(ctx context.Context) error {
	for _, level := range t.levels {
		if err := spread(ctx, install.DefaultLinkers, level, func(dir string) error { return os.Mkdir(dir, 0o755) }); err != nil {
			return err
		}
	}
	if err := spread(ctx, install.DefaultLinkers, t.links, func(l symlink) error { return os.Symlink(l.leads, l.at) }); err != nil {
		return err
	}
	return spread(ctx, install.DefaultLinkers, t.packages, (*packed).link)
}

// link makes the package's files a second time.
func (p *packed) link() error {
	from, err := dirat.Open(p.from)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := dirat.Open(p.to)
	if err != nil {
		return err
	}
	defer to.Close()
	for _, name := range p.files {
		if err := dirat.Link(from, name, to, name); err != nil {
			return err
		}
	}
	return nil
}

// spread lets workers take from the list what is next on it.
func spread[T any](ctx context.Context, workers int, list []T, do func(T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range workers {
		group.Go(func() error {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(list) {
					return nil
				}
				if err := do(list[i]); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}
