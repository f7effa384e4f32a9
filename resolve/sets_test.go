package resolve

import (
	"math/rand/v2"
	"testing"
)

// What is led to from elsewhere is not in the set that depends on one node
// alone, in random graphs with circles.
func TestOriginIsOutsideTheSet(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	inside, outside := 0, 0
	for range 2000 {
		nodes := randomGraph(rng, 8, 10)
		root := nodes[rng.IntN(len(nodes))]
		counts := func(e *Edge) bool { return e.to != root }
		set := gather([]*Node{root}, counts)
		for _, n := range nodes {
			switch led := hasOrigin(n, map[*Node]struct{}{root: {}}, counts); {
			case led && set.contains(n):
				t.Fatalf("%s is in the set, and led to from elsewhere", n.key)
			case led:
				outside++
			case set.contains(n) && n != root:
				inside++
			}
		}
	}
	if inside == 0 || outside == 0 {
		t.Errorf("%d inside, %d outside: the graphs show nothing", inside, outside)
	}
}

func randomGraph(rng *rand.Rand, nodes, edges int) []*Node {
	list := make([]*Node, nodes)
	for i := range list {
		list[i] = &Node{key: string(rune('a' + i))}
	}
	for range edges {
		e := &Edge{from: list[rng.IntN(nodes)], to: list[rng.IntN(nodes)]}
		e.from.edgesOut = append(e.from.edgesOut, e)
		e.to.edgesIn = append(e.to.edgesIn, e)
	}
	return list
}
