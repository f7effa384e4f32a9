package lockfile

import (
	"errors"
	"strings"
	"testing"
)

// conflicted has alpha in three versions (base 1.0.0, ours 1.1.0, theirs
// 1.10.0), and a package that only one side added.
const conflicted = `{
  "lockfileVersion": 1,
  "packages": {
    "": {},
<<<<<<< HEAD
    "node_modules/alpha": {
      "version": "1.1.0"
    },
    "node_modules/ours": {
      "version": "1.0.0"
    }
||||||| base
    "node_modules/alpha": {
      "version": "1.0.0"
    }
=======
    "node_modules/alpha": {
      "version": "1.10.0"
    },
    "node_modules/theirs": {
      "version": "1.0.0"
    }
>>>>>>> feature
  }
}
`

func TestParseConflict(t *testing.T) {
	twoWay := conflicted[:strings.Index(conflicted, "|||||||")] + conflicted[strings.Index(conflicted, "======="):]
	for name, text := range map[string]string{
		"diff3": conflicted, "merge": twoWay, "CRLF": strings.ReplaceAll(conflicted, "\n", "\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Parse([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if !l.Merged {
				t.Error("Merged is not set")
			}
			if got := l.Packages["node_modules/alpha"].Version; got != "1.10.0" {
				t.Errorf("alpha is %s", got)
			}
			if l.Packages["node_modules/ours"] == nil || l.Packages["node_modules/theirs"] == nil {
				t.Errorf("not the union: %v", l.Locations())
			}
		})
	}
}

func TestParseBadConflict(t *testing.T) {
	for name, text := range map[string]string{
		"no end":         conflicted[:strings.Index(conflicted, ">>>>>>>")],
		"no middle":      strings.Replace(conflicted, "=======", "", 1),
		"nested":         strings.Replace(conflicted, "=======", "<<<<<<< x", 1),
		"theirs is torn": strings.Replace(conflicted, `"1.10.0"`, `"1.10.0`, 1),
	} {
		_, err := Parse([]byte(text))
		if err == nil {
			t.Errorf("%s: was accepted", name)
			continue
		}
		requireTyped(t, err)
	}
	_, err := Parse([]byte(strings.Replace(conflicted, `"1.10.0"`, `"1.10.0`, 1)))
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || !strings.Contains(err.Error(), "their side") {
		t.Errorf("the error does not name the side: %v", err)
	}
}

func lock(packages map[string]*Package) *Lockfile { return &Lockfile{Packages: packages} }

func TestMergeThreeWay(t *testing.T) {
	v := func(v string) *Package { return &Package{Version: v} }
	const a = "node_modules/a"
	for _, tt := range []struct {
		name               string
		base, ours, theirs *Package
		want               string // "" for gone
	}{
		{"only they changed, downwards", v("2.0.0"), v("2.0.0"), v("1.0.0"), "1.0.0"},
		{"only we changed, downwards", v("2.0.0"), v("1.0.0"), v("2.0.0"), "1.0.0"},
		{"both changed", v("1.0.0"), v("1.2.0"), v("1.10.0"), "1.10.0"},
		{"both changed, prerelease", v("1.0.0"), v("2.0.0"), v("2.0.0-rc.1"), "2.0.0"},
		{"we removed", v("1.0.0"), nil, v("1.0.0"), ""},
		{"they removed", v("1.0.0"), v("1.0.0"), nil, ""},
		{"we removed, they changed", v("1.0.0"), nil, v("1.1.0"), "1.1.0"},
		{"both added, no versions", nil, v("x"), v("y"), "x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			side := func(p *Package) *Lockfile {
				if p == nil {
					return lock(map[string]*Package{"": {}})
				}
				return lock(map[string]*Package{"": {}, a: p})
			}
			m := Merge(side(tt.base), side(tt.ours), side(tt.theirs))
			got := ""
			if p := m.Packages[a]; p != nil {
				got = p.Version
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMergeClosureAndRegistries(t *testing.T) {
	ours, theirs := sample(), sample()
	if Merge(nil, ours, theirs).Closure != sampleCID {
		t.Error("equal sides lost their closure")
	}
	theirs.Packages["node_modules/new"] = &Package{Version: "1.0.0"}
	r := theirs.Registries[DefaultRegistry]
	r.Sequence++
	theirs.Registries[DefaultRegistry] = r
	m := Merge(nil, ours, theirs)
	if m.Closure != "" {
		t.Error("a closure for packages it does not hold")
	}
	if m.Registries[DefaultRegistry].Sequence != r.Sequence {
		t.Error("the older registry state won")
	}
	if _, err := m.Encode(); err != nil {
		t.Error(err)
	}
}

// A merge never makes a lockfile that cannot be written.
func TestMergeDropsDangling(t *testing.T) {
	link := map[string]*Package{"": {}, "node_modules/x": {Link: true, Resolved: "../x"}, "../x": {}, "../x/node_modules/y": {Version: "1.0.0"}}
	m := Merge(lock(link), lock(map[string]*Package{"": {}, "../x/node_modules/y": {Version: "2.0.0"}}), lock(link))
	if _, err := m.Encode(); err != nil {
		t.Fatal(err)
	}
	if len(m.Packages) != 1 {
		t.Fatalf("left: %v", m.Locations())
	}
}

// One side moves a package to the root or removes the one that it is in, while
// the other changes something else.
func TestMergeNested(t *testing.T) {
	const a, b, inner, deep = "node_modules/a", "node_modules/b", "node_modules/a/node_modules/b", "node_modules/a/node_modules/b/node_modules/c"
	v := func(v string) *Package { return &Package{Version: v} }
	base := lock(map[string]*Package{"": {}, a: v("1.0.0"), inner: v("1.0.0")})
	for name, tt := range map[string]struct {
		ours, theirs map[string]*Package
		want         string
	}{
		"we hoist, they add": {map[string]*Package{"": {}, a: v("1.0.0"), b: v("1.0.0")},
			map[string]*Package{"": {}, a: v("1.0.0"), inner: v("1.0.0"), "node_modules/x": v("1.0.0")}, " a b x"},
		"both hoist": {map[string]*Package{"": {}, a: v("1.0.0"), b: v("1.0.0")},
			map[string]*Package{"": {}, a: v("1.0.0"), b: v("1.1.0")}, " a b"},
		"we hoist, they bump it where it was": {map[string]*Package{"": {}, a: v("1.0.0"), b: v("1.0.0")},
			map[string]*Package{"": {}, a: v("1.0.0"), inner: v("1.1.0")}, " a a/b b"},
		"we remove the outer, they bump the inner": {map[string]*Package{"": {}},
			map[string]*Package{"": {}, a: v("1.0.0"), inner: v("1.1.0"), deep: v("1.0.0")}, " "},
	} {
		t.Run(name, func(t *testing.T) {
			m := Merge(base, lock(tt.ours), lock(tt.theirs))
			have := strings.ReplaceAll(strings.Join(m.Locations(), " "), "node_modules/", "")
			if strings.TrimSpace(have) != strings.TrimSpace(tt.want) {
				t.Errorf("have %q, want %q", have, tt.want)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	old, new := sample(), sample()
	delete(new.Packages, "node_modules/git")
	new.Packages["node_modules/zeta"] = &Package{Version: "1.0.0"}
	new.Packages["node_modules/@acme/b"] = &Package{Name: "beta", Version: "2.0.1", Integrity: sampleIntegrity}
	new.Packages["node_modules/alpha"].CID = "" // unknown is no difference
	new.Packages["node_modules/alpha"].Dev = false
	new.Packages[""].Version = "9.9.9"
	var got []string
	for _, c := range Diff(old, new) {
		got = append(got, string(c.Kind)+" "+c.Location+" "+c.Name)
	}
	want := "changed node_modules/@acme/b beta,removed node_modules/git git,added node_modules/zeta zeta"
	if strings.Join(got, ",") != want {
		t.Fatalf("got %v", got)
	}
	if n := len(Diff(nil, old)); n != len(old.Packages)-1 {
		t.Errorf("%d additions from nothing", n)
	}
	if d := Diff(old, old); len(d) != 0 {
		t.Errorf("differs from itself: %v", d)
	}
}

func TestNameOf(t *testing.T) {
	for location, want := range map[string]string{
		"":                                  "",
		"node_modules/a":                    "a",
		"node_modules/a/node_modules/@s/x":  "@s/x",
		"packages/w":                        "w",
		"w":                                 "w",
		"packages/@s/w":                     "@s/w",
		"@s/w":                              "@s/w",
		"packages/w/node_modules/@acme/b":   "@acme/b",
		"not_node_modules/x":                "x",
		"my_node_modules/node_modules/deep": "deep",
	} {
		if got := NameOf(location); got != want {
			t.Errorf("NameOf(%q) = %q, want %q", location, got, want)
		}
	}
}
