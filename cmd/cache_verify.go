package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
)

func newCacheVerifyCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "verify", Short: "Check every block and every unpacked file, and drop what is damaged",
		Long: `Verify hashes every block again and compares the unpacked packages with their
listings. The files of node_modules are those of the unpacked store by another
name, so a package that was edited in some project is found here. What is
damaged is removed, and comes back with the next install that needs it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(func(s *session) error { return runCacheVerify(c.Context(), a, s) })
		},
	}
}

// verified is the --json form.
type verified struct {
	ipfsstore.VerifyReport
	// Unpacked lists the files that are not as they were extracted.
	Unpacked []install.Damage
}

func runCacheVerify(ctx context.Context, a *app, s *session) error {
	blocks, err := s.store.Verify(ctx)
	if err != nil {
		return err
	}
	damage, err := s.dropDamaged(ctx)
	if err != nil {
		return fmt.Errorf("unpacked packages: %w", err)
	}
	if a.json {
		err = a.printJSON(verified{blocks, damage})
	} else {
		_, err = fmt.Fprintf(a.Out, "%d blocks, %s: good\n", blocks.Blocks, size(blocks.Bytes))
	}
	for _, d := range damage {
		a.warn("unpacked %s: %s: %s", d.Key, d.Path, d.Problem)
	}
	if n := len(blocks.Bad) + len(damage); n > 0 {
		return errors.Join(err, &hintError{
			err: fmt.Errorf("%d damaged %s and %d damaged %s removed", len(blocks.Bad), plural(len(blocks.Bad), "block"),
				len(damage), plural(len(damage), "unpacked file")),
			hint: "the next install brings back what it needs; projects keep the files that they link to until then",
		})
	}
	return err
}

// dropDamaged removes the unpacked packages that have a damaged file.
func (s *session) dropDamaged(ctx context.Context) ([]install.Damage, error) {
	damage, err := s.unpacked.Verify(ctx)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, d := range damage {
		keys = append(keys, d.Key)
	}
	for _, key := range slices.Compact(keys) { // Verify goes key by key
		if err := s.unpacked.Remove(key); err != nil {
			return nil, err
		}
	}
	return damage, nil
}
