package cmd

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// completionAny is for any of two shells, as npm's script is.
const completionAny = `if [ -n "${ZSH_VERSION-}" ]; then
	type compdef >/dev/null 2>&1 || { autoload -Uz compinit && compinit; }
	eval "$(ipnpm completion zsh)"
elif [ -n "${BASH_VERSION-}" ]; then
	eval "$(ipnpm completion bash)"
fi
`

// completionBash replaces the entry of cobra's script, which needs a package of
// functions that many systems lack, and says so in the middle of the line; and which
// takes a name with a scope, or with a version, for several words, as bash does.
//
//go:embed completion.bash
var completionBash string

// newCompletionCmd stands in for cobra's own, which has no script for both shells.
func newCompletionCmd(a *app) *cobra.Command {
	var plain bool
	c := &cobra.Command{
		Use:     "completion [bash | zsh | fish | powershell]",
		GroupID: "system",
		Short:   "Print the script by which a shell completes command lines",
		Long: `Completion prints a script for a shell: commands, flags and their values, packages
of the registries and of the project, versions after "@", workspaces, scripts, keys
of the configuration. What it offers is what this machine knows: no network is asked,
and after two seconds there is nothing. Without the name of a shell it is for bash and
zsh both, as npm's.`,
		Example: `  ipnpm completion >> ~/.bashrc
  ipnpm completion >> ~/.zshrc
  ipnpm completion fish > ~/.config/fish/completions/ipnpm.fish`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return printCompletion(a.Out, c.Root(), strings.Join(args, ""), !plain)
		},
	}
	c.Flags().BoolVar(&plain, "no-descriptions", false, "do not say beside a word what it is")
	return c
}

func printCompletion(out io.Writer, root *cobra.Command, shell string, described bool) error {
	var b bytes.Buffer
	var err error
	switch shell {
	case "":
		b.WriteString(completionAny)
	case "bash":
		err = root.GenBashCompletionV2(&b, described)
		b.WriteString(completionBash)
	case "zsh":
		generate := root.GenZshCompletionNoDesc
		if described {
			generate = root.GenZshCompletion
		}
		err = generate(&b)
	case "fish":
		err = root.GenFishCompletion(&b, described)
	case "powershell":
		generate := root.GenPowerShellCompletion
		if described {
			generate = root.GenPowerShellCompletionWithDesc
		}
		err = generate(&b)
	default:
		return &hintError{err: fmt.Errorf("there is no script for %q", shell), hint: "there is one for each of " + strings.Join(shells(), ", "), code: "EUSAGE"}
	}
	if err != nil {
		return err
	}
	// cobra looks for the flag of --flag=value anywhere in a word, and so finds one
	// in install-strategy=linked.
	_, err = strings.NewReplacer("=~ '-.*='", "=~ '^-.*='", "-r -- '-.*='", "-r -- '^-.*='").WriteString(out, b.String())
	return err
}

func shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

func shellNames(context.Context, []string, string) []string { return shells() }
