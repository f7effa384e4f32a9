package gitrepo

import (
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	w := WorkTree{Dir: t.TempDir(), Env: testEnv(t)}
	base := "1\n2\n3\n4\n5\n6\n7\n8\n"
	side := func(label string, change ...string) Side {
		return Side{label, []byte(strings.NewReplacer(change...).Replace(base))}
	}
	text, clean, err := w.Merge(t.Context(), side("new", "1", "one"), side("old"), side("patch", "8", "eight"))
	if want := "one\n2\n3\n4\n5\n6\n7\neight\n"; err != nil || !clean || string(text) != want {
		t.Errorf("apart: %q, clean %v, %v", text, clean, err)
	}
	text, clean, err = w.Merge(t.Context(), side("new", "1", "one"), side("old"), side("patch", "1", "uno"))
	if want := "<<<<<<< new\none\n=======\nuno\n>>>>>>> patch\n2\n3\n4\n5\n6\n7\n8\n"; err != nil || clean || string(text) != want {
		t.Errorf("in one place: %q, clean %v, %v", text, clean, err)
	}
	if _, clean, err = w.Merge(t.Context(), Side{"new", []byte("\x00a")}, side("old"), side("patch", "1", "uno")); err == nil || clean {
		t.Errorf("what is no text: clean %v, %v", clean, err)
	}
	w.Command = "git-that-is-not-there"
	if _, _, err := w.Merge(t.Context(), side("new"), side("old"), side("patch")); err == nil {
		t.Error("no git, and no error")
	}
}
