package packlist

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/tarball"
)

// TestFiles has the rules one by one; npm is asked about each as well.
func TestFiles(t *testing.T) {
	cases := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no rules", map[string]string{"package.json": "{}", "index.js": "", "lib/a.js": "", "node_modules/a/index.js": "", ".git/HEAD": "", "lib/.npmrc": "", "a.orig": "", "lib/.DS_Store": "", "package-lock.json": "", "lib/package-lock.json": "", "bun.lock": ""},
			"index.js lib/a.js lib/package-lock.json package.json"},
		{"files", map[string]string{"package.json": `{"files":["lib","*.md","!lib/test"]}`, "index.js": "", "lib/a.js": "", "lib/test/b.js": "", "x.md": "", "CHANGES": ""},
			"lib/a.js package.json x.md"},
		{"files and ignore files", map[string]string{"package.json": `{"files":["lib"]}`, ".npmignore": "lib", "lib/a.js": "", "lib/b.js": "", "lib/.npmignore": "b.js"},
			"lib/a.js package.json"},
		{"empty files", map[string]string{"package.json": `{"files":[]}`, "index.js": "", "LICENSE": "", "Readme.md": ""},
			"LICENSE Readme.md package.json"},
		{".npmignore over .gitignore", map[string]string{"package.json": "{}", ".npmignore": "a", ".gitignore": "b", "a": "", "b": "", "c": ""},
			"b c package.json"},
		{".gitignore", map[string]string{"package.json": "{}", ".gitignore": "/build\n*.log\n!keep.log\n", "build/x": "", "lib/build/y": "", "a.log": "", "lib/keep.log": ""},
			"lib/build/y lib/keep.log package.json"},
		{"main and bin", map[string]string{"package.json": `{"files":["lib"],"main":"dist/m.js","bin":{"x":"./cli.js"},"browser":"b.js"}`, "dist/m.js": "", "dist/n.js": "", "cli.js": "", "b.js": "", "lib/a": ""},
			"b.js cli.js dist/m.js lib/a package.json"},
		{"a main with ./", map[string]string{"package.json": `{"files":["lib"],"main":"./m.js"}`, "m.js": "", "lib/a": ""},
			"lib/a package.json"},
		{"licences", map[string]string{"package.json": `{"files":[]}`, "LICENCE.txt": "", "license-mit": "", "COPYING": "", "readme.md~": "", "lib/README": ""},
			"COPYING LICENCE.txt package.json"},
		{"case does not count in rules", map[string]string{"package.json": "{}", ".npmignore": "LIB\n", "lib/a": "", "b": ""},
			"b package.json"},
		{"case counts in files", map[string]string{"package.json": `{"files":["LIB"]}`, "lib/a": ""},
			"package.json"},
		{"links are left out", map[string]string{"package.json": "{}", "a": "", "b": "-> a", "c": "-> ."},
			"a package.json"},
		{"bundled", map[string]string{
			"package.json":                   `{"dependencies":{"a":"1","b":"1","o":"1"},"bundleDependencies":["a","o"],"devDependencies":{"o":"1"}}`,
			"node_modules/a/package.json":    `{"name":"a","dependencies":{"c":"1"},"optionalDependencies":{"gone":"1"}}`,
			"node_modules/a/i.js":            "",
			"node_modules/a/.npmignore":      "i.js",
			"node_modules/a/node_modules/z/": "", "node_modules/a/node_modules/z/package.json": `{"name":"z"}`,
			"node_modules/b/package.json": `{"name":"b"}`,
			"node_modules/c/package.json": `{"name":"c","dependencies":{"a":"1"},"files":["x"]}`, "node_modules/c/x": "", "node_modules/c/y": "",
			"node_modules/o/package.json": `{"name":"o"}`,
		}, "node_modules/a/.npmignore node_modules/a/i.js node_modules/a/package.json node_modules/c/package.json node_modules/c/x package.json"},
		{"a bundled link", map[string]string{
			"package.json":          `{"dependencies":{"a":"1"},"bundleDependencies":["a"],"files":[]}`,
			"packages/package.json": `{"name":"a","dependencies":{"d":"1"}}`, "packages/.npmignore": "i.js", "packages/i.js": "", "packages/j.js": "",
			"packages/node_modules/d/package.json": `{"name":"d"}`,
			"node_modules/a":                       "-> ../packages",
		}, "node_modules/a/j.js node_modules/a/package.json package.json packages/node_modules/d/package.json"},
		{"workspaces", map[string]string{"package.json": `{"workspaces":["w"]}`, "w/package.json": "{\n\"name\":\"w\",\n\"a\":\n1\n}", "w/a": "", "w/.npmignore": "a"},
			"package.json w/a w/package.json"},
		{"patches", map[string]string{"package.json": `{"files":["patches"],"patchedDependencies":{"a@1":"patches/a.patch"}}`, "patches/a.patch": "", "patches/b": ""},
			"package.json patches/b"},
		{"directories.bin", map[string]string{"package.json": `{"files":["lib"],"directories":{"bin":"cmd"}}`, "cmd/x": "", "cmd/.y": "", "lib/a": ""},
			"cmd/x lib/a package.json"},
		{"a folder named @x", map[string]string{"package.json": "{}", "@x/a": ""}, "@x/a package.json"},
	}
	dirs := make([]string, len(cases))
	for i, c := range cases {
		dirs[i] = folder(t, c.files)
		got, err := Files(dirs[i])
		if s := strings.Join(got, " "); s != c.want || err != nil {
			t.Errorf("%s:\n got %s\nwant %s (%v)", c.name, s, c.want, err)
		}
	}
	compare(t, dirs)
}

// TestPack packs with commands executable, reproducibly, and without patches.
func TestPack(t *testing.T) {
	dir := folder(t, map[string]string{
		"package.json": "{\n  \"patchedDependencies\": {\"a\": \"a.patch\"},\n  \"bin\": \"cli.js\", \"name\": \"x\"\n}\n",
		"cli.js":       "#!/usr/bin/env node\n", "a.patch": "", "i.js": "",
	})
	data, err := Pack(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "i.js"), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	again, err := Pack(dir)
	if err != nil || string(again) != string(data) {
		t.Fatalf("packing twice gives other bytes (%v)", err)
	}
	var got []string
	err = tarball.Walk(data, tarball.DefaultLimits(), func(e tarball.Entry, r io.Reader) error {
		text, err := io.ReadAll(r)
		got = append(got, e.Path+" "+e.Mode.String()+" "+string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"cli.js -rwxr-xr-x #!/usr/bin/env node\n", "i.js -rw-r--r-- ",
		"package.json -rw-r--r-- {\n  \"bin\": \"cli.js\", \"name\": \"x\"\n}\n"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestWithoutPatches(t *testing.T) {
	for text, want := range map[string]string{
		`{"patchedDependencies":{}}`:                     `{}`,
		`{"a":1,"patchedDependencies":{"b":[1,"}"]}}`:    `{"a":1}`,
		`{"a":{"patchedDependencies":1}}`:                `{"a":{"patchedDependencies":1}}`,
		`{"a":1, "patchedDependencies":{"x":","},"b":2}`: `{"a":1,"b":2}`,
	} {
		if got := withoutPatches([]byte(text)); string(got) != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}

// TestRefusals has what is hostile rather than wrong.
func TestRefusals(t *testing.T) {
	outside := folder(t, map[string]string{"secret": "", "package.json": `{"name":"a"}`})
	dir := folder(t, map[string]string{
		"package.json":   `{"dependencies":{"a":"1"},"bundleDependencies":["a"]}`,
		"node_modules/a": "-> " + outside,
	})
	var out *OutsideError
	if got, err := Files(dir); !errors.As(err, &out) {
		t.Errorf("a link out of the package: %q %v", got, err)
	}
	for name, line := range map[string]string{
		"braces": strings.Repeat("{a,b}", 40), "sequence": "{1..99999999}", "length": strings.Repeat("a", maxPattern+1),
	} {
		var bad *PatternError
		if _, err := Files(folder(t, map[string]string{".npmignore": line})); !errors.As(err, &bad) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Patterns whose matching never ends end as no match.
	slow := folder(t, map[string]string{".npmignore": strings.Repeat("*(a|aa)", 20) + "b\n" + strings.Repeat("**/a/", 30) + "b\n", strings.Repeat("a", 200): ""})
	if got, err := Files(slow); err != nil || len(got) != 1 {
		t.Errorf("got %q %v", got, err)
	}
	linked := folder(t, map[string]string{"package.json": "{}", ".npmignore": "-> package.json"})
	if got, err := Files(linked); err != nil || len(got) != 1 {
		t.Errorf("got %q %v", got, err)
	}
}
