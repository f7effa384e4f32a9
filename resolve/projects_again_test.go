package resolve

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/projects"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

var again = flag.String("projects", "storybook", "comma-separated, the real projects to resolve again in other ways, of those that bundle nothing")

// npmPatienceWithProjects is how long npm may take for a real project.
const npmPatienceWithProjects = 5 * time.Minute

// TestProjectsAgain resolves real projects with other options, and from the
// lockfile with another package.json, and asks npm's arborist, which takes its
// time, for the same:
//
//	go test ./resolve -run ProjectsAgain -v -projects alotta-files,webpack
func TestProjectsAgain(t *testing.T) {
	all, index := openProjects(t)
	npm := startArborist(t)
	for _, p := range all {
		if !slices.Contains(strings.Split(*again, ","), p.Name) {
			continue
		}
		tree, err := Build(t.Context(), projectRequest(p, index))
		if err != nil {
			t.Fatal(err)
		}
		lock := tree.Lockfile()
		for name, change := range changes() {
			t.Run(p.Name+"/"+name, func(t *testing.T) {
				r := projectRequest(p, index)
				r.Bundles = nil
				r.Options.NodeVersion, r.Options.NPMVersion = "", "" // as arborist.js is told
				text := change(t, p, &r, lock)
				again, err := Build(t.Context(), r)
				answer := npm.ask(t, askAgain(t, p, &r, index, text), npmPatienceWithProjects)
				if diffs := compareResult(again, err, answer); len(diffs) > 0 {
					t.Errorf("%d differences:\n%s", len(diffs), joinLines(diffs[:min(len(diffs), 20)]))
				}
			})
		}
	}
}

// changes are the ways: each changes the request, and returns the text of the
// package.json that it is then for.
func changes() map[string]func(testing.TB, *projects.Project, *Request, *lockfile.Lockfile) string {
	type change = func(testing.TB, *projects.Project, *Request, *lockfile.Lockfile) string
	option := func(set func(*Options)) change {
		return func(t testing.TB, p *projects.Project, r *Request, _ *lockfile.Lockfile) string {
			set(&r.Options)
			return edited(t, p, r, func(map[string]any) {})
		}
	}
	relock := func(edit func(deps map[string]any), set func(*Options)) change {
		return func(t testing.TB, p *projects.Project, r *Request, lock *lockfile.Lockfile) string {
			r.Lock = lock
			set(&r.Options)
			return edited(t, p, r, edit)
		}
	}
	nothing, same := func(*Options) {}, func(map[string]any) {}
	return map[string]change{
		"nested":        option(func(o *Options) { o.Strategy = Nested }),
		"prefer-dedupe": option(func(o *Options) { o.PreferDedupe = true }),
		"force":         option(func(o *Options) { o.Force = true }),
		"legacy peers":  option(func(o *Options) { o.LegacyPeerDeps = true }),
		"removed":       relock(func(deps map[string]any) { delete(deps, sortedKeys(deps)[0]) }, nothing),
		"added":         relock(func(deps map[string]any) { deps["semver"] = "^6.0.0" }, nothing),
		"bumped":        relock(func(deps map[string]any) { deps[sortedKeys(deps)[0]] = "*" }, nothing),
		"update one":    relock(same, func(o *Options) { o.Update = []string{"semver"} }),
		"update":        relock(same, func(o *Options) { o.UpdateAll = true }),
	}
}

// edited changes the dependencies of the project's package.json.
func edited(t testing.TB, p *projects.Project, r *Request, edit func(deps map[string]any)) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(p.Dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	deps, _ := m["dependencies"].(map[string]any)
	edit(deps)
	text := string(mustJSON(t, m))
	if r.Root, err = manifest.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return text
}

// askAgain puts the request to npm, with the documents that were read so far.
func askAgain(t testing.TB, p *projects.Project, r *Request, index *recordedIndex, text string) npmRequest {
	t.Helper()
	ask := npmRequest{Docs: make(map[string]json.RawMessage, len(index.read)), Options: npmOptions(r.Options), Files: map[string]string{"package.json": text}}
	for name := range index.read {
		ask.Docs[name] = index.recording.Document(name)
	}
	for _, ws := range p.Workspaces {
		ask.Files[ws.Location+"/package.json"] = string(mustJSON(t, ws.Manifest))
	}
	if r.Lock != nil {
		data, err := r.Lock.EncodeNPM(false, nil)
		if err != nil {
			t.Fatal(err)
		}
		ask.Files["package-lock.json"] = string(data)
	}
	switch {
	case r.Options.UpdateAll:
		ask.Update = true
	case len(r.Options.Update) > 0:
		ask.Update = r.Options.Update
	}
	return ask
}
