package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// The monorepo has thirty workspaces, whose edges lead to others of them and in
// no circle, and what the commands name is there.
func TestMonorepo(t *testing.T) {
	t.Parallel()
	f, err := readFixture(monorepoName, "")
	if err != nil {
		t.Fatal(err)
	}
	needs := map[string]map[string]string{}
	for file, text := range f.workspaces {
		var m struct {
			Name         string
			Dependencies map[string]string
		}
		if !strings.HasSuffix(file, "/package.json") {
			continue
		}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		needs[m.Name] = m.Dependencies
	}
	if len(needs) != 30 || needs[filteredWorkspace] == nil || needs[updatedWorkspace][updatedDependency] == "" {
		t.Errorf("%d workspaces: %v", len(needs), needs)
	}
	edges := 0
	for built := map[string]bool{}; len(built) < len(needs); {
		before := len(built)
		for name, all := range needs {
			waits := false
			for other := range all {
				waits = waits || strings.HasPrefix(other, builtScope) && !built[other]
			}
			if !waits && !built[name] {
				built[name] = true
				for other := range all {
					if strings.HasPrefix(other, builtScope) {
						edges++
					}
				}
			}
		}
		if len(built) == before {
			t.Fatalf("%d workspaces wait for each other, or for one that is not there", len(needs)-before)
		}
	}
	if edges != 76 { // as doc.go says
		t.Errorf("%d edges between the workspaces", edges)
	}
}

// Of the monorepo other things are timed than of other projects.
func TestMonorepoSituations(t *testing.T) {
	t.Parallel()
	got, err := chooseSituations(monorepoName, "")
	want := "clean,cache+lockfile,nothing to do,build one and its own,build all,update one"
	if err != nil || strings.Join(names(got), ",") != want {
		t.Errorf("situations %v, %v", names(got), err)
	}
	if _, err := chooseSituations("modern-app", buildAll); err == nil {
		t.Error("modern-app has workspaces to build")
	}
	if _, err := chooseSources(monorepoName, kuboSource); err == nil {
		t.Error("the monorepo is taken from Kubo")
	}
	b := &binaries{dir: "bin", ipnpm: "ipnpm"}
	tools := b.inMonorepo(append(b.peers("http://127.0.0.1:1/"), b.ours(registrySource, servers{}, "")...), "http://127.0.0.1:1/")
	for _, tool := range tools {
		has := tool.commands[buildAll] != nil
		if want := tool.ours || tool.name == "pnpm"; has != want {
			t.Errorf("%s: builds in order: %v", tool.name, has)
		}
	}
}
