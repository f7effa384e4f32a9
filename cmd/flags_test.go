package cmd

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

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

// rootFor is the commands with the flags that a command line needs.
func rootFor(args ...string) *cobra.Command {
	a := newApp(Streams{})
	root := newRootCmd(a)
	a.bindLate(root, args)
	return root
}

// TestLateFlags sees that a command has its flags in each of the lines that ask
// for it or about it, and that others do not pay for them.
func TestLateFlags(t *testing.T) {
	for line, want := range map[string]bool{
		"install --omit=dev":             true,
		"i":                              true,
		"-C x --json i a@1 -- b":         true,
		"--registry=r install":           true,
		"help install":                   true,
		"__complete install --om":        true,
		"instal":                         true,
		"registry mirror express":        false,
		"version":                        false,
		"":                               false,
		"--help":                         false,
		"run install --workspace=a -- i": false,
	} {
		install, _, err := rootFor(strings.Fields(line)...).Find([]string{"install"})
		if err != nil {
			t.Fatal(err)
		}
		if got := install.Flags().Lookup("omit") != nil && install.Flags().Lookup("production").Hidden; got != want {
			t.Errorf("%q: install has its flags: %v", line, got)
		}
	}
}

// TestFlagsHaveKeys runs makeFlags, which panics over a typo, for every
// command.
func TestFlagsHaveKeys(t *testing.T) {
	for _, c := range rootFor("help").Commands() {
		if c.Short == "" || c.GroupID == "" {
			t.Errorf("%s has no description or no group", c.Name())
		}
	}
}

// TestFlagsAreMadeOnce asks for each command as a line does, which panics where
// a command has a flag that all have.
func TestFlagsAreMadeOnce(t *testing.T) {
	var ask func(c *cobra.Command)
	ask = func(c *cobra.Command) {
		path := strings.Fields(c.CommandPath())
		rootFor(append(path[1:], "argument")...)
		for _, below := range c.Commands() {
			ask(below)
		}
	}
	ask(rootFor())
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

// TestFrequent sees that a word which has a command made alone is that command's,
// and that the line is understood as among all of them.
func TestFrequent(t *testing.T) {
	all := newRootCmd(newApp(Streams{}))
	for _, word := range []string{"install", "i", "ci", "add", "remove", "rm", "update", "up", "run", "exec"} {
		alone := newRootFor(newApp(Streams{}), []string{word, "x"})
		one, _, err := alone.Find([]string{word})
		other, _, err2 := all.Find([]string{word})
		if err != nil || err2 != nil || one.Use != other.Use || len(alone.Commands()) != 1 {
			t.Errorf("%s is %q among all and %q of %d alone; %v %v", word, other.Use, one.Use, len(alone.Commands()), err, err2)
		}
		if asked := newRootFor(newApp(Streams{}), []string{word, "--help"}); len(asked.Commands()) != len(all.Commands()) {
			t.Errorf("for help of %s there are %d commands of %d", word, len(asked.Commands()), len(all.Commands()))
		}
	}
}
