package patch

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/tarball"
)

func filesOf(texts map[string]string) Files {
	out := Files{}
	for name, text := range texts {
		out[name] = tarball.File{Path: name, Data: []byte(text)}
	}
	return out
}

// TestRebase goes through what the patch and the new version may have made of
// one file; the merger that it is given marks what it is asked, and is clean for
// the word "apart".
func TestRebase(t *testing.T) {
	const none = "-"
	const changes = "--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+2\n"
	const adds = "--- /dev/null\n+++ b/f\n@@ -0,0 +1 @@\n+2\n"
	const deletes = "--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
	for _, test := range []struct {
		name, patch, before, after, want string
		conflict                         bool
	}{
		{"the file is as it was", changes, "1\n", "1\n", "2\n", false},
		{"the new version has the change", changes, "1\n", "2\n", "2\n", false},
		{"both changed it, elsewhere", changes, "1\n", "apart\n", "1\n|apart\n|2\n", false},
		{"both changed it", changes, "1\n", "3\n", "1\n|3\n|2\n", true},
		{"it is gone", changes, "1\n", none, "2\n", true},
		{"added", adds, none, none, "2\n", false},
		{"added by both", adds, none, "3\n", "|3\n|2\n", true},
		{"added by both alike", adds, none, "2\n", "2\n", false},
		{"deleted", deletes, "1\n", "1\n", none, false},
		{"deleted by both", deletes, "1\n", none, none, false},
		{"deleted and changed", deletes, "1\n", "3\n", "3\n", true},
	} {
		texts := func(f string) map[string]string {
			all := map[string]string{"f": f, "other": "new\n"}
			maps.DeleteFunc(all, func(_, text string) bool { return text == none })
			return all
		}
		p, err := Parse([]byte(test.patch))
		if err != nil {
			t.Fatal(err)
		}
		rebased, conflicts, err := p.Rebase(filesOf(texts(test.before)), filesOf(texts(test.after)), func(base, ours, theirs []byte) ([]byte, bool, error) {
			return fmt.Appendf(nil, "%s|%s|%s", base, ours, theirs), bytes.Equal(ours, []byte("apart\n")), nil
		})
		got := none
		if f, ok := rebased["f"]; ok {
			got = string(f.Data)
		}
		if err != nil || got != test.want || slices.Contains(conflicts, "f") != test.conflict || string(rebased["other"].Data) != "new\n" {
			t.Errorf("%s: %q, conflicts %q, %v", test.name, got, conflicts, err)
		}
	}
}

func TestRebaseFails(t *testing.T) {
	p, err := Parse([]byte("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-1\n+2\n"))
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("no git")
	merge := func(_, _, _ []byte) ([]byte, bool, error) { return nil, false, broken }
	if _, _, err := p.Rebase(filesOf(map[string]string{"f": "x\n"}), Files{}, merge); err == nil || codeOf(t, err) != codeFailed {
		t.Errorf("a base that is another: %v", err)
	}
	_, _, err = p.Rebase(filesOf(map[string]string{"f": "1\n"}), filesOf(map[string]string{"f": strings.Repeat("x", 9)}), merge)
	if !errors.Is(err, broken) {
		t.Errorf("a merger that fails: %v", err)
	}
}
