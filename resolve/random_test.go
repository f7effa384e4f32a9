package resolve

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// world is a made-up registry and project.
type world struct {
	packages map[string]map[string]map[string]any // name → version → manifest
	tags     map[string]string                    // latest
	project  map[string]any
	folders  map[string]map[string]any // workspaces by location
	options  Options
}

func (w *world) docs(t testing.TB) map[string]json.RawMessage {
	docs := make(map[string]json.RawMessage)
	for name, versions := range w.packages {
		all := make(map[string]any)
		for version, m := range versions {
			m["name"], m["version"] = name, version
			sum := sha512.Sum512([]byte(name + "@" + version))
			m["dist"] = map[string]any{"tarball": name[lastSlash(name):] + "-" + version + ".tgz",
				"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}
			all[version] = m
		}
		docs[name] = mustJSON(t, map[string]any{"name": name, "dist-tags": map[string]string{"latest": w.tags[name]}, "versions": all})
	}
	return docs
}

func lastSlash(s string) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == '/' {
			return i + 1
		}
	}
	return 0
}

func (w *world) files(t testing.TB) map[string]string {
	files := map[string]string{"package.json": string(mustJSON(t, w.project))}
	for location, m := range w.folders {
		files[location+"/package.json"] = string(mustJSON(t, m))
	}
	return files
}

func (w *world) request(t testing.TB) Request {
	r := Request{Root: mustManifest(t, string(mustJSON(t, w.project))), Index: &memory{docs: w.docs(t)}, Options: w.options}
	r.Options.NodeVersion = npmoracle.NodeVersion
	for _, location := range sortedKeys(w.folders) {
		r.Workspaces = append(r.Workspaces, manifest.Workspace{Location: location, Manifest: mustManifest(t, string(mustJSON(t, w.folders[location])))})
	}
	return r
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func mustJSON(t testing.TB, v any) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// taste says what a random world is like: the chances, in percent, of each
// kind of dependency.
type taste struct {
	packages, majors                      int
	deps, peers, optionalPeers, optionals int
	missing                               int
	workspaces                            int
	overrides                             int // 1: by name or range, 2: nested too
	aliases                               int
	// shaky is the chance of a version to be deprecated, to be a prerelease
	// beside the usual ones, and to run on another Node only.
	shaky int
}

// randomWorld makes a world; one seed makes one world.
func randomWorld(seed uint64, like taste) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	w := &world{packages: make(map[string]map[string]map[string]any), tags: make(map[string]string), folders: make(map[string]map[string]any)}
	names := make([]string, like.packages)
	for i := range names {
		names[i] = fmt.Sprintf("p%02d", i)
		if r.IntN(6) == 0 {
			names[i] = "@s/" + names[i]
		}
	}
	g := &generator{Rand: r, like: like, names: names, majors: make(map[string]int)}
	for _, name := range names {
		g.majors[name] = 1 + r.IntN(like.majors)
	}
	for i, name := range names {
		versions := make(map[string]map[string]any)
		latest := ""
		for major := 1; major <= g.majors[name]; major++ {
			for minor := range 1 + r.IntN(2) {
				latest = fmt.Sprintf("%d.%d.0", major, minor)
				versions[latest] = g.manifest(i)
				if g.like.shaky > 0 {
					g.shake(versions, latest, i)
				}
			}
		}
		w.packages[name], w.tags[name] = versions, latest
	}
	w.project = map[string]any{"name": "project", "version": "1.0.0"}
	g.project(w.project)
	for i := range like.workspaces {
		location := fmt.Sprintf("packages/w%d", i)
		m := map[string]any{"name": fmt.Sprintf("w%d", i), "version": "1.0.0"}
		g.project(m)
		if i > 0 && r.IntN(2) == 0 {
			deps, _ := m["dependencies"].(map[string]string)
			if deps == nil {
				deps = make(map[string]string)
			}
			deps[fmt.Sprintf("w%d", r.IntN(i))] = []string{"^1.0.0", "*"}[r.IntN(2)]
			m["dependencies"] = deps
		}
		w.folders[location] = m
	}
	if like.workspaces > 0 {
		w.project["workspaces"] = []string{"packages/*"}
	}
	if like.overrides > 0 {
		g.overrides(w.project)
	}
	return w
}

type generator struct {
	*rand.Rand
	like   taste
	names  []string
	majors map[string]int
}

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

// shake makes a version one that is not taken without need, and adds a
// prerelease of the next.
func (g *generator) shake(versions map[string]map[string]any, version string, self int) {
	if g.chance(g.like.shaky) {
		versions[version]["deprecated"] = "take another"
	}
	if g.chance(g.like.shaky) {
		versions[version]["engines"] = map[string]string{"node": []string{">=99", ">=4"}[g.IntN(2)]}
	}
	if g.chance(g.like.shaky) {
		versions[strings.TrimSuffix(version, "0")+"1-beta.1"] = g.manifest(self)
	}
}

// alias gives a dependency another name now and then.
func (g *generator) alias(name, spec string) (string, string) {
	if g.like.aliases == 0 || !g.chance(g.like.aliases) {
		return name, spec
	}
	return fmt.Sprintf("alias%d", g.IntN(4)), "npm:" + name + "@" + spec
}

// spec asks for something that the package has, nearly always.
func (g *generator) spec(name string) string {
	have := g.majors[name]
	if have == 0 || g.chance(g.like.missing) {
		have = g.like.majors
	}
	major := 1 + g.IntN(have)
	switch g.IntN(10) {
	case 0:
		return "*"
	case 1:
		return fmt.Sprintf("%d.0.0", major)
	case 2:
		return fmt.Sprintf(">=%d", major)
	case 3:
		return fmt.Sprintf("%d || %d", major, 1+g.IntN(have))
	case 4:
		if g.like.shaky > 0 {
			return fmt.Sprintf("^%d.0.1-0", major)
		}
	}
	return fmt.Sprintf("^%d.0.0", major)
}

func (g *generator) name() string {
	if g.chance(g.like.missing) {
		return fmt.Sprintf("missing%d", g.IntN(3))
	}
	return g.names[g.IntN(len(g.names))]
}

func (g *generator) manifest(self int) map[string]any {
	m := make(map[string]any)
	for range 4 {
		name := g.name()
		if name == g.names[self] {
			continue
		}
		switch {
		case g.chance(g.like.deps):
			as, spec := g.alias(name, g.spec(name))
			put(m, "dependencies", as, spec)
		case g.chance(g.like.peers):
			put(m, "peerDependencies", name, g.spec(name))
		case g.chance(g.like.optionalPeers):
			put(m, "peerDependencies", name, g.spec(name))
			meta, _ := m["peerDependenciesMeta"].(map[string]any)
			if meta == nil {
				meta = make(map[string]any)
				m["peerDependenciesMeta"] = meta
			}
			meta[name] = map[string]bool{"optional": true}
		case g.chance(g.like.optionals):
			put(m, "optionalDependencies", name, g.spec(name))
		}
	}
	return m
}

func (g *generator) project(m map[string]any) {
	for range 2 + g.IntN(5) {
		group := []string{"dependencies", "dependencies", "dependencies", "devDependencies", "optionalDependencies"}[g.IntN(5)]
		name := g.names[g.IntN(len(g.names))]
		as, spec := g.alias(name, g.spec(name))
		put(m, group, as, spec)
	}
	if g.chance(g.like.peers) {
		name := g.names[g.IntN(len(g.names))]
		put(m, "peerDependencies", name, g.spec(name))
	}
}

func (g *generator) overrides(m map[string]any) {
	rules := make(map[string]any)
	for range 1 + g.IntN(3) {
		name, inner := g.names[g.IntN(len(g.names))], g.names[g.IntN(len(g.names))]
		switch g.IntN(2 * g.like.overrides) {
		case 0:
			rules[name] = g.override(m, name)
		case 1:
			rules[fmt.Sprintf("%s@%d", name, 1+g.IntN(g.majors[name]))] = g.override(m, name)
		case 2:
			rules[name] = map[string]any{inner: g.spec(inner)}
		case 3:
			rules[name] = map[string]any{".": g.override(m, name), inner: g.spec(inner)}
		}
	}
	m["overrides"] = rules
}

// override is what a rule makes of a package. Of what the project depends on
// itself that may be only what it says there.
func (g *generator) override(m map[string]any, name string) string {
	spec := g.spec(name)
	for _, group := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		if deps, _ := m[group].(map[string]string); deps[name] != "" && !g.chance(10) {
			return "$" + name
		}
	}
	return spec
}

func put(m map[string]any, group, name, spec string) {
	deps, _ := m[group].(map[string]string)
	if deps == nil {
		deps = make(map[string]string)
		m[group] = deps
	}
	deps[name] = spec
}

// compareWorld builds a world here and with npm and reports the differences.
// A lock may be given as npm writes its packages.
func compareWorld(t testing.TB, npm *arborist, w *world, lock json.RawMessage) ([]string, npmAnswer) {
	t.Helper()
	ask := npmRequest{Docs: w.docs(t), Files: w.files(t), Options: npmOptions(w.options)}
	request := w.request(t)
	if lock != nil {
		var sorted map[string]json.RawMessage // as npm sorts its file
		if err := json.Unmarshal(lock, &sorted); err != nil {
			t.Fatal(err)
		}
		ask.Files["package-lock.json"] = string(mustJSON(t, map[string]any{"name": "project", "lockfileVersion": 3, "requires": true, "packages": sorted}))
		request.Lock = npmLock(t, lock)
	}
	switch {
	case w.options.UpdateAll:
		ask.Update = true
	case len(w.options.Update) > 0:
		ask.Update = w.options.Update
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tree, err := Build(ctx, request)
	answer := npm.ask(t, ask, npmPatience)
	if errors.Is(err, context.DeadlineExceeded) && answer.Code != "TIMEOUT" {
		return []string{"does not come to an end"}, answer
	}
	return compareResult(tree, err, answer), answer
}

// npmLock reads npm's packages as a lockfile of ours.
func npmLock(t testing.TB, packages json.RawMessage) *lockfile.Lockfile {
	t.Helper()
	l := new(lockfile.Lockfile)
	if err := json.Unmarshal(packages, &l.Packages); err != nil {
		t.Fatal(err)
	}
	for _, p := range l.Packages {
		if isURL(p.Resolved) {
			p.Resolved = ""
		}
	}
	return l
}

// mutate changes what the project asks for, as its author might.
func (w *world) mutate(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 11))
	names := sortedKeys(w.packages)
	for range 1 + r.IntN(2) {
		group := []string{"dependencies", "devDependencies", "optionalDependencies"}[r.IntN(3)]
		name := names[r.IntN(len(names))]
		deps, _ := w.project[group].(map[string]string)
		switch {
		case r.IntN(3) == 0 && len(deps) > 0:
			delete(deps, sortedKeys(deps)[r.IntN(len(deps))])
		case r.IntN(3) == 0:
			put(w.project, group, name, "*")
		default:
			versions := sortedKeys(w.packages[name])
			put(w.project, group, name, "^"+versions[r.IntN(len(versions))])
		}
	}
	switch r.IntN(6) {
	case 0:
		w.options.Update = []string{names[r.IntN(len(names))], names[r.IntN(len(names))]}
	case 1:
		w.options.UpdateAll = true
	}
}

func compareResult(tree *Tree, err error, answer npmAnswer) []string {
	switch {
	case answer.silent():
		return nil
	case answer.Code == "ERESOLVE" && isConflict(err):
		return nil
	case answer.Code != "" && err != nil && answer.Code != "ERESOLVE" && !isConflict(err):
		return nil
	case answer.Code != "":
		return []string{fmt.Sprintf("npm fails: %s %s; here: %v", answer.Code, answer.Message, err)}
	case err != nil:
		return []string{fmt.Sprintf("fails: %v", err)}
	}
	return differences(summary(withInert(tree)), answer.summary())
}

// withInert is the lockfile as npm would have it, who leaves in it what cannot
// do without a package that could not be had.
func withInert(tree *Tree) *lockfile.Lockfile {
	l := tree.Lockfile()
	for _, n := range tree.Nodes() {
		if n.inert && n.Version() != "" {
			l.Packages[n.Location()] = n.entry()
		}
	}
	return l
}
