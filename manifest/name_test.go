package manifest

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestNamesAgreeWithNPM compares with what validate-npm-package-name of npm
// 12.2 says: [valid for old packages, for new ones].
func TestNamesAgreeWithNPM(t *testing.T) {
	data, err := os.ReadFile("testdata/names.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden map[string][2]bool
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for name, want := range golden {
		if name == "@a/node_modules" { // would make a nested node_modules
			want = [2]bool{}
		}
		if name == "http" { // names of Node's own modules stay publishable here
			want[1] = true
		}
		if got := ValidateName(name) == nil; got != want[0] {
			t.Errorf("ValidateName(%q) = %v, npm %v", name, got, want[0])
		}
		if got := ValidateNewName(name) == nil; got != want[1] {
			t.Errorf("ValidateNewName(%q) = %v, npm %v", name, got, want[1])
		}
	}
}

func TestNamesThatArePaths(t *testing.T) {
	for _, name := range []string{"..", ".", "@../x", "@./x", "@a/..", "@a/.", "@a/.bin", "/etc", "a/../b", `a\b`, "@a/b/..", strings.Repeat("a", 256)} {
		err := ValidateName(name)
		if _, ok := errors.AsType[*NameError](err); !ok {
			t.Errorf("ValidateName(%q) = %v, want a *NameError", name, err)
		}
	}
}

func TestCompareNamesIsLocaleCompare(t *testing.T) {
	// As ["…"].sort((a, b) => a.localeCompare(b, "en")) of Node 22 has it.
	want := []string{"_x", "@a/b", "@A/b", "@babel/cli", "@babel/core", "@types/node", "0", "9x",
		"a", "A", "a_b", "a-b", "a-bc", "a.b", "a/b", "a1", "a10", "a2", "ab", "aB", "Ab", "AB",
		"ab-c", "abc", "b", "B", "json", "jsonstream", "JSONStream", "lodash", "lodash_x",
		"lodash-es", "lodash.get", "react", "react-dom", "React-dom", "reactDom", "x9"}
	got := slices.Clone(want)
	slices.Sort(got)
	slices.SortFunc(got, compareNames)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestBins(t *testing.T) {
	for _, test := range []struct {
		json string
		want map[string]string
	}{
		{`{"name":"x","bin":"cli.js"}`, map[string]string{"x": "cli.js"}},
		{`{"name":"@s/x","bin":"./cli.js"}`, map[string]string{"x": "cli.js"}},
		{`{"bin":"cli.js"}`, nil},
		{`{"name":"x","bin":{"a":"../../etc/passwd"}}`, map[string]string{"a": "etc/passwd"}},
		{`{"name":"x","bin":{"../../a":"a.js"}}`, map[string]string{"a": "a.js"}},
		{`{"name":"x","bin":{"C:\\a":"b\\c.js"}}`, map[string]string{"a": "b/c.js"}},
		{`{"name":"x","bin":{"..":"a.js",".":"a.js","/":"a","a":"","b":"/","c":1,"d":"x\u0000y"}}`, nil},
		{`{"name":"x","bin":{"@s/a":"a.js"}}`, map[string]string{"a": "a.js"}},
		{`{"name":"x","bin":["./bin/a","b/"]}`, map[string]string{"a": "bin/a", "b": "b"}},
		{`{"name":"x","bin":true}`, nil},
		{`{"name":"x"}`, nil},
	} {
		m, err := Parse([]byte(test.json))
		if err != nil {
			t.Errorf("%s: %v", test.json, err)
			continue
		}
		if got := m.Bins(); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.json, got, test.want)
		}
	}
}
