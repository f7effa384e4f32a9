package lockfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const (
	sampleCID       = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
	sampleIntegrity = "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
)

// sample has every field that can be set, at least once.
func sample() *Lockfile {
	return &Lockfile{
		Name: "proj", Version: "1.0.0",
		Registries: map[string]Registry{
			DefaultRegistry: {IPNS: "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8", Root: sampleCID, Sequence: 7},
			"@acme":         {},
		},
		Closure: sampleCID,
		Packages: map[string]*Package{
			"": {
				Name: "proj", Version: "1.0.0", Workspaces: []string{"packages/*"},
				Dependencies:    map[string]string{"alpha": "^1.0.0", "@acme/b": "npm:beta@2"},
				DevDependencies: map[string]string{"git": "github:o/git"},
			},
			"node_modules/alpha": {
				Version: "1.2.3-rc.1+b", CID: sampleCID, Integrity: sampleIntegrity, Size: 1234, Registry: "@acme",
				Dev: true, Optional: true, DevOptional: true, Peer: true, HasInstallScript: true,
				Deprecated: "use <beta> & \"gamma\"\n\ttoday", License: "MIT", BundleDependencies: []string{"in"},
				Bin: map[string]string{"alpha": "bin/alpha.js"}, Engines: map[string]string{"node": ">=18"},
				OS: []string{"linux", "!win32"}, CPU: []string{"x64"}, Libc: []string{"glibc"},
				OptionalDependencies: map[string]string{"opt": "*"}, PeerDependencies: map[string]string{"peer": "1 || 2"},
				PeerDependenciesMeta: map[string]PeerMeta{"peer": {Optional: true}},
			},
			"node_modules/alpha/node_modules/in": {Version: "0.1.0", InBundle: true},
			"node_modules/@acme/b": {Name: "beta", Version: "2.0.0", Integrity: sampleIntegrity,
				Patched: &Patched{Integrity: sampleIntegrity, Path: "patches/@acme/b@2.0.0.patch"}},
			"node_modules/git":     {Version: "3.0.0", Resolved: "git+ssh://git@github.com/o/git.git#abc", Extraneous: true},
			"node_modules/@proj/w": {Resolved: "packages/w", Link: true},
			"packages/w":           {Name: "@proj/w", Version: "0.0.1"},
		},
	}
}

// saysTheSame compares two lockfiles, in whatever order they were made.
func saysTheSame(a, b *Lockfile) bool {
	x, y := *a, *b
	x.order, y.order = nil, nil
	return reflect.DeepEqual(x, y)
}

func TestRoundTrip(t *testing.T) {
	l := sample()
	data, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if !saysTheSame(got, l) {
		t.Fatalf("got %+v\nwant %+v", got, l)
	}
	for range 5 {
		again, err := got.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("bytes differ between encodings (%v):\n%s\n%s", err, data, again)
		}
	}
}

func TestBadPatch(t *testing.T) {
	for _, by := range []Patched{
		{Integrity: sampleIntegrity}, {Path: "p.patch"}, {Integrity: "x", Path: "p.patch"},
		{Integrity: sampleIntegrity, Path: "../p.patch"}, {Integrity: sampleIntegrity, Path: "/p.patch"}, {Integrity: sampleIntegrity, Path: "a/../../p.patch"},
	} {
		l := sample()
		l.Packages["node_modules/@acme/b"].Patched = &by
		if _, err := l.Encode(); err == nil {
			t.Errorf("%+v was written", by)
		}
	}
}

// The file's key order is the struct's, and no field is forgotten.
func TestEncodeFollowsStruct(t *testing.T) {
	l := sample()
	l.Packages[""].ExtensionsHash, l.Packages[""].Extended = "sha512-rules", extendedSample()
	data, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	fields := make([]string, 0, 40)
	typ := reflect.TypeFor[Package]()
	for i := range typ.NumField() {
		name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		fields = append(fields, name)
	}
	var file struct{ Packages map[string]json.RawMessage }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for location, raw := range file.Packages {
		last := -1
		for _, key := range keysOf(t, raw) {
			at := slices.Index(fields, key)
			if at <= last {
				t.Errorf("packages[%q]: key %q is out of place", location, key)
			}
			last = at
			seen[key] = true
		}
	}
	for _, name := range fields {
		if !seen[name] {
			t.Errorf("no package of the sample was written with %q", name)
		}
	}
}

func extendedSample() *Extended {
	return &Extended{Selector: "a@1", Fields: map[string][]string{
		"dependencies": {"b"}, "optionalDependencies": {"o"}, "peerDependencies": {"p", "q"}, "peerDependenciesMeta": {"p"}}}
}

// What packageExtensions did is kept, in our file and in npm's, whose version
// then is 4.
func TestExtendedRoundTrip(t *testing.T) {
	l := &Lockfile{Name: "p", Packages: map[string]*Package{
		"": {Name: "p", ExtensionsHash: "sha512-rules"}, "node_modules/a": {Version: "1.0.0", Extended: extendedSample()},
	}}
	own, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	npm, err := l.EncodeNPM(false, nil)
	if err != nil || !bytes.Contains(npm, []byte(`"lockfileVersion": 4`)) {
		t.Fatalf("%s\n%v", npm, err)
	}
	for text, read := range map[string]func([]byte) (*Lockfile, error){string(own): Parse, string(npm): ImportPackageLock} {
		got, err := read([]byte(text))
		if err != nil {
			t.Errorf("%v:\n%s", err, text)
			continue
		}
		if got.Packages[""].ExtensionsHash != "sha512-rules" || !reflect.DeepEqual(got.Packages["node_modules/a"].Extended, extendedSample()) {
			t.Errorf("read back from\n%s", text)
		}
	}
}

func keysOf(t *testing.T, raw json.RawMessage) []string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.Token()
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// file makes a lockfile text with one package.
func file(location, fields string) string {
	return fmt.Sprintf("{\"name\":\"p\",\"lockfileVersion\":1,\n\"packages\":{\n\"\":{},\n%q:{%s}}}", location, fields)
}

func TestParseRefuses(t *testing.T) {
	const mod = "node_modules/a"
	for _, tt := range []struct{ name, text, want string }{
		{"unknown field", file(mod, `"colour":"red"`), "colour"},
		{"unknown field at the top", `{"lockfileVersion":1,"packages":{},"x":1}`, "x: is not a field"},
		{"miscased field", file(mod, `"VERSION":"1.0.0"`), "VERSION"},
		{"repeated field", file(mod, `"version":"1.0.0","version":"2.0.0"`), "twice"},
		{"repeated dependency", file(mod, `"dependencies":{"b":"1","b":"2"}`), "twice"},
		{"repeated location", file("", ``), "twice"},
		{"repeated packages", `{"lockfileVersion":1,"packages":{},"packages":{}}`, "twice"},
		{"number as version", file(mod, `"version":1`), "must be a string"},
		{"null", file(mod, `"version":null`), "must be a string"},
		{"string as flag", file(mod, `"dev":"true"`), "true or false"},
		{"fractional size", file(mod, `"size":1.5`), "whole number"},
		{"negative size", file(mod, `"size":-1`), "whole number"},
		{"sequence beyond IPNS", `{"lockfileVersion":1,"registries":{"x":{"sequence":18446744073709551616}},"packages":{}}`, "whole number"},
		{"size beyond JavaScript", file(mod, `"size":9007199254740993`), "whole number"},
		{"version with a slash", file(mod, `"version":"../1"`), "invalid version"},
		{"absolute location", file("/etc", ``), "absolute"},
		{"inner ..", file("node_modules/a/../../../x", ``), `".."`},
		{"dot", file("./a", ``), `"."`},
		{"outside without a link", file("../x", ``), "outside"},
		{"only ..", file("..", ``), "names no folder"},
		{"backslash", file(`a\\b`, ``), "backslash"},
		{"drive letter", file("C:/x", ``), "drive"},
		{"double slash", file("a//b", ``), "empty component"},
		{"trailing slash", file("a/", ``), "empty component"},
		{"node_modules alone", file("node_modules", ``), "package name"},
		{"hidden name", file("node_modules/.bin", ``), "package name"},
		{"scope alone", file("node_modules/@s", ``), "package name"},
		{"node_modules twice", file("node_modules/node_modules/a", ``), "package name"},
		{"name with a blank", file("node_modules/a b", ``), "package name"},
		{"invalid dependency name", file(mod, `"dependencies":{"../x":"1"}`), "package name"},
		{"bin that leaves", file(mod, `"bin":{"x":"../../x"}`), "bin"},
		{"bin with a path as name", file(mod, `"bin":{"../x":"x"}`), "bin"},
		{"absolute bin", file(mod, `"bin":{"x":"/bin/sh"}`), "bin"},
		{"no CID", file(mod, `"cid":"QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"`), "CID"},
		{"upper-case CID", file(mod, `"cid":"`+strings.ToUpper(sampleCID)+`"`), "CID"},
		{"short CID", file(mod, `"cid":"`+sampleCID[:50]+`"`), "CID"},
		{"bad integrity", file(mod, `"integrity":"sha512-AAAA"`), "sha512"},
		{"integrity without a hash", file(mod, `"integrity":"AAAA"`), "algorithm"},
		{"resolved path of no link", file(mod, `"resolved":"../x"`), "resolved"},
		{"link to nowhere", file(mod, `"resolved":"x","link":true`), "not in packages"},
		{"link with a version", file(mod, `"resolved":"","link":true,"version":"1.0.0"`), "link with"},
		{"no packages", `{"lockfileVersion":1}`, "packages: is missing"},
		{"ipns with a path", `{"lockfileVersion":1,"registries":{"default":{"ipns":"/ipns/x"}},"packages":{}}`, "bare name"},
		{"bad root", `{"lockfileVersion":1,"registries":{"default":{"root":"x"}},"packages":{}}`, "CID"},
		{"bad closure", `{"lockfileVersion":1,"closure":"x","packages":{}}`, "closure"},
		{"no version", `{"packages":{}}`, "no valid lockfileVersion"},
		{"an array", `[]`, "object"},
		{"text behind", `{"lockfileVersion":1,"packages":{}} x`, "after the end"},
		{"trailing comma", `{"lockfileVersion":1,"packages":{},}`, "quoted key"},
		{"comment", `{/* */}`, "quoted key"},
		{"bad escape", `{"\x":1}`, "escape"},
		{"line break in a string", "{\"a\nb\":1}", "control character"},
		{"invalid UTF-8", "{\"name\":\"\xff\"}", "UTF-8"},
		{"empty file", ``, "too early"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			if err == nil {
				t.Fatal("was accepted")
			}
			requireTyped(t, err)
			if !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %q does not say %q", err, tt.want)
			}
		})
	}
}

func TestParseAccepts(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"BOM and CRLF", "\xef\xbb\xbf{\r\n\"lockfileVersion\": 1,\r\n\"packages\": {}\r\n}\r\n"},
		{"escapes", `{"lockfileVersion":1,"packages":{"node_modules\/\u0061":{"version":"1.0.0"}}}`},
		{"old names", file("node_modules/JSONStream", `"version":"1.3.5"`)},
		{"outside link", `{"lockfileVersion":1,"packages":{"node_modules/x":{"resolved":"../x","link":true},"../x":{"version":"1.0.0"},"../x/node_modules/y":{"version":"1.0.0"}}}`},
		{"link to the root", `{"lockfileVersion":1,"packages":{"":{},"node_modules/x":{"resolved":"","link":true}}}`},
		{"sha2-512 CID", file("node_modules/a", `"cid":"bafkrgqgpqpqtk7xpxc67cvbikdlg3aah2yqoibilk4k5za7uveq5g3hjzzd5buj4lwc7fmh7qmmnfb365qxwhojrxvduc6ubuu4de6xze7nd4"`)},
		{"sequence beyond JavaScript", `{"lockfileVersion":1,"registries":{"x":{"ipns":"k51","sequence":18446744073709551615}},"packages":{}}`},
		{"folder inside a package", `{"lockfileVersion":1,"packages":{"node_modules/a/lib":{"version":"1.0.0"}}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Parse([]byte(tt.text))
			if err != nil {
				t.Fatal(err)
			}
			data, err := l.Encode()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := Parse(data); err != nil || !saysTheSame(again, l) {
				t.Errorf("read as %+v, %v; written from %+v", again, err, l)
			}
		})
	}
}

func TestNewerFormat(t *testing.T) {
	_, err := Parse([]byte(`{"lockfileVersion":2,"layers":[],"packages":{"weird":[]}}`))
	var format *FormatError
	if !errors.As(err, &format) || format.Version != 2 || format.Newest != Version {
		t.Fatalf("error %v", err)
	}
	if !strings.Contains(err.Error(), "newer ipnpm") {
		t.Fatalf("the error does not say what to do: %v", err)
	}
}

func TestErrorPositions(t *testing.T) {
	data, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	at := slices.IndexFunc(lines, func(s string) bool { return strings.Contains(s, `"version": "2.0.0"`) })
	broken := strings.Replace(string(data), `"version": "2.0.0"`, `"version": "2/0"`, 1)
	_, err = Parse([]byte(broken))
	var field *FieldError
	if !errors.As(err, &field) || field.Line != at+1 || field.Column != 17 || field.Location != "node_modules/@acme/b" {
		t.Fatalf("want line %d, got %v", at+1, err)
	}
	_, err = Parse(data[:len(data)/2])
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 1+bytes.Count(data[:len(data)/2], []byte("\n")) {
		t.Fatalf("truncated file: %v", err)
	}
}

// Every prefix of a valid file is refused as truncated, not as anything else.
func TestTruncated(t *testing.T) {
	data, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(data) - 2 {
		_, err := Parse(data[:n])
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Fatalf("%d of %d bytes: %v", n, len(data), err)
		}
	}
}

func TestEncodeRefusesWhatParseWould(t *testing.T) {
	for name, breakIt := range map[string]func(*Lockfile){
		"location": func(l *Lockfile) { l.Packages["../../etc"] = &Package{} },
		"nil":      func(l *Lockfile) { l.Packages["node_modules/x"] = nil },
		"cid":      func(l *Lockfile) { l.Closure = "x" },
		"size":     func(l *Lockfile) { l.Packages["node_modules/alpha"].Size = -1 },
		"big size": func(l *Lockfile) { l.Packages["node_modules/alpha"].Size = 1 << 53 },
	} {
		l := sample()
		breakIt(l)
		if _, err := l.Encode(); err == nil {
			t.Errorf("%s: was written", name)
		} else {
			requireTyped(t, err)
		}
	}
}

func TestReadWrite(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("error %v", err)
	}
	l := sample()
	if err := l.Write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil || !saysTheSame(got, l) {
		t.Fatalf("read back: %v", err)
	}
	path := filepath.Join(dir, FileName)
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(path)
	if err := l.Write(dir); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.Stat(path); !os.SameFile(before, after) || before.ModTime() != after.ModTime() {
		t.Error("writing the same content touched the file")
	}
	l.Version = "2.0.0"
	if err := l.Write(dir); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode became %v", info.Mode())
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestReadNamesFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), path) {
		t.Fatalf("error %v", err)
	}
}

func TestWriteThroughSymlink(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	target := filepath.Join(other, "real.json")
	if err := os.WriteFile(target, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(dir, FileName)); err != nil {
		t.Fatal(err)
	}
	if err := sample().Write(dir); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(target); len(data) == 0 {
		t.Error("the link's target was not written")
	}
}

// Packages that run on the same, in as many bytes, have one map for it; a brace in a
// text ends no object.
func TestParseEngines(t *testing.T) {
	texts := []string{`{"node":">=18"}`, `{"node":">=18"}`, `{"node": ">=18"}`, `{"node":"}"}`, `{"node":"}","npm":"1"}`, `{"node":"}"}`, `{}`}
	var file strings.Builder
	file.WriteString(`{"lockfileVersion":1,"packages":{"":{}`)
	for i, text := range texts {
		fmt.Fprintf(&file, `,"node_modules/p%d":{"version":"1.0.0","engines":%s}`, i, text)
	}
	l, err := Parse([]byte(file.String() + "}}"))
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		want := map[string]string{}
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatal(err)
		}
		if got := l.Packages[fmt.Sprintf("node_modules/p%d", i)].Engines; !maps.Equal(got, want) {
			t.Errorf("%s is read as %q", text, got)
		}
	}
}
