package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/registry"
)

func newRegistryDiffCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "diff A B",
		Short: "Tell what differs between two states of a registry",
		Long: `Diff compares two states, each a registry made here, an address or a root CID:
packages and versions that came or went, dist-tags that moved, and versions that
are described otherwise. What both have under one CID is not read.

A version that has other bytes in B than in A is an alarm, and the exit code is
1: published versions never change.`,
		Example: `  ipnpm registry diff ipfs://bafybei... ipns://k51qzi5uqu5d...
  ipnpm registry diff bafybei... team --json`,
		Args: cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error { return runRegistryDiff(c.Context(), a, args[0], args[1]) },
	}
}

// registryDiff is the --json form.
type registryDiff struct {
	Old      string            `json:"old"`
	New      string            `json:"new"`
	Changes  tally             `json:"changes"`
	Packages []registry.Change `json:"packages"`
}

func runRegistryDiff(ctx context.Context, a *app, old, new string) error {
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer s.Close()
	var roots [2]cid.Cid
	for i, which := range [...]string{old, new} {
		if _, roots[i], err = s.rootOf(ctx, which); err != nil {
			return err
		}
	}
	d := registryDiff{Old: roots[0].String(), New: roots[1].String(), Packages: []registry.Change{}}
	err = registry.Diff(ctx, s.store, roots[0], roots[1], func(c registry.Change) error {
		if a.json {
			d.Packages = append(d.Packages, c)
		} else {
			a.printChange(c)
		}
		return d.Changes.add(c)
	})
	if err != nil {
		return err
	}
	return a.tellDiff(d)
}

func (a *app) tellDiff(d registryDiff) error {
	if a.json {
		if err := a.printJSON(d); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(a.Out, &d.Changes)
	}
	switch {
	case d.Changes.Digests == 0:
		return nil
	case a.json:
		return &silentError{1}
	}
	return &hintError{
		code: "EINTEGRITY",
		err:  fmt.Errorf("ALARM: published versions have other bytes in %s than in %s: %d of them", d.New, d.Old, d.Changes.Digests),
		hint: "install neither before you know which is right: ask the registry's owner",
	}
}

// printChange writes a line for a package, and one for each alarm.
func (a *app) printChange(c registry.Change) {
	mark := "~"
	switch {
	case c.New:
		mark = "+"
	case c.Gone:
		mark = "-"
	}
	var parts []string
	for _, list := range [...]struct {
		sign     string
		versions []string
	}{{"+", c.Added}, {"-", c.Removed}, {"~", c.Metadata}} {
		for _, version := range list.versions {
			parts = append(parts, list.sign+version)
		}
	}
	for _, tag := range c.Tags {
		parts = append(parts, fmt.Sprintf("%s %s → %s", tag.Tag, firstNonEmpty(tag.Old, "none"), firstNonEmpty(tag.New, "none")))
	}
	if len(parts) > 0 {
		fmt.Fprintf(a.Out, "%s %s\n", mark, printableLine(c.Name+": "+strings.Join(parts, ", ")))
	}
	for _, alarm := range c.Digests {
		fmt.Fprintf(a.Out, "! %s\n", printableLine(alarm.Error()))
	}
}
