package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

func newRegistryRotateCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "rotate [NAME]",
		Short: "Give a registry a new key, and thereby a new IPNS name",
		Long: `Rotate makes a new key for a registry and a statement, signed by the old one,
that its name follows the old name. The statement is kept in the index. The
next ` + "`ipnpm registry publish`" + ` publishes under both names; clients that come by
the old one verify the statement, go on to the new name, keep to it from then on
whatever the old key signs, and tell their user what to write in .npmrc.

Keep the old key, and publish before its record expires, until everybody has
come by.`,
		Example: `  ipnpm registry rotate team
  ipnpm registry publish team`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runRegistryRotate(c.Context(), a, strings.Join(args, ""))
		},
	}
}

// formerKey is one that signed for a registry before.
type formerKey struct {
	Key  string `json:"key"`
	IPNS string `json:"ipns"`
}

func runRegistryRotate(ctx context.Context, a *app, name string) error {
	return a.withRegistry(name, func(s *session, r localRegistry) error {
		if r.Root == "" {
			return &hintError{err: fmt.Errorf("registry %s is empty, and has never been published", r.Name), hint: "nobody follows its key yet: create another registry"}
		}
		if err := s.rotate(ctx, &r); err != nil {
			return err
		}
		if a.json {
			return a.printJSON(r)
		}
		former := r.Former[len(r.Former)-1]
		fmt.Fprintf(a.Out, "registry %s: ipns://%s, handed over from ipns://%s\nnext: ipnpm registry publish %s\n", r.Name, r.IPNS, former.IPNS, r.Name)
		return nil
	})
}

// rotate makes the key, the statement and the state that holds it. The
// registry changes last, so that an attempt that fails leaves it as it was.
func (s *session) rotate(ctx context.Context, r *localRegistry) error {
	old, err := s.signingKey(publishOptions{}, *r)
	if err != nil {
		return err
	}
	key, err := s.newKey(r.Name)
	if err != nil {
		return err
	}
	h, err := ipfsstore.SignHandover(old, key.ID(), s.app.now())
	if err != nil {
		return err
	}
	base, err := r.root()
	if err != nil {
		return err
	}
	w, err := registry.NewWriter(ctx, s.store, base)
	if err != nil {
		return err
	}
	info := w.Info()
	info.Previous, info.Sequence, info.Time = r.Root, info.Sequence+1, s.app.now().UTC().Truncate(time.Millisecond)
	info.Handovers = append(info.Handovers[:len(info.Handovers):len(info.Handovers)], h.Text)
	root, err := w.Commit(ctx, info)
	if err != nil {
		return err
	}
	r.Former = append(r.Former, formerKey{r.Key, r.IPNS})
	r.Root, r.Sequence, r.Key, r.IPNS = root.String(), r.Sequence+1, key.Name, key.ID()
	return s.catalog().put(*r)
}

// newKey makes a key called after a registry that has one already.
func (s *session) newKey(name string) (ipfsstore.Key, error) {
	for n := 2; ; n++ {
		key, err := s.store.Keys().Generate(fmt.Sprintf("%s-%d", name, n))
		if !errors.Is(err, ipfsstore.ErrKeyExists) {
			return key, err
		}
	}
}

// publishFormer renews the records of the names that the registry had before,
// so that those who come by them hear of the hand-over. It does not keep the
// registry from being published.
func (s *session) publishFormer(ctx context.Context, o publishOptions, r localRegistry, root cid.Cid) (names []string) {
	for _, former := range r.Former {
		o.key = former.Key
		if _, err := s.publishRecord(ctx, o, r, root); err != nil {
			s.app.warn("ipns://%s, the registry's name before, was not published: %v", former.IPNS, err)
			continue
		}
		names = append(names, former.IPNS)
	}
	return names
}
