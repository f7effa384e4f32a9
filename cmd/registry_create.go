package cmd

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
)

func newRegistryCreateCmd(a *app) *cobra.Command {
	var providers []string
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Make an empty registry and the key that signs for it",
		Long: `Create makes an empty registry in the local store and an Ed25519 key for it.
Its public half is the IPNS name that others install from; nothing is
published yet.`,
		Example: "  ipnpm registry create team\n  ipnpm registry create team --provider=/ip4/10.0.0.2/tcp/4801/p2p/12D3…",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return runRegistryCreate(a, args[0], providers) },
	}
	c.Flags().StringSliceVar(&providers, "provider", nil, "have the index say who has its content: the `ADDRESS` of a peer, as `ipnpm serve` prints it, or an https gateway's")
	return c
}

func runRegistryCreate(a *app, name string, providers []string) (err error) {
	for _, text := range providers {
		if err := checkProvider("--provider", text); err != nil {
			return err
		}
	}
	s, err := a.openSession(a.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	unlock, err := s.catalog().lock(name)
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := s.catalog().get(name); !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return err
		}
		return &hintError{
			err:  fmt.Errorf("there is a registry %q already", name),
			hint: "`ipnpm registry show " + name + "` shows it; choose another name",
		}
	}
	key, err := s.store.Keys().Generate(name)
	if err != nil {
		return fmt.Errorf("make the key: %w", err)
	}
	r := localRegistry{Name: name, Key: name, IPNS: key.ID(), Providers: providers}
	if err := s.catalog().put(r); err != nil {
		return err
	}
	if a.json {
		return a.printJSON(r)
	}
	fmt.Fprintf(a.Out, "registry %s: ipns://%s\n", name, r.IPNS)
	fmt.Fprintf(a.Out, "next: ipnpm registry mirror --package-json package.json\n")
	return nil
}
