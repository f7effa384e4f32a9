package resolve

import (
	"context"
	"flag"
	"fmt"
	"testing"
	"time"
)

var oneTaste = flag.String("taste", "", "x")

func TestOne(t *testing.T) {
	if *oneTaste == "" {
		return
	}
	w := randomWorld(*firstSeed, tastes()[*oneTaste])
	w.options = parityOptions()[*firstSeed%uint64(len(parityOptions()))]
	npm := startArborist(t)
	show := func() {
		for name, vs := range w.packages {
			for v, m := range vs {
				if true {
					fmt.Println(name, v, string(mustJSON(t, map[string]any{"d": m["dependencies"], "o": m["optionalDependencies"], "p": m["peerDependencies"], "pm": m["peerDependenciesMeta"]})))
				}
			}
		}
		for l, m := range w.folders {
			fmt.Println(l, string(mustJSON(t, m)))
		}
	}
	show()
	fmt.Println("ROOT", string(mustJSON(t, w.project)), optionText(w.options))
	diffs, answer := compareWorld(t, npm, w, nil)
	fmt.Println("FRESH", diffs, answer.Code, answer.Message)
	for i := range uint64(2) {
		s := answer.summary()
		for _, l := range sortedKeys(s) {
			fmt.Println("lock ", l, s[l])
		}
		old := answer.Raw
		w.mutate(*firstSeed*10 + i)
		fmt.Println("ROOT", string(mustJSON(t, w.project)), optionText(w.options), w.options.Update, w.options.UpdateAll)
		diffs, answer = compareWorld(t, npm, w, old)
		fmt.Println("CHANGE", i+1, joinLines(diffs), answer.Code, answer.Message)
		if len(diffs) > 0 {
			s := answer.summary()
			for _, l := range sortedKeys(s) {
				fmt.Println("npm ", l, s[l])
			}
			r := w.request(t)
			r.Lock = npmLock(t, old)
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			tree, err := Build(ctx, r)
			fmt.Println("ours", err)
			if err == nil {
				s = summary(tree.Lockfile())
				for _, l := range sortedKeys(s) {
					fmt.Println("ours ", l, s[l])
				}
			}
			break
		}
		w.options.Update, w.options.UpdateAll = nil, false
	}
}
