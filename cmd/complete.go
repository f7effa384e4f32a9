package cmd

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ipnpm/ipnpm/config"
)

// completeTime bounds what is done between a Tab and the answer.
const completeTime = 2 * time.Second

// maxCompleted bounds the answers; a shell shows no thousand names.
const maxCompleted = 100

// completer finds words, of which those that go on with what was typed are
// offered, in its order. given are the arguments before it. What a word is stands
// after a tab.
type completer func(ctx context.Context, given []string, typed string) []string

// completers are those of the commands' arguments, by the words of the command.
func (a *app) completers(root *cobra.Command) map[string]completer {
	installed, index, keys := a.installedNames, a.indexNames, configNames
	return map[string]completer{
		"install": index, "add": index, "view": index, "pack": index, "docs": index, "repo": index, "bugs": index, "install-test": index,
		"exec": first(a.commandNames), "run": a.runWords, "help": helpWords(root), "completion": first(shellNames),
		"remove": a.directNames, "outdated": a.directNames,
		"update": installed, "rebuild": installed, "why": installed, "ls": installed,
		"patch": first(installed), "patch add": first(installed), "patch rm": first(installed), "patch update": first(installed), "patch ls": nothing,
		"approve-scripts": a.scriptedNames, "deny-scripts": a.scriptedNames,
		"config get": keys, "config delete": keys, "get": keys, "config set": settings, "set": settings, "config edit": nothing, "config fix": nothing,
		"version": first(versionWords), "search": nothing, "ci": nothing, "install-ci-test": nothing, "prune": nothing, "dedupe": nothing,
		"start": nothing, "stop": nothing, "restart": nothing, "test": nothing,
	}
}

// bindCompletion tells cobra's shell completion what goes where, for the command
// whose line is completed: arguments, and values of flags.
func (a *app) bindCompletion(root *cobra.Command, line []string) {
	root.InitDefaultHelpCmd() // else cobra does that later
	c, _, err := root.Find(line)
	if err != nil {
		return // the name of a command is being typed
	}
	if find := a.completers(root)[strings.TrimPrefix(c.CommandPath(), root.Name()+" ")]; find != nil {
		c.ValidArgsFunction = a.complete(find)
	}
	bind := func(f *pflag.Flag) {
		if v, ok := f.Value.(*configFlag); ok && v.key.Type != config.TypePath {
			_ = c.RegisterFlagCompletionFunc(f.Name, a.complete(a.valuesOf(v.key))) // it is there, and has none
		}
	}
	c.Flags().VisitAll(bind)
	c.InheritedFlags().VisitAll(bind)
}

// complete makes cobra's function of a completer. Nothing is printed and no network
// asked: whatever goes wrong, there are no words.
func (a *app) complete(find completer) cobra.CompletionFunc {
	return func(c *cobra.Command, given []string, typed string) ([]string, cobra.ShellCompDirective) {
		if isPath(typed) {
			return nil, cobra.ShellCompDirectiveDefault // which offers files
		}
		ctx, cancel := context.WithTimeout(c.Context(), completeTime)
		defer cancel()
		a.enter(c.Flag("dir").Value.String())
		if a.collectFlags(c) != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		a.silent = true
		a.flags["offline"] = []string{"true"}
		var words []string
		for _, word := range find(ctx, given, typed) {
			name, about, _ := strings.Cut(word, "\t")
			word = cobra.CompletionWithDesc(printable(name), printable(about))
			if strings.HasPrefix(name, typed) && !slices.Contains(given, name) && !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
		if len(words) == 0 && len(given) > 0 && (c.Name() == "run" || c.Name() == "exec") {
			return nil, cobra.ShellCompDirectiveDefault // the arguments of another program may be files
		}
		directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
		if len(words) > 0 && strings.HasSuffix(strings.Split(words[0], "\t")[0], "=") {
			directive |= cobra.ShellCompDirectiveNoSpace // the values of settings follow
		}
		return words[:min(len(words), maxCompleted)], directive
	}
}

// isPath says that a file is being typed.
func isPath(typed string) bool {
	return slices.ContainsFunc([]string{"./", "../", "/", "~"}, func(p string) bool { return strings.HasPrefix(typed, p) })
}

// first is a completer for the first argument alone.
func first(find completer) completer {
	return func(ctx context.Context, given []string, typed string) []string {
		if len(given) > 0 {
			return nil
		}
		return find(ctx, given, typed)
	}
}

// nothing is for commands that take no arguments, not even files.
func nothing(context.Context, []string, string) []string { return nil }
