package manifest

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
)

func extensionsOf(t *testing.T, npm, others string) (*Extensions, error) {
	t.Helper()
	x := &Extensions{}
	if err := x.add(json.RawMessage(npm), false); err != nil {
		return nil, err
	}
	return x, x.add(json.RawMessage(others), true)
}

// The hash is the one that npm 12.2 writes for the same field.
func TestExtensionsHash(t *testing.T) {
	x, err := extensionsOf(t, `{"b@^1": {"dependencies": {"c": "<2 & more", "a": "1"}},
		"a": {"peerDependenciesMeta": {"x": {"optional": true}}, "peerDependencies": {"x": "*"}}}`, "")
	const want = "sha512-oRQ0YimVuAOdJh5blUE8s/lXs/CeB7OuWLk71FfI1S0aF50jzhIuActN8I/Dl15snXfWKmWTyAGpf7/oar8M4A=="
	if err != nil || x.Hash() != want {
		t.Errorf("%s, %v", x.Hash(), err)
	}
	other, err := extensionsOf(t, "", `{"a": {}}`)
	if err != nil || other.Hash() == "" || other.Hash() == want {
		t.Errorf("%s, %v", other.Hash(), err)
	}
	if (&Extensions{}).Hash() != "" || (*Extensions)(nil).Hash() != "" {
		t.Error("no rules have a hash")
	}
}

func TestExtensionsApply(t *testing.T) {
	const pkg = `{"name": "@s/p", "version": "1.2.0", "dependencies": {"a": "1"}, "bundleDependencies": ["a"],
		"peerDependencies": {"r": "16"}, "peerDependenciesMeta": {"r": {"optional": false}}}`
	for rules, test := range map[string]struct {
		others string
		want   string // the fields of the result
		fields map[string][]string
	}{
		`{"@s/p": {"dependencies": {"b": "2"}, "optionalDependencies": {"o": "3"}}}`: {
			want:   `{"dependencies":{"a":"1","b":"2"},"optionalDependencies":{"o":"3"},"peerDependencies":{"r":"16"},"peerDependenciesMeta":{"r":{}}}`,
			fields: map[string][]string{"dependencies": {"b"}, "optionalDependencies": {"o"}}},
		`{"@s/p@^1.1": {"peerDependencies": {"r": "17", "q": "*"}, "peerDependenciesMeta": {"r": {"optional": true}}}, "@s/p@2": {"dependencies": {"x": "1"}}}`: {
			want:   `{"dependencies":{"a":"1"},"peerDependencies":{"q":"*","r":"17"},"peerDependenciesMeta":{"r":{"optional":true}}}`,
			fields: map[string][]string{"peerDependencies": {"q", "r"}, "peerDependenciesMeta": {"r"}}},
		`{"p": {"dependencies": {"b": "2"}}}`: {
			want: `{"dependencies":{"a":"1"},"peerDependencies":{"r":"16"},"peerDependenciesMeta":{"r":{}}}`},
		// pnpm's and Yarn's add what is missing, all that match, and nothing
		// is an error.
		``: {others: `{"@s/p@*": {"dependencies": {"a": "9", "b": "2"}}, "@s/p@1": {"peerDependencies": {"r": "9"}, "peerDependenciesMeta": {"z": {"optional": true}}, "bin": 1}}`,
			want:   `{"dependencies":{"a":"1","b":"2"},"peerDependencies":{"r":"16"},"peerDependenciesMeta":{"r":{}}}`,
			fields: map[string][]string{"dependencies": {"b"}}},
	} {
		x, err := extensionsOf(t, rules, test.others)
		if err != nil {
			t.Errorf("%s: %v", rules, err)
			continue
		}
		m, err := Parse([]byte(pkg))
		if err != nil {
			t.Fatal(err)
		}
		before, _ := json.Marshal(m)
		out, did, err := x.Apply(m)
		if err != nil {
			t.Errorf("%s: %v", rules, err)
			continue
		}
		have, _ := json.Marshal(Manifest{Dependencies: out.Dependencies, OptionalDependencies: out.OptionalDependencies,
			PeerDependencies: out.PeerDependencies, PeerDependenciesMeta: out.PeerDependenciesMeta})
		if string(have) != test.want {
			t.Errorf("%s:\n%s, want\n%s", rules, have, test.want)
		}
		if did == nil != (test.fields == nil) || did != nil && !reflect.DeepEqual(did.Fields, test.fields) {
			t.Errorf("%s: added %+v, want %v", rules, did, test.fields)
		}
		if after, _ := json.Marshal(m); string(after) != string(before) {
			t.Errorf("%s: the manifest itself became %s", rules, after)
		}
	}
}

func TestExtensionErrors(t *testing.T) {
	for rules, code := range map[string]string{
		`[]`:                                   "EEXTENSIONROOT",
		`null`:                                 "EEXTENSIONROOT",
		`{"": {}}`:                             "EEXTENSIONSELECTOR",
		`{"a@": {}}`:                           "EEXTENSIONSELECTOR",
		`{"a@latest": {}}`:                     "EEXTENSIONSELECTOR",
		`{"../a": {}}`:                         "EEXTENSIONSELECTOR",
		`{"a": 1}`:                             "EEXTENSIONVALUE",
		`{"a": {"bin": {}}}`:                   "EEXTENSIONFIELD",
		`{"a": {"dependencies": []}}`:          "EEXTENSIONVALUE",
		`{"a": {"dependencies": {"b": null}}}`: "EEXTENSIONDELETE",
		`{"a": {"peerDependencies": {"b": "-"}}}`:      "EEXTENSIONDELETE",
		`{"a": {"dependencies": {"b": 1}}}`:            "EEXTENSIONVALUE",
		`{"a": {"peerDependenciesMeta": {"b": true}}}`: "EEXTENSIONVALUE",
		`{"a": {}, "a@1": {}}`:                         "EEXTENSIONCONFLICT",
		`{"a": {"dependencies": {"d": "2"}}}`:          "EEXTENSIONDUPDEP",
		`{"a": {"optionalDependencies": {"d": "2"}}}`:  "EEXTENSIONDUPDEP",
		`{"a": {"peerDependenciesMeta": {"b": {}}}}`:   "EEXTENSIONORPHANMETA",
	} {
		x, err := extensionsOf(t, rules, "")
		if err == nil {
			_, _, err = x.Apply(&Manifest{Name: "a", Version: "1.0.0", Dependencies: StringMap{"d": "1"}})
		}
		var bad *ExtensionError
		if !errors.As(err, &bad) || bad.Code() != code {
			t.Errorf("%s: %v, want %s", rules, err, code)
		}
	}
}
