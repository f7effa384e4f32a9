package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/bundle"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

func newBundleImportCmd(a *app) *cobra.Command {
	var saveLock bool
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Take a bundle in, so that its packages install and resolve without a network",
		Long: `Import checks a bundle to its last byte, and only then takes any of it in: every
block against its CID, every tarball against the lockfile's digest, every IPNS
record against its name and against the newest one seen here, and the part of
each index for being whole. Afterwards ` + "`ipnpm install`, `ci`, `add`" + ` of a package
that is in it, and resolving anew work with --offline.

What a signed record names is its publisher's word. Of an npm registry there is
none, and the bundle's maker is trusted with which versions it has; digests that
are known here are held against it all the same.`,
		Example: `  ipnpm bundle import app.car
  ipnpm bundle import app.car --save-lockfile && ipnpm ci --offline`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runBundleImport(c.Context(), a, a.absolute(args[0]), saveLock)
		},
	}
	c.Flags().BoolVar(&saveLock, "save-lockfile", false, "write the bundle's lockfile into the project")
	return c
}

// importedBundle is the --json form.
type importedBundle struct {
	Root       string                     `json:"root"`
	Packages   int                        `json:"packages"`
	Blocks     int                        `json:"blocks"`
	Registries map[string]bundle.Registry `json:"registries"`
	TookMS     int64                      `json:"took_ms"`
}

func runBundleImport(ctx context.Context, a *app, path string, saveLock bool) (err error) {
	start := time.Now()
	project := findRoot(a.Dir)
	s, err := a.openSession(project)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	in, err := s.readBundle(ctx, path)
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	if err := in.take(ctx); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	if saveLock {
		if err := in.bundle.Lock.Write(project); err != nil {
			return err
		}
	}
	return a.tellImported(importedBundle{
		Root: in.bundle.Root.String(), Packages: len(in.files), Blocks: in.blocks,
		Registries: in.bundle.Manifest.Registries, TookMS: time.Since(start).Milliseconds(),
	})
}

// incoming is a bundle that is being looked at. Nothing counts before take.
type incoming struct {
	session *session
	stage   *ipfsstore.Stage
	bundle  *bundle.Bundle
	blocks  int
	files   []carriedFile
	records []ipfsstore.Record
	indexes map[string]*registry.Reader // by upstream
}

// carriedFile is a tarball that was found to be the lockfile's.
type carriedFile struct {
	name, integrity string
	cid             cid.Cid
	size            int64
}

// readBundle reads a file into a stage and checks all of it.
func (s *session) readBundle(ctx context.Context, path string) (*incoming, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := &incoming{session: s, indexes: map[string]*registry.Reader{}}
	if in.stage, err = s.store.Stage(); err != nil {
		return nil, err
	}
	err = in.read(ctx, f)
	for _, check := range []func(context.Context) error{in.checkTarballs, in.checkRecords, in.checkIndexes} {
		if err == nil {
			err = check(ctx)
		}
	}
	if err != nil {
		return nil, errors.Join(err, in.stage.Discard())
	}
	return in, nil
}

// take makes what was checked count: first the bytes, then what leads to them.
func (in *incoming) take(ctx context.Context) error {
	if err := in.stage.Commit(ctx); err != nil {
		return err
	}
	s := in.session
	for _, f := range in.files {
		if err := s.store.Remember(f.integrity, f.cid, f.size); err != nil {
			return err
		}
	}
	for _, rec := range in.records {
		if err := s.store.KeepRecord(rec, s.cfg.Bool("allow-rollback")); err != nil {
			return err
		}
	}
	for address, reader := range in.indexes {
		up, err := s.openUpstream(address)
		if err == nil {
			err = up.mirror.Adopt(ctx, reader)
		}
		if err != nil {
			return fmt.Errorf("the index of %s: %w", address, err)
		}
	}
	return nil
}

func (a *app) tellImported(b importedBundle) error {
	if a.json {
		return a.printJSON(b)
	}
	_, err := fmt.Fprintf(a.Out, "imported %d %s in %d blocks, in %s\nroot %s\nnext: ipnpm install --offline\n",
		b.Packages, plural(b.Packages, "package"), b.Blocks, took(time.Duration(b.TookMS)*time.Millisecond), b.Root)
	return err
}
