package lockfile

import (
	"fmt"
	"strings"
)

// sides are the three versions of a file that git could not merge. The base
// is there only with git's merge.conflictStyle diff3 or zdiff3.
type sides struct {
	ours, theirs, base strings.Builder
	hasBase            bool
}

// Git's conflict markers begin a line. No line of valid JSON begins with
// these: strings have no line breaks.
const (
	markOurs   = "<<<<<<<"
	markBase   = "|||||||"
	markTheirs = "======="
	markEnd    = ">>>>>>>"
)

// splitConflict splits a file with conflict markers into its sides. Without
// markers conflicted is false.
func splitConflict(text string) (s *sides, conflicted bool, err error) {
	s = new(sides)
	if !strings.Contains(text, markOurs) {
		return s, false, nil
	}
	state := "" // the marker of the section that the line is in
	number := 0
	for line := range strings.Lines(text) {
		number++
		if next := marker(line); next != "" {
			if !follows(state, next) {
				return s, true, &SyntaxError{number, 1, fmt.Sprintf("conflict marker %s out of place", next)}
			}
			conflicted = true
			s.hasBase = s.hasBase || next == markBase
			state = next
			if state == markEnd {
				state = ""
			}
			continue
		}
		s.add(state, line)
	}
	if state != "" {
		return s, true, &SyntaxError{number, 1, "file ends too early: conflict without an end marker"}
	}
	return s, conflicted, nil
}

func (s *sides) add(state, line string) {
	if state == "" || state == markOurs {
		s.ours.WriteString(line)
	}
	if state == "" || state == markBase {
		s.base.WriteString(line)
	}
	if state == "" || state == markTheirs {
		s.theirs.WriteString(line)
	}
}

// marker returns the conflict marker that the line is, or "".
func marker(line string) string {
	for _, m := range [...]string{markOurs, markBase, markTheirs, markEnd} {
		if strings.HasPrefix(line, m) {
			return m
		}
	}
	return ""
}

// follows says whether a marker may come in a section.
func follows(state, next string) bool {
	switch next {
	case markOurs:
		return state == ""
	case markBase:
		return state == markOurs
	case markTheirs:
		return state == markOurs || state == markBase
	}
	return state == markTheirs
}

// mergeSides parses each side and merges them. A base that is no lockfile by
// itself (where the sides differ in more places than the base shows) is done
// without.
func mergeSides(s *sides) (*Lockfile, error) {
	ours, err := parse(s.ours.String())
	if err != nil {
		return nil, fmt.Errorf("our side of the conflict: %w", err)
	}
	theirs, err := parse(s.theirs.String())
	if err != nil {
		return nil, fmt.Errorf("their side of the conflict: %w", err)
	}
	var base *Lockfile
	if s.hasBase {
		base, _ = parse(s.base.String())
	}
	return Merge(base, ours, theirs), nil
}
