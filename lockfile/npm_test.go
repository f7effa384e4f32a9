package lockfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recorded are files written by npm 11.19 with omit-lockfile-registry-resolved.
func recorded(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// dropped says whether the tokens are a member of a package that Import
// leaves out.
func dropped(member []string) bool {
	switch member[0] {
	case "license:", "funding:":
		return true
	}
	// What a package.json of npm 0.x had.
	return member[0] == "engines:" && member[1] != "{"
}

// tokens flattens JSON into its tokens in file order, without the members of
// packages that are not taken over.
func tokens(t *testing.T, data []byte) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var out []string
	var value func(depth int)
	next := func() json.Token {
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	value = func(depth int) {
		tok := next()
		delim, ok := tok.(json.Delim)
		if !ok {
			text, _ := json.Marshal(tok)
			out = append(out, string(text))
			return
		}
		out = append(out, delim.String())
		for d.More() {
			if delim == '{' {
				key := next().(string)
				out = append(out, key+":")
			}
			from := len(out) - 1
			value(depth + 1)
			if depth == 2 && dropped(out[from:]) {
				out = out[:from]
			}
		}
		out = append(out, next().(json.Delim).String())
	}
	value(0)
	return out
}

// Importing what npm wrote and writing it again as npm gives npm's own file,
// key for key in npm's own order, but for license and funding.
func TestEncodeNPMRepeatsNPM(t *testing.T) {
	for _, tt := range []struct {
		name   string
		hidden bool
	}{
		{"mixed.package-lock.json", false},
		{"mixed.hidden.json", true},
		{"large.package-lock.json", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data := recorded(t, tt.name)
			l, err := ImportPackageLock(data)
			if err != nil {
				t.Fatal(err)
			}
			got, err := l.EncodeNPM(tt.hidden, nil)
			if err != nil {
				t.Fatal(err)
			}
			want, have := tokens(t, data), tokens(t, got)
			for i := range min(len(want), len(have)) {
				if want[i] != have[i] {
					t.Fatalf("token %d: npm has %v, we have %v", i, want[max(0, i-8):i+4], have[max(0, i-8):i+4])
				}
			}
			if len(want) != len(have) {
				t.Fatalf("%d tokens, npm has %d", len(have), len(want))
			}
			var laidOut bytes.Buffer
			if err := json.Indent(&laidOut, got, "", "  "); err != nil || laidOut.String() != string(got) {
				t.Fatalf("layout is not two-blank indentation (%v)", err)
			}
		})
	}
}

// npm packs a folder itself, with other bytes than ours, and would refuse them
// for our digest.
func TestEncodeNPMKeepsNoDigestOfFolders(t *testing.T) {
	for resolved, keeps := range map[string]bool{"file:lib": false, "file:../lib": false, "file:lib.tgz": true, "https://files.example/lib": true} {
		l := sample()
		sum := "sha512-" + strings.Repeat("A", 86) + "=="
		l.Packages["node_modules/lib"] = &Package{Version: "1.0.0", Resolved: resolved, Integrity: sum}
		data, err := l.EncodeNPM(false, nil)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte(sum)) != keeps {
			t.Errorf("%s: the digest is kept %v, want %v", resolved, !keeps, keeps)
		}
	}
}

func TestEncodeNPMHiddenHasNoRoot(t *testing.T) {
	l := sample()
	data, err := l.EncodeNPM(true, nil)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		LockfileVersion int
		Requires        bool
		Packages        map[string]json.RawMessage
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if _, root := file.Packages[""]; root || file.LockfileVersion != 3 || !file.Requires {
		t.Fatalf("hidden lockfile:\n%s", data)
	}
	if len(file.Packages) != len(l.Packages)-1 {
		t.Fatalf("%d packages of %d", len(file.Packages), len(l.Packages))
	}
	for _, own := range []string{`"cid"`, `"size"`, `"registry"`, `"closure"`} {
		if bytes.Contains(data, []byte(own)) {
			t.Errorf("npm's file has our field %s", own)
		}
	}
}

func TestImportResolved(t *testing.T) {
	const file = `{"name":"r","lockfileVersion":3,"requires":true,"packages":{
"":{"dependencies":{"reg":"^1.0.0","url":"https://files.example/url.tgz","likereg":"http://registry.example/likereg/-/likereg-1.0.0.tgz","git":"github:o/git","tgz":"file:tgz.tgz"}},
"node_modules/reg":{"version":"1.0.0","resolved":"http://registry.example/reg/-/reg-1.0.0.tgz"},
"node_modules/reg/node_modules/@s/x":{"version":"1.0.0","resolved":"http://registry.example/npm/@s/x/-/x-1.0.0.tgz"},
"node_modules/pkg":{"version":"1.0.0","resolved":"https://npm.example/download/@o/pkg/1.0.0/0123abcd"},
"node_modules/url":{"version":"1.0.0","resolved":"https://files.example/url.tgz"},
"node_modules/over":{"version":"1.0.0","resolved":"https://files.example/override.tgz"},
"node_modules/likereg":{"version":"1.0.0","resolved":"http://registry.example/likereg/-/likereg-1.0.0.tgz"},
"node_modules/git":{"version":"1.0.0","resolved":"git+ssh://git@github.com/o/git.git#0123456789012345678901234567890123456789"},
"node_modules/tgz":{"version":"1.0.0","resolved":"file:tgz.tgz"}}}`
	l, err := ImportPackageLock([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	for location, kept := range map[string]bool{
		"node_modules/reg":                   false,
		"node_modules/reg/node_modules/@s/x": false,
		"node_modules/pkg":                   false,
		"node_modules/url":                   true,
		"node_modules/over":                  true,
		"node_modules/likereg":               true,
		"node_modules/git":                   true,
		"node_modules/tgz":                   true,
	} {
		if got := l.Packages[location].Resolved != ""; got != kept {
			t.Errorf("%s: resolved kept %v, want %v", location, got, kept)
		}
	}
}

// Old packages leave shapes in npm's file that are not the documented ones.
func TestImportTolerates(t *testing.T) {
	const file = `{"name":"r","lockfileVersion":2,"dependencies":{"a":{"version":"1.0.0"}},"packages":{
"":{"license":["MIT"],"workspaces":{"packages":["p/*"]},"funding":[{"url":"u"}]},
"node_modules/a":{"version":"1.0.0","engines":["node >=0.6"],"os":"linux","hasShrinkwrap":true,"deprecated":false,
 "bundleDependencies":true,"bin":"x.js","peerDependenciesMeta":{"b":{"optional":true,"more":1}},"dependencies":{"c":"1","d":{}}}}}`
	l, err := ImportPackageLock([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	a := l.Packages["node_modules/a"]
	if a.Engines != nil || !slices.Equal(a.OS, []string{"linux"}) || !a.PeerDependenciesMeta["b"].Optional || a.Dependencies["c"] != "1" || len(a.Dependencies) != 1 {
		t.Fatalf("imported %+v", a)
	}
}

func TestImportErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"version 1", `{"lockfileVersion":1,"dependencies":{"../x":{"version":"1.0.0"}}}`, `".."`},
		{"version 1 without version", `{"lockfileVersion":0,"dependencies":{}}`, "no valid lockfileVersion"},
		{"newer", `{"lockfileVersion":5,"packages":{}}`, "newer"},
		{"none", `{}`, "no valid lockfileVersion"},
		{"no packages", `{"lockfileVersion":3}`, "packages: is missing"},
		{"leaves the project", `{"lockfileVersion":3,"packages":{"node_modules/../../x":{}}}`, `".."`},
		{"truncated", `{"lockfileVersion":3,"packages":{"node_modules/a":{"ver`, "ends too early"},
		{"deep nesting", `{"x":` + strings.Repeat("[", 100), "nested too deep"},
		{"package is no object", `{"lockfileVersion":3,"packages":{"node_modules/a":true}}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ImportPackageLock([]byte(tt.file))
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// npm puts some keys first wherever they are, and JavaScript puts integers
// before everything.
func TestNPMKeyOrder(t *testing.T) {
	got := slices.SortedFunc(slices.Values([]string{"zeta", "requires", "10", "Alpha", "9", "name", "alpha", "dependencies", "01"}), compareNPM)
	want := []string{"9", "10", "name", "requires", "dependencies", "01", "alpha", "Alpha", "zeta"}
	if !slices.Equal(got, want) {
		t.Fatalf("order %q, want %q", got, want)
	}
}

func FuzzImportPackageLock(f *testing.F) {
	f.Add([]byte(`{"name":"r","lockfileVersion":3,"packages":{"":{},"node_modules/a":{"version":"1.0.0","resolved":"http://registry.example/a/-/a-1.0.0.tgz"}}}`))
	f.Add([]byte(`{"lockfileVersion":2,"packages":{"node_modules/l":{"resolved":"l","link":true},"l":{"version":"1"}}}`))
	f.Add(recorded(f, "mixed.hidden.json")[:4000])
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ImportPackageLock(data)
		if err != nil {
			requireTyped(t, err)
			return
		}
		out, err := l.EncodeNPM(false, nil)
		if err != nil {
			t.Fatalf("imported, but cannot be written: %v", err)
		}
		if _, err := ImportPackageLock(out); err != nil {
			t.Fatalf("own output is refused: %v\n%s", err, out)
		}
	})
}

// requireTyped fails for an error that is none of the documented types.
func requireTyped(t *testing.T, err error) {
	t.Helper()
	var syntax *SyntaxError
	var field *FieldError
	var format *FormatError
	if !errors.As(err, &syntax) && !errors.As(err, &field) && !errors.As(err, &format) || errors.Is(err, io.EOF) {
		t.Fatalf("untyped error %T: %v", err, err)
	}
}

// What has a source of its own, and a link, is not asked about.
func TestEncodeNPMAddresses(t *testing.T) {
	l := sample()
	var asked []string
	data, err := l.EncodeNPM(true, func(location string, p *Package) string {
		asked = append(asked, location)
		if p.CID == "" {
			return ""
		}
		return "https://registry.example/" + p.NameAt(location)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"node_modules/@acme/b", "node_modules/alpha", "node_modules/alpha/node_modules/in", "packages/w"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked about %q, want %q", asked, want)
	}
	for text, times := range map[string]int{`"resolved": "https://registry.example/alpha"`: 1, `"resolved": "https`: 1, `"resolved"`: 3} {
		if got := strings.Count(string(data), text); got != times {
			t.Errorf("%s is there %d times, want %d:\n%s", text, got, times, data)
		}
	}
}
