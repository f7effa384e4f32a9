package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"
)

func newRegistryProviderCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "provider",
		Aliases: []string{"providers"},
		Short:   "Say in a registry's index who has its content",
		Long: `Provider changes or lists what the index of a registry names as having its content:
peers, as ` + "`ipnpm serve`" + ` prints them, and the https URLs of trustless gateways. Who
installs from the registry needs no configuration to get at the bytes: the peers are
dialled first, and the gateways asked after the configured ones, at most ` + fmt.Sprint(maxProvided) + ` of them
and for this registry's content only. To find the index itself takes one source.

The change makes a new state, which ` + "`ipnpm registry publish`" + ` publishes.`,
		Example: `  ipnpm registry provider add https://gateway.example
  ipnpm registry provider add team /ip4/10.0.0.2/tcp/4801/p2p/12D3…
  ipnpm registry provider rm team https://gateway.example
  ipnpm registry provider ls team`,
	}
	c.AddCommand(
		&cobra.Command{
			Use:   "add [NAME] ADDRESS...",
			Short: "Name further peers and gateways",
			Args:  cobra.MinimumNArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				return a.changeProviders(c.Context(), args, addedProviders)
			},
		},
		&cobra.Command{
			Use:     "rm [NAME] ADDRESS...",
			Aliases: []string{"remove"},
			Short:   "Name some no longer",
			Args:    cobra.MinimumNArgs(1),
			RunE: func(c *cobra.Command, args []string) error {
				return a.changeProviders(c.Context(), args, removedProviders)
			},
		},
		&cobra.Command{
			Use:     "ls [NAME]",
			Aliases: []string{"list"},
			Short:   "List those that the next state will name",
			Args:    cobra.MaximumNArgs(1),
			RunE:    func(_ *cobra.Command, args []string) error { return a.listProviders(strings.Join(args, "")) },
		},
	)
	return grouped(c)
}

// changeProviders replaces the providers of a registry by what change makes of
// them and of the addresses given.
func (a *app) changeProviders(ctx context.Context, args []string, change func(have, given []string) ([]string, error)) error {
	name := ""
	if registryName.MatchString(args[0]) {
		name, args = args[0], args[1:]
	}
	if len(args) == 0 {
		return &hintError{err: fmt.Errorf("no address after the registry's name %s", name), hint: "write an address as `ipnpm serve` prints it, or a gateway as https://gateway.example", code: "EUSAGE"}
	}
	return a.withRegistry(name, func(s *session, r localRegistry) error {
		base, err := r.root()
		if err != nil {
			return err
		}
		was := r.Sequence
		if r.Providers, err = change(r.Providers, args); err != nil {
			return err
		}
		if err := s.setProviders(ctx, &r, base); err != nil {
			return err
		}
		if r.Sequence > was && a.says("notice") {
			fmt.Fprintf(a.Err, "registry %s #%d; next: ipnpm registry publish %s\n", r.Name, r.Sequence, r.Name)
		}
		return a.tellProvidersOf(r)
	})
}

// setProviders makes the state that names them; a registry without a state keeps
// them for its first.
func (s *session) setProviders(ctx context.Context, r *localRegistry, base cid.Cid) error {
	if !base.Defined() {
		return s.catalog().put(*r)
	}
	return s.advance(ctx, r, base, nil)
}

func addedProviders(have, given []string) ([]string, error) {
	for _, text := range given {
		if err := checkProvider("provider", text); err != nil {
			return nil, err
		}
		if !slices.Contains(have, text) {
			have = append(have, text)
		}
	}
	return have, nil
}

func removedProviders(have, given []string) ([]string, error) {
	for _, text := range given {
		at := slices.Index(have, text)
		if at < 0 {
			return nil, &hintError{err: fmt.Errorf("%q is none of the registry's providers", text), hint: "`ipnpm registry provider ls` lists them"}
		}
		have = slices.Delete(have, at, at+1)
	}
	return have, nil
}

func (a *app) listProviders(name string) error {
	return a.withRegistry(name, func(_ *session, r localRegistry) error { return a.tellProvidersOf(r) })
}

func (a *app) tellProvidersOf(r localRegistry) error {
	if a.json {
		return a.printJSON(append([]string{}, r.Providers...))
	}
	for _, text := range r.Providers {
		fmt.Fprintln(a.Out, text)
	}
	return nil
}
