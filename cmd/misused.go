package cmd

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ipnpm/ipnpm/registry"
)

// misused adds to the error of a command line that could not be understood
// what was probably meant, or where to read it up, and npm's code.
func misused(c *cobra.Command, args []string, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return unknownFlag(c, unknown)
	}
	for _, word := range args {
		if strings.HasPrefix(word, "-") || !strings.Contains(err.Error(), fmt.Sprintf("unknown command %q", word)) {
			continue
		}
		if left, ok := commandsLeftOut()[word]; ok && !c.HasParent() {
			return &hintError{err: fmt.Errorf("ipnpm has no command %q: %s", word, left.why), hint: left.instead, code: "EUNKNOWNCOMMAND"}
		}
		if near := nearCommands(c, word); len(near) > 0 {
			return &hintError{err: err, hint: didYouMean(near), code: "EUNKNOWNCOMMAND"}
		}
		return &hintError{err: err, hint: helpTells(c), code: "EUNKNOWNCOMMAND"}
	}
	use := strings.TrimSuffix(c.UseLine(), " [flags]")
	return &hintError{err: err, hint: fmt.Sprintf("`%s` is how it is used; --help tells more", use), code: "EUSAGE"}
}

// nearCommands are the commands that a word may be a slip of, by their names and
// their other names, or else those that begin with it.
func nearCommands(c *cobra.Command, word string) []string {
	commands := map[string]string{}
	for _, sub := range c.Commands() {
		for _, name := range append([]string{sub.Name()}, sub.Aliases...) {
			if !sub.Hidden {
				commands[name] = sub.Name()
			}
		}
	}
	var near []string
	for _, name := range registry.Near(word, slices.Collect(maps.Keys(commands))) {
		if !slices.Contains(near, commands[name]) {
			near = append(near, commands[name])
		}
	}
	if len(near) > 0 {
		return near
	}
	return c.SuggestionsFor(word)
}

// unknownFlag looks for the flag that was meant, "no-" before it or not.
func unknownFlag(c *cobra.Command, unknown *pflag.NotExistError) error {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	near := registry.Near(unknown.GetSpecifiedName(), names)
	if unknown.GetSpecifiedShortnames() != "" {
		near = nil // one letter is near to every other
	}
	for i := range near {
		near[i] = "--" + near[i]
	}
	hint := helpTells(c)
	if len(near) > 0 {
		hint = didYouMean(near)
	}
	return &hintError{err: unknown, hint: hint, code: "EUNKNOWNCONFIG"}
}

func didYouMean(names []string) string { return "did you mean " + strings.Join(names, ", ") + "?" }

func helpTells(c *cobra.Command) string {
	return "`" + c.CommandPath() + " --help` tells how it is used"
}

// asksJSON finds --json in a command line that could not be understood.
func asksJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json") || slices.Contains(args, "--json=true")
}

// grouped makes a command that only has subcommands refuse what is none of
// them, where cobra would print the help and report success.
func grouped(c *cobra.Command) *cobra.Command {
	c.RunE = func(c *cobra.Command, args []string) error {
		if asks, _ := c.Flags().GetBool("json"); asks && len(args) == 0 {
			return &hintError{err: errors.New(c.CommandPath() + " is not a command by itself"), hint: helpTells(c), code: "EUSAGE"}
		}
		if len(args) == 0 {
			return c.Help()
		}
		return misused(c, args, fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath()))
	}
	return c
}
