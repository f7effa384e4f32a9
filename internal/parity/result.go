package parity

import (
	"fmt"
	"slices"
	"strings"
)

// Verdict is how our outcome compares with npm's.
type Verdict int

// The verdicts. Wrong is a difference that npm itself calls one: it finds
// packages missing or invalid in our tree, but not in its own. Where npm
// refuses to make one, it has nothing to compare with.
const (
	Equal Verdict = iota
	Different
	Wrong
)

// Result is what came of a fixture.
type Result struct {
	Fixture *Fixture
	// Verdict is that of the first command whose outcomes differ.
	Verdict Verdict
	// Differences are those after that command, one a line; Said is what the
	// tools printed.
	Differences []string
	Said        string
}

// compare compares what can be seen after a command and reports whether it
// differs.
func (r *Result) compare(s step, have, want outcome) bool {
	// npm has no code for some of its errors; ours may have.
	if want[facetExit]["code"] == noCode && have[facetExit]["code"] != "" {
		have.set(facetExit, "code", noCode)
	}
	for _, facet := range []string{facetExit, facetSaved, facetFolders, facetBins, facetLock, facetLs, facetQuery} {
		for _, d := range differences(have[facet], want[facet]) {
			r.Differences = append(r.Differences, fmt.Sprintf("after %q, %s: %s", strings.Join(s.words, " "), facet, d))
		}
	}
	if len(r.Differences) == 0 {
		return false
	}
	r.Verdict = Different
	npmWent := want[facetExit]["code"] == ""
	for problem := range have[facetLs] {
		_, npmToo := want[facetLs][problem]
		if npmWent && !npmToo && (strings.HasPrefix(problem, "invalid:") || strings.HasPrefix(problem, "missing:")) {
			r.Verdict = Wrong
		}
	}
	return true
}

func differences(have, want map[string]string) []string {
	var out []string
	for where, w := range want {
		if h, ok := have[where]; !ok {
			out = append(out, fmt.Sprintf("%s is not here: npm has %q", where, w))
		} else if h != w {
			out = append(out, fmt.Sprintf("%s is %q: npm has %q", where, h, w))
		}
	}
	for where, h := range have {
		if _, ok := want[where]; !ok {
			out = append(out, fmt.Sprintf("%s is %q: npm has nothing", where, h))
		}
	}
	slices.Sort(out)
	return out
}

// Err says what is unexpected in a result: a difference, or none where we mean
// to differ.
func (r Result) Err() error {
	switch {
	case r.Verdict == Equal && r.Fixture.Differs != "":
		return fmt.Errorf("%s does as npm does, though it means to differ: %s", r.Fixture.Name, r.Fixture.Differs)
	case r.Verdict == Wrong, r.Verdict == Different && r.Fixture.Differs == "":
		return fmt.Errorf("%s\n%s\n%s", r.Fixture.About, strings.Join(r.Differences, "\n"), r.Said)
	}
	return nil
}

// Report is the line about all results, and a line about each that differs.
func Report(results []Result) string {
	counts := map[Verdict]int{}
	var named []string
	for _, r := range results {
		counts[r.Verdict]++
		if r.Verdict != Equal {
			why := r.Fixture.Differs
			if why == "" {
				why = "UNEXPECTED: " + r.Differences[0]
			}
			named = append(named, "\n  "+r.Fixture.Name+": "+why)
		}
	}
	slices.Sort(named)
	share := 100 * float64(counts[Equal]) / float64(max(len(results), 1))
	return fmt.Sprintf("parity: %d equal, %d different, %d wrong of %d (%.1f %% equal)%s",
		counts[Equal], counts[Different], counts[Wrong], len(results), share, strings.Join(named, ""))
}
