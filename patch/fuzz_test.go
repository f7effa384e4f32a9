package patch

import (
	"errors"
	"path"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/tarball"
)

// FuzzPatch sees that no patch leaves the package, that one which is applied
// makes a tarball that can be unpacked, and that errors are of the package's
// types. The seeds are what npm, git and diff -u write.
func FuzzPatch(f *testing.F) {
	for _, seed := range []string{
		"--- a/index.js\t\n+++ b/index.js\t\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n",
		"diff --git a/index.js b/index.js\nindex 5626abf..814f4a4 100644\n--- a/index.js\n+++ b/index.js\n@@ -1 +1,2 @@ head\n one\n+two\n\\ No newline at end of file\n",
		"--- a/old\t2026-01-01 00:00:00.000000000 +0000\n+++ /dev/null\t1970-01-01\n@@ -1,1 +0,0 @@\n-x\n",
		"--- /dev/null\t\n+++ b/a b/new.js\t\n@@ -0,0 +1,1 @@\n+new\n--- /dev/null\t\n+++ b/empty\t\n",
		"--- /dev/null\n+++ \"b/\\303\\244\"\n@@ -0,0 +1 @@\r\n+x\r\n",
		"--- /dev/null\n+++ b/../../x\n@@ -0,0 +1 @@\n+x\n",
	} {
		f.Add([]byte(seed), []byte("one\ntwo\nthree\n"))
	}
	f.Fuzz(func(t *testing.T, text, source []byte) {
		p, err := Parse(text)
		if err != nil {
			checkKind(t, err)
			return
		}
		for _, c := range p.files {
			if c.path == "" || path.IsAbs(c.path) || path.Clean(c.path) != c.path || strings.HasPrefix(c.path+"/", "../") || strings.Contains(c.path, "\\") {
				t.Errorf("the path %q", c.path)
			}
		}
		data, err := tarball.Archive([]tarball.File{{Path: "index.js", Data: source}, {Path: "old", Data: []byte("x\n")}})
		if err != nil {
			t.Fatal(err)
		}
		patched, err := p.Tarball(data)
		if err != nil {
			checkKind(t, err)
			return
		}
		if _, err := tarball.Extract(t.Context(), patched, t.TempDir(), tarball.DefaultLimits()); err != nil {
			t.Errorf("what was made cannot be unpacked: %v", err)
		}
	})
}

func checkKind(t *testing.T, err error) {
	_, ours := errors.AsType[*Error](err)
	_, paths := errors.AsType[*tarball.PathError](err)
	_, limits := errors.AsType[*tarball.LimitError](err)
	if !ours && !paths && !limits {
		t.Errorf("an error of no known type: %v", err)
	}
}
