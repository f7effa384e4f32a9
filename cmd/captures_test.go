package cmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

const capturesIntro = `# What it looks like

Screens of a terminal of 80 columns and 24 rows, as ` + "`go test ./cmd -run TestCaptures\n-update`" + ` records them: it runs the program on a pseudo-terminal, against a
registry on this machine, and fails when a screen is another than here. Times and
sizes are masked, and colours are not shown.
`

// captures is a session at a terminal that is written down.
type captures struct {
	t      *testing.T
	server *registrytest.Server
	dir    string
	env    []string
	page   bytes.Buffer
}

// TestCaptures holds docs/captures.md to what a user sees.
func TestCaptures(t *testing.T) {
	c := newCaptures(t)
	c.page.WriteString(capturesIntro)
	c.heading("A first install")
	c.run("install")
	c.heading("Again, with nothing to do")
	c.run("install")
	c.heading("One more package, and another version of one")
	c.run("add", "left-pad@1.2.0")
	c.run("add", "left-pad@1.3.0")
	c.heading("A script that is blocked, and its approval")
	c.run("add", "native")
	c.run("approve-scripts", "native")
	c.heading("A conflict")
	c.run("add", "old-ui")
	c.run("add", "old-ui", "--force")
	c.run("remove", "old-ui")
	c.heading("Slips of the hand")
	c.run("add", "exprss")
	c.run("instal")
	c.run("run", "biuld")
	c.run("install", "--offlin")
	c.heading("Something that takes long")
	c.server.Inject("sluggish", registrytest.Fault{Delay: 6 * time.Second, On: registrytest.Tarballs})
	c.during("waiting for sluggish, 2 s", "add", "sluggish")
	c.server.Heal()
	c.heading("Without a network")
	c.run("add", "unseen", "--offline")
	c.forget()
	c.run("ci", "--offline")
	checkDoc(t, filepath.Join("..", "docs", "captures.md"), c.page.Bytes())
}

func newCaptures(t *testing.T) *captures {
	server := registrytest.New(t)
	for _, manifest := range [...]string{
		`{"name": "express", "version": "5.1.0", "dependencies": {"accepts": "^2.0.0", "send": "^1.1.0"}}`,
		`{"name": "accepts", "version": "2.0.0"}`,
		`{"name": "send", "version": "1.2.0"}`,
		`{"name": "react", "version": "19.2.0"}`,
		`{"name": "left-pad", "version": "1.2.0"}`,
		`{"name": "left-pad", "version": "1.3.0"}`,
		`{"name": "native", "version": "2.1.0", "scripts": {"install": "node build.js"}}`,
		`{"name": "old-ui", "version": "3.0.0", "peerDependencies": {"react": "^18.0.0"}}`,
		`{"name": "react", "version": "18.3.1"}`,
		`{"name": "sluggish", "version": "1.0.0"}`,
		`{"name": "unseen", "version": "1.0.0"}`,
	} {
		server.Add(map[string]string{"package.json": manifest, "build.js": ""})
	}
	dir := filepath.Join(t.TempDir(), "shop")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	manifest := `{
  "name": "shop",
  "version": "1.0.0",
  "scripts": {"build": "true"},
  "dependencies": {"express": "^5.0.0", "react": "^19.0.0"}
}
`
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	c := &captures{t: t, server: server, dir: dir}
	c.env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm", "npm_config_registry=" + server.URL, "npm_config_ipfs_lan=false"}
	c.forget()
	return c
}

// forget gives the session a home without a cache.
func (c *captures) forget() { c.env = append(c.env, "HOME="+c.t.TempDir()) }

func (c *captures) heading(text string) { fmt.Fprintf(&c.page, "\n## %s\n", text) }

// run writes down the screen after a command.
func (c *captures) run(args ...string) {
	x := onTerminal(c.t, c.dir, c.env, 80, 24, args...)
	code := x.wait()
	c.note(x.text(), code, args)
}

// during writes down the screen when it shows a text, and that after the end.
func (c *captures) during(text string, args ...string) {
	x := onTerminal(c.t, c.dir, c.env, 80, 24, args...)
	x.waitFor(text)
	c.note(x.text(), 0, args)
	code := x.wait()
	c.note(x.text(), code, args)
}

func (c *captures) note(screen string, code int, args []string) {
	status := ""
	if code != 0 {
		status = fmt.Sprintf("   # exit code %d", code)
	}
	fmt.Fprintf(&c.page, "\n```\n$ ipnpm %s%s\n%s\n```\n", strings.Join(args, " "), status, c.masked(screen))
}

// masked is a screen without what differs from run to run.
func (c *captures) masked(screen string) string {
	host := strings.TrimPrefix(strings.TrimSuffix(c.server.URL, "/"), "http://")
	screen = strings.NewReplacer(host, "registry.example", c.dir, "~/shop").Replace(screen)
	for _, mask := range [...]struct{ pattern, text string }{
		{`\b[0-9.]+ (ms|s)\b`, "· s"},
		{`\b[0-9.]+ [kM]?B(/s)?\b`, "· kB$1"},
		{`baf[a-z0-9]{20,}`, "baf…"},
	} {
		screen = regexp.MustCompile(mask.pattern).ReplaceAllString(screen, mask.text)
	}
	return screen
}
