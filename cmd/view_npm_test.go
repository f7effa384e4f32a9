package cmd

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// TestViewAsNPM asks npm and ours for the same fields.
func TestViewAsNPM(t *testing.T) {
	server := registrytest.New(t)
	server.AddLines(`
a@1.0.0 {"license": "MIT", "dependencies": {"b": "^1.0.0", "c": "2"}}
a@1.1.0 {"license": "ISC", "bin": {"x": "x.js", "y": "y.js"}, "keywords": ["k"]}
a@2.0.0-beta.1`)
	home := t.TempDir()
	env := []string{"HOME=" + home, "NO_COLOR=1", "npm_config_registry=" + server.URL, "npm_config_update_notifier=false",
		"PATH=" + filepath.Dir(npmoracle.Node(t)) + string(os.PathListSeparator) + os.Getenv("PATH")}
	for _, args := range []string{
		"a versions", "a@^1 version license", "a versions --json", "a@1 version --json", "a license version --json", "a@1.0.0 dependencies",
	} {
		argv := append([]string{"view"}, strings.Fields(args)...)
		npm := exec.CommandContext(t.Context(), npmoracle.Node(t), append([]string{filepath.Join(npmoracle.NPM(t), "bin", "npm-cli.js")}, argv...)...)
		npm.Dir, npm.Env = home, env
		want, err := npm.Output()
		if err != nil {
			t.Fatalf("npm view %s: %v", args, err)
		}
		var out, errOut bytes.Buffer
		if code := Main(t.Context(), Streams{Out: &out, Err: &errOut, Env: env, Dir: home}, argv); code != 0 {
			t.Fatalf("%s: %d %s", args, code, errOut.String())
		}
		if out.String() != string(want) {
			t.Errorf("%s\ngot  %swant %s", args, out.String(), want)
		}
	}
}
