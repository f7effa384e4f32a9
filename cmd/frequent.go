package cmd

import (
	"slices"

	"github.com/spf13/cobra"
)

// frequent are the commands whose start counts, by the words that ask for them.
// To make the other eighty as well takes a third of the memory of an install that
// finds nothing to do, and a millisecond.
func frequent(word string) func(*app) *cobra.Command {
	switch word {
	case "install", "i":
		return newInstallCmd
	case "ci":
		return newCICmd
	case "add":
		return newAddCmd
	case "remove", "rm":
		return newRemoveCmd
	case "update", "up":
		return newUpdateCmd
	case "run":
		return newRunCmd
	case "exec":
		return newExecCmd
	}
	return nil
}

// newRootFor is the root with the commands that a command line may be about: one,
// where it begins with the word for it, and all where help is asked for as well.
func newRootFor(a *app, args []string) *cobra.Command {
	if len(args) > 0 && !slices.ContainsFunc(args, asksHelp) {
		if make := frequent(args[0]); make != nil {
			root := newBareRoot(a)
			root.AddCommand(make(a))
			return root
		}
	}
	return newRootCmd(a)
}

func asksHelp(arg string) bool { return arg == "--help" || arg == "-h" || arg == "-?" || arg == "-H" }
