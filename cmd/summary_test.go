package cmd

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
)

func TestTotals(t *testing.T) {
	one := []install.Change{{Name: "a"}}
	for want, r := range map[string]*install.Result{
		"up to date, 1 package":               {Kept: 1},
		"up to date, 0 packages":              {},
		"added 1 package":                     {Added: one},
		"added 1 package, removed 1 package":  {Added: one, Removed: one},
		"changed 1 package, kept 3":           {Changed: one, Kept: 3},
		"added 2 packages, changed 1 package": {Added: append(one, one...), Changed: one},
		"removed 2 packages, kept 1":          {Removed: append(one, one...), Kept: 1},
	} {
		if got := totals(&outcome{result: r}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWordsForPeople(t *testing.T) {
	for want, n := range map[string]int64{"0 B": 0, "999 B": 999, "1.0 kB": 1000, "1.5 MB": 1_500_000, "2.25 GB": 2_250_000_000} {
		if got := size(n); got != want {
			t.Errorf("size %q, want %q", got, want)
		}
	}
	for want, d := range map[string]time.Duration{"<1 ms": 20 * time.Microsecond, "3 ms": 3 * time.Millisecond, "1.5 s": 1500 * time.Millisecond} {
		if got := took(d); got != want {
			t.Errorf("took %q, want %q", got, want)
		}
	}
	for want, d := range map[string]time.Duration{"5s": 5 * time.Second, "90 min": 90 * time.Minute, "5 h": 5 * time.Hour, "3 days": 80 * time.Hour} {
		if got := age(d); got != want {
			t.Errorf("age %q, want %q", got, want)
		}
	}
	usage := []ipfsstore.Usage{{Source: "local store", Bytes: 10}, {Source: "silent"}, {Source: "registry.example", Bytes: 2000}}
	if got := usageLine(usage); got != "from local store 10 B · registry.example 2.0 kB" {
		t.Errorf("usage %q", got)
	}
	if got := usageLine(nil); got != "" {
		t.Errorf("usage of nothing %q", got)
	}
}

func TestLeftOut(t *testing.T) {
	got := leftOut([]install.Skipped{
		{Name: "mac", Version: "1.0.0", Reason: &install.PlatformError{}},
		{Name: "gone", Version: "2.0.0", Reason: errors.New("404")},
	})
	if want := []string{"optional gone@2.0.0 was left out: 404"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPackageName(t *testing.T) {
	for _, test := range [...]struct {
		location, name, want string
	}{
		{"node_modules/a", "", "a"},
		{"node_modules/@s/a", "", "@s/a"},
		{"node_modules/a/node_modules/@s/b", "", "@s/b"},
		{"packages/lib", "", "packages/lib"},
		{"node_modules/old", "react", "react"},
	} {
		if got := packageName(test.location, &lockfile.Package{Name: test.name}); got != test.want {
			t.Errorf("%s (%s): %s, want %s", test.location, test.name, got, test.want)
		}
	}
}

func TestBundledLocation(t *testing.T) {
	for file, want := range map[string]string{
		"node_modules/a/package.json":                 "node_modules/a",
		"node_modules/@s/a/package.json":              "node_modules/@s/a",
		"node_modules/a/node_modules/b/package.json":  "node_modules/a/node_modules/b",
		"package.json":                                "",
		"node_modules/a/lib/package.json":             "",
		"lib/node_modules/a/package.json":             "",
		"node_modules/a/index.js":                     "",
		"node_modules/@s/package.json":                "",
		"node_modules/../package.json":                "",
		"node_modules/a/node_modules/../package.json": "",
		"node_modules/.bin/package.json":              "",
	} {
		if got, ok := bundledLocation(file); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v, want %q", file, got, ok, want)
		}
	}
}

func TestSameIntegrity(t *testing.T) {
	for _, test := range [...]struct {
		a, b string
		want bool
	}{
		{"sha512-x", "sha512-x", true},
		{"sha512-x", "sha512-y", false},
		{"sha1-a sha512-x", "sha512-x", true},
		{"", "", false},
		{"sha1-a", "sha512-x", false},
	} {
		if got := sameIntegrity(test.a, test.b); got != test.want {
			t.Errorf("%q, %q: %v", test.a, test.b, got)
		}
	}
}

func TestGetenv(t *testing.T) {
	s := Streams{Env: []string{"A=1", "=C:=C:\\x", "B=", "A=2", "NOTHING"}}
	for key, want := range map[string]string{"A": "2", "B": "", "C": "", "NOTHING": ""} {
		if got := s.Getenv(key); got != want {
			t.Errorf("%s=%q, want %q", key, got, want)
		}
	}
}

func TestRegistryName(t *testing.T) {
	for name, want := range map[string]bool{
		"team": true, "a.b-c_d": true, "0": true, "": false, "../x": false, "A": false, ".hidden": false, "a/b": false,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": false,
	} {
		if got := registryName.MatchString(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
