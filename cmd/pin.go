package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// pinOptions are the flags of pin and unpin.
type pinOptions struct {
	lock, remote, name string
	thisPlatform       bool
}

func (o *pinOptions) bind(a *app, f *pflag.FlagSet) {
	f.StringVar(&o.lock, "lockfile", "", "the lockfile (`PATH`; default: the project's)")
	f.StringVar(&o.remote, "remote", "", "at this pinning `SERVICE` of the node's (ipfs pin remote service ls)")
	f.BoolVar(&o.thisPlatform, "this-platform", false, "leave out the packages of other platforms than this machine's")
	a.bindConfig(f, "os", "cpu", "libc", "progress")
}

func newPinCmd(a *app) *cobra.Command {
	var o pinOptions
	c := &cobra.Command{
		Use:     "pin",
		GroupID: "project",
		Short:   "Keep the packages of a lockfile in Kubo, or at a pinning service",
		Long: `Pin makes one directory of all tarballs that the lockfile names, sends what of it
the Kubo node lacks there, and pins it: the node keeps and provides the packages
until ` + "`ipnpm unpin`" + `. With --remote a pinning service that the node knows fetches
them as well, from the node or from whoever has them.`,
		Example: `  ipnpm pin
  ipnpm pin --remote=team --name=shop-2026-11
  ipnpm pin --this-platform --ipfs=kubo:127.0.0.1:5001`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runPin(c.Context(), a, o) },
	}
	c.Flags().StringVar(&o.name, "name", "", "what the pin is called (`TEXT`; default: the project's name)")
	o.bind(a, c.Flags())
	return c
}

func newUnpinCmd(a *app) *cobra.Command {
	var o pinOptions
	c := &cobra.Command{
		Use:     "unpin",
		GroupID: "project",
		Short:   "Take back what pin did for the same lockfile",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return runUnpin(c.Context(), a, o) },
	}
	o.bind(a, c.Flags())
	return c
}

// pinned is the --json form.
type pinned struct {
	Root     string `json:"root"`
	Packages int    `json:"packages"`
	Bytes    int64  `json:"bytes"`
	Node     string `json:"node"`
	Service  string `json:"service,omitempty"`
	Status   string `json:"status,omitempty"`
}

// withClosure opens a session with a Kubo node and lays out the directory of a
// lockfile's tarballs.
func (a *app) withClosure(ctx context.Context, o pinOptions, do func(s *session, node *ipfsstore.KuboSource, lock *lockfile.Lockfile, p pinned, root cid.Cid) error) error {
	return a.withLockAt(o.lock, func(s *session, lock *lockfile.Lockfile) error {
		node, err := s.kuboNode()
		if err != nil {
			return err
		}
		s.layers.expect(lock)
		p, root, err := s.layOutClosure(ctx, lock, o)
		if err != nil {
			return err
		}
		p.Node, p.Service = node.Name(), o.remote
		return do(s, node, lock, p, root)
	})
}

// kuboNode is the running daemon, an error without one.
func (s *session) kuboNode() (*ipfsstore.KuboSource, error) {
	found, err := s.found()
	if err != nil {
		return nil, err
	}
	if found.kubo == nil {
		return nil, &hintError{err: errors.New("there is no Kubo node to pin in"), hint: "start one (`ipfs daemon`), or name it: --ipfs=kubo:127.0.0.1:5001"}
	}
	return found.kubo, nil
}

// layOutClosure brings the tarballs here and makes the directory of them.
func (s *session) layOutClosure(ctx context.Context, lock *lockfile.Lockfile, o pinOptions) (pinned, cid.Cid, error) {
	locations, _ := s.toCarry(lock, bundleOptions{thisPlatform: o.thisPlatform})
	if err := s.bringAll(ctx, lock, locations); err != nil {
		return pinned{}, cid.Undef, err
	}
	refs, err := s.tarballRefs(lock, locations)
	if err != nil {
		return pinned{}, cid.Undef, err
	}
	root, bs, err := registry.Closure(refs)
	if err != nil {
		return pinned{}, cid.Undef, err
	}
	if !root.Defined() {
		return pinned{}, cid.Undef, &hintError{err: errors.New("the lockfile has no packages to pin"), hint: "`ipnpm add NAME` adds one"}
	}
	p := pinned{Root: root.String(), Packages: len(refs)}
	for _, ref := range refs {
		p.Bytes += ref.Size
	}
	return p, root, s.store.PutBlocks(ctx, bs)
}

func runPin(ctx context.Context, a *app, o pinOptions) error {
	return a.withClosure(ctx, o, func(s *session, node *ipfsstore.KuboSource, lock *lockfile.Lockfile, p pinned, root cid.Cid) error {
		if err := s.store.Push(ctx, node, []cid.Cid{root}); err != nil {
			return fmt.Errorf("ship the packages to %s: %w", node.Name(), err)
		}
		name := firstNonEmpty(o.name, lock.Name, "ipnpm")
		err := node.Pin(ctx, root, name)
		if err == nil && o.remote != "" {
			if p.Status, err = node.PinRemote(ctx, o.remote, root, name); err != nil {
				err = &hintError{err: err, hint: "`ipfs pin remote service ls` lists those that the node knows; `ipfs pin remote service add NAME ENDPOINT KEY` adds one"}
			}
		}
		if err != nil {
			return fmt.Errorf("pin %s: %w", root, err)
		}
		return s.tellPinned(p, "pinned")
	})
}

func runUnpin(ctx context.Context, a *app, o pinOptions) error {
	return a.withClosure(ctx, o, func(s *session, node *ipfsstore.KuboSource, _ *lockfile.Lockfile, p pinned, root cid.Cid) error {
		var err error
		if o.remote != "" {
			err = node.UnpinRemote(ctx, o.remote, root)
		} else {
			err = node.Unpin(ctx, root)
		}
		if errors.Is(err, ipfsstore.ErrNotFound) {
			return &hintError{err: fmt.Errorf("%s is not pinned there", root), hint: "was it pinned of the same lockfile, and for the same platforms? `ipfs pin ls --names` lists the pins"}
		}
		if err != nil {
			return fmt.Errorf("unpin %s: %w", root, err)
		}
		return s.tellPinned(p, "unpinned")
	})
}

func (s *session) tellPinned(p pinned, what string) error {
	s.bar.Close()
	if s.app.json {
		return s.app.printJSON(p)
	}
	fmt.Fprintf(s.app.Out, "%s %d %s, %s, on %s\nroot %s\n", what, p.Packages, plural(p.Packages, "package"), size(p.Bytes), p.Node, p.Root)
	if p.Status != "" {
		fmt.Fprintf(s.app.Out, "%s: %s\n", p.Service, p.Status)
	}
	return nil
}
