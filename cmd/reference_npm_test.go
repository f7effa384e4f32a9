package cmd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// npmReference says of each of npm 12's commands and their other names, which
// testdata/npm-commands.txt lists, whether ipnpm has it. It fails on one that is
// neither a command nor left out with a reason.
func npmReference(t *testing.T) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", "npm-commands.txt"))
	if err != nil {
		t.Fatal(err)
	}
	root := rootFor("help")
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	var have, left bytes.Buffer
	for line := range strings.Lines(string(data)) {
		names := strings.Fields(line)
		if c := commandNamed(root, names[0]); c != nil {
			fmt.Fprintf(&have, "| `%s` | [`%s`](reference.md#%s) | %s | %s |\n", names[0], c.Name(), strings.ReplaceAll(c.CommandPath(), " ", "-"),
				namesOf(root, names[1:], true), namesOf(root, names[1:], false))
			continue
		}
		why, ok := commandsLeftOut()[names[0]]
		if !ok {
			t.Errorf("npm's command %s is neither a command nor in commandsLeftOut", names[0])
		}
		fmt.Fprintf(&left, "- **`%s`**: %s. Instead: %s.\n", strings.Join(names, "`, `"), why.why, why.instead)
	}
	return []byte(`# npm's commands

Generated from the program by ` + "`make docs`" + `, and held to the list of npm 12.2.0's commands
and their other names.

What a command does differently from npm's stands in its own text, to which the
second column leads. A slip that npm runs as if it were the command, or a command's
beginning, is answered with the name that is meant.

| npm | ipnpm | also | suggested |
|---|---|---|---|
` + have.String() + "\n## Left out\n\n" + left.String())
}

// commandNamed is the command that a word runs, nil without one.
func commandNamed(root *cobra.Command, word string) *cobra.Command {
	for _, c := range root.Commands() {
		if c.Name() == word || c.HasAlias(word) {
			return c
		}
	}
	return nil
}

// namesOf are those of npm's other names that run the command, or that do not.
func namesOf(root *cobra.Command, names []string, run bool) string {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return (commandNamed(root, name) != nil) != run })
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

// TestSuggestedNames holds the page to what is said of names that do not run.
func TestSuggestedNames(t *testing.T) {
	root := rootFor("help")
	root.InitDefaultHelpCmd()
	for name, want := range map[string]string{"insta": "install", "isntal": "install", "isntall-clean": "ci", "hlep": "help", "tes": "test"} {
		if near := nearCommands(root, name); !slices.Contains(near, want) {
			t.Errorf("%s: %v, want %s", name, near, want)
		}
	}
}
