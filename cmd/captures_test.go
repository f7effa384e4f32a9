package cmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

const capturesIntro = `# What it looks like

Screens of a terminal of 80 columns and 24 rows, as ` + "`go test ./cmd -run TestCaptures\n-update`" + ` records them: it runs the program on a pseudo-terminal, against a
registry on this machine, and fails when a screen is another than here, or when
one of 40 or 120 columns has other words or a line that the terminal breaks. Times
and sizes are masked, and colours are not shown.
`

// maskedDir stands for the project's folder.
const maskedDir = "~/shop"

// captures is a session at a terminal that is written down.
type captures struct {
	t       *testing.T
	server  *registrytest.Server
	columns int
	dir     string
	env     []string
	page    bytes.Buffer
	said    []string // by each command in the end, without the breaks of lines
}

// TestCaptures holds docs/captures.md to what a user sees, and other widths to
// saying the same.
func TestCaptures(t *testing.T) {
	var said [3][]string
	widths := [3]int{40, 80, 120}
	t.Run("columns", func(t *testing.T) {
		for i, columns := range widths {
			t.Run(fmt.Sprint(columns), func(t *testing.T) {
				t.Parallel()
				c := newCaptures(t, columns)
				c.session()
				said[i] = c.said
				if columns == 80 {
					checkDoc(t, filepath.Join("..", "docs", "captures.md"), c.page.Bytes())
				}
			})
		}
	})
	for i, columns := range widths {
		if !slices.Equal(said[i], said[1]) {
			t.Errorf("at %d columns the commands say\n%s\nand at 80\n%s", columns, strings.Join(said[i], "\n"), strings.Join(said[1], "\n"))
		}
	}
}

func (c *captures) session() {
	c.page.WriteString(capturesIntro)
	c.heading("A first install")
	c.run("install")
	c.heading("Again, with nothing to do")
	c.run("install")
	c.heading("One more package, and another version of one")
	c.run("add", "left-pad@1.2.0")
	c.run("add", "left-pad@1.3.0")
	c.heading("What is newer, and taking it")
	c.publish(`{"name": "react", "version": "19.2.1"}`, `{"name": "express", "version": "6.0.0"}`)
	c.run("outdated", "--prefer-online")
	c.run("update")
	c.heading("A script that is blocked, and its approval")
	c.run("add", "native")
	c.run("approve-scripts", "native")
	c.heading("A conflict")
	// Its tarball is fetched ahead, and would sometimes be here before the conflict is found.
	c.server.Inject("old-ui", registrytest.Fault{Delay: time.Minute, On: registrytest.Tarballs})
	c.run("add", "old-ui")
	c.server.Heal()
	c.run("add", "old-ui", "--force")
	c.run("remove", "old-ui")
	c.heading("What is there, and why")
	c.runPath("ls", "--all")
	c.run("why", "mime-db")
	c.heading("Slips of the hand")
	c.run("add", "exprss")
	c.run("add", "left-pad@2")
	c.run("instal")
	c.run("run", "biuld")
	c.run("install", "--offlin")
	c.heading("A broken .npmrc, and a key that is misspelt")
	c.write(".npmrc", "save-exact=true\n=yes\n")
	c.runPath("install")
	c.write(".npmrc", "save-exact=true\nfetch-retrys=5\n")
	c.runPath("ls")
	c.write(".npmrc", "")
	c.heading("Something that takes long, and Ctrl-C")
	c.server.Inject("sluggish", registrytest.Fault{Delay: time.Minute, On: registrytest.Tarballs})
	c.interrupted("waiting for sluggish, 2 s", "add", "sluggish")
	c.server.Heal()
	c.run("add", "sluggish")
	c.heading("Without a network")
	c.run("add", "unseen", "--offline")
	c.forget()
	c.run("ci", "--offline")
}

func newCaptures(t *testing.T, columns int) *captures {
	c := &captures{t: t, server: registrytest.New(t), columns: columns, dir: filepath.Join(t.TempDir(), "shop")}
	c.publish(
		`{"name": "express", "version": "5.1.0", "dependencies": {"accepts": "^2.0.0", "send": "^1.1.0"}}`,
		`{"name": "accepts", "version": "2.0.0", "dependencies": {"mime-db": "^1.54.0"}}`,
		`{"name": "send", "version": "1.2.0", "dependencies": {"mime-db": "^1.54.0"}}`,
		`{"name": "mime-db", "version": "1.54.0"}`,
		`{"name": "react", "version": "19.2.0"}`,
		`{"name": "left-pad", "version": "1.2.0"}`,
		`{"name": "left-pad", "version": "1.3.0"}`,
		`{"name": "native", "version": "2.1.0", "scripts": {"install": "node build.js"}}`,
		`{"name": "old-ui", "version": "3.0.0", "peerDependencies": {"react": "^18.0.0"}}`,
		`{"name": "react", "version": "18.3.1"}`,
		`{"name": "sluggish", "version": "1.0.0"}`,
		`{"name": "unseen", "version": "1.0.0"}`,
	)
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.write("package.json", `{
  "name": "shop",
  "version": "1.0.0",
  "scripts": {"build": "true"},
  "dependencies": {"express": "^5.0.0", "react": "^19.0.0"}
}
`)
	c.env = []string{"PATH=" + os.Getenv("PATH"), "TERM=xterm", "npm_config_registry=" + c.server.URL, "npm_config_ipfs_lan=false"}
	c.forget()
	return c
}

func (c *captures) publish(manifests ...string) {
	for _, manifest := range manifests {
		c.server.Add(map[string]string{"package.json": manifest, "build.js": ""})
	}
}

func (c *captures) write(name, text string) {
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
		c.t.Fatal(err)
	}
}

// forget gives the session a home without a cache.
func (c *captures) forget() { c.env = append(c.env, "HOME="+c.t.TempDir()) }

func (c *captures) heading(text string) { fmt.Fprintf(&c.page, "\n## %s\n", text) }

// run writes down the screen after a command.
func (c *captures) run(args ...string) { c.runIn(c.columns, args...) }

// runPath is run for what shows the project's folder, whose own name is longer
// than the one that is written down.
func (c *captures) runPath(args ...string) {
	c.runIn(c.columns+len(c.dir)-len(maskedDir), args...)
}

func (c *captures) runIn(columns int, args ...string) {
	x := onTerminal(c.t, c.dir, c.env, columns, 24, args...)
	code := x.wait()
	c.note(x, code, args)
	c.listen(x, columns, args)
}

// interrupted writes down the screen when it shows a text, and that after Ctrl-C.
func (c *captures) interrupted(text string, args ...string) {
	x := onTerminal(c.t, c.dir, c.env, c.columns, 24, args...)
	x.waitFor(text)
	c.note(x, 0, args)
	x.enter("\x03")
	code := x.wait()
	c.note(x, code, args)
	if x.screen.Cursor().X != 0 || !x.screen.CursorVisible() {
		c.t.Errorf("after Ctrl-C the cursor is at column %d, visible %v", x.screen.Cursor().X, x.screen.CursorVisible())
	}
}

// listen keeps what a command said, and wants no line that the terminal has to
// break where it could have been broken between words.
func (c *captures) listen(x *terminal, columns int, args []string) {
	text := textOf(x.roomy)
	for line := range strings.SplitSeq(text, "\n") {
		if wrapped(line, columns) != line {
			c.t.Errorf("at %d columns %q prints a line of %d: %s", columns, args, columnsOf(line), line)
		}
	}
	if args[0] == "outdated" {
		return // which has fewer columns where there is less room
	}
	words := strings.Fields(strings.ReplaceAll(c.masked(text), "│", " "))
	c.said = append(c.said, strings.Join(words, " "))
}

func (c *captures) note(x *terminal, code int, args []string) {
	status := ""
	if code != 0 {
		status = fmt.Sprintf("   # exit code %d", code)
	}
	fmt.Fprintf(&c.page, "\n```\n$ ipnpm %s%s\n%s\n```\n", strings.Join(args, " "), status, c.masked(x.text()))
}

// masked is a screen without what differs from run to run.
func (c *captures) masked(screen string) string {
	host := strings.TrimPrefix(strings.TrimSuffix(c.server.URL, "/"), "http://")
	screen = strings.NewReplacer(host, "registry.example", c.dir, maskedDir).Replace(screen)
	for _, mask := range [...]struct{ pattern, text string }{
		{`(<|\b)[0-9.]+ (ms|s)\b`, "· s"},
		{`\b[0-9.]+ [kM]?B(/s)?\b`, "· kB$1"},
		{`baf[a-z0-9]{20,}`, "baf…"},
	} {
		screen = regexp.MustCompile(mask.pattern).ReplaceAllString(screen, mask.text)
	}
	return screen
}
