package cmd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/audit"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tree"
)

func newAuditSignaturesCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "signatures",
		Short: "Check the npm registry's signatures of what is installed",
		Long: `Signatures checks, for each package that is installed, the signature of the npm
registry over name, version and integrity: the integrity that the lockfile has,
so that it covers the bytes that were installed, where npm takes the registry's.
The keys are those that the registry lists, or of a registry on IPFS those that it
was mirrored with, which works offline. Exit code 1 when a signature is missing,
though the registry signs, or does not hold.

Attestations (provenance) are counted, and with --json --include-attestations
listed as "attested". They are not verified here, as npm does against Sigstore's
public instances.`,
		Example: `  ipnpm audit signatures
  ipnpm audit signatures --offline --json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runAuditSignatures(c.Context(), a) },
	}
	a.bindConfig(c.Flags(), append(filteredKeys(), "force", "omit", "include", "include-attestations")...)
	return c
}

// unsigned is what the --json form says of a package without a signature.
type unsigned struct {
	Integrity string `json:"integrity"`
	Location  string `json:"location"`
	Name      string `json:"name"`
	Registry  string `json:"registry"`
	Resolved  string `json:"resolved,omitempty"`
	Version   string `json:"version"`
}

// missigned is what it says of one whose signature does not hold.
type missigned struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	unsigned
	KeyID string `json:"keyid,omitempty"`
	Type  string `json:"type"`
}

// attested is what it says of one with attestations.
type attested struct {
	unsigned
	Attestations json.RawMessage `json:"attestations"`
}

// signatures is one run of the command.
type signatures struct {
	session *session
	keys    map[string][]registry.SigningKey // by registry key

	mu              sync.Mutex
	audited, signed int
	Invalid         []missigned `json:"invalid"`
	Missing         []unsigned  `json:"missing"`
	Attested        []attested  `json:"attested,omitempty"`
}

func runAuditSignatures(ctx context.Context, a *app) error {
	p, err := a.openFiltered(ctx, false)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		start := time.Now()
		g, err := tree.Read(ctx, p.treeOptions(s.cfg, p.lock, s.cfg.Bool("legacy-peer-deps")))
		if err != nil {
			return err
		}
		run := &signatures{session: s, keys: map[string][]registry.SigningKey{}, Invalid: []missigned{}, Missing: []unsigned{}}
		o := audit.Options{Graph: g, Omit: s.cfg.Strings("omit"), Within: p.within(g)}
		if err := run.all(ctx, o); err != nil {
			return err
		}
		return run.tell(time.Since(start))
	})
}

func (run *signatures) all(ctx context.Context, o audit.Options) error {
	nodes := audit.Nodes(o)
	if len(nodes) == 0 {
		return &hintError{err: errors.New("found no installed dependencies to audit"), hint: "run `ipnpm install` first"}
	}
	for _, n := range nodes {
		if err := run.learnKeys(ctx, run.registryOf(n)); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(fetchers)
	for _, n := range nodes {
		group.Go(func() error { return run.one(ctx, n) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if run.audited == 0 {
		return &hintError{
			err:  errors.New("found no dependencies to audit that were installed from a supported registry"),
			hint: "the registry lists no signing keys; of a registry on IPFS, mirror it again with a newer ipnpm",
		}
	}
	byPlace := func(a, b unsigned) int {
		return cmp.Or(lockfile.Compare(a.Name, b.Name), lockfile.Compare(a.Location, b.Location))
	}
	slices.SortFunc(run.Missing, byPlace)
	slices.SortFunc(run.Invalid, func(a, b missigned) int { return byPlace(a.unsigned, b.unsigned) })
	slices.SortFunc(run.Attested, func(a, b attested) int { return byPlace(a.unsigned, b.unsigned) })
	return nil
}

func (run *signatures) registryOf(n *tree.Node) string {
	return cmp.Or(run.session.boundScope(n.PackageName), n.Package.Registry, lockfile.DefaultRegistry)
}

// keyHolder is a registry whose signing keys can be had.
type keyHolder interface {
	SigningKeys(ctx context.Context) ([]registry.SigningKey, error)
}

// learnKeys asks a registry for its keys, once.
func (run *signatures) learnKeys(ctx context.Context, key string) error {
	if _, known := run.keys[key]; known {
		return nil
	}
	r, err := run.session.registryAt(key)
	if err != nil {
		return err
	}
	run.keys[key] = nil
	if from, ok := r.(keyHolder); ok {
		if run.keys[key], err = from.SigningKeys(ctx); err != nil {
			return fmt.Errorf("audit signatures: the keys of %s: %w", r.Describe(), err)
		}
	}
	return nil
}

// SigningKeys are those that the npm registry lists.
func (r *upstreamRegistry) SigningKeys(ctx context.Context) ([]registry.SigningKey, error) {
	return r.client.SigningKeys(ctx)
}

// SigningKeys are those that the index was mirrored with.
func (r *indexRegistry) SigningKeys(ctx context.Context) ([]registry.SigningKey, error) {
	reader, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	return reader.Info().Keys, nil
}

// one checks one package. One that no registry holds is passed over.
func (run *signatures) one(ctx context.Context, n *tree.Node) error {
	key := run.registryOf(n)
	if n.Package.Resolved != "" || n.InBundle {
		return nil
	}
	r, err := run.session.registryAt(key)
	if err != nil {
		return err
	}
	doc, err := r.Packument(ctx, n.PackageName)
	if err != nil {
		return fmt.Errorf("audit signatures: %w", err)
	}
	found, err := doc.Version(n.Version)
	if err != nil {
		return fmt.Errorf("audit signatures: %w", err)
	}
	v := *found
	v.Dist.Integrity = cmp.Or(n.Package.Integrity, v.Dist.Integrity)
	signed, err := registry.VerifySignatures(&v, run.keys[key])
	run.note(n, &v, key, signed, err)
	return nil
}

func (run *signatures) note(n *tree.Node, v *registry.Version, key string, signed bool, err error) {
	about := unsigned{v.Dist.Integrity, n.Location, v.Name, run.session.addressOf(key), v.Dist.Tarball, v.Version}
	run.mu.Lock()
	defer run.mu.Unlock()
	if len(run.keys[key]) > 0 {
		run.audited++
	}
	switch wrong, is := errors.AsType[*registry.SignatureError](err); {
	case is:
		run.Invalid = append(run.Invalid, missigned{wrong.Code(), wrong.Error(), about, wrong.KeyID, kindOf(n)})
	case signed:
		run.signed++
	case len(run.keys[key]) > 0:
		run.Missing = append(run.Missing, about)
	}
	if len(v.Dist.Attestations) > 0 {
		run.Attested = append(run.Attested, attested{about, v.Dist.Attestations})
	}
}

// kindOf is the field of package.json by which a package is asked for.
func kindOf(n *tree.Node) string {
	for _, e := range n.In {
		switch {
		case e.IsOptional() && !e.IsPeer():
			return "optionalDependencies"
		case e.IsPeer():
			return "peerDependencies"
		case e.Kind == "dev":
			return "devDependencies"
		}
	}
	return "dependencies"
}
