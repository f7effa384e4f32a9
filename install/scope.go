package install

import (
	"os"
	"slices"
)

// With Options.Scope an install makes right what some of the project's folders
// depend on, and leaves the rest of node_modules as it is: neither made nor
// removed. What of the rest happens to be right stays in the records; for what
// is not they vouch no more, so that an install without a scope sees to it.

// inScope are the locations that the folders of the scope depend on, near and
// far, and the links to these folders. Those of the project itself are its own
// dependencies without the workspaces.
func inScope(o Options) map[string]bool {
	g := newGraph(o.Lock)
	from := map[string]bool{}
	for _, folder := range o.Scope {
		if folder != "" {
			from[folder] = true
			for _, e := range g.in[folder] {
				from[e.from] = true
			}
			continue
		}
		for _, e := range g.out[""] {
			if pkg := o.Lock.Packages[e.to]; !pkg.Link || !slices.Contains(o.Workspaces, linkTarget(pkg)) {
				from[e.to] = true
			}
		}
	}
	return g.closure(from)
}

// confine marks the targets beyond the scope. A clean install, which takes
// nothing over, does without them, as `npm ci` does. The linked layout has
// every folder's dependencies in one place for all, and no scope.
func (s *selection) confine(o Options) {
	if o.Scope == nil || o.Virtual != nil {
		return
	}
	scope := inScope(o)
	for _, t := range s.targets {
		t.beyond = !scope[t.loc]
	}
	if !o.Clean {
		return
	}
	s.targets = slices.DeleteFunc(s.targets, func(t *target) bool { return t.beyond })
	s.byLoc = make(map[string]*target, len(s.targets))
	for _, t := range s.targets {
		s.byLoc[t.loc] = t
	}
	s.bundled = slices.DeleteFunc(s.bundled, func(t *target) bool { return s.byLoc[t.parent] == nil && !scope[t.loc] })
}

// leave takes off the selection what the scope leaves alone because it is
// missing or not right, with what is nested in it.
func (p *planner) leave() {
	if p.o.Scope == nil {
		return
	}
	left := map[string]bool{}
	for _, t := range p.sel.targets {
		if left[t.parent] || t.beyond && p.acts[t.loc] != keep {
			left[t.loc] = true
			if _, err := os.Lstat(diskPath(p.o.Root, t.loc)); err == nil {
				p.sel.left = append(p.sel.left, t)
			}
		}
	}
	gone := func(t *target) bool { return left[t.loc] || left[t.parent] }
	p.sel.targets = slices.DeleteFunc(p.sel.targets, gone)
	p.sel.bundled = slices.DeleteFunc(p.sel.bundled, gone)
	for loc := range left {
		delete(p.sel.byLoc, loc)
	}
}

// sweeps are the node_modules folders that an install with a scope clears of
// strangers, as npm does: those of the scope's workspaces and of what these
// depend on. The project's own is nobody's alone, and is left even where the
// project itself is in the scope.
func (p *planner) sweeps() map[string]bool {
	if p.o.Scope == nil || p.o.Virtual != nil || p.o.Clean {
		return nil
	}
	swept := map[string]bool{}
	for _, folder := range p.o.Scope {
		swept[joinLoc(folder, modules)] = true
	}
	for _, t := range p.sel.targets {
		switch {
		case t.beyond:
		case t.link != "":
			swept[joinLoc(t.link, modules)] = true
		default:
			swept[t.loc+"/"+modules] = true
		}
	}
	delete(swept, modules)
	return swept
}

// spares says that what is at a location of a node_modules folder is beyond the
// scope and a stranger: neither we nor npm put it there for anybody.
func (p *planner) spares(dir, loc string) bool {
	if p.swept == nil || p.swept[dir] || p.npm.placed(loc) {
		return false
	}
	return p.old == nil || p.old.Packages[loc] == installed{}
}
