package manifest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindWorkspaces(t *testing.T) {
	root := t.TempDir()
	for _, location := range []string{"packages/b", "packages/a", "packages/a/nested", "packages/a/node_modules/x",
		"packages/.hidden", "apps/web", "node_modules/y", "@s/k", "packages/b/deep/er"} {
		text := `{"name":"` + filepath.Base(location) + `"}`
		if location == "@s/k" {
			text = "{}"
		}
		write(t, filepath.Join(root, location, "package.json"), text)
	}
	write(t, filepath.Join(root, "packages/empty/README"), "")
	write(t, filepath.Join(root, "packages/file"), "")
	for name, target := range map[string]string{"apps/link": "../packages/a", "packages/a/loop": ".."} {
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ patterns, want string }{
		{"packages/*", "packages/a packages/b"},
		{"./packages/*/", "packages/a packages/b"},
		{"/packages/a", "packages/a"},
		{"packages/b packages/a packages/*", "packages/b packages/a"},
		{"packages/**", "packages/a packages/a/nested packages/b packages/b/deep/er"},
		{"**", "@s/k apps/web packages/a packages/a/nested packages/b packages/b/deep/er"},
		{"packages/* !packages/b", "packages/a"},
		{"packages/** !packages/a/**", "packages/b packages/b/deep/er"},
		{"packages/** !packages/a", "packages/a/nested packages/b packages/b/deep/er"},
		{"packages/* !packages/b packages/b", "packages/a packages/b"},
		{"!packages/b packages/*", "packages/a"},
		{"!!packages/b", "packages/b"},
		{"packages/{a,b} apps/web", "packages/a packages/b apps/web"},
		{"packages/[a-z]", "packages/a packages/b"},
		{"absent/* absent packages/file", ""},
		{"packages/.hidden", "packages/.hidden"},
		{"@s/*", "@s/k"},
	} {
		found, err := FindWorkspaces(root, strings.Fields(test.patterns))
		var got []string
		for _, w := range found {
			if w.Location != "packages/a/loop" && w.Location != "apps/link" {
				got = append(got, w.Location)
			}
		}
		if err != nil && !strings.Contains(test.patterns, "**") || strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %q, %v", test.patterns, got, err)
		}
	}
}

func TestOwnWorkspace(t *testing.T) {
	for patterns, want := range map[string]bool{
		". packages/*": true, "packages/* ./": true, "!. .": true,
		"": false, "*": false, "**": false, "packages/*": false, ". !.": false, "..": false,
	} {
		if got := OwnWorkspace(strings.Fields(patterns)); got != want {
			t.Errorf("%q: %v", patterns, got)
		}
	}
}

func TestFindWorkspacesFollowsALink(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "elsewhere/x/package.json"), `{"name":"x"}`)
	if err := os.Mkdir(filepath.Join(root, "packages"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../elsewhere/x", filepath.Join(root, "packages/x")); err != nil {
		t.Fatal(err)
	}
	found, err := FindWorkspaces(root, []string{"packages/*"})
	if err != nil || len(found) != 1 || found[0].Location != "packages/x" {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestWorkspaceErrors(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "a/package.json"), `{"name":"x"}`)
	write(t, filepath.Join(root, "b/package.json"), `{"name":"x"}`)
	write(t, filepath.Join(root, "c/package.json"), `{`)
	_, err := FindWorkspaces(root, []string{"a", "b"})
	if duplicate, ok := errors.AsType[*DuplicateWorkspaceError](err); !ok || strings.Join(duplicate.Locations, " ") != "a b" {
		t.Errorf("duplicates: %v", err)
	}
	_, err = FindWorkspaces(root, []string{"c"})
	if _, ok := errors.AsType[*SyntaxError](err); !ok {
		t.Errorf("broken: %v", err)
	}
	for _, pattern := range []string{"../x", "a/../../x", "[", "{a"} {
		if _, err := FindWorkspaces(root, []string{pattern}); err == nil {
			t.Errorf("%q was taken", pattern)
		}
	}
}

func TestWorkspaceName(t *testing.T) {
	for location, want := range map[string]string{"packages/a": "a", "packages/@s/a": "@s/a", "@s/a": "@s/a", "a": "a"} {
		if got := (Workspace{Location: location}).Name(); got != want {
			t.Errorf("%s: got %s", location, got)
		}
	}
}
