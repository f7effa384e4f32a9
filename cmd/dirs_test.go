package cmd

import (
	"os/user"
	"path/filepath"
	"testing"

	"github.com/ipnpm/ipnpm/config"
)

// Whatever the environment lacks or has in excess, the data is in one place
// that does not move with the working directory.
func TestDataDirs(t *testing.T) {
	me, err := user.Current()
	if err != nil || me.HomeDir == "" {
		t.Fatalf("this user has no home: %v", err)
	}
	for _, tt := range []struct {
		name        string
		env         []string
		data, cache string
	}{
		{"HOME", []string{"HOME=/h"}, "/h/.local/share/ipnpm", "/h/.cache/ipnpm"},
		{"HOME relative", []string{"HOME=h"}, "/work/h/.local/share/ipnpm", "/work/h/.cache/ipnpm"},
		{"XDG", []string{"HOME=/h", "XDG_DATA_HOME=/d", "XDG_CACHE_HOME=/c"}, "/d/ipnpm", "/c/ipnpm"},
		{"XDG relative", []string{"HOME=/h", "XDG_DATA_HOME=d", "XDG_CACHE_HOME=c"}, "/h/.local/share/ipnpm", "/h/.cache/ipnpm"},
		{"nothing", nil, me.HomeDir + "/.local/share/ipnpm", me.HomeDir + "/.cache/ipnpm"},
	} {
		a := &app{Streams: Streams{Dir: "/work", Env: tt.env}}
		cfg, _, err := config.Load(config.Sources{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		d, err := a.dataDirs(cfg)
		if err != nil || d.data != filepath.FromSlash(tt.data) || d.cache != filepath.FromSlash(tt.cache) {
			t.Errorf("%s: %+v, %v", tt.name, d, err)
		}
	}
}
