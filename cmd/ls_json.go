package cmd

import (
	"encoding/json"
	"maps"

	"github.com/ipnpm/ipnpm/query"
	"github.com/ipnpm/ipnpm/tree"
	"github.com/ipnpm/ipnpm/tree/listing"
)

// listJSON is an item of a listing as npm's --json has it.
type listJSON struct {
	Version    string         `json:"version,omitempty"`
	Name       string         `json:"name,omitempty"`
	Resolved   string         `json:"resolved,omitempty"`
	Overridden *bool          `json:"overridden,omitempty"`
	Extended   map[string]any `json:"packageExtensionsApplied,omitempty"`
	Extraneous bool           `json:"extraneous,omitempty"`
	Invalid    string         `json:"invalid,omitempty"`
	Required   string         `json:"required,omitempty"`
	Missing    bool           `json:"missing,omitempty"`
	Problems   []string       `json:"problems,omitempty"`

	Dependencies map[string]*listJSON `json:"dependencies,omitempty"`
	Error        map[string]any       `json:"error,omitempty"`

	// more is what --long adds.
	more map[string]any
}

func newListJSON(item *listing.Item, g *tree.Graph, long bool) *listJSON {
	out := &listJSON{Invalid: item.Invalid, Extraneous: item.Extraneous, Problems: item.Problems}
	if item.Missing && !item.Optional() {
		out.Missing, out.Required = true, item.Edge.Spec
		if out.Required == "" {
			out.Required = "*"
		}
	}
	if item.Node != nil {
		out.describe(item, g, long)
	}
	for _, below := range item.Items {
		if out.Dependencies == nil {
			out.Dependencies = map[string]*listJSON{}
		}
		out.Dependencies[below.Name] = newListJSON(below, g, long)
	}
	return out
}

// describe fills in what is known of the package.
func (j *listJSON) describe(item *listing.Item, g *tree.Graph, long bool) {
	n := item.Node
	j.Version = n.Version
	if n.IsRoot() && (n.PackageName != "" || len(n.Out) > 0) {
		j.Name = firstNonEmpty(n.PackageName, n.Name)
	}
	if long {
		j.describeAtLength(n)
	}
	if item.Deduped {
		return
	}
	j.Resolved = n.Resolved(g.Dir)
	if !n.IsRoot() {
		j.Overridden = &n.Overridden
	}
	if did := n.Package.Extended; did != nil {
		j.Extended = map[string]any{"selector": did.Selector}
		for field, names := range did.Fields {
			j.Extended[field] = names
		}
	}
}

// describeAtLength adds the package.json, in npm's way: "dependencies" are the
// items below, and "_dependencies" those that it declares.
func (j *listJSON) describeAtLength(n *tree.Node) {
	j.Name = firstNonEmpty(n.PackageName, n.Name)
	j.more = query.Manifest(n)
	declared := maps.Clone(n.Package.Dependencies)
	if declared == nil {
		declared = map[string]string{}
	}
	maps.Copy(declared, n.Package.OptionalDependencies)
	delete(j.more, "dependencies")
	maps.Copy(j.more, map[string]any{
		"_id": j.Name + "@" + n.Version, "extraneous": false, "path": n.Path, "_dependencies": declared,
		"devDependencies": orEmpty(n.Package.DevDependencies), "peerDependencies": orEmpty(n.Package.PeerDependencies),
	})
	for key, value := range map[string]string{"cid": n.Package.CID, "integrity": n.Package.Integrity} {
		if value != "" {
			j.more[key] = value
		}
	}
}

func orEmpty(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

// MarshalJSON puts what --long adds beside the rest, which goes first.
func (j *listJSON) MarshalJSON() ([]byte, error) {
	type plain listJSON
	if j.more == nil {
		return json.Marshal((*plain)(j))
	}
	data, err := json.Marshal((*plain)(j))
	if err != nil {
		return nil, err
	}
	all := maps.Clone(j.more)
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	return json.Marshal(all)
}
