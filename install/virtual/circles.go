package virtual

// circles parts a graph into the sets of packages that reach each other
// (its strongly connected components, by Tarjan's algorithm), each after
// those that it leads to. Most hold one package.
func circles(packages []Package) [][]int {
	f := &finder{
		packages: packages,
		index:    make([]int, len(packages)),
		low:      make([]int, len(packages)),
		open:     make([]bool, len(packages)),
	}
	for i := range packages {
		if f.index[i] == 0 {
			f.visit(i)
		}
	}
	return f.found
}

type finder struct {
	packages []Package
	index    []int // order of the first visit, from 1
	low      []int // the earliest open package that is reached
	open     []bool
	stack    []int
	visited  int
	found    [][]int
}

// step is one package on the way down, and its next link. The way is kept
// here and not in the calls, for it can be as long as a lockfile.
type step struct{ at, next int }

func (f *finder) visit(start int) {
	way := []step{f.enter(start)}
	for len(way) > 0 {
		s := &way[len(way)-1]
		if to, ok := f.nextLink(s); ok {
			switch {
			case f.index[to] == 0:
				way = append(way, f.enter(to))
			case f.open[to]:
				f.low[s.at] = min(f.low[s.at], f.index[to])
			}
			continue
		}
		at := s.at
		way = way[:len(way)-1]
		if len(way) > 0 {
			up := way[len(way)-1].at
			f.low[up] = min(f.low[up], f.low[at])
		}
		if f.low[at] == f.index[at] {
			f.close(at)
		}
	}
}

func (f *finder) enter(i int) step {
	f.visited++
	f.index[i], f.low[i], f.open[i] = f.visited, f.visited, true
	f.stack = append(f.stack, i)
	return step{at: i}
}

// nextLink moves on to the next link that leads to a package.
func (f *finder) nextLink(s *step) (to int, ok bool) {
	links := f.packages[s.at].Links
	for s.next < len(links) {
		link := links[s.next]
		s.next++
		if link.Folder == "" {
			return link.To, true
		}
	}
	return 0, false
}

// close takes a whole circle off the stack.
func (f *finder) close(first int) {
	for n := len(f.stack) - 1; ; n-- {
		f.open[f.stack[n]] = false
		if f.stack[n] == first {
			f.found = append(f.found, append([]int(nil), f.stack[n:]...))
			f.stack = f.stack[:n]
			return
		}
	}
}
