//go:build acceptance

package acceptance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// phantoms are the projects whose check fails in this layout, and what it then
// says. @nestjs/platform-express requires rxjs, which it does not declare. Below
// npm's node_modules/.store it finds the project's own; a store for all
// projects is below none.
func phantoms() map[string]string {
	return map[string]string{"nest": "@nestjs/platform-express"}
}

// TestLinked takes the projects through the linked layout: their checks run in
// it (but for the phantoms), the lockfile is the hoisted one, a second checkout has it offline, npm ls
// finds nothing wrong, and who is found by whom is as in npm's own linked
// layout.
//
//	go test -tags acceptance -v -run TestLinked ./internal/acceptance
func TestLinked(t *testing.T) {
	l := newLab(t)
	for _, name := range projects() {
		t.Run(name, func(t *testing.T) { l.linked(t, name) })
	}
}

const linkedFlag = "--install-strategy=linked"

func (l *lab) linked(t *testing.T, project string) {
	registry := "--registry=" + l.registry.URL()
	u := l.user(t, project, "home")
	hoisted := l.checkout(t, project, project, "hoisted")
	u.ipnpm(t, hoisted, "install", "--package-lock-only", registry)
	dir := l.checkout(t, project, project, "linked")
	first := u.ipnpm(t, dir, "install", linkedFlag, registry)
	if err := sameBytes(readLock(t, hoisted), readLock(t, dir)); err != nil {
		t.Errorf("the lockfile is not that of the hoisted layout: %v", err)
	}
	want, check := readTree(t, dir), u.check(t, dir)

	other := l.checkout(t, project, project, "other")
	if err := os.WriteFile(filepath.Join(other, "ipnpm-lock.json"), readLock(t, dir), 0o644); err != nil {
		t.Fatal(err)
	}
	second := u.ipnpm(t, other, "ci", linkedFlag, "--offline", registry)
	sameTree(t, "ci in a second checkout", want, readTree(t, other))
	npm := l.npmLinked(t, project, registry)
	for _, err := range []error{check, u.check(t, other)} {
		_, undeclared := phantoms()[project]
		switch {
		case undeclared && (err == nil || !strings.Contains(err.Error(), phantoms()[project])):
			t.Errorf("the check was to fail for want of what is not declared, and ends with: %v", err)
		case !undeclared && err != nil:
			t.Error(err)
		}
	}
	u.lsAsNpms(t, dir, npm)
	ours, npms := lookUps(t, other), lookUps(t, npm)
	t.Logf("first install %s, ci in a second checkout %s, %d look-ups of dependencies", seconds(first.took), seconds(second.took), len(ours))
	for _, line := range difference(npms, ours) {
		t.Errorf("npm %s has %s", npmoracle.NPMVersion, line)
	}
	for _, line := range difference(ours, npms) {
		t.Errorf("ipnpm has %s", line)
	}
}

// npmLinked makes npm's own linked layout, and returns the project's folder.
func (l *lab) npmLinked(t *testing.T, project, registry string) string {
	t.Helper()
	cli := filepath.Join(npmoracle.NPM(t), "bin", "npm-cli.js")
	u := l.user(t, project, "home-npm")
	dir := l.checkout(t, project, project, "npm")
	out := u.exec(t.Context(), dir, npmoracle.Node(t), cli, "install", linkedFlag, "--ignore-scripts", "--no-audit", "--no-fund", registry)
	if out.err != nil {
		t.Fatalf("npm install: %v\n%s", out.err, out.stderr)
	}
	return dir
}

// lsAsNpms wants npm ls to find no error in our tree, and nothing extraneous in
// it but what it calls so in npm's own: packages that are there for optional
// peers alone.
func (u user) lsAsNpms(t *testing.T, ours, npms string) {
	t.Helper()
	var odd [2]map[string]bool
	for i, dir := range []string{ours, npms} {
		r := u.exec(t.Context(), dir, "npm", "ls", "--all")
		if r.err != nil {
			t.Errorf("npm ls --all in %s: %v\n%s", dir, r.err, tail(r.stderr))
		}
		odd[i] = map[string]bool{}
		for line := range strings.Lines(r.stdout) {
			if problem := npmProblem(line); problem != "" {
				name, _, _ := strings.Cut(strings.TrimLeft(problem, "│├└─┬ "), " -> ")
				odd[i][name] = true
			}
		}
	}
	for _, line := range difference(odd[0], odd[1]) {
		t.Errorf("npm ls --all finds, and not in its own tree, %s", line)
	}
}

// lookUps tells, of a project and all packages that are reached from it, what
// each declared dependency finds by Node's rule: "a@1.0.0 → b: b@2.0.0". It
// says nothing of where anything lies.
func lookUps(t *testing.T, project string) map[string]bool {
	t.Helper()
	real, err := filepath.EvalSymlinks(project)
	if err != nil {
		t.Fatal(err)
	}
	found, seen := map[string]bool{}, map[string]bool{real: true}
	for todo := []string{real}; len(todo) > 0; {
		dir := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		from := readPackage(t, dir)
		for _, name := range from.declared(dir == real) {
			to := resolve(dir, name)
			if to == "" {
				found[fmt.Sprintf("%s → %s: nothing", from, name)] = true
				continue
			}
			found[fmt.Sprintf("%s → %s: %s", from, name, readPackage(t, to))] = true
			if !seen[to] {
				seen[to] = true
				todo = append(todo, to)
			}
		}
	}
	return found
}

// resolve is Node's look-up of a package from a real folder.
func resolve(from, name string) string {
	for dir := from; ; dir = filepath.Dir(dir) {
		if filepath.Base(dir) != "node_modules" {
			if real, err := filepath.EvalSymlinks(filepath.Join(dir, "node_modules", name)); err == nil {
				return real
			}
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

type manifestOf struct {
	Name, Version                                                         string
	Dependencies, DevDependencies, OptionalDependencies, PeerDependencies map[string]string
}

func (m manifestOf) String() string { return m.Name + "@" + m.Version }

func (m manifestOf) declared(isProject bool) []string {
	names := map[string]bool{}
	groups := []map[string]string{m.Dependencies, m.OptionalDependencies, m.PeerDependencies}
	if isProject {
		groups = append(groups, m.DevDependencies)
	}
	for _, group := range groups {
		for name := range group {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func readPackage(t *testing.T, dir string) manifestOf {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifestOf
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%s: %v", dir, err)
	}
	return m
}

// difference lists what a has and b has not, the first few.
func difference(a, b map[string]bool) []string {
	var out []string
	for _, line := range slices.Sorted(maps.Keys(a)) {
		if !b[line] {
			out = append(out, line)
		}
	}
	const most = 12
	if len(out) > most {
		out = append(out[:most], fmt.Sprintf("… and %d more: %s", len(out)-most, strings.Join(out[most:min(len(out), most+3)], "; ")))
	}
	return out
}
