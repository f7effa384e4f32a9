package cmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/ipnpm/ipnpm/tree/outdated"
)

// chooseUpdates asks which of the outdated direct dependencies are to be updated,
// all or those that are named; none is for who marks none.
func (s *session) chooseUpdates(ctx context.Context, p *project, names []string, latest bool) ([]string, error) {
	a := s.app
	entries, err := s.outdated(ctx, p, names)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e outdated.Entry) bool {
		to := e.Wanted
		if latest {
			to = e.Latest
		}
		return !e.Edge.From.IsTop() || to == "" || to == e.Current
	})
	if len(entries) == 0 {
		fmt.Fprintln(a.talk(), "all direct dependencies are as new as they may be")
		return nil, nil
	}
	slices.SortStableFunc(entries, func(x, y outdated.Entry) int { return cmp.Compare(group(x), group(y)) })
	c := choice{title: "Which packages are to be updated?", items: updateItems(entries, latest)}
	ok, err := a.choose(ctx, &c)
	if err != nil {
		return nil, err
	}
	if !ok {
		fmt.Fprintln(a.Err, "nothing was changed")
		return nil, &silentError{130}
	}
	var chosen []string
	for i, item := range c.items {
		if item.marked {
			chosen = append(chosen, entries[i].Edge.Name)
		}
	}
	if chosen == nil {
		fmt.Fprintln(a.talk(), "nothing was marked, and nothing was changed")
	}
	return chosen, nil
}

// updateItems are the lines: what is there, what it would become, and what else
// there is.
func updateItems(entries []outdated.Entry, latest bool) []chosenItem {
	width := 0
	for _, e := range entries {
		width = max(width, columnsOf(printableLine(e.Name)))
	}
	items := make([]chosenItem, len(entries))
	for i, e := range entries {
		to, note := e.Wanted, ""
		if latest {
			to = e.Latest
		} else if e.Latest != e.Wanted {
			note = " (latest " + e.Latest + ")"
		}
		if e.Edge.From.Workspace {
			note += " in " + e.Edge.From.Location
		}
		text := fmt.Sprintf("%-*s ", width, printableLine(e.Name)) +
			printableLine(firstNonEmpty(e.Current, "missing")+" → "+to+note)
		items[i] = chosenItem{heading: group(e), text: text}
	}
	return items
}
