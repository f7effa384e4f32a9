package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newWhoamiCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "whoami", GroupID: "registry", Args: cobra.NoArgs,
		Short: "Print the user that an npm registry knows one as",
		Long: `Whoami prints the name of the user whose credentials .npmrc has for the registry: of
a user with a password that name, of a token the one that the registry tells. An
index on IPFS has no users: who holds its key publishes, and ` + "`ipnpm registry ls`" + `
lists the keys that are here.`,
		Example: "  ipnpm whoami --registry=https://registry.example/",
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withSessionAt(findRoot(a.Dir), func(s *session) error { return s.whoami(c.Context()) })
		},
	}
}

func (s *session) whoami(ctx context.Context) error {
	r, err := s.registryAt(s.registryKeys()[0])
	if err != nil {
		return err
	}
	npm, ok := r.(*upstreamRegistry)
	if !ok {
		return &hintError{err: fmt.Errorf("%s has no users", r.Describe()), code: "ENEEDAUTH",
			hint: "who holds the key of an index publishes into it; `ipnpm registry ls` lists the keys that are here"}
	}
	credentials := s.cfg.Credentials(npm.base)
	name := credentials.Username
	if name == "" && !credentials.IsZero() {
		if name, err = npm.client.Whoami(ctx); err != nil {
			return err
		}
	}
	if name == "" {
		return &hintError{err: errors.New("this command needs credentials for " + npm.base.Host), code: "ENEEDAUTH",
			hint: "set //" + npm.base.Host + npm.base.Path + ":_authToken in your .npmrc"}
	}
	if s.app.json {
		return s.app.printJSON(name)
	}
	_, err = fmt.Fprintln(s.app.Out, printableLine(name))
	return err
}
