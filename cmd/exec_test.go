package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestChooseBin(t *testing.T) {
	tests := map[string]struct {
		arg  string
		bins map[string]string
		want string // "" for an error
	}{
		"the only one":                 {"a", map[string]string{"x": "cli.js"}, "x"},
		"the one of its name":          {"a", map[string]string{"a": "a.js", "x": "x.js"}, "a"},
		"the one of its name, scoped":  {"@s/a@1", map[string]string{"a": "a.js", "x": "x.js"}, "a"},
		"two names of one file":        {"a", map[string]string{"y": "cli.js", "x": "cli.js"}, "x"},
		"several and none of its name": {"a", map[string]string{"y": "y.js", "x": "x.js"}, ""},
		"none":                         {"a", nil, ""},
		"of an alias":                  {"b@npm:a@1", map[string]string{"b": "b.js", "a": "a.js"}, "b"},
		"no spec":                      {"no spec", map[string]string{"a": "a.js"}, ""},
	}
	for name, test := range tests {
		got, err := chooseBin(test.arg, test.bins)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
		if err != nil && len(hintsOf(err)) == 0 {
			t.Errorf("%s: no hint with %v", name, err)
		}
	}
}

func TestHasCommand(t *testing.T) {
	dir := t.TempDir()
	for _, name := range [...]string{"tool", "wintool.cmd"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{
		"tool": true, "wintool": true, "other": false, "": false, "../x": false, `..\x`: false, "/bin/sh": false,
	} {
		if got := hasCommand(dir, name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func TestTrimDashes(t *testing.T) {
	for _, test := range [...]struct{ in, want []string }{
		{nil, nil},
		{[]string{"a", "--"}, []string{"a", "--"}},
		{[]string{"--", "a"}, []string{"a"}},
		{[]string{"--", "--", "a"}, []string{"--", "a"}},
	} {
		if got := trimDashes(test.in); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.in, got, test.want)
		}
	}
}
