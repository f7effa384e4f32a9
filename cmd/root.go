package cmd

import (
	"bytes"
	"context"
	"fmt"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/ipfsstore/peering"
)

// app is what every command shares: the streams, and what the global flags
// said. One app serves one command line.
type app struct {
	Streams
	// network is libp2p, nil in a program without it.
	network Network
	// args are the command line, as it was given.
	args []string
	// entered says that the command line was understood.
	entered bool
	// json asks for machine-readable output (--json).
	json bool
	// result is what printJSON took, and exit prints.
	result *bytes.Buffer
	// silent and loglevel are npm's: how much is said on Err.
	silent   bool
	loglevel string
	noColor  bool
	// flags collects the configuration keys given on the command line, the
	// last layer over the .npmrc files and the environment.
	flags map[string][]string
	// late are flags that no command has yet.
	late lateFlags
	// at are the roots to resolve against (--at), as they were given.
	at []string
	// keyTable are the configuration keys, and keys the same by name, once a flag was
	// made of one.
	keyTable []config.Key
	keys     map[string]*config.Key
	// cfg is the configuration of the project cfgOf, once it has been read.
	cfg   *config.Config
	cfgOf string
}

func newApp(s Streams) *app {
	return &app{Streams: s, result: new(bytes.Buffer), flags: map[string][]string{}, late: lateFlags{}}
}

// Main runs one command line and returns the exit code of the process.
func Main(ctx context.Context, s Streams, args []string) int { return MainWith(ctx, s, args, nil) }

// MainWith is Main of a program that has libp2p in it, or else nil. With
// [peering.Protocol] as its only argument it asks peers for an ipnpm that has not.
func MainWith(ctx context.Context, s Streams, args []string, libp2p Network) int {
	if libp2p != nil && slices.Equal(args, []string{peering.Protocol}) {
		// No signal is caught: the one that asks decides when there is an end.
		if err := peering.Answer(ctx, s.In, s.Out, libp2p.Peers); err != nil {
			fmt.Fprintln(s.Err, err)
			return 1
		}
		return 0
	}
	ctx, stop := untilSignal(ctx)
	defer stop()
	a := newApp(s)
	a.network = libp2p
	growth := usualGrowth
	if libp2p != nil {
		growth = servingGrowth
	}
	relaxCollector(s.Getenv, growth)
	a.args = args
	if slices.Equal(args, []string{"--version"}) || slices.Equal(args, []string{"-v"}) {
		// cobra's own flag would bring text/template, with which the linker
		// keeps every method of every type: a seventh of the program.
		fmt.Fprintln(s.Out, a.version())
		return 0
	}
	root := newRootFor(a, args)
	long := expandShorthands(args)
	a.bindLate(root, long)
	if len(long) > 1 && (long[0] == cobra.ShellCompRequestCmd || long[0] == cobra.ShellCompNoDescRequestCmd) {
		a.bindCompletion(root, long[1:len(long)-1])
	}
	root.SetArgs(long)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	ran, err := root.ExecuteContextC(ctx)
	if err != nil && !a.entered {
		a.json = asksJSON(args)
		err = misused(ran, args, err)
	}
	return a.exit(ctx, err)
}

// untilSignal is a context that a signal ends. To have them caught takes a
// millisecond, in which something can be done already; one that comes sooner ends
// the process, which has changed nothing by then.
func untilSignal(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		caught, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		<-caught.Done()
		cancel()
	}()
	return ctx, cancel
}

const rootLong = `ipnpm installs npm packages by content identifier (CID) from IPFS.

It reads package.json and .npmrc as npm does, resolves against a registry
index published under an IPNS name or against an npm registry that it mirrors
into its own store as it goes, and writes node_modules and a CID-pinned
ipnpm-lock.json.

Configuration keys, npm's and ipnpm's, stand in .npmrc, in the environment as
npm_config_<key>, or where a command takes them as --<key>; a boolean one also
as --no-<key>.

"ipnpm help" lists topics too, which are no commands: "ipnpm help npmrc".

With --json standard output has one JSON value and nothing else, npm's where npm
has one; docs/json.md describes each.

Exit codes: 0 success, 1 failure, 130 interrupted; run and exec exit with the
code of the script, and what fails for a git command with that of git.`

// newRootCmd is the root with all commands.
func newRootCmd(a *app) *cobra.Command {
	root := newBareRoot(a)
	addCommands(root, a)
	return root
}

// newBareRoot is the root, without any command.
func newBareRoot(a *app) *cobra.Command {
	var dir string
	root := &cobra.Command{
		Use:           "ipnpm",
		Short:         "Install npm packages by CID from IPFS",
		Long:          rootLong,
		SilenceUsage:  true,
		SilenceErrors: true,
		// They come as hints; see misused.
		DisableSuggestions: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			a.enter(dir)
			if err := a.collectFlags(c); err != nil {
				return err
			}
			a.enterPrefix()
			a.entered = true
			return nil
		},
	}
	f := root.PersistentFlags()
	f.StringVarP(&dir, "dir", "C", "", "run as if started in `DIR`")
	f.BoolVar(&a.json, "json", false, "print JSON on standard output")
	f.BoolVarP(&a.silent, "silent", "s", false, "print nothing but errors' exit codes and results")
	f.BoolVar(&a.noColor, "no-color", false, "use no colour (also: NO_COLOR)")
	a.makeFlags(root.PersistentFlags(), globalKeys()...)
	root.AddGroup(
		&cobra.Group{ID: "project", Title: "Project:"},
		&cobra.Group{ID: "registry", Title: "Registries:"},
		&cobra.Group{ID: "system", Title: "System:"},
	)
	root.SetHelpCommand(newHelpCmd(a))
	root.CompletionOptions.DisableDefaultCmd = true // there is our own
	return root
}

func addCommands(root *cobra.Command, a *app) {
	root.AddCommand(
		newInstallCmd(a), newAddCmd(a), newRemoveCmd(a), newCICmd(a),
		newUpdateCmd(a), newDedupeCmd(a), newFindDupesCmd(a), newPruneCmd(a),
		newImportCmd(a), newExportCmd(a), newVerifyCmd(a), newLsCmd(a), newWhyCmd(a), newQueryCmd(a), newViewCmd(a), newSearchCmd(a), newOutdatedCmd(a),
		newRunCmd(a), newExecCmd(a), newApproveCmd(a), newBundleCmd(a), newPinCmd(a), newUnpinCmd(a), newProvidersCmd(a),
		newRegistryCmd(a), newServeCmd(a), newPackCmd(a), newPublishCmd(a), newUnpublishCmd(a), newDeprecateCmd(a), newDistTagCmd(a),
		newInstallTestCmd(a), newCITestCmd(a),
		newConfigCmd(a), newCacheCmd(a), newDoctorCmd(a),
	)
	root.AddCommand(newAuditCmd(a), newSBOMCmd(a), newPatchCmd(a), newPatchCommitCmd(a))
	root.AddCommand(newPkgCmd(a), newVersionCmd(a), newInitCmd(a), newDenyCmd(a), newRebuildCmd(a))
	root.AddCommand(newLifecycleCmds(a)...)
	root.AddCommand(newFolderCmds(a)...)
	root.AddCommand(newLinkCmd(a), newFundCmd(a))
	root.AddCommand(newPageCmds(a)...)
	root.AddCommand(newGetCmd(a), newSetCmd(a), newPingCmd(a), newWhoamiCmd(a))
	root.AddCommand(newCompletionCmd(a))
}

// enter applies -C, which like git's is relative to the working directory.
func (a *app) enter(dir string) {
	switch {
	case dir == "":
	case filepath.IsAbs(dir):
		a.Dir = filepath.Clean(dir)
	default:
		a.Dir = filepath.Join(a.Dir, dir)
	}
}
