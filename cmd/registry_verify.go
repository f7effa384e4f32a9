package cmd

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

func newRegistryVerifyCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "verify [NAME|ipns://NAME|ipfs://ROOT]",
		Short: "Check all of a registry: every block, integrity and signature",
		Long: `Verify reads a whole registry: every document, every tarball block by block
against its CID and as a whole against its integrity, the links by which the root
holds the tarballs, and the npm registry's signatures with the keys that the
index keeps. What is not on this machine is fetched, and kept. Exit code 1 when
anything is missing or does not hold.`,
		Example: `  ipnpm registry verify
  ipnpm registry verify ipns://k51qzi5uqu5d... --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runRegistryVerify(c.Context(), a, strings.Join(args, ""))
		},
	}
	a.bindConfig(c.Flags(), "progress")
	return c
}

// fault is one thing that does not hold.
type fault struct {
	Package string `json:"package"`
	Problem string `json:"problem"`
}

// verifiedRegistry is the --json form.
type verifiedRegistry struct {
	Root     string  `json:"root"`
	Packages int     `json:"packages"`
	Versions int     `json:"versions"`
	Bytes    int64   `json:"bytes"`
	Signed   int     `json:"signed"`
	Unsigned int     `json:"unsigned"`
	Faults   []fault `json:"faults"`
	TookMS   int64   `json:"took_ms"`
}

func runRegistryVerify(ctx context.Context, a *app, which string) (err error) {
	start := time.Now()
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	shown, _, err := s.rootOf(ctx, which)
	if err != nil {
		return err
	}
	v := &verification{session: s, report: verifiedRegistry{Root: shown.Root, Faults: []fault{}}}
	v.bar = a.newProgressFor(s)
	err = v.run(ctx)
	v.bar.Close()
	if err != nil {
		return err
	}
	v.report.TookMS = time.Since(start).Milliseconds()
	return a.tellVerified(v.report)
}

// verification is one run of verify.
type verification struct {
	session *session
	bar     *progress
	root    cid.Cid

	mu     sync.Mutex
	report verifiedRegistry
}

// verifyNames is how many packages are looked at before their documents are
// forgotten.
const verifyNames = 64

func (v *verification) run(ctx context.Context) error {
	var err error
	if v.root, err = ipfsstore.ParseCID(v.report.Root); err != nil {
		return err
	}
	reader, err := registry.OpenReader(ctx, v.session.store, v.root)
	if err != nil {
		return err
	}
	names, err := reader.Names(ctx)
	if err != nil {
		return err
	}
	v.report.Packages = len(names)
	v.bar.Phase("resolve", len(names))
	for part := range slices.Chunk(names, verifyNames) {
		if err := v.part(ctx, part); err != nil {
			return err
		}
	}
	slices.SortFunc(v.report.Faults, func(a, b fault) int { return strings.Compare(a.Package, b.Package) })
	return nil
}

// part looks at some packages through a reader of its own.
func (v *verification) part(ctx context.Context, names []string) error {
	reader, err := registry.OpenReader(ctx, v.session.store, v.root)
	if err != nil {
		return err
	}
	_ = reader.Prefetch(ctx, names) // what fails is told of each name
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(2 * runtime.GOMAXPROCS(0))
	for _, name := range names {
		doc, err := reader.Packument(ctx, name)
		if err == nil {
			err = reader.CheckLinks(ctx, doc)
		}
		v.note(name, err)
		v.bar.Step("resolve", name, 0)
		if doc == nil {
			continue
		}
		for _, number := range doc.VersionList() {
			group.Go(func() error { return v.version(ctx, doc, number, reader.Info().Keys) })
		}
	}
	return group.Wait()
}

// version looks at one version; the error is only that ctx ended.
func (v *verification) version(ctx context.Context, doc *registry.Packument, number string, keys []registry.SigningKey) error {
	name := doc.Name + "@" + number
	found, err := doc.Version(number)
	if err != nil {
		v.note(name, err)
		return nil
	}
	signed, err := registry.VerifySignatures(found, keys)
	v.note(name, err)
	c, err := v.session.fromStore(ctx, found)
	v.note(name, err)
	v.bar.Step("fetch", name, c.Size)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.report.Versions++
	v.report.Bytes += c.Size
	switch {
	case signed:
		v.report.Signed++
	case len(keys) > 0:
		v.report.Unsigned++
	}
	return ctx.Err()
}

func (v *verification) note(name string, err error) {
	if err == nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.report.Faults = append(v.report.Faults, fault{Package: name, Problem: err.Error()})
}

func (a *app) tellVerified(r verifiedRegistry) error {
	if a.json {
		if err := a.printJSON(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(a.Out, "%s: %d packages, %d versions, %s, in %s\n", r.Root, r.Packages, r.Versions, size(r.Bytes), took(time.Duration(r.TookMS)*time.Millisecond))
		if r.Signed+r.Unsigned > 0 {
			fmt.Fprintf(a.Out, "signatures: %d hold, %d have none\n", r.Signed, r.Unsigned)
		}
		for _, f := range r.Faults {
			fmt.Fprintf(a.Out, "%s %s: %s\n", a.paintOut(red, "BAD"), f.Package, printable(f.Problem))
		}
	}
	if len(r.Faults) == 0 {
		return nil
	}
	return &hintError{
		err:  fmt.Errorf("%d %s of the registry not as the root says", len(r.Faults), plural(len(r.Faults), "part")),
		hint: "mirror it again, or name a source that has it whole (--ipfs, --ipfs-gateway)",
		code: "EINTEGRITY",
	}
}
