package resolve

import (
	"context"
	"errors"
	"slices"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// Tree is a resolved project.
type Tree struct {
	Root *Node
	// Warnings in the order in which they arose.
	Warnings []Warning

	graph  *graph
	source *source
}

// builder grows one tree.
type builder struct {
	request *Request
	options *Options
	source  *source
	tree    *graph
	queue   *queue
	seen    map[*Node]bool
	rounds  map[*Node]int // how often a node had to be seen to again
	// unsettled: some node has been for too long.
	unsettled bool
	updates   map[string]bool

	// virtuals is the virtual root last made for a node.
	virtuals map[*Node]*Node
	// causes says on whose behalf a node came into its virtual root.
	causes map[*Node]*Node
	// failures are nodes whose package could not be had.
	failures []*Node
	links    []*Node // whose targets have to be seen to
	warnings []Warning
}

// Build resolves a project. Errors: *ConflictError when peer dependencies
// cannot be reconciled (npm's ERESOLVE), *DependencyError around what a
// picker or the Index said of a package that cannot be done without.
func Build(ctx context.Context, r Request) (*Tree, error) {
	b := newBuilder(&r)
	if err := b.loadRoot(); err != nil {
		return nil, err
	}
	defer b.askAhead(ctx)()
	if err := b.loadLock(ctx); err != nil {
		return nil, err
	}
	b.loadWorkspaces()
	b.warnExtensions()
	b.enqueueProblems()
	if err := b.crawl(ctx); err != nil {
		return nil, err
	}
	if err := b.grow(ctx); err != nil {
		return nil, err
	}
	if err := b.finish(); err != nil {
		return nil, err
	}
	return &Tree{Root: b.tree.root, Warnings: b.warnings, graph: b.tree, source: b.source}, nil
}

func newBuilder(r *Request) *builder {
	b := &builder{request: r, options: &r.Options, source: newSource(r),
		seen: make(map[*Node]bool), rounds: make(map[*Node]int), updates: make(map[string]bool),
		virtuals: make(map[*Node]*Node), causes: make(map[*Node]*Node)}
	b.queue = newQueue()
	for _, name := range r.Options.Update {
		b.updates[name] = true
	}
	return b
}

func (b *builder) loadRoot() error {
	rules, err := b.source.parseOverrides(b.request.Root)
	if err != nil {
		return err
	}
	workspaces := b.request.Workspaces
	if self := b.request.Self; self != "" {
		workspaces = append(slices.Clone(workspaces), manifest.Workspace{Manifest: &manifest.Manifest{Name: self}})
	}
	p := b.source.projectPkg("", b.request.Root, workspaces)
	root := newNode(p.name, p, p.top)
	root.rules = rules
	b.tree = newGraph(root)
	b.tree.global = b.options.Global
	reloadAll(root)
	return b.checkRootOverrides()
}

// loadWorkspaces makes the workspaces' folders part of a new tree before
// anything links to them, as npm does that finds them on disk: what is placed
// at the root must from the beginning not be wrong for them unnoticed. The
// project's overrides count in them before anything leads there.
func (b *builder) loadWorkspaces() {
	if b.request.Lock != nil || b.options.UpdateAll {
		return
	}
	for _, ws := range b.request.Workspaces {
		folder := b.newFolder(ws.Location, ws.Manifest)
		if rules := b.tree.root.rules; rules != nil {
			folder.rules = rules.forPackage(folder.pkg)
		}
		b.tree.addFolder(folder)
	}
}

// grow works the queue off, and then sees to the linked folders, as long as
// there is anything to do.
func (b *builder) grow(ctx context.Context) error {
	for {
		for n := b.queue.pop(); n != nil; n = b.queue.pop() {
			if b.seen[n] || n.graph != b.tree {
				continue
			}
			b.seen[n] = true
			if err := b.satisfy(ctx, n); err != nil {
				return err
			}
			if err := b.settled(n); err != nil {
				return err
			}
		}
		if !b.enqueueLinks() {
			return nil
		}
	}
}

// task is a package picked for an edge and still to be placed.
type task struct {
	edge *Edge
	dep  *Node
}

// satisfy picks and places what a node's problem edges ask for.
func (b *builder) satisfy(ctx context.Context, n *Node) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if err := b.addBundled(ctx, n); err != nil {
		return err
	}
	var tasks []task
	for _, e := range b.problems(n) {
		if e.conflicted {
			continue
		}
		dep, err := b.candidate(ctx, n, e)
		if err != nil {
			return err
		}
		tasks = append(tasks, task{e, dep})
	}
	slices.SortStableFunc(tasks, func(x, y task) int {
		return lockfile.Compare(x.edge.dep.name, y.edge.dep.name)
	})
	for _, t := range tasks {
		p := &placement{b: b, dep: t.dep, edge: t.edge, updates: b.updates, explicit: b.asked(t.edge)}
		if err := p.place(); err != nil {
			return err
		}
		b.settle(p)
	}
	for _, e := range n.edgesOut {
		if e.to != nil && e.to.target != nil {
			b.links = append(b.links, e.to)
		}
	}
	return nil
}

// problems lists the node's edges that need something done.
func (b *builder) problems(n *Node) []*Edge {
	var list []*Edge
	for _, e := range n.edgesOut {
		switch {
		case n.pkg.bundles(e.dep.name) && !n.mine():
			// comes with the tarball, whatever it is
		case e.to == nil:
			if e.dep.kind != kindPeerOptional || b.asked(e) {
				list = append(list, e)
			}
		case e.to.failed() != nil:
			// known already
		case !e.valid():
			list = append(list, e)
		case (b.updates[e.dep.name] || b.asked(e)) && !e.to.isWorkspace():
			list = append(list, e)
		}
	}
	return list
}

// candidate is the node to place for an edge: one that the virtual root
// already has, one of the tree that an optional peer can be satisfied with, or
// a new one.
func (b *builder) candidate(ctx context.Context, n *Node, e *Edge) (*Node, error) {
	cause := n
	if e.peer() {
		if c := b.causes[n]; c != nil {
			cause = c
		}
	}
	virtual := b.virtualRoot(cause, true)
	if ve := virtual.edge(e.dep.key); ve != nil && ve.valid() && ve.to != nil && e.satisfiedBy(ve.to) {
		return ve.to, nil
	}
	if e.dep.kind == kindPeerOptional && !b.updates[e.dep.name] && !b.asked(e) {
		if found := hoistable(n.above(), e); found != nil {
			return found, nil
		}
	}
	if !e.peer() {
		virtual = nil
	}
	return b.nodeFromEdge(ctx, e, virtual, nil, map[*Node]bool{n: true})
}

// hoistable searches below top, nearest first, for a node that satisfies e.
func hoistable(top *Node, e *Edge) *Node {
	if top == nil {
		top = e.from
	}
	level := top.kids()
	for len(level) > 0 {
		var next []*Node
		for _, n := range level {
			if n.name == e.dep.name && e.satisfiedBy(n) && !n.inDependencyBundle() {
				return n
			}
			next = append(next, n.kids()...)
		}
		level = next
	}
	return nil
}

// settle queues what a placement put into the tree or upset.
func (b *builder) settle(p *placement) {
	if p.placed != nil && p.placed.graph == b.tree {
		if p.placed.failed() != nil {
			b.failures = append(b.failures, p.placed)
		}
		for _, e := range p.placed.edgesIn {
			if e != p.edge && !e.conflicted && !e.valid() {
				b.again(e.from)
			}
		}
		b.queue.push(p.placed)
	}
	for _, n := range p.reconsider {
		b.again(n)
	}
	for _, peer := range p.peers {
		b.settle(peer)
	}
}

// again queues a node even if it has been seen to before.
func (b *builder) again(n *Node) {
	if b.seen[n] {
		delete(b.seen, n)
		b.rounds[n]++
		b.unsettled = b.unsettled || b.rounds[n] > maxRounds
	}
	b.queue.push(n)
}

// maxRounds is how often a node may be upset by placements for others. Two
// packages of peers that displace one another without end are rare but
// possible; real trees need two or three rounds.
const maxRounds = 100

// settled stops a resolution that goes round in circles. A package that could
// not be had is the more useful thing to say, if there is one.
func (b *builder) settled(n *Node) error {
	if !b.unsettled {
		return nil
	}
	for _, f := range b.failures {
		if f.graph == b.tree {
			return b.chained(f, f.failed())
		}
	}
	return &UnsettledError{Chain: chain(n)}
}

// finish computes the flags, removes what is extraneous, and judges the
// packages that could not be had.
func (b *builder) finish() error {
	calcFlags(b.tree)
	if b.request.Lock != nil {
		b.prune()
	}
	if err := b.judgeFailures(); err != nil {
		return err
	}
	return b.checkEngines()
}

// judgeFailures reports those packages that could not be had and cannot be done
// without: the first, and with it the others, but an alarm alone.
func (b *builder) judgeFailures() error {
	var first *DependencyError
	for _, n := range b.failures {
		if n.graph != b.tree {
			continue
		}
		_, alarm := errors.AsType[*registry.DigestError](n.failed())
		switch {
		case alarm:
			return b.chained(n, n.failed())
		case !n.Optional() || isMisextended(n.failed()):
			if err := b.chained(n, n.failed()); first == nil {
				first = err
			} else {
				first.Others = append(first.Others, err)
			}
		default:
			for _, m := range optionalSet(n).list {
				m.inert = true
			}
		}
	}
	if first == nil {
		return nil // and no *DependencyError in an error that is none
	}
	return first
}

// prune removes the nodes that nothing leads to.
func (b *builder) prune() {
	for _, n := range b.tree.sorted() {
		if n.graph == b.tree && n.Extraneous() && n != b.tree.root {
			b.tree.remove(n)
		}
	}
}

// checkRootOverrides refuses overrides of what the root depends on itself:
// the project can simply say what it wants.
func (b *builder) checkRootOverrides() error {
	for _, e := range b.tree.root.edgesOut {
		spec := e.want()
		if e.dep.kind == kindWorkspace && spec.spec.Kind == manifest.KindWorkspace {
			continue // which it is in any case
		}
		if spec != e.dep.want && spec.raw != e.dep.want.raw {
			return &OverrideError{Name: e.dep.name, Want: e.dep.want.raw, Override: spec.raw}
		}
	}
	return nil
}
