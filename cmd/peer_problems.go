package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/resolve"
)

// peerProblems shows the peer dependencies that were overridden as a tree: what
// was taken, and below it who wants something else.
func (a *app) peerProblems(conflicts []*resolve.ConflictError) {
	if len(conflicts) == 0 || !a.says("warn") {
		return
	}
	a.sayWrapped(yellow, "warning:", fmt.Sprintf("ERESOLVE: overriding %d peer %s", len(conflicts), pluralOf(len(conflicts), "dependency", "dependencies")))
	for _, group := range byFound(conflicts) {
		fmt.Fprintln(a.Err, a.fitErr("  "+a.paint(bold, printableLine(placed(group[0].Found)))+askedBy(group[0].Found)))
		for i, conflict := range group {
			branch := "├─"
			if i == len(group)-1 {
				branch = "└─"
			}
			fmt.Fprintln(a.Err, a.fitErr("  "+branch+" "+printableLine(wanting(conflict.Wanted))))
		}
	}
}

// byFound groups conflicts by what was taken, in the order in which they came.
func byFound(conflicts []*resolve.ConflictError) [][]*resolve.ConflictError {
	var groups [][]*resolve.ConflictError
	for _, conflict := range conflicts {
		i := slices.IndexFunc(groups, func(g []*resolve.ConflictError) bool { return g[0].Found.String() == conflict.Found.String() })
		if i < 0 {
			groups = append(groups, []*resolve.ConflictError{conflict})
		} else {
			groups[i] = append(groups[i], conflict)
		}
	}
	return groups
}

// placed is a package with its place, where that is not the usual one.
func placed(found resolve.Found) string {
	if found.Location == "node_modules/"+found.Name {
		found.Location = ""
	}
	return found.String()
}

// askedBy says who wants what was taken: as a rule the project.
func askedBy(found resolve.Found) string {
	if len(found.Asked) == 0 {
		return ""
	}
	return ", which " + printableLine(found.Asked[0].By) + " asks for"
}

// wanting is "ui@1.0.0 wants react@^17.0.0", with the way to it where the
// project does not depend on it itself.
func wanting(ask resolve.Ask) string {
	text := fmt.Sprintf("%s wants %s@%s", ask.By, ask.Name, ask.Spec)
	if between := len(ask.Chain) - 1; between > 1 {
		text += ", through " + strings.Join(ask.Chain[1:between], " > ")
	}
	return text
}
