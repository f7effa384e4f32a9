package resolve

import (
	"context"
	"fmt"
	"testing"
)

func TestDbg(t *testing.T) {
	if *oneTaste == "" {
		return
	}
	w := randomWorld(*firstSeed, tastes()[*oneTaste])
	w.options = parityOptions()[*firstSeed%uint64(len(parityOptions()))]
	r := w.request(t)
	b := newBuilder(&r)
	ctx := context.Background()
	fmt.Println(b.loadRoot(), b.loadLock(ctx))
	b.loadWorkspaces()
	b.enqueueProblems()
	fmt.Println("crawl", b.crawl(ctx))
	for i := range 60 {
		n := b.queue.pop()
		if n == nil {
			fmt.Println("empty", b.enqueueLinks())
			continue
		}
		fmt.Println(i, n.Location(), n.pkg.id(), b.seen[n], n.graph == b.tree)
		if b.seen[n] || n.graph != b.tree {
			continue
		}
		b.seen[n] = true
		for _, e := range b.problems(n) {
			fmt.Println("   problem", e.dep.name, e.want().raw, e.Kind(), e.to != nil)
		}
		before := map[*Node]bool{}
		for _, n := range b.tree.all() {
			before[n] = true
		}
		if err := b.satisfy(ctx, n); err != nil {
			fmt.Println(err)
			break
		}
		for _, n := range b.all() {
			if !before[n] {
				fmt.Println("   + ", n.Location(), n.Version())
			}
		}
		for n := range before {
			if n.graph == nil {
				fmt.Println("   - ", n.path, n.Version())
			}
		}
	}
}
