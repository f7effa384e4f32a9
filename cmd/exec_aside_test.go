package cmd

import (
	"os"
	"path/filepath"
	"testing"
)

// The folder that exec installs into has a lockfile. A project with another
// registry must not find it: it would get that registry's bytes.
func TestExecKeepsRegistriesApart(t *testing.T) {
	home := t.TempDir()
	seen := map[string]string{}
	for _, rc := range []string{
		"",
		"registry=http://one.example/\n",
		"registry=http://two.example/\n",
		"registry=http://two.example/\n@s:registry=http://three.example/\n",
	} {
		project := t.TempDir()
		if err := os.WriteFile(filepath.Join(project, ".npmrc"), []byte(rc), 0o600); err != nil {
			t.Fatal(err)
		}
		a := &app{Streams: Streams{Dir: project, Env: []string{"HOME=" + home, "IPFS_PATH=" + home}}, flags: map[string][]string{}}
		s, err := a.openSession(project)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		dir := s.asideDir([]string{"cowsay@1"})
		if other, taken := seen[dir]; taken {
			t.Errorf("%q and %q share %s", rc, other, dir)
		}
		seen[dir] = rc
		if s.asideDir([]string{"cowsay@1"}) != dir || s.asideDir([]string{"cowsay@2"}) == dir {
			t.Error("the folder does not follow the packages")
		}
	}
}
