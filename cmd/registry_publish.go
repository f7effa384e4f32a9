package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// publishOptions are publish's own flags.
type publishOptions struct {
	lifetime, ttl time.Duration
	key           string
	static        string
}

func newRegistryPublishCmd(a *app) *cobra.Command {
	var o publishOptions
	c := &cobra.Command{
		Use:   "publish [NAME]",
		Short: "Sign the current state and publish it under the registry's IPNS name",
		Long: `Publish ships the registry's blocks to the Kubo node, pins the root there, signs
an IPNS record that points at it and puts the record on the node. Without a
node the record is signed and kept here.

Through any gateway the registry is a plain npm registry as well, at
GATEWAY/ipns/NAME/npm/, with a page for people at GATEWAY/ipns/NAME/. npm finds
the tarballs there; pnpm and bun take the addresses in the documents as they are,
and need --static-base: then GATEWAY/ipns/NAME/static/ is a registry for them. The
registry keeps the setting.

A record expires (--lifetime); publish again before that, or let a timer do
it: publishing an unchanged registry renews the record.`,
		Example: `  ipnpm registry publish
  ipnpm registry publish team --ipfs=kubo:127.0.0.1:5001 --lifetime=168h
  ipnpm registry publish team --static-base=https://gateway.example/
  ipnpm registry publish team --key=kubo:mykey`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runRegistryPublish(c.Context(), a, o, strings.Join(args, ""))
		},
	}
	f := c.Flags()
	f.DurationVar(&o.lifetime, "lifetime", ipfsstore.DefaultLifetime, "how long the record is valid")
	f.DurationVar(&o.ttl, "ttl", ipfsstore.DefaultTTL, "how long resolvers may go without asking again")
	f.StringVar(&o.static, "static-base", "", "the gateway (`URL`) at which pnpm and bun may install; kubo is the node's own, none ends it")
	f.StringVar(&o.key, "key", "", "sign with another `KEY`: one of ours, or kubo:NAME for one of the node's")
	return c
}

// published is the --json form.
type published struct {
	IPNS     string    `json:"ipns"`
	Root     string    `json:"root"`
	Sequence uint64    `json:"sequence,omitempty"`
	Validity time.Time `json:"validity,omitzero"`
	Nodes    []string  `json:"nodes"`
	// Former are the names that the registry had before.
	Former []string `json:"former,omitempty"`
}

func runRegistryPublish(ctx context.Context, a *app, o publishOptions, name string) error {
	return a.withRegistry(name, func(s *session, r localRegistry) error {
		r, err := s.withStatic(ctx, o, r.Name)
		if err != nil {
			return err
		}
		p, err := s.publishRegistry(ctx, o, r)
		if err != nil {
			return err
		}
		return a.tellPublished(p, o)
	})
}

// publishRegistry ships the current state to the node, if there is one, and
// publishes the record. The caller holds the registry's lock.
func (s *session) publishRegistry(ctx context.Context, o publishOptions, r localRegistry) (published, error) {
	root, err := cid.Decode(r.Root)
	if err != nil {
		return published{}, err
	}
	found, err := s.found()
	if err != nil {
		return published{}, err
	}
	if found.kubo != nil {
		if err := s.store.Push(ctx, found.kubo, []cid.Cid{root}); err != nil {
			return published{}, fmt.Errorf("ship the blocks to %s: %w", found.kubo.Name(), err)
		}
	}
	p, err := s.publishRecord(ctx, o, r, root)
	if err == nil && o.key == "" {
		p.Former = s.publishFormer(ctx, o, r, root)
	}
	return p, err
}

// publishRecord signs with one of our keys, or lets the node sign with its.
func (s *session) publishRecord(ctx context.Context, o publishOptions, r localRegistry, root cid.Cid) (published, error) {
	if name, ok := strings.CutPrefix(o.key, "kubo:"); ok {
		kubo, err := s.kuboToSign(o)
		if err != nil {
			return published{}, err
		}
		ipns, err := kubo.PublishKey(ctx, name, root, o.lifetime, o.ttl)
		return published{IPNS: ipns, Root: root.String(), Nodes: []string{kubo.Name()}}, err
	}
	key, err := s.signingKey(o, r)
	if err != nil {
		return published{}, err
	}
	done, err := s.store.Publish(ctx, key, root, o.lifetime, o.ttl)
	if err != nil {
		return published{}, err
	}
	p := published{IPNS: key.ID(), Root: root.String(), Sequence: done.Sequence, Validity: done.Validity, Nodes: []string{}}
	for _, put := range done.Put {
		if put.Err != nil {
			return p, fmt.Errorf("put the record on %s: %w", put.Source, put.Err)
		}
		p.Nodes = append(p.Nodes, put.Source)
	}
	return p, nil
}

// kuboToSign is the node whose key is named.
func (s *session) kuboToSign(o publishOptions) (*ipfsstore.KuboSource, error) {
	found, err := s.found()
	if err == nil && found.kubo == nil {
		err = &hintError{err: errors.New("no Kubo node to sign with " + o.key), hint: "name it: --ipfs=kubo:127.0.0.1:5001"}
	}
	return found.kubo, err
}

// signingKey is the key of ours that signs.
func (s *session) signingKey(o publishOptions, r localRegistry) (ipfsstore.Key, error) {
	key, err := s.store.Keys().Key(firstNonEmpty(o.key, r.Key))
	if errors.Is(err, ipfsstore.ErrNoKey) {
		err = &hintError{
			err:  fmt.Errorf("%w in %s", err, filepath.Join(s.dirs.data, "keys")),
			hint: "without --key the registry's own key signs; kubo:NAME is a key of the node's",
		}
	}
	return key, err
}

func (a *app) tellPublished(p published, o publishOptions) error {
	if a.json {
		return a.printJSON(p)
	}
	fmt.Fprintf(a.Out, "ipns://%s\n  root      %s\n", p.IPNS, p.Root)
	if p.Sequence > 0 {
		fmt.Fprintf(a.Out, "  sequence  %d\n", p.Sequence)
	}
	if !p.Validity.IsZero() {
		fmt.Fprintf(a.Out, "  valid     until %s\n", p.Validity.Format(time.RFC3339))
	}
	if len(p.Nodes) == 0 {
		a.warn("no Kubo node was found: the record is signed and kept here; others resolve it while this machine runs `ipnpm serve`")
	} else {
		fmt.Fprintf(a.Out, "  on        %s\n", strings.Join(p.Nodes, ", "))
	}
	for _, name := range p.Former {
		fmt.Fprintf(a.Out, "  and under ipns://%s\n", name)
	}
	if o.lifetime < 24*time.Hour {
		a.warn("the record expires in %s; publish again before that", o.lifetime)
	}
	return nil
}
