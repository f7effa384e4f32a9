package npmrange

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

func mustParse(tb testing.TB, s string, o Options) *Range {
	tb.Helper()
	r, err := Parse(s, o)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

func TestParse(t *testing.T) {
	loose, pre := Options{Loose: true}, Options{IncludePrerelease: true}
	tests := []struct {
		in   string
		opts Options
		want string
	}{
		{"", Options{}, ""},
		{"*", Options{}, ""},
		{">=0.0.0", Options{}, ""},
		{">=0.0.0", pre, ">=0.0.0"},
		{"1.2.3", Options{}, "1.2.3"},
		{"=v1.2.3+build", Options{}, "1.2.3"},
		{"1", Options{}, ">=1.0.0 <2.0.0-0"},
		{"1.2.x", Options{}, ">=1.2.0 <1.3.0-0"},
		{"1.2.x", pre, ">=1.2.0-0 <1.3.0-0"},
		{"^1.2.3", Options{}, ">=1.2.3 <2.0.0-0"},
		{"^0.2.3", Options{}, ">=0.2.3 <0.3.0-0"},
		{"^0.0.3", Options{}, ">=0.0.3 <0.0.4-0"},
		{"^0.0", Options{}, "<0.1.0-0"},
		{"^1.2.3-beta.2", Options{}, ">=1.2.3-beta.2 <2.0.0-0"},
		{"~1.2", pre, ">=1.2.0-0 <1.3.0-0"},
		{"~> 1.2.3", Options{}, ">=1.2.3 <1.3.0-0"},
		{"> 1 < 3", Options{}, ">=2.0.0 <3.0.0-0"},
		{"<=1.2", Options{}, "<1.3.0-0"},
		{"1.2 - 2.3", Options{}, ">=1.2.0 <2.4.0-0"},
		{"1.2.3 - 2.3.4", Options{}, ">=1.2.3 <=2.3.4"},
		{"1.2.3 - 2.3.4", pre, ">=1.2.3-0 <2.3.5-0"},
		{"1 || 2.0.0", Options{}, ">=1.0.0 <2.0.0-0||2.0.0"},
		{"1 || *", Options{}, ""},
		{"<x || 1.0.0", Options{}, "1.0.0"},
		{"<x || >*", Options{}, "<0.0.0-0"},
		{"1.0.0 1.0.0 >=0", Options{}, "1.0.0"},
		{">=01.02.03beta", loose, ">=1.2.3-beta"},
		{"1.2.34.5", loose, "1.2.3-4.5"},
		{">=1 nonsense", loose, ">=1.0.0"},
		{"1.2.3*", Options{}, "1.2.3"}, // sic
		{"\u00a01.2.3\t||\n2.0.0", Options{}, "1.2.3||2.0.0"},
	}
	for _, tt := range tests {
		r, err := Parse(tt.in, tt.opts)
		if err != nil {
			t.Errorf("Parse(%q, %+v): %v", tt.in, tt.opts, err)
			continue
		}
		if got := r.String(); got != tt.want {
			t.Errorf("Parse(%q, %+v) = %q, want %q", tt.in, tt.opts, got, tt.want)
		}
		if r.IsAny() != (tt.want == "") || r.Raw() != tt.in {
			t.Errorf("Parse(%q): IsAny %v, Raw %q", tt.in, r.IsAny(), r.Raw())
		}
	}
}

func TestParseInvalid(t *testing.T) {
	tests := []struct {
		in   string
		opts Options
	}{
		{"latest", Options{}},
		{"latest", Options{Loose: true}},
		{">=1, <2", Options{}},
		{"01.2.3", Options{}},
		{"1.x.3", Options{}},
		{"1 || foo", Options{}},
		{"1.2.9007199254740992", Options{Loose: true}},
		{">" + strings.Repeat("0", 300) + ".1.2", Options{}},
		{strings.Repeat("1 ", maxRange), Options{}},
		{"1.2.3-" + strings.Repeat("a", 251), Options{}},
		{"1.2.3\x00", Options{}},
		{"\xff\xfe", Options{}},
	}
	for _, tt := range tests {
		r, err := Parse(tt.in, tt.opts)
		invalid, ok := errors.AsType[*InvalidError](err)
		if !ok {
			t.Errorf("Parse(%.40q) = %v, %v; want an *InvalidError", tt.in, r, err)
		} else if invalid.Kind != "range" || len(invalid.Error()) > 300 {
			t.Errorf("Parse(%.40q): error %q", tt.in, invalid)
		}
	}
}

func TestPrereleases(t *testing.T) {
	tests := []struct {
		in, version string
		want, all   bool // all: with IncludePrerelease
	}{
		{"^1.2.3", "1.3.0-beta", false, true},
		{"^1.2.3", "2.0.0-beta", false, false},
		{"^1.2.3-alpha", "1.2.3-beta", true, true},
		{"^1.2.3-alpha", "1.2.4-beta", false, true},
		{"*", "1.0.0-rc.1", false, true},
		{">=1.0.0-rc.2", "1.0.0-rc.10", true, true},
		{"<2", "2.0.0-0", false, false},
		{"1.2.3", "1.2.3+build", true, true},
		{"1.2.3", "not a version", false, false},
	}
	for _, tt := range tests {
		for inc, want := range map[bool]bool{false: tt.want, true: tt.all} {
			r := mustParse(t, tt.in, Options{IncludePrerelease: inc})
			if got := r.TestString(tt.version); got != want {
				t.Errorf("%q (prereleases: %v) with %s: %v", tt.in, inc, tt.version, got)
			}
		}
	}
	if mustParse(t, "*", Options{}).Test(nil) {
		t.Error("nil satisfies *")
	}
}

func TestParseVersion(t *testing.T) {
	tests := []struct {
		in    string
		loose bool
		want  string // empty: invalid
	}{
		{"1.2.3", false, "1.2.3"},
		{" v1.2.3-a.1+b.01 ", false, "1.2.3-a.1+b.01"},
		{"=1.2.3", false, ""},
		{"=1.2.3", true, "1.2.3"},
		{"1.2.3beta", true, "1.2.3-beta"},
		{"01.2.3-01", true, "1.2.3-1"},
		{"1.2", true, ""},
		{"1.2.x", true, ""},
		{"1.2.3-01", false, ""},
		{"1.2.3+", true, ""},
		{"1.2.9007199254740991", false, "1.2.9007199254740991"},
		{"1.2.9007199254740992", false, ""},
		{"1.2.3-18446744073709551616", false, "1.2.3-18446744073709551616"},
		{strings.Repeat(" ", 252) + "1.2.3", false, ""},
		{"1.2.3-" + strings.Repeat("a", 250), false, "1.2.3-" + strings.Repeat("a", 250)},
	}
	for _, tt := range tests {
		v, err := ParseVersion(tt.in, tt.loose)
		if tt.want == "" {
			if _, ok := errors.AsType[*InvalidError](err); !ok {
				t.Errorf("ParseVersion(%q, %v) = %v, %v", tt.in, tt.loose, v, err)
			}
			continue
		}
		if err != nil {
			t.Error(err)
		} else if v.String() != tt.want || v.Original() != tt.want {
			t.Errorf("ParseVersion(%q, %v) = %s (%q), want %s", tt.in, tt.loose, v, v.Original(), tt.want)
		}
	}
}

// TestOrder is the order of semver's specification, and what JavaScript's
// numbers make of it.
func TestOrder(t *testing.T) {
	ordered := strings.Fields(`0.0.0-0 0.0.0 1.0.0--1 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta
		1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1 1.2.0 1.10.0 2.0.0-9 2.0.0-10
		2.0.0-18446744073709551616 2.0.0-28446744073709551616 2.0.0-A 2.0.0-a 2.0.0`)
	var vs []*semver.Version
	for _, s := range ordered {
		v, err := ParseVersion(s, false)
		if err != nil {
			t.Fatal(err)
		}
		vs = append(vs, v)
	}
	for i, a := range vs {
		for j, b := range vs {
			if got, want := Compare(a, b), compareInts(i, j); got != want {
				t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, want)
			}
		}
	}
	r := mustParse(t, "1", Options{})
	if max := MaxSatisfying(vs, r); max == nil || max.String() != "1.10.0" {
		t.Errorf("MaxSatisfying(1) = %v", max)
	}
	if max := MaxSatisfying(vs, mustParse(t, "3", Options{})); max != nil {
		t.Errorf("MaxSatisfying(3) = %v", max)
	}
	got := mustParse(t, "<=1.2 || 2.0.0-9", Options{}).Filter(append(ordered, "1.0.1+b", "junk"))
	if want := strings.Fields("2.0.0-9 1.2.0 1.0.1 1.0.1+b 1.0.0 0.0.0"); !slices.Equal(got, want) {
		t.Errorf("Filter = %v, want %v", got, want)
	}
}

func compareInts(a, b int) int {
	return boolCompare(a > b, b > a)
}

func TestMinVersion(t *testing.T) {
	for in, want := range map[string]string{
		"*": "0.0.0", "^1.2.3": "1.2.3", ">1.2.3": "1.2.4", ">1.2.3-a": "1.2.3-a.0", "<0.0.0-1": "0.0.0-0",
		">2 || >1 <1.5": "", ">4 <3": "", "<0.0.0-0": "",
	} {
		got := ""
		if v := MinVersion(mustParse(t, in, Options{})); v != nil {
			got = v.String()
		}
		if got != want {
			t.Errorf("MinVersion(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRelations(t *testing.T) {
	tests := []struct {
		a, b               string
		intersects, subset bool
	}{
		{"^1.2.3", "1.x", true, true},
		{"1.x", "^1.2.3", true, false},
		{"^1", "^2", false, false},
		{"1.5.0", "^1", true, true},
		{"<1 || >=2", "*", true, false}, // sic
		{">=1.2.3-pre", ">=1.0.0", true, false},
		{">1 <1", "5.0.0", false, true},
		{"*", "1.2.3-a", true, false},
		{"1.2.3-a", "*", false, false},
	}
	for _, tt := range tests {
		a, b := mustParse(t, tt.a, Options{}), mustParse(t, tt.b, Options{})
		if got := Intersects(a, b); got != tt.intersects {
			t.Errorf("Intersects(%q, %q) = %v", tt.a, tt.b, got)
		}
		if got := Subset(a, b); got != tt.subset {
			t.Errorf("Subset(%q, %q) = %v", tt.a, tt.b, got)
		}
	}
}

func TestCoerceAndClean(t *testing.T) {
	for in, want := range map[string]string{
		"v20": "20.0.0", "node 4.3 or so": "4.3.0", "1.2.3.4": "1.2.3", "none": "", "01.2": "",
		"12345678901234567.8": "8.0.0",
	} {
		got := ""
		if v := Coerce(in); v != nil {
			got = v.String()
		}
		if got != want {
			t.Errorf("Coerce(%q) = %q, want %q", in, got, want)
		}
	}
	if v := CoerceWith("1.2.3.4-rc.1", CoerceOptions{RTL: true, IncludePrerelease: true}); v == nil || v.String() != "2.3.4-rc.1" {
		t.Errorf("rightmost: %v", v)
	}
	if got, ok := Clean(" =v1.2.3+b ", false); got != "1.2.3" || !ok {
		t.Errorf("Clean: %q, %v", got, ok)
	}
	if _, ok := Clean("1.2", false); ok {
		t.Error("Clean took 1.2 for a version")
	}
}
