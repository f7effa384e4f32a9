package workspaces

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/manifest"
)

// shop is a project in which the web depends on ui and api, both on core, and
// core and its plugins on each other.
func shop(t *testing.T) *Graph {
	t.Helper()
	var all []manifest.Workspace
	for _, w := range [...][2]string{
		{"packages/web", `{"name": "@shop/web", "version": "1.0.0", "dependencies": {"@shop/ui": "workspace:^", "@shop/api": "^2.0.0", "left": "^1.0.0"}}`},
		{"packages/ui", `{"name": "@shop/ui", "version": "1.0.0", "devDependencies": {"@shop/core": "file:../core"}}`},
		{"packages/api", `{"name": "@shop/api", "version": "2.1.0", "peerDependencies": {"core": "workspace:@shop/core@*"}}`},
		{"packages/core", `{"name": "@shop/core", "version": "1.0.0", "optionalDependencies": {"plugin": "workspace:../plugin"}}`},
		{"packages/plugin", `{"name": "plugin", "version": "0.1.0", "dependencies": {"@shop/core": "*"}}`},
		{"tools/lint", `{"name": "lint", "version": "1.0.0", "dependencies": {"@shop/core": "^7.0.0"}}`},
		{"", `{"name": "shop", "devDependencies": {"lint": "workspace:/tools/lint"}}`},
	} {
		m, err := manifest.Parse([]byte(w[1]))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, manifest.Workspace{Location: w[0], Manifest: m})
	}
	return New(all)
}

func (g *Graph) said(places []int) string {
	var names []string
	for _, at := range places {
		names = append(names, strings.TrimPrefix(g.all[at].Name(), "@shop/"))
	}
	return strings.Join(names, " ")
}

// TestRunInCircles runs thirty packages in three rings of ten, each ring on the one
// before it: none waits within its ring, and no ring begins before the last of the
// one that it needs.
func TestRunInCircles(t *testing.T) {
	var all []manifest.Workspace
	var chosen []int
	for i := range 30 {
		needs := fmt.Sprintf(`"p%d": "*"`, i/10*10+(i+1)%10)
		if i >= 10 && i%10 == 3 {
			needs += fmt.Sprintf(`, "p%d": "*"`, i-7)
		}
		m, err := manifest.Parse(fmt.Appendf(nil, `{"name": "p%d", "version": "1.0.0", "dependencies": {%s}}`, i, needs))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, manifest.Workspace{Location: fmt.Sprintf("packages/p%d", i), Manifest: m})
		chosen = append(chosen, 29-i)
	}
	var mu sync.Mutex
	var order []int
	err := New(all).Run(t.Context(), chosen, 4, func(_ context.Context, at int) error {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, at)
		return nil
	})
	if err != nil || len(order) != 30 {
		t.Fatalf("%d ran, %v", len(order), err)
	}
	for place, at := range order {
		if at/10 != place/10 {
			t.Fatalf("p%d runs in place %d of %v", at, place, order)
		}
	}
}

func TestSelect(t *testing.T) {
	g := shop(t)
	changes := func(commit string) ([]string, error) {
		if commit != "main" {
			return nil, errors.New("no such commit")
		}
		return []string{"README.md", "packages/core/x.js", "tools/lintel/x"}, nil
	}
	for filters, want := range map[string]string{
		"@shop/web":                 "web",
		"web":                       "web",
		"@shop/*":                   "web ui api core",
		"*":                         "web ui api core plugin lint shop",
		"@shop/ui...":               "ui core plugin",
		"@shop/ui^...":              "core plugin",
		"...@shop/ui":               "web ui",
		"...^@shop/core":            "web ui api plugin",
		"...@shop/ui...":            "web ui api core plugin",
		"./packages/ui":             "ui",
		"./packages":                "web ui api core plugin",
		"{tools/*}":                 "lint",
		"@shop/*{packages/api}":     "api",
		"!@shop/*":                  "plugin lint shop",
		"@shop/* !@shop/ui...":      "web api",
		"lint @shop/api":            "api lint",
		"[main]":                    "core shop",
		"...[main]":                 "web ui api core plugin shop",
		"./packages[main]":          "core",
		"@shop/ui[main]":            "",
		"!nobody":                   "web ui api core plugin lint shop",
		"{packages/core}[main]^...": "plugin",
	} {
		got, err := g.Select(strings.Fields(filters), "", changes)
		if err != nil || g.said(got) != want {
			t.Errorf("%s: %q, %v, want %q", filters, g.said(got), err, want)
		}
	}
	if got, err := g.Select([]string{"../ui"}, "packages/web", nil); err != nil || g.said(got) != "ui" {
		t.Errorf("from a folder: %q, %v", g.said(got), err)
	}
	for _, wrong := range [...]string{"", "...", "!", "[", "a[b", "{}", "a]b", "nobody", "./nowhere", "[gone]"} {
		if got, err := g.Select([]string{wrong}, "", changes); err == nil {
			t.Errorf("%q: %v and no error", wrong, got)
		}
	}
}

func TestRunOrder(t *testing.T) {
	g := shop(t)
	for _, limit := range [...]int{1, 8} {
		var mu sync.Mutex
		var order []int
		err := g.Run(t.Context(), g.everyone(), limit, func(_ context.Context, at int) error {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, at)
			return nil
		})
		if err != nil || len(order) != len(g.all) {
			t.Fatalf("%v, %v", order, err)
		}
		for _, pair := range [...][2]int{{3, 1}, {3, 2}, {1, 0}, {2, 0}, {4, 1}, {5, 6}} {
			if slices.Index(order, pair[0]) > slices.Index(order, pair[1]) {
				t.Errorf("at most %d: %s", limit, g.said(order))
			}
		}
	}
}

// TestRunWaitsThroughOthers runs in two packages of which one needs the other
// through a third that takes no part.
func TestRunWaitsThroughOthers(t *testing.T) {
	g := shop(t)
	var order []int
	err := g.Run(t.Context(), []int{0, 3}, 1, func(_ context.Context, at int) error {
		order = append(order, at)
		return nil
	})
	if err != nil || g.said(order) != "core web" {
		t.Errorf("%s, %v", g.said(order), err)
	}
}

func TestRunStopsAtAnError(t *testing.T) {
	g := shop(t)
	broken := errors.New("broken")
	var mu sync.Mutex
	began := map[int]bool{}
	err := g.Run(t.Context(), g.everyone(), 3, func(ctx context.Context, at int) error {
		mu.Lock()
		began[at] = true
		mu.Unlock()
		if at == 3 {
			return broken
		}
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if !errors.Is(err, broken) || began[0] || began[1] || began[2] {
		t.Errorf("%v, began %v", err, began)
	}
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	err = g.RunAtOnce(stopped, g.everyone(), func(ctx context.Context, _ int) error { return ctx.Err() })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestRunAtOnce has all wait for one another.
func TestRunAtOnce(t *testing.T) {
	g := shop(t)
	var met sync.WaitGroup
	met.Add(len(g.all))
	err := g.RunAtOnce(t.Context(), g.everyone(), func(context.Context, int) error {
		met.Done()
		met.Wait()
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
