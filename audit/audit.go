package audit

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tree"
)

// Documents brings package documents. A *registry.NotFoundError says that there
// is none, which is no failure: not all packages are from a registry.
type Documents interface {
	Packument(ctx context.Context, name string) (*registry.Packument, error)
}

// Options say what is audited. Graph and Documents are needed.
type Options struct {
	Graph     *tree.Graph
	Documents Documents
	// Omit holds "dev", "optional" and "peer", whose packages are left out.
	Omit []string
	// Within are the nodes that count; nil for all.
	Within map[*tree.Node]bool
	// Pick is how versions are chosen, for the fixes.
	Pick pick.Options
}

// Versions are what to ask the advisories for: by name the versions that are
// there.
func Versions(o Options) map[string][]string {
	out := map[string][]string{}
	for _, n := range Nodes(o) {
		if !slices.Contains(out[n.PackageName], n.Version) {
			out[n.PackageName] = append(out[n.PackageName], n.Version)
		}
	}
	return out
}

// Nodes are the places that are audited.
func Nodes(o Options) []*tree.Node {
	var out []*tree.Node
	for _, n := range o.Graph.Nodes {
		if o.counts(n) {
			out = append(out, n)
		}
	}
	return out
}

// counts says that a node is audited: the project and its workspaces are not.
func (o Options) counts(n *tree.Node) bool {
	if n.Version == "" || n.IsRoot() || n.Target != nil || len(n.Links) > 0 || o.Within != nil && !o.Within[n] {
		return false
	}
	has := func(kind string) bool { return slices.Contains(o.Omit, kind) }
	return !(n.Peer && has("peer") || n.Dev && has("dev") || n.Optional && has("optional") ||
		n.DevOptional && has("dev") && has("optional"))
}

// Vulnerability is a package of the project with all that is known against it.
type Vulnerability struct {
	Name string
	// Nodes are the places where a vulnerable version is.
	Nodes []*tree.Node
	// Fix says what mends it.
	Fix Fix

	advisories []*advisory
	via        []*Vulnerability
	effects    map[string]bool
	tops       map[*tree.Node]bool
	doc        *document
}

// Fix is what mends a vulnerability.
type Fix struct {
	// InRange: versions without it are in the range that is asked for.
	InRange bool
	// Name and Version are what to ask the project for instead, where that
	// helps; empty when nothing does. Major says that it is another major
	// version.
	Name, Version string
	Major         bool
	// Blocked is the version that would mend it, but is younger than
	// min-release-age allows.
	Blocked string
}

// Report is the outcome of [Run].
type Report struct {
	// Vulnerabilities are by name, in npm's order.
	Vulnerabilities []*Vulnerability

	options Options
	byName  map[string]*Vulnerability
}

// Run computes the report. It asks for the documents of the packages that
// advisories are about and of those that lead to them, and for no others.
func Run(ctx context.Context, o Options, known registry.Advisories) (*Report, error) {
	r := &run{
		Options: o, documents: map[string]*document{}, derived: map[derivation]*advisory{},
		named: map[string][]*tree.Node{}, report: &Report{options: o, byName: map[string]*Vulnerability{}},
	}
	for _, n := range Nodes(o) {
		r.named[n.PackageName] = append(r.named[n.PackageName], n)
	}
	for _, name := range slices.SortedFunc(maps.Keys(known), lockfile.Compare) {
		for _, published := range known[name] {
			if len(r.named[name]) == 0 {
				continue // a snapshot has those of all packages
			}
			doc, err := r.document(ctx, name)
			if err != nil {
				return nil, err
			}
			r.queue = append(r.queue, newAdvisory(name, published, doc))
		}
	}
	if err := r.all(ctx); err != nil {
		return nil, err
	}
	return r.report, nil
}

// run is one computation. The queue holds the advisories to come, and those of
// the dependents are added to it.
type run struct {
	Options
	report    *Report
	queue     []*advisory
	named     map[string][]*tree.Node
	documents map[string]*document
	derived   map[derivation]*advisory
}

// derivation is a package with the advisory that is passed on to it.
type derivation struct {
	name   string
	source *advisory
}

func (r *run) all(ctx context.Context) error {
	for i := 0; i < len(r.queue); i++ {
		if err := r.take(ctx, r.queue[i]); err != nil {
			return err
		}
	}
	for name, v := range r.report.byName {
		if len(v.Nodes) == 0 {
			delete(r.report.byName, name)
		}
	}
	for _, name := range slices.SortedFunc(maps.Keys(r.report.byName), lockfile.Compare) {
		v := r.report.byName[name]
		r.report.Vulnerabilities = append(r.report.Vulnerabilities, v)
		for _, a := range v.advisories {
			if by := r.report.byName[a.dependency()]; a.source != nil && by != nil {
				v.via = append(v.via, by)
				by.effects[name] = true
				v.handOn(map[*Vulnerability]bool{})
			}
		}
	}
	return nil
}

// take adds one advisory, with the places that it is about, and queues those of
// their dependents.
func (r *run) take(ctx context.Context, a *advisory) error {
	v := r.report.byName[a.name]
	if v == nil {
		v = &Vulnerability{
			Name: a.name, Fix: Fix{InRange: true}, doc: a.doc,
			effects: map[string]bool{}, tops: map[*tree.Node]bool{},
		}
		r.report.byName[a.name] = v
	}
	relevant := false
	for _, n := range r.named[a.name] {
		if !a.test(n.Version, "") {
			continue
		}
		relevant = true
		if !slices.Contains(v.Nodes, n) {
			v.Nodes = append(v.Nodes, n)
		}
	}
	if !relevant {
		return nil
	}
	v.advisories = append(v.advisories, a)
	for _, n := range v.Nodes {
		if !a.test(n.Version, "") {
			continue
		}
		for _, e := range dependentsOf(n) {
			if err := r.passOn(ctx, v, a, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// dependentsOf are the edges that lead to a node, also by a link.
func dependentsOf(n *tree.Node) []*tree.Edge {
	edges := slices.Clone(n.In)
	for _, link := range n.Links {
		edges = append(edges, link.In...)
	}
	return edges
}

// passOn looks at one that depends on a vulnerable package. For the project's
// own folders it is decided whether there is a fix, for a package whether it is
// vulnerable by that.
func (r *run) passOn(ctx context.Context, v *Vulnerability, a *advisory, e *tree.Edge) error {
	if e.From.IsTop() {
		if !v.tops[e.From] {
			r.findFix(v, e)
		}
		return nil
	}
	doc, err := r.document(ctx, e.From.PackageName)
	if err != nil {
		return err
	}
	key := derivation{e.From.PackageName, a}
	meta := r.derived[key]
	if meta == nil {
		meta = passedOn(e.From.PackageName, a, doc)
		r.derived[key] = meta
	}
	if meta.test(e.From.Version, cmp.Or(e.Spec, "*")) && !slices.Contains(r.queue, meta) {
		r.queue = append(r.queue, meta)
	}
	return nil
}

// document is a package's, empty where there is none.
func (r *run) document(ctx context.Context, name string) (*document, error) {
	if d := r.documents[name]; d != nil {
		return d, nil
	}
	p, err := r.Documents.Packument(ctx, name)
	if _, none := errors.AsType[*registry.NotFoundError](err); none {
		p, err = registry.New(name), nil
	}
	if err != nil {
		return nil, err
	}
	r.documents[name] = newDocument(p)
	return r.documents[name], nil
}
