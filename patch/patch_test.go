package patch

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/tarball"
)

// applied is what a patch makes of files given as text, "-" for one that is gone,
// and the code of its error.
func applied(t *testing.T, text string, files map[string]string) (map[string]string, string) {
	t.Helper()
	p, err := Parse([]byte(text))
	if err != nil {
		return nil, codeOf(t, err)
	}
	before := Files{}
	for name, data := range files {
		before[name] = tarball.File{Path: name, Mode: 0o755, Data: []byte(data)}
	}
	after, err := p.Apply(before)
	if err != nil {
		return nil, codeOf(t, err)
	}
	out := map[string]string{}
	for name, f := range after {
		out[name] = string(f.Data)
	}
	return out, ""
}

func codeOf(t *testing.T, err error) string {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is no *Error", err)
	}
	return e.Code()
}

func TestApply(t *testing.T) {
	const ten = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"
	const five = "--- a/f\n+++ b/f\n@@ -4,3 +4,3 @@\n 4\n-5\n+five\n 6\n"
	tests := []struct {
		name, patch, before, want, code string // of the file f
	}{
		{"in place", five, ten, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n", ""},
		{"moved down", five, "a\nb\n" + ten, "a\nb\n1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n", ""},
		{"moved up", five, "4\n5\n6\n", "4\nfive\n6\n", ""},
		{"of two as near the later", five, "4\n5\n6\n-\n-\n-\n4\n5\n6\n", "4\n5\n6\n-\n-\n-\n4\nfive\n6\n", ""},
		{"no fuzz", five, "1\n2\n3\nx\n5\n6\n", "", codeFailed},
		{"a file that was made under Windows", five, strings.ReplaceAll(ten, "\n", "\r\n"), "1\r\n2\r\n3\r\n4\r\nfive\r\n6\r\n7\r\n8\r\n9\r\n10\r\n", ""},
		{"a patch that git changed", strings.ReplaceAll(five, "\n", "\r\n"), ten, "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n", ""},
		{"line ends of both kinds stay", five, "1\r\n2\n3\n4\n5\n6\n", "1\r\n2\n3\n4\nfive\n6\n", ""},
		{"the second hunk moves with the first", "--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-1\n+one\n@@ -3,1 +3,1 @@\n-x\n+y\n", "0\n1\nx\nx\n", "0\none\nx\ny\n", ""},
		{"a hunk begins in the end of the one before", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n-1\n+one\n 2\n@@ -2,2 +2,2 @@\n 2\n-3\n+three\n", ten, "one\n2\nthree\n4\n5\n6\n7\n8\n9\n10\n", ""},
		{"hunks out of order", "--- a/f\n+++ b/f\n@@ -4,1 +4,1 @@\n-4\n+four\n@@ -1,1 +1,1 @@\n-1\n+one\n", ten, "", codeFailed},
		{"without a line feed at the end", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+one\n\\ No newline at end of file\n", "1", "one", ""},
		{"a line feed at the end comes", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+1\n", "1", "1\n", ""},
		{"a line feed at the end goes", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+1\n\\ No newline at end of file\n", "1\n", "1", ""},
		{"a line feed that is not there", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+2\n", "1\n", "", codeFailed},
		{"only new lines", "--- a/f\n+++ b/f\n@@ -1,0 +2,1 @@\n+x\n", "1\n2\n", "1\nx\n2\n", ""},
		{"an empty context line without its blank", "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n\n-2\n+two\n", "\n2\n", "\ntwo\n", ""},
		{"git's headers, a mode and prose", "From: me\n\ndiff --git a/f b/f\nold mode 100644\nnew mode 100755\nindex 1..2 100644\n--- a/f\t2026-01-01\n+++ b/f\n@@ -1 +1 @@ function\n-1\n+2\n-- \n2.50\n", "1\n", "2\n", ""},
		{"a quoted name", "--- \"a/f\"\n+++ \"b/f\"\n@@ -1 +1 @@\n-1\n+2\n", "1\n", "2\n", ""},
		{"twice the same file", "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+2\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-2\n+3\n", "1\n", "3\n", ""},
		{"no such file", "--- a/g\n+++ b/g\n@@ -1 +1 @@\n-1\n+2\n", "1\n", "", codeFailed},
		{"added and there", "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+2\n", "1\n", "", codeFailed},
		{"deleted and changed", "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-2\n", "1\n", "", codeFailed},
		{"a rename", "diff --git a/f b/g\nrename from f\nrename to g\n", "1\n", "", codeFailed},
		{"a picture", "diff --git a/f b/f\nGIT binary patch\nliteral 1\n", "1\n", "", codeFailed},
		{"too few lines", "--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n 1\n-2\n", ten, "", codeFailed},
		{"too many lines", "--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-1\n-2\n+x\n", ten, "", codeFailed},
		{"a hunk without a file", "@@ -1,1 +1,1 @@\n-1\n+x\n", ten, "", codeFailed},
		{"a bad header", "--- a/f\n+++ b/f\n@@ -1,x +1,1 @@\n-1\n+x\n", ten, "", codeFailed},
		{"huge numbers", "--- a/f\n+++ b/f\n@@ -99999999999999999999,1 +1,1 @@\n-1\n+x\n", ten, "", codeFailed},
		{"two names of nothing", "--- /dev/null\n+++ /dev/null\n", ten, "", codeFailed},
	}
	for _, test := range tests {
		got, code := applied(t, test.patch, map[string]string{"f": test.before})
		if code != test.code || got["f"] != test.want {
			t.Errorf("%s: %q, %s; want %q, %s", test.name, got["f"], code, test.want, test.code)
		}
	}
}

func TestUnsafePaths(t *testing.T) {
	for _, file := range []string{"../x", "b/../../x", "/etc/passwd", "b/..", "c:/x", "b/a\\..\\x", "b/./x", "b//x", "\"b/a\\nb\"", "b/" + strings.Repeat("x", 2000), ".", "b/"} {
		for _, text := range []string{"--- /dev/null\n+++ " + file + "\n@@ -0,0 +1 @@\n+x\n", "--- " + file + "\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"} {
			if _, code := applied(t, text, nil); code != codeUnsafe {
				t.Errorf("%q: %q", file, code)
			}
		}
	}
	if _, err := Parse(make([]byte, MaxSize+1)); err == nil || codeOf(t, err) != codeUnsafe {
		t.Errorf("a patch of any size: %v", err)
	}
}

// TestLong holds a patch that is made to be slow to its limit.
func TestLong(t *testing.T) {
	blank := strings.Repeat(" \n", 40_000)
	text := "--- a/f\n+++ b/f\n@@ -1,40001 +1,40001 @@\n" + blank + "-x\n+y\n"
	if _, code := applied(t, text, map[string]string{"f": strings.Repeat("\n", 200_000)}); code != codeFailed {
		t.Errorf("%q", code)
	}
}

func TestTarball(t *testing.T) {
	data, err := tarball.Pack([]tarball.File{
		{Path: "package.json", Data: []byte(`{"name":"p"}`)}, {Path: "cli.js", Mode: 0o755, Data: []byte("1\n")}, {Path: "gone", Data: []byte("1\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse([]byte("--- a/cli.js\n+++ b/cli.js\n@@ -1 +1 @@\n-1\n+2\n--- /dev/null\n+++ b/d/new\n@@ -0,0 +1 @@\n+x\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"))
	if err != nil {
		t.Fatal(err)
	}
	once, err := p.Tarball(data)
	if err != nil {
		t.Fatal(err)
	}
	files, err := ReadTarball(once)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range []string{"cli.js", "d/new", "gone", "package.json"} {
		got = append(got, fmt.Sprintf("%s %o %q", name, files[name].Mode, files[name].Data))
	}
	const want = `cli.js 755 "2\n"|d/new 644 "x\n"|gone 0 ""|package.json 644 "{\"name\":\"p\"}"`
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("%s\nwant %s", s, want)
	}
	if again, err := p.Tarball(data); err != nil || string(again) != string(once) {
		t.Errorf("the same twice gives other bytes (%v)", err)
	}
	clash, err := Parse([]byte("--- /dev/null\n+++ b/CLI.js\n@@ -0,0 +1 @@\n+x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clash.Tarball(data); err == nil {
		t.Error("two names that differ in case alone")
	}
}

// TestDiff sees that what Diff writes, Apply reads back.
func TestDiff(t *testing.T) {
	files := func(texts map[string]string) Files {
		out := Files{}
		for name, text := range texts {
			out[name] = tarball.File{Path: name, Data: []byte(text)}
		}
		return out
	}
	long := strings.Repeat("line\n", 50)
	before := map[string]string{"package.json": "{}", "same": "x", "long": long + "a\n" + long, "gone": "1\n2", "empty-gone": "", "end": "a\nb", "cr": "a\r\nb\n"}
	after := map[string]string{"package.json": "{ }", "same": "x", "long": long + "b\n" + long, "new file": "x", "empty": "", "end": "a\nb\n", "cr": "a\nb\n"}
	text, manifest, err := Diff(files(before), files(after))
	if err != nil || !manifest {
		t.Fatalf("%v, package.json %v", err, manifest)
	}
	got, code := applied(t, string(text), before)
	after["package.json"] = "{}"
	if code != "" || fmt.Sprint(got) != fmt.Sprint(after) {
		t.Errorf("%s\n%q\nwant %q", code, got, after)
	}
	if text, manifest, err := Diff(files(before), files(before)); text != nil || manifest || err != nil {
		t.Errorf("of the same: %q, %v, %v", text, manifest, err)
	}
	if _, _, err := Diff(files(before), files(map[string]string{"same": "\x00"})); err == nil || codeOf(t, err) != codeFailed {
		t.Errorf("of no text: %v", err)
	}
}

func TestFind(t *testing.T) {
	rules := ParseRules(map[string]string{"a": "a", "a@^1": "a1", "a@~1.2.0": "a12", "a@1.2.3": "a123", "@s/a@2.x": "s2", "b@>=1": "b1", "b@<3": "b3", "b@2.0.0": "b2", "c@nonsense tag": "c"})
	for of, want := range map[string]string{
		"a@3.0.0": "a", "a@1.9.0": "a1", "a@1.2.9": "a12", "a@1.2.3": "a123", "@s/a@2.1.0": "s2", "@s/a@3.0.0": "",
		"b@5.0.0": "b1", "b@1.5.0": codeAmbiguous, "b@2.0.0": "b2", "c@1.0.0": "", "d@1.0.0": "",
	} {
		at := strings.LastIndexByte(of, '@')
		rule, err := rules.Find(of[:at], of[at+1:])
		got := ""
		switch {
		case err != nil:
			got = codeOf(t, err)
		case rule != nil:
			got = rule.Path
		}
		if got != want {
			t.Errorf("%s: %q, want %q", of, got, want)
		}
	}
}

func TestAssign(t *testing.T) {
	lock := func() *lockfile.Lockfile {
		return &lockfile.Lockfile{Packages: map[string]*lockfile.Package{
			"":                                  {},
			"node_modules/a":                    {Version: "1.0.0", Integrity: "sha512-x", Patched: &lockfile.Patched{Path: "old"}},
			"node_modules/b":                    {Version: "1.0.0"},
			"node_modules/b/node_modules/a":     {Version: "2.0.0", Integrity: "sha512-y"},
			"node_modules/c/node_modules/a":     {Version: "1.0.0", InBundle: true},
			"node_modules/w":                    {Link: true, Resolved: "packages/w"},
			"packages/w":                        {Version: "1.0.0"},
			"node_modules/folder":               {Link: true, Resolved: "../folder"},
			"../folder":                         {Version: "1.0.0"},
			"node_modules/git":                  {Version: "1.0.0", Resolved: "git+ssh://x/y.git#1"},
			"packages/w/node_modules/@scope/in": {Version: "1.0.0"},
		}}
	}
	read := func(file string) ([]byte, error) {
		if file == "none" {
			return nil, NotFoundError("none", nil)
		}
		return []byte(file), nil
	}
	tests := []struct{ rules, want string }{
		{"", ""},
		{"a@1=p", "node_modules/a=p"},
		{"a=p a@2=q", "node_modules/a=p node_modules/b/node_modules/a=q"},
		{"w=p b@9=q", "unused b@9 unused w"},
		{"@scope/in@*=p", "packages/w/node_modules/@scope/in=p"},
		{"folder@1=p", codeNonRegistry},
		{"git=p", codeNonRegistry},
		{"a=none", codeNotFound},
	}
	for _, test := range tests {
		l, patched := lock(), map[string]string{}
		for field := range strings.FieldsSeq(test.rules) {
			key, file, _ := strings.Cut(field, "=")
			patched[key] = file
		}
		unused, err := ParseRules(patched).Assign(l, []string{"packages/w"}, read)
		var got []string
		for _, location := range l.Locations() {
			if by := l.Packages[location].Patched; by != nil && err == nil {
				got = append(got, location+"="+by.Path)
				if by.Integrity != tarball.Sum512([]byte(by.Path)) {
					t.Errorf("%s: %s", location, by.Integrity)
				}
			}
		}
		for _, r := range unused {
			got = append(got, "unused "+r.Key)
		}
		if err != nil {
			got = []string{codeOf(t, err)}
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%s: %s, want %s", test.rules, s, test.want)
		}
	}
}
