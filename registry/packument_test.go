package registry

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

const abbreviated = `{
 "name": "@s/demo", "modified": "2024-01-01T00:00:00.000Z",
 "dist-tags": {"latest": "2.0.0", "gone": "9.9.9", "odd": 7},
 "versions": {
  "1.0.0": {"name":"@s/demo","version":"1.0.0","deprecated":"use 2",
    "dependencies":{"b":"^1","opt":"*"},"optionalDependencies":{"opt":"*"},
    "bin":"./cli.js","_hasShrinkwrap":false,"funding":"x","devDependencies":{"t":"1"},
    "dist":{"integrity":"sha512-AAAA","shasum":"aa","tarball":"demo-1.0.0.tgz","fileCount":3,"unpackedSize":99,
            "signatures":[{"sig":"S","keyid":"K"}]}},
  "2.0.0": {"name":"liar","version":"3.0.0","deprecated":false,"os":["linux"],"cpu":"x64",
    "peerDependencies":{"p":">=1"},"peerDependenciesMeta":{"p":{"optional":true},"q":{"optional":false}},
    "bundledDependencies":["b"],"hasInstallScript":true,"engines":{"node":">=18"},
    "dist":{"integrity":"sha512-BBBB"}},
  "not a version": {}, "../1": {}, "4.0.0": "string"
 },
 "time": {"created":"2020-01-01T00:00:00.000Z","1.0.0":"2020-02-03T04:05:06.789Z","2.0.0":7}
}`

func mustParse(t testing.TB, doc string) *Packument {
	t.Helper()
	p, err := Parse([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParse(t *testing.T) {
	p := mustParse(t, abbreviated)
	if p.Name != "@s/demo" {
		t.Errorf("name %q", p.Name)
	}
	if got, want := p.VersionList(), []string{"1.0.0", "2.0.0"}; !slices.Equal(got, want) {
		t.Errorf("versions %v, want %v", got, want)
	}
	if p.DistTags["latest"] != "2.0.0" || p.DistTags["gone"] != "9.9.9" || len(p.DistTags) != 2 {
		t.Errorf("tags %v", p.DistTags)
	}
	if !p.IsDeprecated("1.0.0") || p.IsDeprecated("2.0.0") || p.IsDeprecated("9.9.9") {
		t.Error("deprecation before decoding is wrong")
	}
	want := time.Date(2020, 2, 3, 4, 5, 6, 789e6, time.UTC)
	if at, ok := p.Time("1.0.0"); !ok || !at.Equal(want) {
		t.Errorf("time %v %v", at, ok)
	}
	if _, ok := p.Time("2.0.0"); ok {
		t.Error("a time that is no string counts")
	}
}

func TestVersionIsWhatItWasAskedAs(t *testing.T) {
	v, err := mustParse(t, abbreviated).Version("2.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if v.Name != "@s/demo" || v.Version != "2.0.0" {
		t.Errorf("got %s@%s", v.Name, v.Version)
	}
}

func TestOptionalIsNotRepeated(t *testing.T) {
	v, err := mustParse(t, abbreviated).Version("1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := v.Dependencies["opt"]; ok || v.OptionalDependencies["opt"] != "*" || v.Dependencies["b"] != "^1" {
		t.Errorf("dependencies %v, optional %v", v.Dependencies, v.OptionalDependencies)
	}
	if !v.Time.Equal(time.Date(2020, 2, 3, 4, 5, 6, 789e6, time.UTC)) {
		t.Errorf("time %v", v.Time)
	}
}

func TestMissingVersion(t *testing.T) {
	_, err := mustParse(t, abbreviated).Version("7.0.0")
	if e, ok := errors.AsType[*VersionNotFoundError](err); !ok || e.Version != "7.0.0" {
		t.Errorf("got %v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, doc := range map[string]string{
		"empty":            "",
		"array":            `[]`,
		"no name":          `{"versions":{}}`,
		"name not string":  `{"name":7}`,
		"path for a name":  `{"name":"../x"}`,
		"truncated":        abbreviated[:len(abbreviated)/2],
		"trailing":         `{"name":"x"} {}`,
		"unended string":   `{"name":"x`,
		"no colon":         `{"name" "x"}`,
		"no comma":         `{"name":"x" "y":1}`,
		"versions array":   `{"name":"x","versions":[]}`,
		"tags array":       `{"name":"x","dist-tags":[]}`,
		"too deep":         `{"name":"x","y":` + strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1) + `}`,
		"escape at end":    `{"name":"x\`,
		"missing value":    `{"name":}`,
		"key not a string": `{1:2}`,
	} {
		_, err := Parse([]byte(doc))
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParseKeysWithEscapes(t *testing.T) {
	p := mustParse(t, `{"name":"x","dist-tags":{"a\"\\":"1.0.0"},"versions":{"1\u002e0.0":{"readme":"\\\"}{"}}}`)
	if !p.Has("1.0.0") || p.DistTags[`a"\`] != "1.0.0" {
		t.Errorf("versions %v tags %v", p.VersionList(), p.DistTags)
	}
}

func TestRepeatedKeysLastCounts(t *testing.T) {
	p := mustParse(t, `{"name":"a","name":"b","versions":{"1.0.0":{}},"versions":{"2.0.0":{"license":"x"},"2.0.0":{"license":"y"}}}`)
	v, err := p.Version("2.0.0")
	if err != nil || p.Name != "b" || p.Has("1.0.0") || v.License != "y" {
		t.Errorf("got %q %v %v %v", p.Name, p.VersionList(), v, err)
	}
}
