package diagram

import (
	"cmp"
	"slices"
)

// layers is a diagram's boxes in columns. Beyond the boxes, which come first,
// it has a place for each column that an arrow crosses.
type layers struct {
	columns [][]int // places, from top to bottom
	column  []int   // of each place
	ways    []way   // one an arrow, but for those from a box to itself
	// before and after are the neighbours of each place in the columns beside.
	before, after [][]int
}

// way is where an arrow goes: places from the left to the right, of which the
// first and the last are boxes. Back says that it points to the left.
type way struct {
	edge   int
	places []int
	back   bool
}

func newLayers(d *Diagram) *layers {
	l := &layers{}
	forward, back := acyclic(d)
	l.column = depths(len(d.Nodes), forward)
	for i, e := range forward {
		if e.From != e.To {
			l.ways = append(l.ways, l.route(i, e, back[i]))
		}
	}
	l.columns = make([][]int, slices.Max(append(l.column, 0))+1)
	for place, c := range l.column {
		l.columns[c] = append(l.columns[c], place)
	}
	l.before, l.after = make([][]int, len(l.column)), make([][]int, len(l.column))
	for _, w := range l.ways {
		for i, to := range w.places[1:] {
			l.before[to] = append(l.before[to], w.places[i])
			l.after[w.places[i]] = append(l.after[w.places[i]], to)
		}
	}
	l.sort()
	return l
}

// acyclic are the arrows with those turned round that close a circle.
func acyclic(d *Diagram) (forward []Edge, back []bool) {
	out := make([][]int, len(d.Nodes))
	for i, e := range d.Edges {
		out[e.From] = append(out[e.From], i)
	}
	forward, back = slices.Clone(d.Edges), make([]bool, len(d.Edges))
	open, done := make([]bool, len(d.Nodes)), make([]bool, len(d.Nodes))
	var walk func(n int)
	walk = func(n int) {
		open[n], done[n] = true, true
		for _, i := range out[n] {
			to := d.Edges[i].To
			if open[to] && to != n {
				forward[i].From, forward[i].To, back[i] = to, n, true
			} else if !done[to] {
				walk(to)
			}
		}
		open[n] = false
	}
	for n := range d.Nodes {
		if !done[n] {
			walk(n)
		}
	}
	return forward, back
}

// depths are the columns of boxes: how many arrows at most lead to each.
func depths(n int, edges []Edge) []int {
	depth, waiting, out := make([]int, n), make([]int, n), make([][]int, n)
	for _, e := range edges {
		if e.From != e.To {
			waiting[e.To]++
			out[e.From] = append(out[e.From], e.To)
		}
	}
	var ready []int
	for i := range n {
		if waiting[i] == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		from := ready[0]
		ready = ready[1:]
		for _, to := range out[from] {
			depth[to] = max(depth[to], depth[from]+1)
			if waiting[to]--; waiting[to] == 0 {
				ready = append(ready, to)
			}
		}
	}
	return depth
}

// route gives an arrow a place in each column between its ends.
func (l *layers) route(edge int, e Edge, back bool) way {
	w := way{edge: edge, places: []int{e.From}, back: back}
	for c := l.column[e.From] + 1; c < l.column[e.To]; c++ {
		w.places = append(w.places, len(l.column))
		l.column = append(l.column, c)
	}
	w.places = append(w.places, e.To)
	return w
}

// sweeps is how often the columns are sorted to the right and back.
const sweeps = 12

// sort puts each column in the order of the middles of its neighbours, first of
// those to the left, then of those to the right, and ends with the left.
func (l *layers) sort() {
	rank := make([]float64, len(l.column))
	renumber := func(column []int) {
		for i, place := range column {
			rank[place] = float64(i)
		}
	}
	for _, column := range l.columns {
		renumber(column)
	}
	by := func(column []int, neighbours [][]int) {
		middle := map[int]float64{}
		for _, place := range column {
			middle[place] = mean(rank, neighbours[place], rank[place])
		}
		slices.SortStableFunc(column, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
		renumber(column)
	}
	for range sweeps {
		for _, column := range slices.Backward(l.columns) {
			by(column, l.after)
		}
		for _, column := range l.columns {
			by(column, l.before)
		}
	}
}

// mean is that of some values, or without any what stands in for it.
func mean(of []float64, which []int, otherwise float64) float64 {
	if len(which) == 0 {
		return otherwise
	}
	sum := 0.0
	for _, i := range which {
		sum += of[i]
	}
	return sum / float64(len(which))
}
