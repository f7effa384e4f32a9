package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/gitrepo"
)

func newPingCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "ping", GroupID: "registry", Args: cobra.NoArgs,
		Short: "Ask the registry for a sign of life",
		Long: `Ping asks the registry whether it answers, and tells how long that took, as npm
does: on standard error, and with --json as an object. An index on IPFS answers when
its name leads to a root that can be read; "details" has which. Of several registries
the first is asked; ` + "`ipnpm doctor`" + ` asks all.`,
		Example: "  ipnpm ping\n  ipnpm ping --registry=https://registry.example/ --json",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withSessionAt(findRoot(a.Dir), func(s *session) error { return s.ping(c.Context()) })
		},
	}
}

func (s *session) ping(ctx context.Context) error {
	a, address := s.app, gitrepo.Redact(s.addresses[0])
	a.tellPing("PING %s", address)
	asked := time.Now()
	details, err := s.pinged(ctx)
	if err != nil {
		return err
	}
	took := time.Since(asked).Milliseconds()
	a.tellPing("PONG %dms", took)
	if a.json {
		return a.printJSON(map[string]any{"registry": address, "time": took, "details": details})
	}
	if len(details) > 0 {
		text, err := json.MarshalIndent(details, "", "  ")
		if err != nil {
			return err
		}
		a.tellPing("PONG %s", text)
	}
	return nil
}

// pinged is what the registry answers, for npm's kind its own words.
func (s *session) pinged(ctx context.Context) (map[string]any, error) {
	r, err := s.registryAt(s.registryKeys()[0])
	if err != nil {
		return nil, err
	}
	if r, ok := r.(*upstreamRegistry); ok {
		return r.client.Ping(ctx)
	}
	if err := r.Ping(ctx); err != nil {
		return nil, err
	}
	state, _ := r.State()
	return viewedRegistry{Registry: state}.object(), nil
}

func (a *app) tellPing(format string, args ...any) {
	if a.says("notice") {
		fmt.Fprintln(a.Err, printable(fmt.Sprintf(format, args...)))
	}
}
