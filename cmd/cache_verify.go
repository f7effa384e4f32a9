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
		Long: `Verify hashes every block again and compares the packages of the unpacked and of
the virtual store with their listings. The files of node_modules are those of the
stores by another name, so a package that was edited in some project is found
here. What is damaged is removed, and comes back with the next install that needs
it.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withStore(func(s *session) error { return runCacheVerify(c.Context(), a, s) })
		},
	}
}

// verified is the --json form. Bad are the CIDs of damaged blocks, Unpacked and
// Virtual the files that are not as they were extracted or built.
type verified struct {
	Blocks   int64         `json:"blocks"`
	Bytes    int64         `json:"bytes"`
	Bad      []string      `json:"bad"`
	Unpacked []damagedFile `json:"unpacked"`
	Virtual  []damagedFile `json:"virtual"`
}

type damagedFile struct {
	Key     string `json:"key"`
	Path    string `json:"path"`
	Problem string `json:"problem"`
}

func verifiedJSON(r ipfsstore.VerifyReport, unpacked, virtual []install.Damage) verified {
	v := verified{r.Blocks, r.Bytes, []string{}, damagedFiles(unpacked), damagedFiles(virtual)}
	for _, c := range r.Bad {
		v.Bad = append(v.Bad, c.String())
	}
	return v
}

func damagedFiles(list []install.Damage) []damagedFile {
	out := make([]damagedFile, 0, len(list))
	for _, d := range list {
		out = append(out, damagedFile(d))
	}
	return out
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
	linked, err := s.dropDamagedLinked(ctx)
	if err != nil {
		return fmt.Errorf("virtual store: %w", err)
	}
	if a.json {
		err = a.printJSON(verifiedJSON(blocks, damage, linked))
	} else {
		_, err = fmt.Fprintf(a.Out, "%d blocks, %s: good\n", blocks.Blocks, size(blocks.Bytes))
	}
	for _, d := range damage {
		a.warn("unpacked %s: %s: %s", d.Key, d.Path, d.Problem)
	}
	for _, d := range linked {
		a.warn("virtual %s: %s: %s", d.Key, d.Path, d.Problem)
	}
	if len(linked) > 0 {
		err = errors.Join(err, &hintError{
			err:  fmt.Errorf("%d damaged %s of the virtual store removed, with the packages that depend on them", len(linked), plural(len(linked), "file")),
			hint: "run `ipnpm install` in the projects of the linked layout: links of theirs lead nowhere until then",
		})
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

// dropDamagedLinked removes the entries of the virtual store that have a
// damaged file, and those that lead to them.
func (s *session) dropDamagedLinked(ctx context.Context) ([]install.Damage, error) {
	damage, err := install.VerifyVirtual(ctx, s.virtual)
	if err != nil {
		return nil, err
	}
	_, err = s.virtual.Remove(ctx, keysOf(damage))
	return damage, err
}

// keysOf lists each damaged package once. Damage is told package by package.
func keysOf(damage []install.Damage) []string {
	var keys []string
	for _, d := range damage {
		keys = append(keys, d.Key)
	}
	return slices.Compact(keys)
}

// dropDamaged removes the unpacked packages that have a damaged file.
func (s *session) dropDamaged(ctx context.Context) ([]install.Damage, error) {
	damage, err := s.unpacked.Verify(ctx)
	if err != nil {
		return nil, err
	}
	for _, key := range keysOf(damage) {
		if err := s.unpacked.Remove(key); err != nil {
			return nil, err
		}
	}
	return damage, nil
}
