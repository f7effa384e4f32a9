package parity

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	f, err := Parse("g/n", []byte(`Something is
so and so.
registry: real
run: install --force
write: package.json from next.json
in: app
differs: because

-- registry --
a@1.0.0
-- app/package.json --
{}
-- app/b.tgz --
b@1.0.0 {"bin": "x.js"}
-- next.json --
{"dependencies": {"b": "$REGISTRYb/-/b-1.0.0.tgz"}}
`))
	if err != nil {
		t.Fatal(err)
	}
	if f.About != "Something is so and so." || f.Registry != "real" || f.Differs != "because" || f.in != "app" || len(f.steps) != 2 {
		t.Errorf("fixture is %+v", f)
	}
	if got := f.steps[1].String(); got != "write: package.json from next.json" {
		t.Errorf("second step is %q", got)
	}
	dir := t.TempDir()
	if err := f.write(dir, "http://registry.example/"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "registry")); err == nil {
		t.Error("the registry lies in the project")
	}
	if text, err := os.ReadFile(filepath.Join(dir, "app", "b.tgz")); err != nil || text[0] != 0x1f {
		t.Errorf("b.tgz: %v, %q", err, text)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "next.json")); !strings.Contains(string(text), `"http://registry.example/b/-/b-1.0.0.tgz"`) {
		t.Errorf("next.json: %v, %s", err, text)
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"run: install\n":                                "what it is about",
		"About.\n":                                      "runs nothing",
		"About.\nrun: install\nrnu: ci\n":               `what does "rnu: ci" mean`,
		"About.\nrun: install\nwrite: a\n":              "needs 3 words",
		"About.\nrun: install\n\n-- ../outside --\nx\n": "leaves the project",
	} {
		if _, err := Parse("g/n", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	tree := func(c string, problems ...string) outcome {
		o := outcome{}
		o.set(facetExit, "code", "")
		o.set(facetFolders, "node_modules/c", c)
		for _, p := range problems {
			o.set(facetLs, p, "problem")
		}
		return o
	}
	unmeant, meant := &Fixture{Name: "g/a", About: "About a."}, &Fixture{Name: "g/b", Differs: "we know better"}
	cases := []struct {
		fixture    *Fixture
		have, want outcome
		verdict    Verdict
		err        string // part of it
	}{
		{unmeant, tree("c@1.0.0"), tree("c@1.0.0"), Equal, ""},
		{unmeant, tree("c@1.0.0"), tree("c@2.0.0"), Different, `node_modules/c is "c@1.0.0": npm has "c@2.0.0"`},
		{meant, tree("c@1.0.0"), tree("c@2.0.0"), Different, ""},
		{meant, tree("c@1.0.0"), tree("c@1.0.0"), Equal, "means to differ"},
		{meant, tree("c@1.0.0", "invalid: c@1.0.0"), tree("c@2.0.0"), Wrong, "invalid: c@1.0.0"},
		{meant, tree("c@1.0.0", "missing: d@1"), tree("c@2.0.0", "missing: d@1"), Different, ""},
	}
	var results []Result
	for i, c := range cases {
		r := Result{Fixture: c.fixture}
		r.compare(step{"run", []string{"install"}}, c.have, c.want)
		err := r.Err()
		if r.Verdict != c.verdict || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("case %d: verdict %d, %v", i, r.Verdict, err)
		}
		results = append(results, r)
	}
	report := Report(results)
	for _, want := range []string{"parity: 2 equal, 3 different, 1 wrong of 6 (33.3 % equal)", "g/b: we know better", "g/a: UNEXPECTED: after"} {
		if !strings.Contains(report, want) {
			t.Errorf("report does not say %q:\n%s", want, report)
		}
	}
}
