package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAnnotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", ".npmrc")
	if err := Annotate(path); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := ParseRC(first); err != nil || len(entries) > 0 {
		t.Errorf("the comments say %v, %v", entries, err)
	}
	for _, line := range []string{"; save-prefix = ^", "; https-proxy = null", "; registry (the public npm registry)"} {
		if !slices.Contains(rcLines(string(first)), line) {
			t.Errorf("no line %q", line)
		}
	}
	if strings.Contains(string(first), "\n; production") {
		t.Error("a deprecated key is offered")
	}
	if again := annotate(first); string(again) != string(first) {
		t.Errorf("written anew it is\n%s", again)
	}
}

// TestAnnotateKeeps edits what Annotate wrote, as somebody in an editor does.
func TestAnnotateKeeps(t *testing.T) {
	for _, text := range []string{"", "; mine\n\nb=2\na=1\n", "a=1\r\n", "[broken\n=\n"} {
		block := string(annotate(nil))
		got := string(annotate([]byte(text)))
		if strings.Contains(text, "\r\n") {
			block = strings.ReplaceAll(block, "\n", "\r\n")
		}
		end := strings.TrimPrefix(got, text)
		if strings.TrimSpace(end) != strings.TrimSpace(block) || strings.Contains(text, "\r") != strings.Contains(end, "\r") {
			t.Errorf("%q became %q…", text, got[:min(len(got), 200)])
		}
		chosen := strings.Replace(got, "; save-prefix = ^", "save-prefix = ~", 1)
		got = string(annotate([]byte(chosen)))
		if !strings.HasPrefix(got, text+"save-prefix = ~") && !strings.Contains(got, "\nsave-prefix = ~") {
			t.Errorf("%q: the choice is lost: %q…", text, got[:min(len(got), 200)])
		}
		if strings.Count(got, defaultsBegin) != 1 || strings.Index(got, "save-prefix = ~") > strings.Index(got, defaultsBegin) {
			t.Errorf("%q: the choice is still among the defaults", text)
		}
	}
}
