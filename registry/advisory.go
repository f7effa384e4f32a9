package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Advisory is one published weakness of some versions of a package, in the
// words of npm's bulk endpoint.
type Advisory struct {
	ID       int64  `json:"id"`
	URL      string `json:"url"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
	// Vulnerable is the range of the versions that are affected.
	Vulnerable string          `json:"vulnerable_versions"`
	CWE        []string        `json:"cwe,omitzero"`
	CVSS       json.RawMessage `json:"cvss,omitempty"`
}

// Advisories are those of each package that has some.
type Advisories map[string][]Advisory

// MaxAdvisories bounds an answer of the bulk endpoint, and an index's snapshot,
// in bytes. All of npm's advisories, malware apart, are some 20 MB.
const MaxAdvisories = 64 << 20

// ParseAdvisories reads an answer of /-/npm/v1/security/advisories/bulk, or the
// snapshot of an index. An advisory of a severity that is not known counts as
// high, and one without a range as of all versions, as npm has it.
func ParseAdvisories(data []byte) (Advisories, error) {
	if len(data) > MaxAdvisories {
		return nil, &FormatError{What: "the advisories", Reason: fmt.Sprintf("longer than %d bytes", MaxAdvisories)}
	}
	var all Advisories
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, &FormatError{What: "the advisories", Reason: "unreadable", Err: err}
	}
	if all == nil {
		all = Advisories{} // null
	}
	for name, list := range all {
		if len(list) == 0 {
			delete(all, name)
		}
		for i := range list {
			list[i].normalize()
		}
	}
	return all, nil
}

func (a *Advisory) normalize() {
	if !slices.Contains(Severities(), a.Severity) {
		a.Severity = "high"
	}
	if a.Vulnerable == "" {
		a.Vulnerable = "*"
	}
	var score map[string]any
	if json.Unmarshal(a.CVSS, &score) != nil {
		a.CVSS = nil // no object
	}
}

// Severities are npm's words, the least first.
func Severities() []string { return []string{"info", "low", "moderate", "high", "critical"} }

// Encode is the one form of the advisories as a file: names and numbers in
// order, so that the same advisories have the same CID.
func (a Advisories) Encode() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, name := range slices.Sorted(maps.Keys(a)) {
		list := slices.Clone(a[name])
		slices.SortFunc(list, func(x, y Advisory) int { return int(min(max(x.ID-y.ID, -1), 1)) })
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(list)
		if err != nil {
			return nil, fmt.Errorf("the advisories of %s: %w", name, err)
		}
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%s:%s", key, value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Snapshot names the advisories that an index carries, as the file
// advisories.json beside registry.json.
type Snapshot struct {
	CID  string `json:"cid"`
	Size int64  `json:"size"`
}
