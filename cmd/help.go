package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/docs"
	"github.com/ipnpm/ipnpm/registry"
)

// newHelpCmd stands in for cobra's own, which knows no topics.
func newHelpCmd(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "help [SECTION] [COMMAND... | TOPIC]",
		GroupID: "system",
		Short:   "Tell about a command or a topic",
		Long: `Help prints the text of a command, as --help does, or of a topic; without either it
lists both. They are manual pages as well, where those are installed: "man
ipnpm-install", "man 5 ipnpmrc". As with npm a section, 1, 5 or 7, says which is meant
where a command and a topic have the same name.

Unlike npm, ipnpm prints the page and starts no viewer, and answers a word that is
neither with what is near to it.`,
		Example: `  ipnpm help install
  ipnpm help registry mirror
  ipnpm help npmrc
  ipnpm help lockfile | less`,
		RunE: func(c *cobra.Command, args []string) error { return runHelp(a, c.Root(), args) },
	}
}

func runHelp(a *app, root *cobra.Command, words []string) error {
	section := ""
	if len(words) > 0 && slices.Contains([]string{"1", "5", "7"}, words[0]) {
		section, words = words[0], words[1:]
	}
	topics := docs.Topics()
	if len(words) == 0 {
		return a.listHelp(root, topics)
	}
	if section == "" || section == "1" {
		if c, rest, err := root.Find(words); err == nil && c.HasParent() && len(rest) == 0 {
			c.InitDefaultHelpFlag() // which help tells of
			return c.Help()
		}
	}
	word := strings.Join(words, "-")
	for _, t := range topics {
		if (word == t.Name || word == t.Manual) && (section == "" || section == fmt.Sprint(t.Section)) {
			fmt.Fprint(a.Out, a.plainPage(t))
			return nil
		}
	}
	return noHelp(root, topics, words)
}

// listHelp is the root's help and after it the topics.
func (a *app) listHelp(root *cobra.Command, topics []docs.Topic) error {
	if err := root.Help(); err != nil {
		return err
	}
	rows := make([][]cell, 0, len(topics))
	for _, t := range topics {
		rows = append(rows, []cell{{text: "  " + t.Name}, {text: t.Title}})
	}
	fmt.Fprintf(a.Out, "\nTopics, for \"ipnpm help\":\n%s", a.table(rows))
	return nil
}

// noHelp says what may be meant by words that are neither command nor topic.
func noHelp(root *cobra.Command, topics []docs.Topic, words []string) error {
	err := fmt.Errorf("there is no command and no topic %q", strings.Join(words, " "))
	if left, ok := commandsLeftOut()[words[0]]; ok {
		return &hintError{err: fmt.Errorf("ipnpm has no command %q: %s", words[0], left.why), hint: left.instead, code: "EUNKNOWNCOMMAND"}
	}
	at, rest, _ := root.Find(words)
	near := nearCommands(at, append(rest, words...)[0])
	if !at.HasParent() {
		names := make([]string, 0, len(topics))
		for _, t := range topics {
			names = append(names, t.Name)
		}
		near = append(near, registry.Near(words[0], names)...)
	}
	if len(near) == 0 {
		return &hintError{err: err, hint: "`ipnpm help` lists commands and topics", code: "EUNKNOWNCOMMAND"}
	}
	return &hintError{err: err, hint: didYouMean(near), code: "EUNKNOWNCOMMAND"}
}

// helpWords are commands, then their subcommands, and topics.
func helpWords(root *cobra.Command) completer {
	return func(_ context.Context, given []string, _ string) []string {
		at, rest, err := root.Find(given)
		if err != nil || len(rest) > 0 {
			return nil
		}
		var words []string
		for _, sub := range at.Commands() {
			if sub.IsAvailableCommand() {
				words = append(words, sub.Name()+"\t"+sub.Short)
			}
		}
		if len(given) == 0 {
			for _, t := range docs.Topics() {
				words = append(words, t.Name+"\t"+t.Title)
			}
		}
		return words
	}
}
