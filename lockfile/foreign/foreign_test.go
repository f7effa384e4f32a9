package foreign

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

func rootOf(t testing.TB, text string) Project {
	t.Helper()
	m, err := manifest.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return Project{Root: m}
}

// TestAddresses: what no registry holds, as each manager writes it.
func TestAddresses(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	p := rootOf(t, `{"dependencies":{"g":"github:o/r","u":"https://files.example/u.tgz","f":"file:f.tgz","l":"link:l"}}`)
	for name, tc := range map[string]struct{ file, text string }{
		"pnpm 8": {PNPM, `lockfileVersion: '6.0'
dependencies:
  g: {specifier: 'github:o/r', version: github.com/o/r/` + commit + `}
  u: {specifier: 'https://files.example/u.tgz', version: '@files.example/u.tgz'}
  f: {specifier: 'file:f.tgz', version: 'file:f.tgz'}
  l: {specifier: 'link:l', version: 'link:l'}
packages:
  github.com/o/r/` + commit + `: {resolution: {tarball: 'https://codeload.github.com/o/r/tar.gz/` + commit + `'}, name: g, version: 1.0.0}
  '@files.example/u.tgz': {resolution: {tarball: 'https://files.example/u.tgz'}, name: u, version: 1.0.0}
  file:f.tgz: {resolution: {integrity: x, tarball: 'file:f.tgz'}, name: f, version: 1.0.0}
`},
		"pnpm 9": {PNPM, `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      g: {specifier: 'github:o/r', version: 'https://codeload.github.com/o/r/tar.gz/` + commit + `'}
      u: {specifier: 'https://files.example/u.tgz', version: 'https://files.example/u.tgz'}
      f: {specifier: 'file:f.tgz', version: 'file:f.tgz'}
      l: {specifier: 'link:l', version: 'link:l'}
packages:
  g@https://codeload.github.com/o/r/tar.gz/` + commit + `: {resolution: {tarball: 'https://codeload.github.com/o/r/tar.gz/` + commit + `'}, version: 1.0.0}
  u@https://files.example/u.tgz: {resolution: {tarball: 'https://files.example/u.tgz'}, version: 1.0.0}
  f@file:f.tgz: {resolution: {integrity: x, tarball: 'file:f.tgz'}, version: 1.0.0}
snapshots:
  g@https://codeload.github.com/o/r/tar.gz/` + commit + `: {}
  u@https://files.example/u.tgz: {}
  f@file:f.tgz: {}
`},
		"Yarn 1": {Yarn, classicMark + `
"g@github:o/r":
  version "1.0.0"
  resolved "git+ssh://git@github.com/o/r.git#` + commit + `"

"u@https://files.example/u.tgz":
  version "1.0.0"
  resolved "https://files.example/u.tgz#0123456789012345678901234567890123456789"

"f@file:f.tgz":
  version "1.0.0"
`},
		"Yarn 4": {Yarn, `__metadata: {version: 8}
"g@github:o/r": {version: 1.0.0, resolution: "g@https://github.com/o/r.git#commit=` + commit + `"}
"u@https://files.example/u.tgz": {version: 1.0.0, resolution: "u@https://files.example/u.tgz"}
"f@file:f.tgz::locator=p%40workspace%3A.": {version: 1.0.0, resolution: "f@file:f.tgz#f.tgz::hash=1&locator=p%40workspace%3A."}
`},
		"bun": {Bun, `{"lockfileVersion": 1, "workspaces": {"": {"dependencies": {"g": "github:o/r", "u": "https://files.example/u.tgz", "f": "file:f.tgz"}}}, "packages": {
			"g": ["g@git+ssh://git@github.com/o/r.git#` + commit + `", {}, "` + commit + `"],
			"u": ["u@https://files.example/u.tgz", {}],
			"f": ["f@f.tgz", {}],
		}}`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := Parse(tc.file, []byte(tc.text), p)
			if err != nil {
				t.Fatal(err)
			}
			if pins := g.Folder("", "g"); len(pins) != 1 || !strings.HasSuffix(pins[0].Resolved, "#"+commit) || !strings.Contains(pins[0].Resolved, "github.com") {
				t.Errorf("git: %+v", pins)
			}
			if pins := g.Folder("", "u"); len(pins) != 1 || pins[0].Resolved != "https://files.example/u.tgz" {
				t.Errorf("URL: %+v", pins)
			}
			if pins := append(g.Folder("", "f"), g.Folder("", "l")...); len(pins) != 0 {
				t.Errorf("of the project, and pinned: %+v", pins)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	deep := strings.Repeat("[", 1<<20)
	for name, tc := range map[string]struct{ file, text, want string }{
		"binary":                    {BunBinary, "#!/usr/bin/env bun\nbun-lockfile-format-v0\n", "bun.lockb: is bun's old binary format"},
		"another name":              {"Cargo.lock", "", "is not the name of a lockfile"},
		"conflict":                  {Yarn, "a:\n<<<<<<< HEAD\n", "yarn.lock: line 2: has git's conflict markers"},
		"pnpm empty":                {PNPM, "", "is empty"},
		"pnpm no YAML":              {PNPM, "a: [", "pnpm-lock.yaml: yaml"},
		"pnpm no version":           {PNPM, "packages: {}", "no valid lockfileVersion"},
		"pnpm old":                  {PNPM, "lockfileVersion: 5.4", "this ipnpm reads 6 to 9"},
		"pnpm new":                  {PNPM, "lockfileVersion: '10.0'", "reads up to 9"},
		"pnpm alias":                {PNPM, "lockfileVersion: '9.0'\nx: &a {b: c}\npackages: *a\n", "line 3: packages must be a mapping"},
		"pnpm twice":                {PNPM, "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: {}\n  a@1.0.0: {}\n", "line 4"},
		"pnpm without entry":        {PNPM, "lockfileVersion: '9.0'\nimporters: {.: {dependencies: {a: {version: 1.0.0}}}}", "the project depends on a 1.0.0, which has no entry"},
		"pnpm impossible name":      {PNPM, "lockfileVersion: '9.0'\nimporters: {.: {dependencies: {../a: 1.0.0}}}\npackages: {../a@1.0.0: {}}", "invalid package name"},
		"pnpm impossible integrity": {PNPM, "lockfileVersion: '9.0'\nimporters: {.: {dependencies: {a: 1.0.0}}}\npackages: {a@1.0.0: {resolution: {integrity: sha512-x}}}", "malformed sha512 digest"},
		"Yarn 1 no entry":           {Yarn, classicMark + "\n  version \"1\"\n", "line 2: is not what Yarn writes here"},
		"Yarn 1 no version":         {Yarn, classicMark + "\na@1:\n", "line 2: a@1 has no version"},
		"Yarn 1 deep":               {Yarn, classicMark + "\na@1:\n      b \"1\"\n", "line 3: is indented by 6 blanks"},
		"Yarn 1 string":             {Yarn, classicMark + "\n\"a@1:\n", "line 2: has a string without an end"},
		"Yarn 1 twice":              {Yarn, classicMark + "\na@1:\n  version \"1.0.0\"\na@1:\n  version \"1.0.0\"\n", "line 4: a@1 is there twice"},
		"Yarn without metadata":     {Yarn, "a: {resolution: \"a@npm:1.0.0\"}", "neither Yarn 1's nor"},
		"Yarn old":                  {Yarn, "__metadata: {version: 3}", "reads 4 to 10"},
		"Yarn new":                  {Yarn, "__metadata: {version: 11}", "reads up to 10"},
		"Yarn without resolution":   {Yarn, "__metadata: {version: 8}\na@npm:1: {version: 1.0.0}", "line 2: a@npm:1 has no valid resolution"},
		"bun no JSON":               {Bun, "{\n\"a\": b}", "bun.lock: line 2"},
		"bun no version":            {Bun, "{}", "no valid lockfileVersion"},
		"bun new":                   {Bun, `{"lockfileVersion": 9}`, "reads up to 2"},
		"bun deep":                  {Bun, deep, "nested too deep"},
		"bun no tuple":              {Bun, `{"lockfileVersion": 1, "packages": {"a": []}}`, "a has no resolution"},
		"bun no resolution":         {Bun, `{"lockfileVersion": 1, "packages": {"a": ["a"]}}`, `"a" is no resolution`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(tc.file, []byte(tc.text), rootOf(t, `{}`))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want one with %q", err, tc.want)
			}
			var mine *Error
			var field *lockfile.FieldError
			if !errors.As(err, &mine) && !errors.As(err, &field) {
				t.Errorf("error of type %T", err)
			}
			if mine != nil && mine.Hint() == "" {
				t.Error("no hint")
			}
		})
	}
}

func TestTrailingCommas(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": [1, 2, ], }`:   `{"a": [1, 2  ]  }`,
		"[1,\n\n]":            "[1 \n\n]",
		`{"a,]": "b\",}", }`:  `{"a,]": "b\",}"  }`,
		`[1,,]`:               `[1, ]`,
		`["\\", ["x",],"y",]`: `["\\", ["x" ],"y" ]`,
	} {
		have, err := standardJSON([]byte(text))
		if err != nil || string(have) != want {
			t.Errorf("%s: %s, %v, want %s", text, have, err, want)
		}
	}
}

// fuzz runs one parser on real lockfiles and what becomes of them: it must not
// crash, and what it accepts must be valid.
func fuzz(f *testing.F, name string, accepts func([]byte) bool) {
	for file := range real(f) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if lockName(file) == name && accepts(data) && len(data) < 64<<10 {
			f.Add(data)
		}
	}
	p := rootOf(f, `{"dependencies":{"express":"^4.18.0","old":"npm:lodash@^3.10.0"}}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		if !accepts(data) {
			return
		}
		g, err := Parse(name, data, p)
		if err != nil {
			return
		}
		if err := g.Validate(); err != nil {
			t.Errorf("accepted and invalid: %v", err)
		}
	})
}

func every([]byte) bool        { return true }
func isBerry(data []byte) bool { return !isClassic(data) }
func FuzzPNPM(f *testing.F)    { fuzz(f, PNPM, every) }
func FuzzClassic(f *testing.F) { fuzz(f, Yarn, isClassic) }
func FuzzBerry(f *testing.F)   { fuzz(f, Yarn, isBerry) }
func FuzzBun(f *testing.F)     { fuzz(f, Bun, every) }
