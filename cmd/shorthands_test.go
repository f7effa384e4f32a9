package cmd

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestExpandShorthands(t *testing.T) {
	for args, want := range map[string]string{
		"install -ws":             "install --workspaces",
		"-ws -iwr add x -ws":      "--workspaces --include-workspace-root add x --workspaces",
		"run -ws build -ws":       "run --workspaces build -ws",
		"-C dir run build -ws":    "-C dir run build -ws",
		"exec -w -ws -- tsc -ws":  "exec -w -ws -- tsc -ws",
		"exec -p x -iwr tsc -iwr": "exec -p x --include-workspace-root tsc -iwr",
		"install -- -ws":          "install -- -ws",
	} {
		if got := strings.Join(expandShorthands(strings.Fields(args)), " "); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}

func TestScriptArgs(t *testing.T) {
	for args, want := range map[string]struct {
		own   string
		flags map[string][]string
	}{
		"--watch x":             {"--watch x", nil},
		"-w a --workspace=b c":  {"c", map[string][]string{"workspace": {"a", "b"}}},
		"-ws --if-present -iwr": {"", map[string][]string{"workspaces": {"true"}, "if-present": {"true"}, "include-workspace-root": {"true"}}},
		"--no-workspaces x":     {"x", map[string][]string{"workspaces": {"false"}}},
		"x -w a -- -w b -- y":   {"x -w b -- y", map[string][]string{"workspace": {"a"}}},
		"-w":                    {"-w", nil},
		"-F a... x --filter=!b": {"x", map[string][]string{"filter": {"a...", "!b"}}},
		"--topological --parallel=false --workspace-concurrency 3": {"", map[string][]string{
			"topological": {"true"}, "parallel": {"false"}, "workspace-concurrency": {"3"}}},
		"--workspaces=false -- x": {"x", map[string][]string{"workspaces": {"false"}}},
	} {
		a := &app{flags: map[string][]string{}}
		own := strings.Join(a.scriptArgs(strings.Fields(args)), " ")
		if own != want.own || !maps.EqualFunc(a.flags, want.flags, slices.Equal) {
			t.Errorf("%s: %q, %v", args, own, a.flags)
		}
	}
}
