package cmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ipfs/go-cid"
	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/registry"
)

func newRegistryLogCmd(a *app) *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "log [NAME|ROOT|ipns://NAME|ipfs://ROOT]",
		Short: "List the states of a registry, the newest first",
		Long: `Log follows the roots of a registry back to its first state, and counts what
each changed. The states are a chain of hashes: all of them are as sure as the
newest.`,
		Example: `  ipnpm registry log
  ipnpm registry log team --limit=5
  ipnpm registry log ipns://k51qzi5uqu5d... --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return runRegistryLog(c.Context(), a, strings.Join(args, ""), limit)
		},
	}
	c.Flags().IntVarP(&limit, "limit", "n", 0, "how many states to list; 0 for all")
	return c
}

// loggedState is the --json form of one state.
type loggedState struct {
	Root     string    `json:"root"`
	Sequence uint64    `json:"sequence,omitempty"`
	Time     time.Time `json:"time,omitzero"`
	Changes  tally     `json:"changes"`
}

// tally counts the differences between two states.
type tally struct {
	PackagesAdded   int `json:"packagesAdded"`
	PackagesRemoved int `json:"packagesRemoved"`
	PackagesChanged int `json:"packagesChanged"`
	VersionsAdded   int `json:"versionsAdded"`
	VersionsRemoved int `json:"versionsRemoved"`
	TagsMoved       int `json:"tagsMoved"`
	Metadata        int `json:"metadata"`
	Digests         int `json:"digests"`
}

func (t *tally) add(c registry.Change) error {
	switch {
	case c.New:
		t.PackagesAdded++
	case c.Gone:
		t.PackagesRemoved++
	default:
		t.PackagesChanged++
		t.TagsMoved += len(c.Tags)
	}
	t.VersionsAdded += len(c.Added)
	t.VersionsRemoved += len(c.Removed)
	t.Metadata += len(c.Metadata)
	t.Digests += len(c.Digests)
	return nil
}

// String is one line for people, of what is not zero.
func (t *tally) String() string {
	var parts []string
	for _, p := range [...]struct {
		n            int
		thing, event string
	}{
		{t.PackagesAdded, "package", "added"}, {t.PackagesRemoved, "package", "removed"}, {t.PackagesChanged, "package", "changed"},
		{t.VersionsAdded, "version", "added"}, {t.VersionsRemoved, "version", "removed"}, {t.TagsMoved, "dist-tag", "moved"},
		{t.Metadata, "version", "described otherwise"}, {t.Digests, "DIGEST", "CHANGED"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s %s", p.n, plural(p.n, p.thing), p.event))
		}
	}
	if len(parts) == 0 {
		return "no package changed"
	}
	return strings.Join(parts, ", ")
}

func runRegistryLog(ctx context.Context, a *app, which string, limit int) error {
	s, err := a.openSession(findRoot(a.Dir))
	if err != nil {
		return err
	}
	defer s.Close()
	_, root, err := s.rootOf(ctx, which)
	if err != nil {
		return err
	}
	logged := []loggedState{}
	for state, err := range registry.History(ctx, s.store, root) {
		if err != nil && len(logged) > 0 && ctx.Err() == nil {
			a.warn("the states before cannot be had: %v", err)
			break
		}
		if err != nil {
			return err
		}
		entry, err := s.logState(ctx, state)
		if err != nil {
			return err
		}
		if logged = append(logged, entry); !a.json {
			a.printState(entry)
		}
		if len(logged) == limit {
			break
		}
	}
	if a.json {
		return a.printJSON(logged)
	}
	return nil
}

// logState compares a state with the one before it.
func (s *session) logState(ctx context.Context, state registry.State) (loggedState, error) {
	entry := loggedState{Root: state.Root.String(), Sequence: state.Info.Sequence, Time: state.Info.Time}
	before, err := previousOf(state)
	if err != nil {
		return entry, err
	}
	return entry, registry.Diff(ctx, s.store, before, state.Root, entry.Changes.add)
}

// previousOf is the root before a state, undefined for the first.
func previousOf(state registry.State) (cid.Cid, error) {
	if state.Info.Previous == "" {
		return cid.Undef, nil
	}
	return cid.Decode(state.Info.Previous)
}

func (a *app) printState(e loggedState) {
	made := ""
	if !e.Time.IsZero() {
		made = "  " + e.Time.Format(time.RFC3339)
	}
	fmt.Fprintf(a.Out, "#%d%s  %s\n   %s\n", e.Sequence, made, e.Root, &e.Changes)
}
