package cmd

import (
	"testing"

	"github.com/ipnpm/ipnpm/config"
)

func TestBoolFlag(t *testing.T) {
	key, ok := config.Lookup("package-lock")
	if !ok {
		t.Fatal("no key package-lock")
	}
	tests := []struct {
		name  string
		texts []string
		want  string // "" for an error
	}{
		{"package-lock", []string{"true"}, "true"},
		{"package-lock", []string{"false"}, "false"},
		{"no-package-lock", []string{"true"}, "false"},
		{"no-package-lock", []string{"false"}, "true"},
		{"package-lock", []string{"false", "true"}, "true"},
		{"package-lock", []string{"perhaps"}, ""},
		{"package-lock", []string{""}, ""},
	}
	for _, test := range tests {
		name, value, err := boolFlag(&configFlag{key: &key, name: test.name, texts: test.texts})
		if (err == nil) != (test.want != "") {
			t.Errorf("--%s %v: %v", test.name, test.texts, err)
		} else if err == nil && (name != "package-lock" || value != test.want) {
			t.Errorf("--%s %v: %s=%s, want %s", test.name, test.texts, name, value, test.want)
		}
	}
}

// TestFlagsHaveKeys runs bindConfig, which panics over a typo, for every
// command.
func TestFlagsHaveKeys(t *testing.T) {
	root := newRootCmd(&app{flags: map[string][]string{}})
	for _, c := range root.Commands() {
		if c.Short == "" || c.GroupID == "" {
			t.Errorf("%s has no description or no group", c.Name())
		}
	}
}

func TestSays(t *testing.T) {
	for _, test := range [...]struct {
		loglevel string
		silent   bool
		level    string
		want     bool
	}{
		{"", false, "warn", true},
		{"", false, "info", false},
		{"error", false, "warn", false},
		{"error", false, "error", true},
		{"silly", false, "verbose", true},
		{"silly", true, "error", false},
		{"silent", false, "warn", false},
	} {
		a := &app{loglevel: test.loglevel, silent: test.silent}
		if got := a.says(test.level); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
