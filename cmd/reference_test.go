package cmd

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "rewrite what is generated: docs, and what scripts compare with")

// TestReference holds docs/reference.md, config.md, errors.md and npm-commands.md to the program:
//
//	go test ./cmd -run TestReference -update
//
// writes them. They are made here and not by cobra's own generator, which
// repeats the global flags on a page a command and brings two dependencies.
func TestReference(t *testing.T) {
	for name, text := range map[string][]byte{
		"reference.md":    commandReference(),
		"config.md":       configReference(t),
		"errors.md":       errorReference(),
		"npm-commands.md": npmReference(t),
	} {
		t.Run(name, func(t *testing.T) { checkDoc(t, filepath.Join("..", "docs", name), text) })
	}
}

func checkDoc(t *testing.T, path string, want []byte) {
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(bytes.ReplaceAll(have, []byte("\r\n"), []byte("\n")), want) {
		return
	}
	old, now := strings.Split(string(have), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(old), len(now)) {
		if old[i] != now[i] {
			t.Fatalf("%s is stale, run `make docs`; line %d\nhas  %s\nwant %s", path, i+1, old[i], now[i])
		}
	}
	t.Fatalf("%s is stale, run `make docs`: it has %d lines and not %d", path, len(old), len(now))
}

// commandReference is one page of all commands, depth first.
func commandReference() []byte {
	root := rootFor("help")
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	var b bytes.Buffer
	b.WriteString("# Command reference\n\nGenerated from the program by `make docs`. Configuration keys, all of which work\n" +
		"in `.npmrc` too, are in [config.md](config.md).\n")
	describe(&b, root)
	return b.Bytes()
}

// describe has an order that tools/man goes by: what it is in a word, how it is
// called, what it does, other names, examples, flags.
func describe(b *bytes.Buffer, c *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n%s.\n", c.CommandPath(), strings.TrimSuffix(c.Short, "."))
	if c.Runnable() {
		fence(b, c.UseLine())
	}
	prose(b, c.Long)
	if len(c.Aliases) > 0 {
		fmt.Fprintf(b, "\nAlso: `%s`\n", strings.Join(c.Aliases, "`, `"))
	}
	if c.Example != "" {
		b.WriteString("\nExamples:\n")
		fence(b, strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
	}
	flags := c.LocalFlags().FlagUsages()
	if c.HasParent() {
		flags = c.NonInheritedFlags().FlagUsages()
	} else {
		b.WriteString("\nFlags of every command:\n")
	}
	if flags != "" {
		fence(b, strings.TrimRight(flags, "\n"))
	}
	if c.Name() == "completion" { // its pages are cobra's
		return
	}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			describe(b, sub)
		}
	}
}

// prose writes a command's text as Markdown: lines that are set in are a table or a
// block of code, and the rest has no marks but backquotes.
func prose(b *bytes.Buffer, text string) {
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		lines := strings.Split(part, "\n")
		for len(lines) > 0 {
			set := strings.HasPrefix(lines[0], "  ")
			end := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, "  ") != set })
			if end < 0 {
				end = len(lines)
			}
			block := strings.Join(lines[:end], "\n")
			if lines = lines[end:]; set {
				fence(b, strings.ReplaceAll(strings.TrimPrefix(block, "  "), "\n  ", "\n"))
			} else if block != "" {
				fmt.Fprintf(b, "\n%s\n", unmarked(block))
			}
		}
	}
}

// unmarked is a text without what Markdown would take for a mark; backquotes stay.
func unmarked(text string) string {
	parts := strings.Split(text, "`")
	for i := 0; i < len(parts); i += 2 { // the others are between two backquotes
		parts[i] = strings.NewReplacer("*", `\*`, "<", `\<`, "[", `\[`, " _", ` \_`).Replace(parts[i])
	}
	return strings.Join(parts, "`")
}

func fence(b *bytes.Buffer, text string) {
	fmt.Fprintf(b, "\n```\n%s\n```\n", text)
}
