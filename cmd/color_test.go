package cmd

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/install"
)

func TestColours(t *testing.T) {
	for _, test := range [...]struct {
		env   []string
		flag  string
		tty   bool
		wants bool
	}{
		{tty: true, wants: true},
		{},
		{env: []string{"TERM=dumb"}, tty: true},
		{env: []string{"NO_COLOR=1"}, tty: true},
		{env: []string{"NO_COLOR="}, tty: true, wants: true},
		{env: []string{"NO_COLOR=0"}, tty: true, wants: true},
		{env: []string{"FORCE_COLOR=1"}, wants: true},
		{env: []string{"FORCE_COLOR=1", "TERM=dumb"}, wants: true},
		{env: []string{"FORCE_COLOR=0"}, tty: true},
		{env: []string{"FORCE_COLOR=false"}, tty: true},
		{env: []string{"FORCE_COLOR=1", "NO_COLOR=1"}},
		{flag: "always", wants: true},
		{flag: "always", env: []string{"NO_COLOR=1"}},
		{flag: "false", tty: true},
		{flag: "false", env: []string{"FORCE_COLOR=1"}},
		{flag: "true"},
		{flag: "true", tty: true, wants: true},
		{env: []string{"npm_config_color=false"}, tty: true},
		{env: []string{"CI=true"}, tty: true, wants: true},
	} {
		flags := map[string][]string{}
		if test.flag != "" {
			flags["color"] = []string{test.flag}
		}
		dir := t.TempDir()
		cfg, _, err := config.Load(config.Sources{Project: filepath.Join(dir, ".npmrc"), Env: append(test.env, "HOME="+dir), Flags: flags, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		a := newApp(Streams{Env: test.env})
		a.cfg = cfg
		if got := a.colours(test.tty); got != test.wants {
			t.Errorf("%q, --color=%s, on a terminal %v: %v", test.env, test.flag, test.tty, got)
		}
	}
}

// TestColourOfEach wants none in a file, though messages go to a terminal.
func TestColourOfEach(t *testing.T) {
	var out bytes.Buffer
	a := newApp(Streams{Out: &out, ErrTTY: true})
	a.changes(&outcome{result: &install.Result{Added: []install.Change{{Location: "node_modules/a", Name: "a", Version: "1.0.0"}}}})
	if got := out.String(); got != "+ a 1.0.0\n" {
		t.Errorf("%q", got)
	}
}
