package cmd

import (
	"testing"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

func TestSavedRange(t *testing.T) {
	tests := []struct {
		arg, version string
		env          []string
		exact        bool
		want         string
	}{
		{arg: "a", version: "1.2.3", want: "^1.2.3"},
		{arg: "a@*", version: "1.2.3", want: "^1.2.3"},
		{arg: "a@latest", version: "1.2.3", want: "^1.2.3"},
		{arg: "a@1.2.3", version: "1.2.3", want: "^1.2.3"},
		{arg: "a@^1", version: "1.2.3", want: "^1.2.3"},
		{arg: "a@1.x", version: "1.2.3", want: "^1.2.3"},
		{arg: "a@~1.2", version: "1.2.3", want: "~1.2"},
		{arg: "a@>=1 <1.5", version: "1.2.3", want: ">=1 <1.5"},
		{arg: "a@^1 || ^2", version: "2.0.1", want: "^2.0.1"},
		{arg: "a@next", version: "2.0.0-rc.1", want: "^2.0.0-rc.1"},
		{arg: "a@^0.1", version: "0.1.4", want: "^0.1.4"},
		{arg: "a@~1.2", version: "1.2.3", exact: true, want: "1.2.3"},
		{arg: "a@^1", version: "1.2.3", exact: true, want: "1.2.3"},
		{arg: "a", version: "1.2.3", env: []string{"npm_config_save_prefix=~"}, want: "~1.2.3"},
		{arg: "a@^1", version: "1.2.3", env: []string{"npm_config_save_prefix=~"}, want: "~1.2.3"},
		{arg: "a", version: "1.2.3", env: []string{"npm_config_save_exact=true"}, want: "1.2.3"},
	}
	for _, test := range tests {
		cfg, _, err := config.Load(config.Sources{Env: test.env, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		spec, err := manifest.ParseArg(test.arg)
		if err != nil {
			t.Fatal(err)
		}
		s := &session{cfg: cfg}
		if got := s.savedRange(addOptions{exact: test.exact}, spec.Target(), test.version); got != test.want {
			t.Errorf("%s at %s (%v, exact %v): %q, want %q", test.arg, test.version, test.env, test.exact, got, test.want)
		}
	}
}

func TestSaveAs(t *testing.T) {
	file := manifest.New(t.TempDir() + "/package.json")
	if err := file.Set("devDependencies", "a", "1.0.0"); err != nil {
		t.Fatal(err)
	}
	p := newProject(t.TempDir(), file)
	lock := &lockfile.Lockfile{Packages: map[string]*lockfile.Package{
		"":               {DevDependencies: map[string]string{"a": "1.0.0", "b": "1"}},
		"node_modules/a": {Dependencies: map[string]string{"a": "1.0.0"}},
	}}
	added := addition{importer: p.importers[0], name: "a", wanted: "1.0.0", saved: "^1.0.0"}
	if err := p.saveAs([]addition{added}, lock); err != nil {
		t.Fatal(err)
	}
	if got := file.Manifest.DevDependencies["a"]; got != "^1.0.0" || len(file.Manifest.Dependencies) != 0 {
		t.Errorf("the manifest has %q, %v", got, file.Manifest.Dependencies)
	}
	if got := lock.Packages[""].DevDependencies; got["a"] != "^1.0.0" || got["b"] != "1" {
		t.Errorf("the lockfile quotes %v", got)
	}
	if got := lock.Packages["node_modules/a"].Dependencies["a"]; got != "1.0.0" {
		t.Errorf("another package's dependency became %q", got)
	}
	// The version that was found decides, where there is one.
	added.found = func(version string) string { return "~" + version }
	lock.Packages["node_modules/a"].Version = "0.9.0"
	if err := p.saveAs([]addition{added}, lock); err != nil || file.Manifest.DevDependencies["a"] != "~0.9.0" {
		t.Errorf("the manifest has %q, %v", file.Manifest.DevDependencies["a"], err)
	}
}

func TestAddGroup(t *testing.T) {
	for want, o := range map[string]addOptions{
		"": {}, "dependencies": {prod: true}, "devDependencies": {dev: true},
		"optionalDependencies": {optional: true}, "peerDependencies": {peer: true},
	} {
		if got := o.group(); got != want {
			t.Errorf("%+v: %q, want %q", o, got, want)
		}
	}
}
