//go:build acceptance

package acceptance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// installer is another package manager, and the directory of an index that is
// an npm registry for it.
type installer struct {
	name, version, dir string
	argv               []string
}

// installers are told nothing but the address, to run no scripts of
// dependencies, and to leave their own further services alone.
func installers(t *testing.T) []installer {
	t.Helper()
	npm := filepath.Join(npmoracle.Install(t, "npm", npmVersion), "node_modules", "npm", "bin", "npm-cli.js")
	pnpm := program(t, "pnpm", "12.21.0", "@pnpm/exe.*/pnpm")
	bun := program(t, "bun", "1.4.5", "@oven/bun-*/bin/bun")
	return []installer{
		{"npm", npmVersion, "npm", []string{"node", npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"}},
		{"pnpm", "12.21.0", "static", []string{pnpm, "install", "--ignore-scripts", "--no-frozen-lockfile"}},
		{"bun", "1.4.5", "static", []string{bun, "install", "--ignore-scripts"}},
	}
}

// program is the binary in a package's package for this platform.
func program(t *testing.T, name, version, glob string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(npmoracle.Install(t, name, version), "node_modules", filepath.FromSlash(glob)))
	if err != nil || len(found) == 0 {
		t.Fatalf("%s %s has no program %s (%v)", name, version, glob, err)
	}
	return found[0]
}

// TestStatic installs an Express project with other package managers from a
// Kubo's gateway, which alone they can reach.
func TestStatic(t *testing.T) {
	l := newLab(t)
	node := kubotest.Start(t, kubotest.Options{})
	address := l.publishStatic(t, node)
	for _, tool := range installers(t) {
		t.Run(tool.name, func(t *testing.T) {
			u := l.user(t, "static", "home-"+tool.name)
			dir := l.checkout(t, "express-api", "static", tool.name)
			// What is not on loopback would have to pass a proxy that is not there.
			argv := append([]string{"https_proxy=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9", "no_proxy=127.0.0.1", "CI=1"}, tool.argv...)
			out := u.exec(t.Context(), dir, "env", append(argv, "--registry="+address+tool.dir+"/")...)
			if out.err != nil {
				t.Fatalf("%s %s: %v\n%s%s", tool.name, tool.version, out.err, tail(out.stdout), tail(out.stderr))
			}
			if err := u.check(t, dir); err != nil {
				t.Error(err)
			}
			t.Logf("%s %s installed express-api from %s%s/ in %s", tool.name, tool.version, address, tool.dir, seconds(out.took))
			packages, err := os.ReadDir(filepath.Join(dir, "node_modules"))
			if err != nil || len(packages) < 5 {
				t.Errorf("%d packages, %v", len(packages), err)
			}
		})
	}
}

// publishStatic mirrors the project and publishes it for the node's gateway. The
// address is that of the index at the gateway.
func (l *lab) publishStatic(t *testing.T, node *kubotest.Node) string {
	t.Helper()
	u := l.user(t, "static", "home-publisher")
	dir := l.checkout(t, "express-api", "static", "publisher")
	kubo := "--ipfs=kubo:" + node.API
	u.ipnpm(t, dir, "registry", "create", "team", kubo)
	u.ipnpm(t, dir, "registry", "mirror", "--package-json", "package.json", "--from", l.registry.URL(), kubo)
	out := u.ipnpm(t, dir, "registry", "publish", "--json", "--static-base=kubo", kubo)
	var published struct{ IPNS string }
	if err := json.Unmarshal([]byte(out.stdout), &published); err != nil || !strings.HasPrefix(published.IPNS, "k51") {
		t.Fatalf("publish says %q: %v", out.stdout, err)
	}
	return node.Gateway + "/ipns/" + published.IPNS + "/"
}
