package pick

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

// The versions that npm 12 carries.
const (
	pickManifestVersion = "12.0.0"
	minimatchVersion    = "10.2.5"
)

var (
	cases = flag.Int("cases", 5_000, "generated cases")
	seed  = flag.Uint64("seed", 1, "seed of the generated cases")
)

type wireVersion struct {
	Name       string            `json:"name"`
	Version    string            `json:"version"`
	Deprecated any               `json:"deprecated,omitempty"`
	Engines    map[string]string `json:"engines,omitempty"`
}

type wireDocument struct {
	Name     string                 `json:"name"`
	Tags     map[string]string      `json:"dist-tags"`
	Versions map[string]wireVersion `json:"versions"`
	Time     map[string]string      `json:"time,omitempty"`
}

type question struct {
	Document wireDocument
	Wanted   string
	Options  nodeOptions
}

// nodeOptions are npm-pick-manifest's; a null means unknown there.
type nodeOptions struct {
	DefaultTag  string     `json:"defaultTag,omitempty"`
	Before      *time.Time `json:"before"`
	NodeVersion *string    `json:"nodeVersion"`
	NPMVersion  *string    `json:"npmVersion"`
	Avoid       *string    `json:"avoid"`
}

// Like pacote, it hands over npm-package-arg's fetchSpec.
const pickScript = `
const pick = require('npm-pick-manifest')
const npa = require('npm-package-arg')
const answer = q => {
  const { fetchSpec } = npa.resolve(q.Document.name, q.Wanted)
  try { return pick(q.Document, fetchSpec, q.Options).version } catch (e) { return e.code || String(e) }
}`

func TestAgainstNode(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 0x7069636b))
	questions := make([]question, *cases)
	for i := range questions {
		questions[i] = randomQuestion(r)
	}
	answers := map[string]int{}
	wrong := 0
	dir := npmoracle.Install(t, "npm-pick-manifest", pickManifestVersion)
	npmoracle.Ask(t, dir, pickScript, questions, func(i int, answer []byte) {
		var want string
		if err := json.Unmarshal(answer, &want); err != nil {
			t.Fatalf("%s: %v", answer, err)
		}
		got := ours(t, questions[i])
		if got != want {
			if wrong++; wrong <= 10 {
				q, _ := json.Marshal(questions[i])
				t.Errorf("%s\n got %s, want %s", q, got, want)
			}
		}
		switch want {
		case "ETARGET", "ENOVERSIONS":
			answers[want]++
		case questions[i].Document.Tags["latest"]:
			answers["latest"]++
		default:
			answers["another version"]++
		}
	})
	t.Logf("%d cases, %d differ: %v", len(questions), wrong, answers)
	if len(answers) != 4 {
		t.Error("not all outcomes occurred")
	}
}

func ours(t *testing.T, q question) string {
	data, err := json.Marshal(q.Document)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := registry.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := manifest.ParseSpec(doc.Name, q.Wanted)
	if err != nil {
		t.Fatalf("spec %q: %v", q.Wanted, err)
	}
	o := Options{DefaultTag: q.Options.DefaultTag}
	if q.Options.Before != nil {
		o.Before = *q.Options.Before
	}
	for from, to := range map[*string]*string{
		q.Options.NodeVersion: &o.NodeVersion, q.Options.NPMVersion: &o.NPMVersion, q.Options.Avoid: &o.Avoid,
	} {
		if from != nil {
			*to = *from
		}
	}
	v, err := Version(doc, spec, o)
	var none *NoVersionError
	switch {
	case errors.As(err, &none):
		return string(none.Kind)
	case err != nil:
		return err.Error()
	}
	return v.Version
}

func choose[T any](r *rand.Rand, choices ...T) T { return choices[r.IntN(len(choices))] }

func randomQuestion(r *rand.Rand) question {
	doc := randomDocument(r)
	q := question{Document: doc, Wanted: randomSpec(r, doc)}
	if r.IntN(3) == 0 {
		at := randomTime(r)
		q.Options.Before = &at
	}
	if r.IntN(4) == 0 {
		q.Options.DefaultTag = choose(r, "latest", "next", "beta", "missing")
	}
	if r.IntN(2) == 0 {
		q.Options.NodeVersion = new(choose(r, "v20.20.2", "22.0.0", "18.0.0-pre", "0.10.1", "not a version"))
	}
	if r.IntN(2) == 0 {
		q.Options.NPMVersion = new(choose(r, "12.2.0", "9.0.0", "1.4.28"))
	}
	if r.IntN(5) == 0 {
		q.Options.Avoid = new(randomRange(r, randomVersion(r)))
	}
	return q
}

func randomTime(r *rand.Rand) time.Time {
	return time.Date(2020+r.IntN(4), time.Month(1+r.IntN(12)), 1, 0, 0, 0, 0, time.UTC)
}

func randomVersion(r *rand.Rand) string {
	v := fmt.Sprintf("%d.%d.%d", r.IntN(3), r.IntN(3), r.IntN(4))
	if r.IntN(4) == 0 {
		v += choose(r, "-0", "-1", "-alpha", "-alpha.1", "-beta.2", "-rc.10", "-rc.9")
	}
	return v
}

func randomDocument(r *rand.Rand) wireDocument {
	d := wireDocument{Name: choose(r, "foo", "@scope/foo"),
		Tags: map[string]string{}, Versions: map[string]wireVersion{}}
	all := make([]string, r.IntN(20))
	timed := r.IntN(4) > 0
	if timed {
		d.Time = map[string]string{"created": "2020-01-01T00:00:00.000Z"}
	}
	for i := range all {
		v := randomVersion(r)
		if _, dup := d.Versions[v]; dup {
			all[i] = v
			continue
		}
		all[i] = v
		d.Versions[v] = wireVersion{Name: d.Name, Version: v, Deprecated: randomDeprecation(r), Engines: randomEngines(r)}
		if timed && r.IntN(10) > 0 {
			d.Time[v] = randomTime(r).Format("2006-01-02T15:04:05.000Z")
		}
	}
	for _, tag := range []string{"latest", "next", "beta"} {
		switch n := r.IntN(12); {
		case n == 0:
			d.Tags[tag] = randomVersion(r)
			delete(d.Time, d.Tags[tag])
		case n < 9 && len(all) > 0:
			d.Tags[tag] = choose(r, all...)
		}
	}
	return d
}

func randomDeprecation(r *rand.Rand) any {
	switch r.IntN(9) {
	case 0, 1, 2:
		return "use another"
	case 3:
		return choose[any](r, true, false, "")
	}
	return nil
}

func randomEngines(r *rand.Rand) map[string]string {
	if r.IntN(2) == 0 {
		return nil
	}
	m := map[string]string{}
	if r.IntN(4) > 0 {
		m["node"] = choose(r, ">=4", ">=18", ">=21", "^20.17.0 || >=22.9.0", "*", "", "0.x", "x.1", "not a range")
	}
	if r.IntN(3) == 0 {
		m["npm"] = choose(r, ">=2", ">=10", "<9", "please-use-yarn")
	}
	return m
}

func randomRange(r *rand.Rand, v string) string {
	switch r.IntN(10) {
	case 0:
		return choose(r, "*", "x", ">=0", "<=9", "^1", "1.x", ">1", "2")
	case 1:
		return v + " || " + randomVersion(r)
	case 2:
		return v + " - " + randomVersion(r)
	}
	return choose(r, "^", "^", "^", "~", ">=", "<", "<=", ">") + v
}

func randomSpec(r *rand.Rand, d wireDocument) string {
	v := randomVersion(r)
	if existing := slices.Sorted(maps.Keys(d.Versions)); len(existing) > 0 && r.IntN(3) > 0 {
		v = choose(r, existing...)
	}
	switch r.IntN(12) {
	case 0:
		return choose(r, "", " ", "*", "x", " * ")
	case 1, 2:
		return choose(r, "latest", "next", "beta", "missing")
	case 3:
		return choose(r, "", "=", "v") + v
	}
	return randomRange(r, v)
}

type globQuestion struct{ Name, Pattern string }

// TestExcludedAgainstMinimatch holds our globs against those of npm's
// min-release-age-exclude, on what can stand there sensibly.
func TestExcludedAgainstMinimatch(t *testing.T) {
	const script = `
const { minimatch } = require('minimatch')
const answer = q => q.Name === q.Pattern ||
  minimatch(q.Name, q.Pattern, { nonegate: true, nocomment: true, noext: true })`
	names := []string{"foo", "foo-bar", "@s/foo", "@s/bar", "@scope/foo.js", "a", "foo.js", "x_y"}
	patterns := []string{"", "*", "**", "@s/*", "@*/*", "@s/**", "foo*", "*foo", "?oo", "f[ou]o", "[!f]oo", "{foo,a}", "@{s,scope}/foo*",
		"!foo", "#foo", "[", "@s", "@s/", "s/*", "**/foo", "*/foo", "foo-???", "FOO", "foo/**", "@s/{foo,b*}", "[a-f]", "*.js", "foo\\*", "+(foo)"}
	var questions []globQuestion
	for _, n := range names {
		for _, p := range append(patterns, names...) {
			questions = append(questions, globQuestion{n, p})
		}
	}
	dir := npmoracle.Install(t, "minimatch", minimatchVersion)
	npmoracle.Ask(t, dir, script, questions, func(i int, answer []byte) {
		q := questions[i]
		if got := Matches(q.Name, []string{q.Pattern}); fmt.Sprint(got) != string(answer) {
			t.Errorf("Matches(%q, %q) = %v, minimatch says %s", q.Name, q.Pattern, got, answer)
		}
	})
}
