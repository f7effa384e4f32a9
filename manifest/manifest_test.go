package manifest

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseIsTolerant(t *testing.T) {
	m, err := Parse([]byte("\ufeff" + `{
		"name": "x", "version": 1, "dependencies": {"a": "1", "b": 2, "c": {}},
		"devDependencies": ["a"], "peerDependenciesMeta": {"p": {"optional": true}, "q": 1},
		"bundledDependencies": ["a"], "engines": ["node >= 0.4"], "os": "linux", "cpu": ["x64", 1],
		"workspaces": {"packages": ["a/*"]}, "private": "true", "license": {"type": "MIT"},
		"directories": {"bin": "./bin"}, "scripts": {"install": "x", "postinstall": "y"}, "main": []
	}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Manifest{
		Name: "x", Dependencies: StringMap{"a": "1"},
		PeerDependenciesMeta: PeerMetas{"p": {Optional: true}},
		BundledDependencies:  Bundle{Names: []string{"a"}},
		OS:                   StringList{"linux"}, CPU: StringList{"x64"},
		Workspaces: Workspaces{"a/*"}, Private: true, License: "MIT",
		Directories: Directories{Bin: "./bin"},
		Scripts:     StringMap{"install": "x", "postinstall": "y"},
	}
	if !reflect.DeepEqual(m, want) {
		t.Errorf("got  %+v\nwant %+v", m, want)
	}
	if got := m.InstallScripts(); !reflect.DeepEqual(got, []string{"install", "postinstall"}) {
		t.Errorf("install scripts: %q", got)
	}
}

func TestBundled(t *testing.T) {
	for text, want := range map[string][]string{
		`{"bundleDependencies":true,"dependencies":{"b":"1","a":"1"}}`: {"a", "b"},
		`{"bundleDependencies":false,"dependencies":{"b":"1"}}`:        nil,
		`{"bundleDependencies":["b","a"]}`:                             {"b", "a"},
		`{"bundledDependencies":{"b":"1","a":"1"}}`:                    {"a", "b"},
	} {
		m, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Bundled(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

// TestEmbedding guards the reason why Manifest has no UnmarshalJSON.
func TestEmbedding(t *testing.T) {
	var v struct {
		Manifest
		Dist string `json:"dist"`
	}
	if err := json.Unmarshal([]byte(`{"name":"x","bin":"a","dist":"d"}`), &v); err != nil {
		t.Fatal(err)
	}
	if v.Name != "x" || v.Dist != "d" || v.Bins()["x"] != "a" {
		t.Errorf("got %+v", v)
	}
}

func TestMarshalKeepsTheForm(t *testing.T) {
	const text = `{"name":"x","dependencies":{"a":"1"},"bundleDependencies":["a"],"bin":"a.js","os":["linux"],"private":true}`
	m, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(m); err != nil || string(got) != text {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestParseRefusesWhatIsNoObject(t *testing.T) {
	for _, text := range []string{"", "[]", "null", `"x"`, "{", `{"a":}`, "{} x", "\x00"} {
		if m, err := Parse([]byte(text)); err == nil {
			t.Errorf("%q: got %+v", text, m)
		}
	}
}

func TestParseProjectErrors(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "p:1:1: unexpected end of JSON input"},
		{"{\n  \"name\": \"x\",\n}", "p:3:1: invalid character '}' looking for beginning of object key string"},
		{"\ufeff{\n\t\"é\": 'x'}", "p:2:7: invalid character '\\'' looking for beginning of value"},
		{"[]", "p:1:1: expected a JSON object"},
		{`{"name": 1}`, `p:1:10: "name" must be a string`},
		{"{\n \"dependencies\": []}", `p:2:18: "dependencies" must be an object of strings`},
		{"{\r\n \"dependencies\": {\r\n  \"a\": 1}}", `p:3:8: "dependencies.a" must be a string`},
		{`{"devDependencies": {"../a": "1"}}`, `p:1:22: "devDependencies.../a" must be under a valid package name (it starts with a period)`},
		{`{"scripts": {"a": null}}`, `p:1:19: "scripts.a" must be a string`},
		{`{"workspaces": "a"}`, `p:1:16: "workspaces" must be an array of patterns, or an object with one in "packages"`},
		{`{"workspaces": {"packages": [1]}}`, `p:1:29: "workspaces" must be an array of patterns, or an object with one in "packages"`},
		{`{"bin": {"a": 1}}`, `p:1:15: "bin.a" must be a string`},
		{`{"private": "yes"}`, `p:1:13: "private" must be true or false`},
		{`{"peerDependenciesMeta": {"a": {"optional": "x"}}}`, `p:1:45: "peerDependenciesMeta.a.optional" must be true or false`},
		{`{"os": [1]}`, `p:1:8: "os" must be a string or an array of strings`},
		{`{"overrides": "x"}`, `p:1:15: "overrides" must be an object`},
	} {
		_, _, err := ParseProject([]byte(test.text), "p")
		if err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.text, err, test.want)
		}
	}
}

func TestParseProjectWarnsOfDuplicates(t *testing.T) {
	text := "{\n \"dependencies\": {\"a\": \"1\",\n  \"a\": \"2\"},\n \"x\": [{\"k\":1,\"k\":2}], \"name\": null}"
	m, warnings, err := ParseProject([]byte(text), "p")
	if err != nil || m.Dependencies["a"] != "2" {
		t.Fatalf("got %+v, %v", m, err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	want := `p:3:3: duplicate key "dependencies.a" (first in line 2); the last one counts|` +
		`p:4:15: duplicate key "x.0.k" (first in line 4); the last one counts`
	if strings.Join(got, "|") != want {
		t.Errorf("got %q", got)
	}
}

func TestLargeInput(t *testing.T) {
	big := []byte(`{"a":"` + strings.Repeat("x", MaxSize) + `"}`)
	if _, err := Parse(big); err == nil {
		t.Error("Parse took more than MaxSize")
	}
	if _, _, err := ParseProject(big, "p"); err == nil {
		t.Error("ParseProject took more than MaxSize")
	}
	deep := []byte(strings.Repeat(`{"a":`, 100_000))
	if _, _, err := ParseProject(deep, "p"); err == nil {
		t.Error("ParseProject took endless nesting")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"name":"x","bin":{"a":"b"},"dependencies":{"a":"^1"},"os":["!win32"]}`))
	f.Add([]byte("\ufeff{\"workspaces\":{\"packages\":[\"a\"]},\"bundleDependencies\":true}"))
	f.Add([]byte(`{"a":[1,-2e3,{"b":[]}],"a":"\u00e9\""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse(data)
		strict, _, strictErr := ParseProject(data, "p")
		if err != nil {
			if _, ok := errors.AsType[*SyntaxError](strictErr); !ok {
				t.Fatalf("Parse: %v, ParseProject: %v", err, strictErr)
			}
			return
		}
		for name, target := range m.Bins() {
			if strings.ContainsAny(name, `/\`) || name == ".." || strings.HasPrefix(target, "/") || strings.HasPrefix(target, "../") || target == ".." {
				t.Fatalf("unsafe bin %q: %q", name, target)
			}
		}
		if strictErr == nil && !reflect.DeepEqual(m, strict) {
			t.Fatalf("two readings: %+v and %+v", m, strict)
		}
	})
}

func FuzzParseSpec(f *testing.F) {
	for _, s := range []string{"^1", "npm:@s/y@2", "github:u/r#semver:^1::path:a", "file:../x",
		"git+ssh://git@h.com:a/b", "https://h/x.tgz", "workspace:a@^", "catalog:x", "u/r#c", "~/x"} {
		f.Add("dep", s)
	}
	f.Fuzz(func(t *testing.T, name, raw string) {
		check := func(s Spec, err error) {
			if err != nil {
				return
			}
			if s.Kind.String() == "invalid" || s.Name != "" && ValidateName(s.Name) != nil {
				t.Fatalf("%q: %+v", raw, s)
			}
			if s.Git != nil && (strings.HasPrefix(s.Git.URL, "-") || strings.HasPrefix(s.Git.Subdir, "../")) {
				t.Fatalf("%q: unsafe git %+v", raw, *s.Git)
			}
		}
		check(ParseSpec(name, raw))
		check(ParseArg(raw))
	})
}

func BenchmarkParse(b *testing.B) {
	data := []byte(`{"name":"x","version":"1.2.3","dependencies":{"a":"^1.0.0","b":"~2","@s/c":">=1 <3"},"bin":{"x":"bin/x.js"},"engines":{"node":">=18"},"license":"MIT"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseSpec(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseSpec("@s/c", "^1.2.3"); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzStringMap(f *testing.F) {
	f.Add([]byte(`{"a":"b" , "c" : "d"}`))
	f.Add([]byte(`{"a":"\u0041","b":1,"a":null}`))
	f.Add([]byte(`{ }`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var loose map[string]any
		if firstByte(data) != '{' || json.Unmarshal(data, &loose) != nil {
			return
		}
		want := StringMap{}
		for k, v := range loose {
			if s, ok := v.(string); ok {
				want[k] = s
			}
		}
		var got StringMap
		if err := json.Unmarshal(data, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: got %v, %v, want %v", data, got, err, want)
		}
	})
}
