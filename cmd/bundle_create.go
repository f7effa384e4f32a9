package cmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/bundle"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// bundleOptions are create's own flags.
type bundleOptions struct {
	output, lock, since string
	thisPlatform        bool
}

func newBundleCreateCmd(a *app) *cobra.Command {
	var o bundleOptions
	c := &cobra.Command{
		Use:   "create",
		Short: "Write the bundle of a lockfile",
		Long: `Create writes the bundle of ipnpm-lock.json. What of it is not on this machine
is fetched. The packages of all platforms that the lockfile names are in it, since
on the far side nobody can go back for the one that is missing; --this-platform,
or --os, --cpu and --libc, take those for one platform alone.

The same lockfile, records and registries give the same bytes. The root that is
printed names all that is in the bundle: given to --since, the next bundle has
only what is new since then.`,
		Example: `  ipnpm bundle create
  ipnpm bundle create -o app.car --os=linux --cpu=x64 --libc=glibc
  ipnpm bundle create -o update.car --since=bafybeib...`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runBundleCreate(c.Context(), a, o) },
	}
	f := c.Flags()
	f.StringVarP(&o.output, "output", "o", "bundle.car", "write to this `FILE`")
	f.StringVar(&o.lock, "lockfile", "", "the lockfile (`PATH`; default: the project's)")
	f.StringVar(&o.since, "since", "", "leave out what is below this `ROOT`, of a bundle or a registry that the far side has whole")
	f.BoolVar(&o.thisPlatform, "this-platform", false, "leave out the packages of other platforms than this machine's")
	a.bindConfig(f, "os", "cpu", "libc", "progress")
	return c
}

// bundledFile is the --json form.
type bundledFile struct {
	File     string `json:"file"`
	Root     string `json:"root"`
	Since    string `json:"since,omitempty"`
	Packages int    `json:"packages"`
	LeftOut  int    `json:"leftOut"`
	Blocks   int    `json:"blocks"`
	Bytes    int64  `json:"bytes"`
}

func runBundleCreate(ctx context.Context, a *app, o bundleOptions) error {
	return a.withLockAt(o.lock, func(s *session, lock *lockfile.Lockfile) error {
		done, err := s.createBundle(ctx, lock, o)
		s.bar.Close()
		if err != nil {
			return err
		}
		return a.tellBundled(done)
	})
}

// withLockAt opens the session, with its progress line, of a command about a
// lockfile: the project's, or the one named.
func (a *app) withLockAt(path string, do func(*session, *lockfile.Lockfile) error) error {
	project := findRoot(a.Dir)
	lock, err := readLockAt(firstNonEmpty(a.absolute(path), filepath.Join(project, lockfile.FileName)))
	if err != nil {
		return err
	}
	return a.withSessionAt(project, func(s *session) error {
		s.bar = a.newProgressFor(s)
		defer s.bar.Close()
		return do(s, lock)
	})
}

func readLockAt(path string) (*lockfile.Lockfile, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &hintError{
			err:  fmt.Errorf("there is no lockfile %s", path),
			hint: "run `ipnpm install` once to make it, or `ipnpm import` where another package manager's is",
		}
	}
	if err != nil {
		return nil, err
	}
	lock, err := lockfile.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return lock, nil
}

// createBundle gathers what the bundle is to have, and writes it.
func (s *session) createBundle(ctx context.Context, lock *lockfile.Lockfile, o bundleOptions) (bundledFile, error) {
	done := bundledFile{File: o.output, Since: o.since}
	without, err := s.below(ctx, o.since)
	if err != nil {
		return done, err
	}
	s.layers.expect(lock)
	locations, left := s.toCarry(lock, o)
	done.Packages, done.LeftOut = len(locations), left
	if err := s.bringAll(ctx, lock, locations); err != nil {
		return done, err
	}
	contents := bundle.Contents{Lock: lock, Records: map[string][]byte{}}
	if contents.Tarballs, err = s.tarballRefs(lock, locations); err != nil {
		return done, err
	}
	if err := s.addIndexes(ctx, lock, locations, &contents); err != nil {
		return done, err
	}
	root, bs, err := bundle.LayOut(contents)
	if err != nil {
		return done, err
	}
	// They stay here: the next bundle's --since reads them.
	if err := s.store.PutBlocks(ctx, bs); err != nil {
		return done, err
	}
	done.Root = root.String()
	done.Blocks, done.Bytes, err = s.writeBundle(ctx, s.app.absolute(o.output), root, without)
	return done, err
}

// below is what a far side has that has the root.
func (s *session) below(ctx context.Context, root string) (map[string]bool, error) {
	if root == "" {
		return nil, nil
	}
	c, err := ipfsstore.ParseCID(root)
	if err != nil {
		return nil, fmt.Errorf("--since: %w", err)
	}
	hashes, err := s.store.Reachable(ctx, []cid.Cid{c})
	if err != nil {
		return nil, &hintError{
			err:  fmt.Errorf("--since: what is below the root cannot be told: %w", err),
			hint: "it is read where the earlier bundle was made; without --since the bundle is whole",
		}
	}
	return hashes, nil
}

// toCarry lists the locations whose tarballs go into the bundle, and counts the
// packages that are for other platforms.
func (s *session) toCarry(lock *lockfile.Lockfile, o bundleOptions) (locations []string, left int) {
	one := o.thisPlatform || s.cfg.String("os") != "" || s.cfg.String("cpu") != "" || s.cfg.String("libc") != ""
	platform := s.platform()
	for _, location := range withTarballs(lock) {
		pkg := lock.Packages[location]
		if one && !platform.Supports(pkg.OS, pkg.CPU, pkg.Libc) {
			left++
			continue
		}
		locations = append(locations, location)
	}
	return locations, left
}

// withTarballs lists the locations of the packages that are a tarball, whether a
// registry has it or the lockfile alone names it by its CID, each package once.
func withTarballs(lock *lockfile.Lockfile) []string {
	var out []string
	seen := map[string]bool{}
	for _, location := range slices.Sorted(maps.Keys(lock.Packages)) {
		pkg := lock.Packages[location]
		elsewhere := pkg.Resolved != "" && pkg.CID != "" && !pkg.Link
		id := packageName(location, pkg) + "@" + pkg.Version
		if (ofRegistry(location, pkg) || elsewhere) && !seen[id] {
			seen[id] = true
			out = append(out, location)
		}
	}
	return out
}

// bringAll has all tarballs in the store, or says which it cannot have.
func (s *session) bringAll(ctx context.Context, lock *lockfile.Lockfile, locations []string) error {
	s.bar.Phase("fetch", len(locations))
	missing, err := s.fetchAll(ctx, lock, locations, s.readLocked)
	if err != nil || len(missing) == 0 {
		return err
	}
	hint := "--this-platform, --os, --cpu and --libc leave out what is for other platforms"
	if s.cfg.Bool("offline") {
		hint = "run it without --offline; " + hint
	}
	return &missingError{packages: distinct(missing), what: "of the lockfile cannot be had from any source", hint: hint}
}

// tarballRefs are the tarballs by UnixFS CID, also those that the lockfile names
// by their digest.
func (s *session) tarballRefs(lock *lockfile.Lockfile, locations []string) ([]registry.TarballRef, error) {
	refs := make([]registry.TarballRef, len(locations))
	for i, location := range locations {
		pkg := lock.Packages[location]
		name := packageName(location, pkg)
		refs[i] = registry.TarballRef{Name: name, Version: pkg.Version, Size: pkg.Size}
		if known, size, ok := s.store.Known(pkg.Integrity); ok && (pkg.CID == "" || isAliasOf(pkg.CID, pkg.Integrity)) {
			refs[i].CID, refs[i].Size = known, size
			continue
		}
		c, err := ipfsstore.ParseCID(pkg.CID)
		if err != nil {
			return nil, fmt.Errorf("%s@%s: %w", name, pkg.Version, err)
		}
		refs[i].CID = c
	}
	return refs, nil
}

// writeBundle writes the file whole or not at all.
func (s *session) writeBundle(ctx context.Context, path string, root cid.Cid, without map[string]bool) (blocks int, bytes int64, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".bundle-*")
	if err != nil {
		return 0, 0, err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	blocks, err = s.store.WriteDAG(ctx, f, root, without)
	info, statErr := f.Stat()
	err = errors.Join(err, statErr, f.Chmod(0o644), f.Sync(), f.Close())
	if err != nil {
		return 0, 0, err
	}
	return blocks, info.Size(), os.Rename(f.Name(), path)
}

func (a *app) tellBundled(b bundledFile) error {
	if a.json {
		return a.printJSON(b)
	}
	fmt.Fprintf(a.Out, "%s: %d %s, %s\nroot %s\n", b.File, b.Packages, plural(b.Packages, "package"), size(b.Bytes), b.Root)
	if b.LeftOut > 0 {
		fmt.Fprintf(a.Out, "left out: %d for other platforms\n", b.LeftOut)
	}
	_, err := fmt.Fprintf(a.Out, "on the far side: ipnpm bundle import %s; the next time here: ipnpm bundle create --since=%s\n",
		filepath.Base(b.File), b.Root)
	return err
}
