package cmd

import (
	"fmt"
	"strings"

	"github.com/ipnpm/ipnpm/audit"
	"github.com/ipnpm/ipnpm/registry"
)

// tellAudit prints npm's report: each vulnerability with an advisory of its own,
// below it those that it is passed on to, and what to do.
func (a *app) tellAudit(r *audit.Report) {
	if len(r.Vulnerabilities) == 0 {
		a.summarizeAudit(r)
		return
	}
	fmt.Fprint(a.Out, "# ipnpm audit report\n\n")
	printed := map[*audit.Vulnerability]bool{}
	for _, v := range r.Vulnerabilities {
		if len(v.Published()) > 0 && !printed[v] {
			fmt.Fprintln(a.Out, strings.Join(a.vulnerabilityLines(r, v, printed), "\n"))
		}
	}
	a.summarizeAudit(r)
}

// vulnerabilityLines are those of one that no other leads to.
func (a *app) vulnerabilityLines(r *audit.Report, v *audit.Vulnerability, printed map[*audit.Vulnerability]bool) []string {
	printed[v] = true
	lines := []string{printableLine(v.Name) + "  " + printableLine(v.Range())}
	if v.Severity() != "low" {
		lines = append(lines, "Severity: "+a.paintSeverity(v.Severity()))
	}
	for _, p := range v.Published() {
		lines = append(lines, printableLine(p.Title+" - "+p.URL))
	}
	for _, name := range v.Via() {
		lines = append(lines, "Depends on vulnerable versions of "+printableLine(name))
	}
	lines = append(lines, a.fixLines(v.Fix)...)
	lines = append(lines, a.placesOf(v)...)
	for _, name := range v.Effects() {
		lines = append(lines, a.effectLines(r, name, printed)...)
	}
	return append(lines, "")
}

// effectLines are those of a dependent, indented.
func (a *app) effectLines(r *audit.Report, name string, printed map[*audit.Vulnerability]bool) []string {
	v := r.Find(name)
	if v == nil || printed[v] {
		return nil
	}
	printed[v] = true
	lines := []string{printableLine(v.Name) + "  " + printableLine(v.Range())}
	for _, via := range v.Via() {
		lines = append(lines, "Depends on vulnerable versions of "+printableLine(via))
	}
	lines = append(lines, a.placesOf(v)...)
	for _, effect := range v.Effects() {
		lines = append(lines, a.effectLines(r, effect, printed)...)
	}
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	return lines
}

func (a *app) placesOf(v *audit.Vulnerability) []string {
	lines := make([]string, 0, len(v.Nodes))
	for _, n := range v.Nodes {
		lines = append(lines, a.paintOut(dim, printableLine(n.Location)))
	}
	return lines
}

func (a *app) fixLines(f audit.Fix) []string {
	switch {
	case f.InRange && f.Blocked != "":
		return []string{a.paintOut(yellow, "fix available") + ", " + f.Blocked + ", but it is younger than min-release-age"}
	case f.InRange:
		return []string{a.paintOut(green, "fix available") + " via `ipnpm audit fix`"}
	case f.Version == "":
		return []string{a.paintOut(red, "No fix available")}
	}
	change := "outside the stated dependency range"
	if f.Major {
		change = "a breaking change"
	}
	return []string{
		a.paintOut(yellow, "fix available") + " via `ipnpm audit fix --force`",
		"Will install " + f.Name + "@" + f.Version + ", which is " + change,
	}
}

func (a *app) paintSeverity(severity string) string {
	if severity == "low" || severity == "info" {
		return a.paintOut(bold, severity)
	}
	if severity == "moderate" {
		return a.paintOut(yellow, severity)
	}
	return a.paintOut(red, severity)
}

// summarizeAudit prints the counts and what to do.
func (a *app) summarizeAudit(r *audit.Report) {
	fmt.Fprintln(a.Out, a.auditCounts(r))
	if len(r.Vulnerabilities) == 0 {
		return
	}
	var some, forced, breaking, none bool
	for _, v := range r.Vulnerabilities {
		some = some || v.Fix.InRange
		none = none || !v.Fix.InRange && v.Fix.Version == ""
		forced = forced || v.Fix.Version != ""
		breaking = breaking || v.Fix.Major
	}
	if some {
		what := "all issues"
		if forced || none {
			what = "issues that do not require attention"
		}
		fmt.Fprintf(a.Out, "\nTo address %s, run:\n  ipnpm audit fix\n", what)
	}
	if forced {
		possible, changes := "", ""
		if none {
			possible = " possible"
		}
		if breaking {
			changes = " (including breaking changes)"
		}
		fmt.Fprintf(a.Out, "\nTo address all issues%s%s, run:\n  ipnpm audit fix --force\n", possible, changes)
	}
	if none {
		fmt.Fprint(a.Out, "\nSome issues need review, and may require choosing\na different dependency.\n")
	}
}

// auditCounts is npm's line of how many there are of each severity.
func (a *app) auditCounts(r *audit.Report) string {
	n := len(r.Vulnerabilities)
	if n == 0 {
		return "found 0 vulnerabilities"
	}
	counts := r.Counts()
	var parts []string
	for _, severity := range registry.Severities()[1:] {
		if counts[severity] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[severity], a.paintSeverity(severity)))
		}
	}
	if len(parts) == 1 && n == counts[r.Vulnerabilities[0].Severity()] {
		return parts[0] + " severity " + pluralOf(n, "vulnerability", "vulnerabilities")
	}
	return fmt.Sprintf("%d vulnerabilities (%s)", n, strings.Join(parts, ", "))
}
