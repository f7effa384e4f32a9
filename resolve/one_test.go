package resolve

import (
	"context"
	"flag"
	"fmt"
	"os"
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
	os.WriteFile("/tmp/world.json", mustJSON(t, map[string]any{"docs": w.docs(t), "files": w.files(t), "options": npmOptions(w.options)}), 0o644)
	for name, vs := range w.packages {
		for v, m := range vs {
			delete(m, "dist")
			delete(m, "name")
			delete(m, "version")
			fmt.Println(name, v, string(mustJSON(t, m)))
		}
	}
	for l, m := range w.folders {
		fmt.Println(l, string(mustJSON(t, m)))
	}
	fmt.Println("ROOT", string(mustJSON(t, w.project)), optionText(w.options))
	npm := startArborist(t)
	answer := npm.ask(t, npmRequest{Docs: w.docs(t), Files: w.files(t), Options: npmOptions(w.options)}, npmPatience)
	fmt.Println("NPM", answer.Code, answer.Message)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	tree, err := Build(ctx, w.request(t))
	fmt.Println("OURS", err)
	if answer.Code == "" && err == nil {
		fmt.Println(joinLines(differences(summary(withInert(tree)), answer.summary())))
		s := answer.summary()
		for _, l := range sortedKeys(s) {
			fmt.Println("npm ", l, s[l])
		}
	}
}
