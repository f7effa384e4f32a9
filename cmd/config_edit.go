package cmd

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
)

func newConfigEditCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use: "edit", Short: "Open an .npmrc in an editor (the user's, or that of -g or --location)", Args: cobra.NoArgs,
		Long: `Edit opens the user's .npmrc in the editor of --editor, $EDITOR or $VISUAL, after
writing all keys with their defaults into it, as comments at its end. Unlike npm's
it leaves the other lines as they are, comments too, where npm sorts them and drops
those; the defaults of an earlier time are replaced. The exit code is the editor's.`,
		Example: `  ipnpm config edit
  ipnpm config edit --location=project --editor="code --wait"`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, file, err := a.rcFile()
			if err != nil {
				return err
			}
			if err := config.Annotate(file); err != nil {
				return err
			}
			return a.edit(cmd.Context(), cfg, file)
		},
	}
	a.bindConfig(c.Flags(), "location", "global", "editor")
	return c
}

// edit opens a file in the editor, without a shell, and waits for it. A ^C there
// is the editor's, which may mean something else by it.
func (a *app) edit(ctx context.Context, cfg *config.Config, file string) error {
	command := strings.Fields(cfg.String("editor"))
	if len(command) == 0 {
		command = []string{systemEditor()}
	}
	program := a.absolute(command[0])
	if filepath.Base(command[0]) == command[0] {
		found, err := a.lookPath(command[0])
		if err != nil {
			return &hintError{err: fmt.Errorf("open %s: %w", file, err), hint: "name an editor: --editor=COMMAND, or the variable EDITOR"}
		}
		program = found // and not one of the same name here
	}
	run := exec.CommandContext(context.WithoutCancel(ctx), program, append(command[1:], file)...)
	run.Env, run.Dir = a.Env, a.Dir
	run.Stdin, run.Stdout, run.Stderr = a.In, a.Out, a.Err
	if err := run.Run(); err != nil {
		return fmt.Errorf("open %s with %s: %w", file, command[0], err)
	}
	return nil
}

// systemEditor is the editor that every system of its kind has.
func systemEditor() string {
	if runtime.GOOS == "windows" {
		return "notepad.exe"
	}
	return "vi"
}
