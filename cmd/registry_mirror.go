package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ipnpm/ipnpm/registry/mirror"
)

// mirrorOptions are mirror's own flags.
type mirrorOptions struct {
	packageJSON, lock, specs []string
	from, to                 string
}

func newRegistryMirrorCmd(a *app) *cobra.Command {
	var o mirrorOptions
	c := &cobra.Command{
		Use:   "mirror [SPEC...]",
		Short: "Mirror packages of an npm registry into a registry of one's own",
		Long: `Mirror takes the closure of what is named: the packages, and every version that
the ranges in them pick, the variants for all platforms included. Tarballs are
checked against their digests, and versions against the signatures of the npm
registry where it signs, and imported into the local store; the index gets a new
root. What is here already is not fetched again: mirroring once more brings what
is new, and a run that was ended goes on where it was. Nothing is published: see ` + "`ipnpm registry publish`" + `.`,
		Example: `  ipnpm registry mirror express@^5 react
  ipnpm registry mirror --package-json package.json
  ipnpm registry mirror --lockfile package-lock.json --to team`,
		RunE: func(c *cobra.Command, args []string) error {
			o.specs = args
			return runRegistryMirror(c.Context(), a, o)
		},
	}
	o.bind(a, c.Flags())
	return c
}

func (o *mirrorOptions) bind(a *app, f *pflag.FlagSet) {
	f.StringArrayVar(&o.packageJSON, "package-json", nil, "mirror what this `FILE` depends on; may be given several times")
	f.StringArrayVar(&o.lock, "lockfile", nil, "mirror exactly what this `FILE` locks (ipnpm-lock.json or package-lock.json); may be given several times")
	f.StringVar(&o.from, "from", "", "the npm registry to mirror (`URL`; default: the configured one)")
	f.StringVar(&o.to, "to", "", "the registry (`NAME`) to add to; needed only when there are several")
	a.bindConfig(f, "before", "min-release-age", "legacy-peer-deps", "progress", "tag")
}

// isEmpty says that nothing is named.
func (o *mirrorOptions) isEmpty() bool { return len(o.specs)+len(o.packageJSON)+len(o.lock) == 0 }

// mirrored is the --json form.
type mirrored struct {
	Name     string `json:"name"`
	IPNS     string `json:"ipns"`
	Root     string `json:"root"`
	Sequence uint64 `json:"sequence"`
	Changed  int    `json:"changed"`
	Versions int    `json:"versions"`
	Bytes    int64  `json:"bytes"`
	// Fetched counts the versions whose tarball was not here before, Signed
	// those whose signatures by the npm registry hold.
	Fetched  int      `json:"fetched"`
	Signed   int      `json:"signed"`
	Unsigned []string `json:"unsigned,omitempty"`
	TookMS   int64    `json:"took_ms"`
}

func runRegistryMirror(ctx context.Context, a *app, o mirrorOptions) error {
	if o.isEmpty() {
		return &hintError{err: errors.New("nothing to mirror is named"), hint: "name packages, --package-json FILE or --lockfile FILE"}
	}
	start := time.Now()
	return a.withRegistry(o.to, func(s *session, r localRegistry) (err error) {
		if o.from, err = s.mirrorSource(o.from); err != nil {
			return err
		}
		bar := a.newProgressFor(s)
		added, err := s.mirrorInto(ctx, &r, o, bar)
		bar.Close()
		if err != nil {
			return err
		}
		return a.tellMirrored(mirrored{
			Name: r.Name, IPNS: r.IPNS, Root: r.Root, Sequence: r.Sequence,
			Changed: added.Changed, Versions: added.Versions, Bytes: added.Bytes, Fetched: added.Fetched,
			Signed: added.Signed, Unsigned: added.Unsigned, TookMS: time.Since(start).Milliseconds(),
		})
	})
}

// mirrorSource is the address of the npm registry that is mirrored.
func (s *session) mirrorSource(from string) (string, error) {
	address := firstNonEmpty(from, s.cfg.RegistryFor(""))
	if !strings.HasPrefix(address, "http") {
		return "", &hintError{
			err:  fmt.Errorf("%s is not an npm registry that could be mirrored", address),
			hint: "name one with --from https://…",
		}
	}
	return address, nil
}

// mirrorInto brings in what is named, and moves the registry to its next state.
func (s *session) mirrorInto(ctx context.Context, r *localRegistry, o mirrorOptions, bar *progress) (mirror.Added, error) {
	steps, err := s.mirrorSteps(o)
	if err != nil {
		return mirror.Added{}, err
	}
	base, err := r.root()
	if err != nil {
		return mirror.Added{}, err
	}
	info := s.nextInfo(*r)
	info.Sequence = r.Sequence + 1
	m := &mirroring{session: s, from: o.from, bar: bar, seen: map[string]bool{}, total: mirror.Added{Root: base}, info: info}
	for _, step := range steps {
		if err := m.take(ctx, step); err != nil {
			return m.total, err
		}
	}
	if m.total.Changed == 0 {
		return m.total, nil
	}
	r.Root = m.total.Root.String()
	r.Sequence++
	return m.total, s.catalog().put(*r)
}

func (a *app) tellMirrored(m mirrored) error {
	if a.json {
		return a.printJSON(m)
	}
	if n := len(m.Unsigned); n > 0 {
		a.warn("without a signature, though the registry signs: %d %s (%s)", n, plural(n, "version"), enumerate(m.Unsigned, maxRequirers))
	}
	if m.Changed == 0 {
		fmt.Fprintf(a.Out, "registry %s is up to date: %d versions, #%d\n", m.Name, m.Versions, m.Sequence)
		return nil
	}
	fmt.Fprintf(a.Out, "registry %s #%d: %d versions, %s, %d packages changed, in %s\n", m.Name, m.Sequence, m.Versions,
		size(m.Bytes), m.Changed, took(time.Duration(m.TookMS)*time.Millisecond))
	fmt.Fprintf(a.Out, "root %s\nnext: ipnpm registry publish\n", m.Root)
	return nil
}
