package packlist

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

// npmVersion is the npm whose rules these are.
const npmVersion = "12.2.0"

// listScript lists a folder with npm's own parts, as pacote puts them together
// to pack a folder or a git dependency.
const listScript = `
const npm = process.cwd() + '/node_modules/npm/node_modules/'
const Arborist = require(npm + '@npmcli/arborist')
const packlist = require(npm + 'npm-packlist')
const path = require('node:path')
async function answer (dir) {
  try {
    const tree = await new Arborist({ path: dir }).loadActual()
    const list = await packlist(tree, { path: dir })
    return { list: list.map(f => path.normalize(f)).sort() }
  } catch (e) {
    return { error: e.message }
  }
}
`

type npmAnswer struct {
	List  []string
	Error string
}

// compare lists the folders with npm and here.
func compare(t *testing.T, dirs []string) (same int) {
	t.Helper()
	npmoracle.Ask(t, npmoracle.Install(t, "npm", npmVersion), listScript, dirs, func(i int, answer []byte) {
		var want npmAnswer
		if err := json.Unmarshal(answer, &want); err != nil {
			t.Fatal(err)
		}
		got, err := Files(dirs[i])
		slices.Sort(want.List)
		if (err != nil) != (want.Error != "") || !slices.Equal(got, want.List) {
			t.Errorf("%s\nours: %q %v\nnpm's: %q %s", describe(t, dirs[i]), got, err, want.List, want.Error)
			return
		}
		same++
	})
	return same
}

// describe writes a small folder out.
func describe(t *testing.T, dir string) string {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		switch {
		case strings.HasSuffix(p, "ignore") || d.Name() == "package.json":
			text, _ := os.ReadFile(p)
			fmt.Fprintf(&b, "%s: %q\n", rel, text)
		case !d.IsDir():
			fmt.Fprintf(&b, "%s\n", rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// folder writes files, given as path → contents; "-> target" makes a link, and
// a path that ends in a slash a folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		at := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(target, at)
		} else if strings.HasSuffix(path, "/") {
			err = os.MkdirAll(at, 0o755)
		} else {
			err = os.WriteFile(at, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// generator makes folders whose rules meet each other.
type generator struct{ *rand.Rand }

func (g generator) of(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) name() string {
	return g.of("a", "b", "lib", "dist", "test", "index.js", "a.js", "b.ts", "A.js", "README.md", "readme", "LICENSE",
		"license.txt", "LICENCE~", "copying", "x.orig", "._x", ".x.swp", ".DS_Store", ".hidden", "build", "config.gypi",
		"package-lock.json", "yarn.lock", "npm-debug.log", ".npmrc", "@s", "[id].js", "i.js", "CVS", "ä.js", "a b",
		"archived-packages", "History.md", "core", "node_modules", ".git")
}

func (g generator) path() string {
	parts := make([]string, 1+g.IntN(3))
	for i := range parts {
		parts[i] = g.name()
	}
	return strings.Join(parts, "/")
}

func (g generator) portion() string {
	return g.of(g.name(), g.name(), g.name(), "*", "**", "*.js", "?.js", "[a-c]*", "[!a]*", "{a,b}*", "*.{js,ts}", "!(a*)",
		"@(a|b).js", "+(a|b)", "*(lib|dist)", "?(a).js", ".*", "*.*", "[[:alpha:]].js", "a*(b", "[a", "{a", "\\*", "..", ".", "\\[id\\].js", "!(*.js|lib)", "[^.]*")
}

func (g generator) pattern() string {
	parts := make([]string, 1+g.IntN(3))
	for i := range parts {
		parts[i] = g.portion()
	}
	return g.of("", "", "", "!", "!", "!!") + g.of("", "", "/", "./") + strings.Join(parts, "/") + g.of("", "", "/", "/*", "/**")
}

func (g generator) lines() string {
	lines := make([]string, 1+g.IntN(4))
	for i := range lines {
		lines[i] = g.of(g.pattern(), g.pattern(), g.pattern(), g.pattern(), "# comment", "", "  a  ")
	}
	return strings.Join(lines, g.of("\n", "\r\n"))
}

func (g generator) manifest() string {
	m := map[string]any{"name": "x", "version": "1.0.0"}
	if g.IntN(2) == 0 {
		files := make([]string, g.IntN(4))
		for i := range files {
			// A way out of the folder and in again is npm's alone.
			files[i] = strings.ReplaceAll(g.pattern(), "..", "b.ts")
		}
		m["files"] = files
	}
	if g.IntN(3) == 0 {
		m["main"] = g.of("", "./", "/") + g.path()
	}
	if g.IntN(4) == 0 {
		m["bin"] = g.of("", "./", "../") + g.path()
	}
	if g.IntN(6) == 0 {
		m["browser"] = g.path()
	}
	if g.IntN(6) == 0 {
		m["directories"] = map[string]string{"bin": g.of("lib", "./dist", "a")}
	}
	if g.IntN(8) == 0 {
		m["workspaces"] = []string{g.of("lib", "a", "*")}
	}
	if g.IntN(8) == 0 {
		m["patchedDependencies"] = map[string]string{"a@1": g.path()}
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (g generator) files() map[string]string {
	files := map[string]string{"package.json": g.manifest()}
	for range 4 + g.IntN(12) {
		files[g.path()] = "x"
	}
	for range g.IntN(3) {
		files[g.of("", "", "a/", "lib/", "dist/")+g.of(".npmignore", ".gitignore")] = g.lines()
	}
	if g.IntN(6) == 0 {
		files[g.of("lib", "a")+"/package.json"] = "{\n\"a.js\":\n1,\n\"name\":\"w\"\n}"
	}
	if g.IntN(6) == 0 {
		files["link"] = "-> " + g.name()
	}
	for path := range files { // what is a file cannot be a folder as well
		for at, c := range path {
			if c == '/' {
				delete(files, path[:at])
			}
		}
	}
	return files
}

// caseCount is how many folders are generated: $IPNPM_PACKLIST_CASES, or
// enough to notice a change.
func caseCount(t *testing.T) int {
	text := os.Getenv("IPNPM_PACKLIST_CASES")
	if text == "" {
		return 200
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestFilesAgreesWithNPM lists generated folders with npm and here.
func TestFilesAgreesWithNPM(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(12, 2))}
	dirs := make([]string, caseCount(t))
	for i := range dirs {
		dirs[i] = folder(t, g.files())
	}
	t.Logf("%d of %d folders are listed as npm lists them", compare(t, dirs), len(dirs))
}
