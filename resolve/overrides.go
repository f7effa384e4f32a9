package resolve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// ruleSet is one level of the root's overrides: what is to be taken for name
// (when its spec meets the key's range), and which rules count below it. The
// top level has no name and no parent.
type ruleSet struct {
	source   *source
	parent   *ruleSet
	children []*ruleSet

	name, key string
	keySpec   string             // "*" when the key has none
	keyRange  *requirement       // of keySpec
	value     string             // the spec to take instead; keySpec when there is none
	effective []*ruleSet         // what counts here, the innermost rule of a key first
	project   *manifest.Manifest // where $references are looked up
}

// OverrideError is npm's EOVERRIDE: an override of what the project depends on
// itself, in other words than there.
type OverrideError struct{ Name, Want, Override string }

func (e *OverrideError) Error() string {
	return fmt.Sprintf("override of %s to %q conflicts with the direct dependency %s@%s (EOVERRIDE)", e.Name, e.Override, e.Name, e.Want)
}

// parseOverrides reads the root's overrides; nil when there are none.
func (s *source) parseOverrides(m *manifest.Manifest) (*ruleSet, error) {
	if len(bytes.TrimSpace(m.Overrides)) == 0 {
		return nil, nil
	}
	root := &ruleSet{source: s, project: m}
	if err := root.parse(m.Overrides); err != nil {
		return nil, fmt.Errorf("overrides: %w", err)
	}
	if len(root.children) == 0 {
		return nil, nil
	}
	return root, nil
}

// parse reads {".": value, key: rules…} in the order of the text, which
// decides between rules for one name.
func (r *ruleSet) parse(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("must be an object")
	}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		if err := r.parseMember(token.(string), raw); err != nil {
			return err
		}
	}
	r.effective = r.collect()
	for _, child := range r.children {
		child.settle()
	}
	return nil
}

func (r *ruleSet) parseMember(key string, raw json.RawMessage) error {
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	if key == "." {
		if !isText {
			return fmt.Errorf("%q must be a string", r.key+" > .")
		}
		r.value = orAny(text)
		return nil
	}
	spec, err := manifest.ParseArg(key)
	if err != nil || spec.Name == "" {
		return fmt.Errorf("%q does not begin with a package name", key)
	}
	child := &ruleSet{source: r.source, project: r.project, parent: r, name: spec.Name, key: key, keySpec: orAny(spec.Raw)}
	child.keyRange = r.source.requirement(child.name, child.keySpec)
	if isText {
		child.value = orAny(text)
	} else if err := child.parse(raw); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if child.value == "" {
		child.value = child.keySpec
	}
	r.children = append(r.children, child)
	return nil
}

func orAny(spec string) string {
	if spec == "" {
		return "*"
	}
	return spec
}

// settle computes what is effective, once all parents are complete.
func (r *ruleSet) settle() {
	r.effective = r.collect()
	for _, child := range r.children {
		child.settle()
	}
}

// collect lists the rules that count at r: its children and itself, then its
// parent's…, the innermost of each key.
func (r *ruleSet) collect() []*ruleSet {
	var list []*ruleSet
	seen := make(map[string]bool)
	add := func(rule *ruleSet) {
		if !seen[rule.key] {
			seen[rule.key] = true
			list = append(list, rule)
		}
	}
	for at := r; at != nil; at = at.parent {
		for _, child := range at.children {
			add(child)
		}
		if at.parent != nil {
			add(at)
		}
	}
	return list
}

// forEdge is the rule that an edge of a node under r is subject to; r itself
// when none names it.
func (r *ruleSet) forEdge(e *Edge) *ruleSet {
	for _, rule := range r.effective {
		if rule.name == e.dep.name && rule.appliesTo(e.dep.want) {
			return rule
		}
	}
	return r
}

// forPackage is the rule that the package itself is subject to, whoever depends
// on it; r when none names it.
func (r *ruleSet) forPackage(p *pkg) *ruleSet {
	for _, rule := range r.effective {
		if rule.name == p.name && (rule.keyRange.allows(p) || r.source.requirement(rule.name, rule.value).allows(p)) {
			return rule
		}
	}
	return r
}

// appliesTo reports whether the key's range meets what is asked for; against
// what is no range it cannot be held, and then the rule applies.
func (r *ruleSet) appliesTo(want *requirement) bool {
	if r.keySpec == "*" || want.versions == nil {
		return true
	}
	return r.keyRange.versions != nil && npmrange.Intersects(want.versions, r.keyRange.versions)
}

// replacement is what e is to ask for instead; nil when r does not name it.
func (r *ruleSet) replacement(e *Edge) *requirement {
	if r.parent == nil || r.name != e.dep.name || r.value == "*" {
		return nil
	}
	value := r.value
	if ref, ok := strings.CutPrefix(value, "$"); ok {
		value = reference(ref, r.project)
		if value == "" {
			value = reference(ref, e.from.pkg.manifest)
		}
		if value == "" {
			return &requirement{raw: r.value, err: fmt.Errorf("override %s: nothing named %q is a dependency", r.value, ref)}
		}
	}
	if folder, ok := strings.CutPrefix(value, "workspace:."); ok {
		// It counts from the project, whoever the dependent is.
		value = "workspace:" + path.Join("/", "."+folder)
	}
	return r.source.requirement(e.dep.name, value)
}

func reference(name string, m *manifest.Manifest) string {
	if m == nil {
		return ""
	}
	for _, group := range []map[string]string{m.DevDependencies, m.OptionalDependencies, m.Dependencies, m.PeerDependencies} {
		if spec := group[name]; spec != "" {
			return spec
		}
	}
	return ""
}

// satisfiedBy judges a node for an edge under an override: the override's
// spec is good, and so is the original one as long as the node is not of the
// versions that the rule is there to replace.
func (r *ruleSet) satisfiedBy(e *Edge, node *Node) bool {
	if e.want().satisfies(node, e.from) {
		return true
	}
	return e.dep.want.satisfies(node, e.from) && !r.keyRange.satisfies(node, e.from)
}

// updateRule finds anew which rule the edge is subject to.
func (e *Edge) updateRule() {
	if e.from.rules == nil {
		e.rule = nil
		return
	}
	e.rule = e.from.rules.forEdge(e)
}

// ruleArrived: a dependent under rule has come. Of two rules that contain one
// another the inner one counts, of others what they have in common.
func (n *Node) ruleArrived(rule *ruleSet) {
	if n.rules == rule {
		return
	}
	if n.rules != nil {
		if rule = specific(n.rules, rule); rule == nil || rule == n.rules {
			return
		}
	}
	n.rules = rule
	n.spreadRules()
}

// ruleLeft: a dependent under rule has gone.
func (n *Node) ruleLeft(rule *ruleSet) {
	if n.rules == nil || n.rules != rule {
		return
	}
	var left *ruleSet
	for _, e := range n.edgesIn {
		if left != nil && e.rule != nil {
			left = specific(e.rule, left)
		} else {
			left = e.rule
		}
	}
	if left == n.rules {
		return
	}
	n.rules = left
	if left != nil {
		n.spreadRules()
	}
}

// spreadRules hands the node's rules on to what it depends on.
func (n *Node) spreadRules() {
	if n.target != nil {
		if n.rules.reaches(n.target) {
			n.target.ruleArrived(n.rules)
		}
		return
	}
	for _, e := range n.edgesOut {
		if e == nil {
			continue
		}
		e.reload()
		if e.to != nil && e.rule != nil {
			e.to.ruleArrived(e.rule)
		}
	}
}

// overridden reports whether some dependent gets the node by an override.
func (n *Node) overridden() bool {
	if n.rules == nil || n.rules.parent == nil || n.rules.name != n.name {
		return false
	}
	for _, e := range n.edgesIn {
		if e.rule != nil && e.rule.name == n.name && e.rule.value == n.Version() && e.rule != e.from.rules {
			return true
		}
	}
	return false
}

func sameRules(a, b *ruleSet) bool { return a == b }

// specific is the inner one of two rules of which one contains the other,
// otherwise the innermost that contains both; nil when they contradict.
func specific(a, b *ruleSet) *ruleSet {
	switch {
	case b.under(a):
		return b
	case a.under(b):
		return a
	case a.contradicts(b):
		return nil
	}
	for at := a; at != nil; at = at.parent {
		if b.under(at) {
			return at
		}
	}
	return nil
}

func (r *ruleSet) under(other *ruleSet) bool {
	for ; r != nil; r = r.parent {
		if r == other {
			return true
		}
	}
	return false
}

// conflicts reports whether no node can be under both rules.
func (r *ruleSet) conflicts(other *ruleSet) bool {
	return specific(r, other) == nil && r.contradicts(other)
}

// contradicts reports whether some package has rules in both whose ranges
// have nothing in common.
func (r *ruleSet) contradicts(other *ruleSet) bool {
	for _, mine := range r.effective {
		for _, theirs := range other.effective {
			if mine.key == theirs.key && mine != theirs && mine.excludes(theirs) {
				return true
			}
		}
	}
	return false
}

func (r *ruleSet) excludes(other *ruleSet) bool {
	if strings.HasPrefix(r.value, "$") || strings.HasPrefix(other.value, "$") {
		return false
	}
	a := r.source.requirement(r.name, r.value).versions
	b := r.source.requirement(other.name, other.value).versions
	return a != nil && b != nil && !npmrange.Intersects(a, b)
}

// reaches reports whether some rule names a dependency of n, direct or not.
func (r *ruleSet) reaches(n *Node) bool {
	seen := setOf(n)
	for i := 0; i < len(seen.list); i++ {
		for _, e := range seen.list[i].Target().edgesOut {
			if e == nil {
				continue
			}
			if rule := r.forEdge(e); rule.parent != nil && rule.name == e.dep.name {
				return true
			}
			if e.to != nil {
				seen.add(e.to)
			}
		}
	}
	return false
}
