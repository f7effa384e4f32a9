package resolve

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/manifest"
)

// twoWorkspaces is a project of app, which has the given package.json, and lib
// 1.2.0. The registry has a lib of its own.
func twoWorkspaces(t *testing.T, root, app string) Request {
	return Request{
		Root: mustManifest(t, root),
		Workspaces: []manifest.Workspace{
			{Location: "packages/app", Manifest: mustManifest(t, app)},
			{Location: "packages/lib", Manifest: mustManifest(t, `{"name":"lib","version":"1.2.0"}`)},
		},
		Index: &memory{docs: docsOf(t, `lib@1.2.0`, `lib@2.0.0`, `a@1.0.0 {"dependencies":{"lib":"2"}}`,
			`careless@1.0.0 {"dependencies":{"gone":"workspace:^"}}`)},
	}
}

func TestWorkspaceProtocol(t *testing.T) {
	const app, lib = "app @ link -> packages/app", "lib @ link -> packages/lib"
	for spec, extra := range map[string]string{
		`"lib":"workspace:*"`:                      "",
		`"lib":"workspace:^"`:                      "",
		`"lib":"workspace:~"`:                      "",
		`"lib":"workspace:^1.0.0"`:                 "",
		`"lib":"workspace:1.2.0"`:                  "",
		`"lib":"workspace:../lib"`:                 "",
		`"lib":"workspace:packages/lib"`:           "",
		`"other":"workspace:lib@^"`:                "other @ link -> packages/lib",
		`"other":"workspace:lib@~1.2"`:             "other @ link -> packages/lib",
		`"other":"workspace:../lib"`:               "other @ link -> packages/lib",
		`"whole":"workspace:*"`:                    "whole @ link -> ",
		`"lib":"workspace:*","a":"1"`:              "",
		`"lib":"2"`:                                "packages/app/node_modules/lib @2.0.0",
		`"lib":"workspace:^1","other":"npm:lib@2"`: "other lib@2.0.0",
	} {
		r := twoWorkspaces(t, `{"name":"whole","workspaces":["packages/*"]}`,
			`{"name":"app","version":"1.0.0","dependencies":{`+spec+`}}`)
		tree, err := Build(context.Background(), r)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		have := places(tree)
		// A lock of the result is satisfied, and the index is not asked again.
		r.Lock, r.Index = tree.Lockfile(), &memory{}
		again, err := Build(context.Background(), r)
		if err != nil {
			t.Errorf("%s: from its lock: %v", spec, err)
			continue
		}
		if !slices.Equal(have, places(again)) {
			t.Errorf("%s: from its lock:\n%s\nwas:\n%s", spec, joinLines(places(again)), joinLines(have))
		}
		for _, want := range []string{app, lib, extra} {
			if want != "" && !slices.Contains(have, want) {
				t.Errorf("%s: no %q in\n%s", spec, want, joinLines(have))
			}
		}
	}
}

func TestWorkspaceProtocolErrors(t *testing.T) {
	for deps, want := range map[string]struct{ text, hint string }{
		`"lib":"workspace:^2"`: {
			"whole > app@1.0.0 > lib@workspace:^2: the workspace lib (packages/lib) is version 1.2.0, not ^2", "workspace:^"},
		`"libb":"workspace:*"`: {
			"whole > app@1.0.0 > libb@workspace:*: no workspace of the project has the name libb", "did you mean lib?"},
		`"lib":"workspace:../none"`: {
			"whole > app@1.0.0 > lib@workspace:../none: no workspace of the project is in the folder ../none", "did you mean app, lib?"},
		`"x":"workspace:elsewhere@*"`: {
			"whole > app@1.0.0 > x@workspace:elsewhere@*: no workspace of the project has the name elsewhere", "did you mean app, lib?"},
		`"careless":"1"`: {
			"whole > app@1.0.0 > careless@1.0.0 > gone@workspace:^: no workspace of the project has the name gone", "did you mean app, lib?"},
	} {
		r := twoWorkspaces(t, `{"name":"whole"}`, `{"name":"app","version":"1.0.0","dependencies":{`+deps+`}}`)
		_, err := Build(context.Background(), r)
		var bad *WorkspaceError
		if !errors.As(err, &bad) {
			t.Errorf("%s: %v", deps, err)
			continue
		}
		if err.Error() != want.text || !strings.Contains(bad.Hint(), want.hint) {
			t.Errorf("%s: %q, hint %q; want %q, %q", deps, err, bad.Hint(), want.text, want.hint)
		}
	}
}

// An override puts the workspace in the place of a registry's package, whoever
// depends on it, and a path in it counts from the project.
func TestWorkspaceProtocolInOverrides(t *testing.T) {
	for _, value := range []string{"workspace:*", "workspace:./packages/lib"} {
		r := twoWorkspaces(t, `{"name":"whole","dependencies":{"a":"1"},"overrides":{"lib":"`+value+`"}}`,
			`{"name":"app","version":"1.0.0"}`)
		tree, err := Build(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"a @1.0.0", "app @ link -> packages/app", "lib @ link -> packages/lib", "packages/app @1.0.0", "packages/lib @1.2.0"}
		if have := places(tree); !slices.Equal(have, want) {
			t.Errorf("%s:\n%s\nwant:\n%s", value, joinLines(have), joinLines(want))
		}
	}
}

// A version that no longer fits is noticed by what must follow the lockfile.
func TestWorkspaceProtocolUnmet(t *testing.T) {
	const app = `{"name":"app","version":"1.0.0","dependencies":{"lib":"workspace:^1"}}`
	r := twoWorkspaces(t, `{"name":"whole"}`, app)
	tree, err := Build(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	r.Lock = tree.Lockfile()
	if _, list, err := Frozen(context.Background(), r); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	r.Workspaces[1].Manifest = mustManifest(t, `{"name":"lib","version":"2.0.0"}`)
	_, list, err := Frozen(context.Background(), r)
	if want := "invalid: lib@2.0.0 does not satisfy workspace:^1, from packages/app"; err != nil || !slices.Equal(list, []string{want}) {
		t.Errorf("%v, %v; want %q", list, err, want)
	}
}
