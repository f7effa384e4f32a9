package pick

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

const document = `{
	"name": "foo",
	"dist-tags": {"latest": "1.2.0", "next": "2.0.0-rc.1", "gone": "9.9.9"},
	"versions": {
		"1.0.0": {},
		"1.1.0": {"deprecated": "broken"},
		"1.2.0": {"engines": {"node": ">=18"}},
		"1.3.0": {"engines": {"node": ">=22"}},
		"2.0.0-rc.1": {"deprecated": "use 2.0.0"},
		"3.0.0": {"deprecated": "no", "engines": {"node": ">=18"}},
		"3.1.0": {"engines": {"node": ">=99"}}
	},
	"time": {
		"1.0.0": "2020-01-01T00:00:00.000Z", "1.1.0": "2021-01-01T00:00:00.000Z",
		"1.2.0": "2022-01-01T00:00:00.000Z", "1.3.0": "2023-01-01T00:00:00.000Z"
	}
}`

func parse(tb testing.TB, doc string) *registry.Packument {
	tb.Helper()
	p, err := registry.Parse([]byte(doc))
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func spec(tb testing.TB, raw string) manifest.Spec {
	tb.Helper()
	s, err := manifest.ParseSpec("foo", raw)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestVersion(t *testing.T) {
	node20 := Options{NodeVersion: "20.20.2"}
	tests := []struct {
		name, spec string
		options    Options
		want       string
	}{
		{"latest before higher", "^1.0.0", Options{}, "1.2.0"},
		{"any is latest", "", Options{}, "1.2.0"},
		{"range without latest", ">1.2.0 <2", Options{}, "1.3.0"},
		{"engine passed over", "^1", Options{DefaultTag: "next", NodeVersion: "20.0.0"}, "1.2.0"},
		{"deprecated passed over", "<=1.1", Options{}, "1.0.0"},
		{"only a deprecated one", "~1.1.0", Options{}, "1.1.0"},
		{"deprecated before wrong engine", "3", node20, "3.0.0"},
		{"a tag as it is", "next", Options{}, "2.0.0-rc.1"},
		{"a version as it is", "=v3.1.0", node20, "3.1.0"},
		{"before", "^1", Options{Before: day("2021-06-01")}, "1.0.0"},
		{"before does not hide the undated", "*", Options{Before: day("2019-01-01"), NodeVersion: "100.0.0"}, "3.1.0"},
		{"a tag that is hidden", "latest", Options{Before: day("2021-06-01")}, "1.0.0"},
		{"excluded from before", "^1", Options{Before: day("2020-06-01"), BeforeExclude: []string{"f*"}}, "1.2.0"},
		{"avoid", "^1", Options{Avoid: ">=1.2"}, "1.0.0"},
		{"avoid in vain", "~1.2", Options{Avoid: "*"}, "1.2.0"},
		{"alias", "npm:foo@1.0.0", Options{}, "1.0.0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Version(parse(t, document), spec(t, tt.spec), tt.options)
			if err != nil {
				t.Fatal(err)
			}
			if v.Version != tt.want {
				t.Errorf("%q picks %s, want %s", tt.spec, v.Version, tt.want)
			}
		})
	}
}

func TestNoVersion(t *testing.T) {
	tests := []struct {
		name, spec string
		options    Options
		kind       Kind
		near       string
		hidden     string
		says       string
	}{
		{"range", "^4", Options{}, TargetMissing, "3.1.0 3.0.0 1.3.0 1.2.0 1.1.0", "", `no version of foo matches "^4"; there are 3.1.0, `},
		{"version", "1.9.0", Options{}, TargetMissing, "1.3.0 1.2.0 1.1.0 1.0.0", "", "latest is 1.2.0"},
		{"only prereleases of the major", "2.0.0", Options{}, TargetMissing, "2.0.0-rc.1", "", "there are 2.0.0-rc.1"},
		{"tag", "lates", Options{}, TargetMissing, "3.1.0 3.0.0 1.3.0 1.2.0 1.1.0", "", "did you mean the tag latest?"},
		{"tag of a missing version", "gone", Options{}, TargetMissing, "3.1.0 3.0.0 1.3.0 1.2.0 1.1.0", "", "there are"},
		{"hidden", "~1.3", Options{Before: day("2021-06-01")}, TargetMissing, "1.1.0 1.0.0", "1.3.0", "1.3.0 was published after 2021-06-01T00:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Version(parse(t, document), spec(t, tt.spec), tt.options)
			e, ok := errors.AsType[*NoVersionError](err)
			if !ok {
				t.Fatalf("%v, %v", v, err)
			}
			if e.Kind != tt.kind || e.Hidden != tt.hidden || e.BeforeHid != (tt.hidden != "") || strings.Join(e.Near, " ") != tt.near {
				t.Errorf("%+v", e)
			}
			if !strings.Contains(e.Error(), tt.says) {
				t.Errorf("%q does not say %q", e, tt.says)
			}
		})
	}
}

func TestNoVersions(t *testing.T) {
	_, err := Version(parse(t, `{"name":"foo"}`), spec(t, "*"), Options{})
	if e, ok := errors.AsType[*NoVersionError](err); !ok || e.Kind != NoVersions {
		t.Errorf("%v", err)
	}
}

func TestWrongSpec(t *testing.T) {
	_, err := Version(parse(t, document), spec(t, "file:../foo"), Options{})
	if _, ok := errors.AsType[*SpecError](err); !ok {
		t.Errorf("%v", err)
	}
}

// FuzzVersion checks on arbitrary documents that what is picked for a range is
// in the document and satisfies it.
func FuzzVersion(f *testing.F) {
	for _, s := range []string{"", "^1", "latest", "gone", "1.1.0", ">=2.0.0-0", "npm:foo@3"} {
		f.Add([]byte(document), s, "20.0.0", int64(1_600_000_000))
		f.Add([]byte(document), s, "", int64(0))
	}
	f.Fuzz(func(t *testing.T, doc []byte, raw, node string, before int64) {
		p, err := registry.Parse(doc)
		if err != nil {
			return
		}
		s, err := manifest.ParseSpec(p.Name, raw)
		if err != nil {
			return
		}
		o := Options{NodeVersion: node, Before: time.Unix(before, 0)}
		v, err := Version(p, s, o)
		if err != nil {
			_ = err.Error()
			return
		}
		if !slices.Contains(p.VersionList(), v.Version) {
			t.Fatalf("%s is not in the document", v.Version)
		}
		s = s.Target()
		if text := strings.TrimSpace(s.Fetch); s.Kind == manifest.KindRange && text != "" && text != "*" {
			r, err := npmrange.Parse(text, npmrange.Options{Loose: true})
			if err != nil || !r.TestString(v.Version) {
				t.Fatalf("%s does not satisfy %q: %v", v.Version, text, err)
			}
		}
	})
}

// BenchmarkVersion picks from 1,000 versions, parsed afresh so that what is
// decoded counts.
func BenchmarkVersion(b *testing.B) {
	var doc strings.Builder
	doc.WriteString(`{"name":"foo","dist-tags":{"latest":"9.9.9"},"versions":{`)
	for i := range 1000 {
		fmt.Fprintf(&doc, `"%d.%d.%d":{"engines":{"node":">=4"},"dependencies":{"a":"^1"}},`, i/100, i/10%10, i%10)
	}
	doc.WriteString(`"10.0.0":{}}}`)
	o := Options{NodeVersion: "20.0.0", NPMVersion: "12.2.0"}
	for _, raw := range []string{"^9.0.0", "^4.0.0", "4.5.6"} {
		b.Run(raw, func(b *testing.B) {
			p, s := parse(b, doc.String()), spec(b, raw)
			p.VersionList()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Version(p, s, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
