package manifest

import (
	"cmp"
	"encoding/json"
	"os"
	"testing"
)

// TestEditsAgreeWithNPM compares with the bytes that npm 12.2's own parts
// (arborist's add-rm-pkg-deps, @npmcli/package-json) write for the same
// change of a file that npm formatted.
func TestEditsAgreeWithNPM(t *testing.T) {
	data, err := os.ReadFile("testdata/edits.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Before, Op, Name, Type, Spec, After string }
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	group := map[string]string{"prod": "dependencies", "dev": "devDependencies",
		"optional": "optionalDependencies", "peer": "peerDependencies"}
	for _, c := range cases {
		f := load(t, c.Before)
		if overlap(f.Manifest.Dependencies, f.Manifest.PeerDependencies) {
			continue // npm then makes other specs equal, which nobody asked for
		}
		if c.Op == "rm" {
			f.Remove(c.Name)
		} else {
			if err := f.Set(group[c.Type], c.Name, c.Spec); err != nil {
				t.Fatal(err)
			}
		}
		if got := string(f.Bytes()); got != c.After {
			t.Errorf("%s %s %s %s\n%s\ngot\n%s\nnpm\n%s", c.Op, c.Type, c.Name, c.Spec, c.Before, got, c.After)
		}
	}
}

func overlap(a, b map[string]string) bool {
	for name := range a {
		if _, ok := b[name]; ok {
			return true
		}
	}
	return false
}

func load(t *testing.T, text string) *File {
	t.Helper()
	path := t.TempDir() + "/package.json"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestSetKeepsTheStyle shows what npm would reformat and we do not.
func TestSetKeepsTheStyle(t *testing.T) {
	for _, test := range []struct{ name, before, after string }{
		{"empty object", "{}\n", "{\n  \"dependencies\": {\n    \"m\": \"^1\"\n  }\n}\n"},
		{"empty group", "{\n\t\"dependencies\": {}\n}", "{\n\t\"dependencies\": {\n\t\t\"m\": \"^1\"\n\t}\n}"},
		{"null group", "{\n \"dependencies\": null\n}", "{\n \"dependencies\": {\n  \"m\": \"^1\"\n }\n}"},
		{"one line", `{"name":"x"}`, `{"name":"x","dependencies":{"m":"^1"}}`},
		{"one line group", "{\n  \"dependencies\": { \"a\": \"1\", \"z\" : \"2\" }\n}\n", "{\n  \"dependencies\": { \"a\": \"1\", \"m\" : \"^1\", \"z\" : \"2\" }\n}\n"},
		{"CRLF and BOM", "\ufeff{\r\n  \"a\": [1, 2]\r\n}\r\n", "\ufeff{\r\n  \"a\": [1, 2],\r\n  \"dependencies\": {\r\n    \"m\": \"^1\"\r\n  }\r\n}\r\n"},
		{"first of sorted", "{\n  \"dependencies\": {\n    \"z\": \"1\"\n  }\n}\n", "{\n  \"dependencies\": {\n    \"m\": \"^1\",\n    \"z\": \"1\"\n  }\n}\n"},
		{"unsorted", "{\"dependencies\":{\"z\":\"1\",\"a\":\"1\"}}", "{\"dependencies\":{\"a\":\"1\",\"m\":\"^1\",\"z\":\"1\"}}"},
		{"replaced in place", "{\"dependencies\":{\"z\":\"1\",\"m\":  \"1\"}}", "{\"dependencies\":{\"m\":  \"^1\",\"z\":\"1\"}}"},
		{"duplicate key", "{\"dependencies\":{\"m\":\"1\",\"m\":\"2\"}}", "{\"dependencies\":{\"m\":\"1\",\"m\":\"^1\"}}"},
		{"brackets in strings", "{\n  \"x\": \"}\\\"]{\"\n}", "{\n  \"x\": \"}\\\"]{\",\n  \"dependencies\": {\n    \"m\": \"^1\"\n  }\n}"},
		{"moved", "{\"devDependencies\":{\"m\":\"1\"},\"x\":1}", "{\"x\":1,\"dependencies\":{\"m\":\"^1\"}}"},
	} {
		f := load(t, test.before)
		if err := f.Set("dependencies", "m", "^1"); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
		if got := string(f.Bytes()); got != test.after {
			t.Errorf("%s:\n got %q\nwant %q", test.name, got, test.after)
		}
		if f.Manifest.Dependencies["m"] != "^1" {
			t.Errorf("%s: the manifest does not follow: %+v", test.name, f.Manifest)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	f := load(t, "{}")
	if err := f.Set("scripts", "m", "1"); err == nil {
		t.Error("set a script")
	}
	if err := f.Set("dependencies", "../m", "1"); err == nil {
		t.Error("set a path")
	}
	if f.Changed() {
		t.Errorf("changed to %s", f.Bytes())
	}
}

func TestRemove(t *testing.T) {
	f := load(t, `{ "a": 1, "dependencies": {"m": "1"}, "peerDependencies": {"m": "1", "n": "1"},
  "peerDependenciesMeta": {"m": {"optional": true}}, "bundleDependencies": ["m", "n"], "z": 1 }`)
	if got := f.Remove("m"); len(got) != 2 || got[0] != "dependencies" || got[1] != "peerDependencies" {
		t.Errorf("removed from %q", got)
	}
	want := `{ "a": 1, "peerDependencies": {"n": "1"},
  "bundleDependencies": ["n"], "z": 1 }`
	if got := string(f.Bytes()); got != want {
		t.Errorf("got %s", got)
	}
	if got := f.Remove("absent"); got != nil {
		t.Errorf("removed from %q", got)
	}
	f = load(t, "{\n  \"dependencies\": {\n    \"m\": \"1\"\n  }\n}\n")
	f.Remove("m")
	if got := string(f.Bytes()); got != "{}\n" {
		t.Errorf("got %q", got)
	}
}

func TestBundle(t *testing.T) {
	const all = `"dependencies":{"b":"1","c":"1"},"peerDependencies":{"p":"1"}`
	for _, test := range []struct{ before, name, want string }{
		{`{` + all + `}`, "b", `{` + all + `,"bundleDependencies":["b"]}`},
		{`{"bundleDependencies":["C","a"],` + all + `}`, "b", `{"bundleDependencies":["a","b","C"],` + all + `}`},
		{`{"bundledDependencies":["c"],` + all + `}`, "b", `{"bundledDependencies":["b","c"],` + all + `}`},
		{`{"bundleDependencies":false,` + all + `}`, "b", `{"bundleDependencies":["b"],` + all + `}`},
		{`{"bundleDependencies":true,` + all + `}`, "b", ""},
		{`{"bundleDependencies":["c","b"],` + all + `}`, "b", ""},
		{`{` + all + `}`, "p", ""},
		{"{\n  \"dependencies\": {\n    \"b\": \"1\"\n  }\n}\n", "b",
			"{\n  \"dependencies\": {\n    \"b\": \"1\"\n  },\n  \"bundleDependencies\": [\n    \"b\"\n  ]\n}\n"},
	} {
		f := load(t, test.before)
		f.Bundle(test.name)
		if want := cmp.Or(test.want, test.before); string(f.Bytes()) != want {
			t.Errorf("%s in %s:\n%s\nwant\n%s", test.name, test.before, f.Bytes(), want)
		}
	}
}

func TestSetPeerOptional(t *testing.T) {
	f := load(t, `{"peerDependencies":{"m":"1"}}`)
	f.SetPeerOptional("m", true)
	f.SetPeerOptional("m", true)
	if want := `{"peerDependencies":{"m":"1"},"peerDependenciesMeta":{"m":{"optional":true}}}`; string(f.Bytes()) != want {
		t.Errorf("got %s", f.Bytes())
	}
	f.SetPeerOptional("m", false)
	if f.Manifest.PeerDependenciesMeta["m"].Optional {
		t.Errorf("got %s", f.Bytes())
	}
}

func FuzzEdit(f *testing.F) {
	f.Add([]byte("{\n  \"dependencies\": { \"a\": \"1\" },\r\n \"devDependencies\":{\"m\":\"1\",\"m\":\"2\"}}"), "m", "^1", uint8(0))
	f.Add([]byte(`{"peerDependenciesMeta":{"m":{}},"bundleDependencies":["m"],"peerDependencies":{"m":""}}`), "m", "<2", uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, name, spec string, which uint8) {
		m, _, err := ParseProject(data, "p")
		if err != nil {
			return
		}
		file := &File{Path: "p", Manifest: m, data: data}
		group := groups()[which%4]
		if file.Set(group, name, spec) != nil {
			return
		}
		after, _, err := ParseProject(file.Bytes(), "p")
		if err != nil {
			t.Fatalf("Set made %q of %q: %v", file.Bytes(), data, err)
		}
		fields := map[string]StringMap{"dependencies": after.Dependencies, "devDependencies": after.DevDependencies,
			"optionalDependencies": after.OptionalDependencies, "peerDependencies": after.PeerDependencies}
		if got, ok := fields[group][name]; !ok || got != quoteRoundTrip(spec) {
			t.Fatalf("Set %s %q = %q made %q", group, name, spec, file.Bytes())
		}
		file.Remove(name)
		after, _, err = ParseProject(file.Bytes(), "p")
		if err != nil {
			t.Fatalf("Remove made %q: %v", file.Bytes(), err)
		}
		for _, deps := range []StringMap{after.Dependencies, after.DevDependencies, after.OptionalDependencies, after.PeerDependencies} {
			if _, ok := deps[name]; ok {
				t.Fatalf("Remove %q left it: %q", name, file.Bytes())
			}
		}
	})
}

// quoteRoundTrip is s with invalid UTF-8 replaced as JSON must.
func quoteRoundTrip(s string) string { return decodeString([]byte(quote(s))) }
