package lockfile

import "testing"

// Published packages have odd texts; a lockfile holds them all the same.
func TestQuotesOfPackages(t *testing.T) {
	l := &Lockfile{Packages: map[string]*Package{
		"": {Name: "p", Dependencies: map[string]string{"a": "1"}},
		"node_modules/a": {
			Version: "1.0.0", License: "MIT\nas in LICENSE\x07", Deprecated: "old\x1b[2J",
			Dependencies: map[string]string{"b": "^1.0.0\t"}, Engines: map[string]string{"node": ">=1\n"},
		},
		"node_modules/b": {Version: "1.0.0"},
	}}
	data, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range data {
		if c < ' ' && c != '\n' {
			t.Fatalf("the file holds the control character %q", c)
		}
	}
	back, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range [...][2]string{
		{back.Packages["node_modules/a"].License, "MIT\nas in LICENSE\x07"},
		{back.Packages["node_modules/a"].Dependencies["b"], "^1.0.0\t"},
	} {
		if got[0] != got[1] {
			t.Errorf("%q came back as %q", got[1], got[0])
		}
	}
}
