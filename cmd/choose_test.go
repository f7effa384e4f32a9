package cmd

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

func TestPressed(t *testing.T) {
	for sent, want := range map[string][]key{
		"":                {keyNone},
		"z":               {keyNone},
		"\x1b":            {keyQuit},
		"\x1b[A\x1bOBjk ": {keyUp, keyDown, keyDown, keyUp, keyMark},
		" \rq":            {keyMark, keyDone}, // what follows is for others
		"a\x03":           {keyAll, keyQuit},
	} {
		if got := pressedOf(sent); !slices.Equal(got, want) {
			t.Errorf("%q is %v, want %v", sent, got, want)
		}
	}
}

func TestChoicePress(t *testing.T) {
	c := choice{items: make([]chosenItem, 3)}
	for _, k := range []key{keyUp, keyMark, keyDown, keyMark} { // round the end
		c.press(k)
	}
	if !c.items[0].marked || c.items[1].marked || !c.items[2].marked || c.cursor != 0 {
		t.Errorf("%+v", c)
	}
	c.press(keyAll)
	if !c.items[1].marked {
		t.Error("a does not mark all")
	}
	c.press(keyAll)
	if c.items[0].marked || c.items[1].marked || c.items[2].marked {
		t.Error("a does not take all marks back")
	}
}

// interactive is a project with outdated dependencies, on a terminal.
func interactive(t *testing.T, columns, rows int, env []string, args ...string) (dir string, x *terminal) {
	t.Helper()
	server := registrytest.New(t)
	for _, pkg := range []string{"alpha@1.0.0", "alpha@1.1.0", "alpha@2.0.0", "beta@1.0.0", "beta@1.2.0", "tool@3.0.0", "tool@3.0.1"} {
		server.AddLines(pkg)
	}
	dir = t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env = append([]string{"PATH=" + os.Getenv("PATH"), "TERM=xterm", "HOME=" + t.TempDir(),
		"npm_config_registry=" + server.URL, "npm_config_ipfs_lan=false"}, env...)
	write(`{"dependencies": {"alpha": "1.0.0", "beta": "1.0.0"}, "devDependencies": {"tool": "3.0.0"}}`)
	if code := onTerminal(t, dir, env, 80, 24, "install").wait(); code != 0 {
		t.Fatalf("install ends with %d", code)
	}
	write(`{"dependencies": {"alpha": "^1.0.0", "beta": "^1.0.0"}, "devDependencies": {"tool": "^3.0.0"}}`)
	return dir, onTerminal(t, dir, env, columns, rows, append([]string{"update", "--interactive"}, args...)...)
}

func (x *terminal) enter(text string) {
	x.t.Helper()
	if _, err := x.file.WriteString(text); err != nil {
		x.t.Fatal(err)
	}
}

// versionIn is the version in node_modules.
func versionIn(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "node_modules", name, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), `"version":`)
	return strings.Trim(strings.SplitN(strings.SplitN(rest, ",", 2)[0], "}", 2)[0], "\" \n")
}

const listed = `dependencies
> [ ] alpha 1.0.0 → 1.1.0 (latest 2.0.0)
  [ ] beta  1.0.0 → 1.2.0
devDependencies
  [ ] tool  3.0.0 → 3.0.1
` + chooseHelp

func TestUpdateInteractive(t *testing.T) {
	dir, x := interactive(t, 80, 24, nil)
	x.waitFor(listed)
	x.enter("\x1b[B ")
	x.waitFor("> [x] beta")
	x.enter("\r")
	if code := x.wait(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, x.text())
	}
	if alpha, beta := versionIn(t, dir, "alpha"), versionIn(t, dir, "beta"); alpha != "1.0.0" || beta != "1.2.0" {
		t.Errorf("alpha is %s, beta %s:\n%s", alpha, beta, x.text())
	}
	if !strings.Contains(x.text(), "~ beta 1.0.0 → 1.2.0") || !x.screen.CursorVisible() {
		t.Errorf("the screen after the end (cursor %v):\n%s", x.screen.CursorVisible(), x.text())
	}
}

func TestUpdateInteractiveLatest(t *testing.T) {
	dir, x := interactive(t, 80, 24, nil, "--latest", "alpha", "tool")
	x.waitFor("> [ ] alpha 1.0.0 → 2.0.0\n")
	x.enter("a\r")
	if code := x.wait(); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, x.text())
	}
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil || !strings.Contains(string(data), `"alpha": "^2.0.0"`) || !strings.Contains(string(data), `"beta": "^1.0.0"`) {
		t.Errorf("%v\n%s", err, data)
	}
}

// TestUpdateInteractiveResized makes the window small and large again while the list
// is there, without a key.
func TestUpdateInteractiveResized(t *testing.T) {
	_, x := interactive(t, 80, 24, []string{"NO_COLOR=1"})
	x.waitFor(listed)
	x.resize(24, 6)
	x.waitFor("> [ ] alpha 1.0.0 → 1.…\n")
	if text := x.text(); strings.Count(text, "alpha") != 1 || strings.Contains(text, "devDependencies") {
		t.Errorf("the small screen is\n%s", text)
	}
	x.resize(80, 24)
	x.waitFor(listed)
	if text := x.text(); strings.Count(text, "alpha") != 1 {
		t.Errorf("the large screen is\n%s", text)
	}
	x.enter("q")
	if code := x.wait(); code != 130 || !x.screen.CursorVisible() {
		t.Errorf("exit code %d, cursor %v:\n%s", code, x.screen.CursorVisible(), x.text())
	}
}

// What was drawn takes more rows on a terminal that has become narrower.
func TestChoiceHeight(t *testing.T) {
	c := choice{drawn: []int{0, 10, 40, 41, 80}}
	for columns, want := range map[int]int{100: 5, 40: 7, 10: 19} {
		if got := c.height(columns); got != want {
			t.Errorf("%d columns: %d rows, want %d", columns, got, want)
		}
	}
}

// TestUpdateInteractiveLeft leaves by Ctrl-C, on a terminal with too little room,
// which is as it was before.
func TestUpdateInteractiveLeft(t *testing.T) {
	dir, x := interactive(t, 24, 5, []string{"NO_COLOR=1"})
	x.waitFor("> [ ] alpha 1.0.0 → 1.…\n")
	x.enter("\x1b[A")
	x.waitFor("> [ ] tool")
	x.enter(" \x03")
	if code := x.wait(); code != 130 {
		t.Errorf("exit code %d:\n%s", code, x.text())
	}
	if got := versionIn(t, dir, "tool"); got != "3.0.0" || !x.screen.CursorVisible() || !strings.Contains(x.text(), "nothing was changed") {
		t.Errorf("tool is %s, the cursor shown: %v\n%s", got, x.screen.CursorVisible(), x.text())
	}
}

// TestChoiceRestores ends a choice in each way, and finds the terminal's mode again.
func TestChoiceRestores(t *testing.T) {
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	before, err := term.GetState(int(theirs.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	help := make(chan struct{})
	go func() {
		seen := ""
		for buffer := make([]byte, 4096); ; {
			n, err := ours.Read(buffer)
			if err != nil {
				return
			}
			if seen += string(buffer[:n]); strings.Contains(seen, chooseHelp) {
				seen = ""
				help <- struct{}{}
			}
		}
	}()
	for _, sent := range []string{"q", "\x03", "\x1b", "\r", ""} { // the last by a signal
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-help
			if sent == "" {
				cancel()
			}
			_, _ = ours.WriteString(sent)
		}()
		a := newApp(Streams{In: theirs, Err: theirs, ErrTTY: true})
		ok, err := a.choose(ctx, &choice{items: make([]chosenItem, 2)})
		if ok != (sent == "\r") || (err != nil) != (sent == "") {
			t.Errorf("%q: %v, %v", sent, ok, err)
		}
		if after, err := term.GetState(int(theirs.Fd())); err != nil || *after != *before {
			t.Errorf("%q: the terminal is in another mode: %v", sent, err)
		}
		cancel()
	}
}
