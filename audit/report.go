package audit

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
)

// Severity is the highest of its advisories'.
func (v *Vulnerability) Severity() string {
	order := registry.Severities()
	highest := 0
	for _, a := range v.advisories {
		highest = max(highest, slices.Index(order, a.severity))
	}
	return order[highest]
}

// Range is the vulnerable versions, by those that there are.
func (v *Vulnerability) Range() string { return simplify(v.doc.versions, v.Avoid()) }

// IsDirect says that the project or a workspace asks for it.
func (v *Vulnerability) IsDirect() bool {
	for _, n := range v.Nodes {
		for _, e := range dependentsOf(n) {
			if e.From.IsRoot() || e.From.Workspace {
				return true
			}
		}
	}
	return false
}

// Published are the advisories against the package itself, by number.
func (v *Vulnerability) Published() []*registry.Advisory {
	var out []*registry.Advisory
	for _, a := range v.advisories {
		if a.published != nil {
			out = append(out, a.published)
		}
	}
	slices.SortFunc(out, func(a, b *registry.Advisory) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Via are the names of the dependencies that it comes by.
func (v *Vulnerability) Via() []string {
	var out []string
	for _, a := range v.advisories {
		if a.source != nil {
			out = append(out, a.dependency())
		}
	}
	slices.SortFunc(out, lockfile.Compare)
	return slices.Compact(out)
}

// Effects are the names of the packages that it is passed on to.
func (v *Vulnerability) Effects() []string {
	return slices.SortedFunc(maps.Keys(v.effects), lockfile.Compare)
}

// Find is the vulnerability of a name, nil for none.
func (r *Report) Find(name string) *Vulnerability { return r.byName[name] }

// Reaches says that something is of at least a severity, "low" when it is "".
func (r *Report) Reaches(severity string) bool {
	order := registry.Severities()
	level := slices.Index(order, cmp.Or(severity, "low"))
	return level >= 0 && slices.ContainsFunc(r.Vulnerabilities, func(v *Vulnerability) bool {
		return slices.Index(order, v.Severity()) >= level
	})
}

// Counts are the vulnerabilities by severity.
func (r *Report) Counts() map[string]int {
	counts := map[string]int{}
	for _, v := range r.Vulnerabilities {
		counts[v.Severity()]++
	}
	return counts
}

// advisoryJSON is one element of via that is an advisory, in npm's order of keys.
type advisoryJSON struct {
	Source     int64           `json:"source"`
	Name       string          `json:"name"`
	Dependency string          `json:"dependency"`
	Title      string          `json:"title"`
	URL        string          `json:"url"`
	Severity   string          `json:"severity"`
	CWE        []string        `json:"cwe,omitzero"`
	CVSS       json.RawMessage `json:"cvss,omitempty"`
	Range      string          `json:"range"`
}

type fixJSON struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Major   bool   `json:"isSemVerMajor"`
}

type vulnerabilityJSON struct {
	Name     string   `json:"name"`
	Severity string   `json:"severity"`
	IsDirect bool     `json:"isDirect"`
	Via      []any    `json:"via"`
	Effects  []string `json:"effects"`
	Range    string   `json:"range"`
	Nodes    []string `json:"nodes"`
	Fix      any      `json:"fixAvailable"`
	Blocked  any      `json:"fixBlockedByReleaseAge,omitempty"`
}

// MarshalJSON writes npm's report, version 2.
func (r *Report) MarshalJSON() ([]byte, error) {
	all := map[string]vulnerabilityJSON{}
	for _, v := range r.Vulnerabilities {
		all[v.Name] = r.entry(v)
	}
	return json.Marshal(map[string]any{"auditReportVersion": 2, "vulnerabilities": all, "metadata": r.Metadata()})
}

// Metadata is what a report counts, in npm's form.
type Metadata struct {
	// Vulnerabilities are by severity, Dependencies by kind; total is all of them.
	Vulnerabilities map[string]int `json:"vulnerabilities"`
	Dependencies    map[string]int `json:"dependencies"`
}

// Metadata counts the vulnerable packages, and all.
func (r *Report) Metadata() Metadata {
	counts := map[string]int{"total": len(r.Vulnerabilities)}
	for _, severity := range registry.Severities() {
		counts[severity] = r.Counts()[severity]
	}
	return Metadata{Vulnerabilities: counts, Dependencies: r.dependencies()}
}

func (r *Report) entry(v *Vulnerability) vulnerabilityJSON {
	out := vulnerabilityJSON{
		Name: v.Name, Severity: v.Severity(), IsDirect: v.IsDirect(), Via: v.viaJSON(),
		Effects: append([]string{}, v.Effects()...), Range: v.Range(), Fix: v.Fix.InRange,
	}
	for _, n := range v.Nodes {
		out.Nodes = append(out.Nodes, n.Location)
	}
	slices.SortFunc(out.Nodes, lockfile.Compare)
	if v.Fix.Version != "" {
		out.Fix = fixJSON{v.Fix.Name, v.Fix.Version, v.Fix.Major}
	}
	if v.Fix.Blocked != "" {
		out.Blocked = map[string]any{"version": v.Fix.Blocked, "before": r.options.Pick.Before}
	}
	return out
}

// viaJSON has advisories as objects and dependencies as names, in npm's order:
// by the text of the number, or of the name.
func (v *Vulnerability) viaJSON() []any {
	byText := map[string]any{}
	for _, a := range v.Published() {
		byText[strconv.FormatInt(a.ID, 10)] = advisoryJSON{
			a.ID, v.Name, v.Name, a.Title, a.URL, a.Severity, a.CWE, a.CVSS, a.Vulnerable,
		}
	}
	for _, name := range v.Via() {
		byText[name] = name
	}
	out := make([]any, 0, len(byText))
	for _, text := range slices.SortedFunc(maps.Keys(byText), lockfile.Compare) {
		out = append(out, byText[text])
	}
	return out
}

// dependencies counts the nodes by kind, as npm does: the project counts among
// the ordinary ones, and a node of several kinds for each.
func (r *Report) dependencies() map[string]int {
	counts := map[string]int{"prod": 0, "dev": 0, "optional": 0, "peer": 0, "peerOptional": 0, "total": len(r.options.Graph.Nodes) - 1}
	for _, n := range r.options.Graph.Nodes {
		kinds := map[string]bool{"dev": n.Dev, "optional": n.Optional, "peer": n.Peer}
		prod := true
		for kind, is := range kinds {
			if is {
				counts[kind]++
				prod = false
			}
		}
		if prod {
			counts["prod"]++
		}
	}
	return counts
}
