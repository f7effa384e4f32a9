package cmd

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// execOptions are exec's own flags.
type execOptions struct {
	packages []string
	call     string
}

func newExecCmd(a *app) *cobra.Command {
	var o execOptions
	c := &cobra.Command{
		Use:     "exec CMD [ARGS...]",
		Aliases: []string{"x"},
		GroupID: "project",
		Short:   "Run a command of a package, installed here or not",
		Long: `Exec runs a command from the project's node_modules/.bin. When it is not there,
the package of that name is installed into a folder of the cache, not into the
project, and its command run, unless --no says to go by what is installed. The
exit code is the command's. The program ipnpx is this command.

Within a workspace it runs in the workspace's folder. With -w, --workspaces or
--filter, which may also stand in .npmrc, it runs in workspaces, each time in the
folder of one and with its commands first: as npm does one after the other, where
a failure ends it, or with --topological, --parallel and --filter as in ipnpm run,
which says what they mean.`,
		Example: `  ipnpm exec tsc --noEmit
  ipnpm exec cowsay@1 hello
  ipnpm exec -p typescript -- tsc --version
  ipnpm exec -c 'eslint . && tsc'
  ipnpm exec --filter 'web...' -- tsc --noEmit`,
		RunE: func(c *cobra.Command, args []string) error { return runExec(c.Context(), a, o, args) },
	}
	c.Flags().StringArrayVarP(&o.packages, "package", "p", nil, "the `PKG` that has the command, when it has another name")
	c.Flags().StringVarP(&o.call, "call", "c", "", "run this `COMMAND` line in a shell with the packages' commands in PATH")
	c.Flags().SetInterspersed(false)
	a.bindConfig(c.Flags(), "ignore-scripts", "allow-scripts", "script-shell", "yes")
	a.bindConfig(c.Flags(), workspaceKeys()...)
	a.bindConfig(c.Flags(), runKeys()...)
	return c
}

// trimDashes drops the "--" that separates the command from exec's own flags.
func trimDashes(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

func runExec(ctx context.Context, a *app, o execOptions, args []string) error {
	args = trimDashes(args)
	if o.call == "" && len(args) == 0 {
		return &hintError{err: fmt.Errorf("exec needs a command"), hint: "for example: ipnpm exec tsc --version", code: "EUSAGE"}
	}
	root, inside := a.findProject()
	cfg, err := a.loadConfig(root)
	if err != nil {
		return err
	}
	if choosesWorkspaces(cfg) {
		p, err := a.openFilteredUnlocked(ctx)
		if err != nil {
			return err
		}
		return a.withSessionAt(p.dir, func(s *session) error { return s.execEverywhere(ctx, p, o, args) })
	}
	// As for npm, what is in the project's package.json need not be readable.
	at := execPlace{a.Dir, findRoot(a.Dir), root}
	if inside != "" {
		at.dir = at.home
	}
	return a.withSessionAt(root, func(s *session) error { return s.execIn(ctx, at, o, args) })
}

// execPlace is where a command is run, and whose commands it may be.
type execPlace struct {
	dir  string // the working folder of the command
	home string // the folder of the package.json that is its own
	root string // the folder of the project
}

// execEverywhere runs a command in all importers. Where it runs in several at
// once, it is found for all before it runs in any, since that may install.
func (s *session) execEverywhere(ctx context.Context, p *project, o execOptions, args []string) error {
	placeOf := func(m *importer) execPlace {
		dir := p.folderOf(m.location)
		return execPlace{dir, dir, p.dir}
	}
	if !s.isOrdered() {
		for _, m := range p.importers {
			if err := s.execIn(ctx, placeOf(m), o, args); err != nil {
				return err
			}
		}
		return nil
	}
	ready := map[*importer]lifecycle.Script{}
	for _, m := range p.importers {
		var err error
		if ready[m], err = s.execScript(ctx, placeOf(m), o, args); err != nil {
			return err
		}
	}
	return s.inOrder(ctx, p, p.importers, func(ctx context.Context, m *importer, l *lane) error {
		if l == nil {
			return s.execRun(ctx, ready[m])
		}
		return s.execBeside(ctx, ready[m], l, execTitle(o, args))
	})
}

// execTitle is what stands before each line of a command's output.
func execTitle(o execOptions, args []string) string {
	if o.call != "" {
		return strings.Fields(o.call + " -c")[0]
	}
	return args[0]
}

func (s *session) execIn(ctx context.Context, at execPlace, o execOptions, args []string) error {
	script, err := s.execScript(ctx, at, o, args)
	if err != nil {
		return err
	}
	return s.execRun(ctx, script)
}

// execRun gives a command the terminal.
func (s *session) execRun(ctx context.Context, script lifecycle.Script) error {
	script.Foreground = true
	runner := s.runner("exec", s.app.Out)
	_, err := runner.Run(ctx, script)
	return err
}

// execBeside runs a command beside others, in a lane of the output.
func (s *session) execBeside(ctx context.Context, script lifecycle.Script, l *lane, title string) error {
	out := s.app.writer(l, title, ":")
	script.Watch = out
	runner := s.runner("exec", s.app.Out)
	_, err := runner.Run(ctx, script)
	return errors.Join(err, out.Flush())
}

// execScript is how a command is run in a place.
func (s *session) execScript(ctx context.Context, at execPlace, o execOptions, args []string) (lifecycle.Script, error) {
	binPaths, command, err := s.commandFor(ctx, at, o, args)
	if err != nil {
		return lifecycle.Script{}, err
	}
	if len(args) > 0 && o.call == "" {
		args = args[1:]
	}
	text := o.call
	if text == "" {
		text = lifecycle.QuoteSh(command)
		if runtime.GOOS == "windows" {
			text = lifecycle.QuoteCmd(command)
		}
	}
	data, _ := manifest.ReadFolder(at.home) // none is fine outside a project
	return lifecycle.Script{Dir: at.dir, Command: text, Args: args, BinPaths: binPaths, PackageJSON: data, Event: "npx"}, nil
}

// commandFor finds the command in the project, or brings its package in.
func (s *session) commandFor(ctx context.Context, at execPlace, o execOptions, args []string) (binPaths []string, command string, err error) {
	local := []string{filepath.Join(at.home, "node_modules", ".bin")}
	if at.root != at.home {
		local = append(local, filepath.Join(at.root, "node_modules", ".bin"))
	}
	if len(args) > 0 {
		command = args[0]
	}
	packages := slices.Clone(o.packages)
	if len(packages) == 0 && o.call == "" {
		for _, dir := range local {
			if hasCommand(dir, command) {
				return local, command, nil
			}
		}
		packages = []string{command}
	}
	if len(packages) == 0 {
		return local, command, nil
	}
	if s.cfg.IsSet("yes") && !s.cfg.Bool("yes") {
		return nil, "", &hintError{
			err:  fmt.Errorf("%s is not installed here, and --no says that nothing is to be fetched", strings.Join(packages, ", ")),
			hint: "add it to the project with `ipnpm add`, or leave --no away",
		}
	}
	bin, bins, err := s.installAside(ctx, packages)
	if err != nil {
		return nil, "", err
	}
	if len(o.packages) == 0 && o.call == "" {
		command, err = chooseBin(packages[0], bins)
	}
	return append([]string{bin}, local...), command, err
}

func hasCommand(dir, name string) bool {
	if name == "" || strings.ContainsAny(name, `/\`) {
		return false
	}
	for _, suffix := range [...]string{"", ".cmd"} {
		if _, err := os.Stat(filepath.Join(dir, name+suffix)); err == nil {
			return true
		}
	}
	return false
}

// chooseBin is npm's rule for which command of a package is meant: the only
// one, or the one named like the package without its scope.
func chooseBin(arg string, bins map[string]string) (string, error) {
	spec, err := manifest.ParseArg(arg)
	if err != nil {
		return "", err
	}
	base := spec.Name[strings.LastIndex(spec.Name, "/")+1:]
	if _, ok := bins[base]; ok {
		return base, nil
	}
	targets := map[string]bool{}
	for _, target := range bins {
		targets[target] = true
	}
	if len(targets) == 1 {
		return slices.Sorted(maps.Keys(bins))[0], nil
	}
	if len(bins) == 0 {
		return "", &hintError{err: fmt.Errorf("%s has no command", arg), hint: "it is a library; `ipnpm add` installs it for a project"}
	}
	return "", &hintError{
		err:  fmt.Errorf("%s has several commands and none of its own name", arg),
		hint: fmt.Sprintf("name one: ipnpm exec -p %s -- %s", arg, strings.Join(slices.Sorted(maps.Keys(bins)), " | ")),
	}
}

// asideDir is the folder of the cache for these packages from the registries
// at hand. The folder keeps a lockfile, and what one project's registry gave
// must not answer for another's.
func (s *session) asideDir(packages []string) string {
	parts := append(slices.Clone(s.addresses), packages...)
	for _, scope := range s.cfg.Scopes() {
		parts = append(parts, scope+"="+s.cfg.RegistryFor(scope+"/x"))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return filepath.Join(s.dirs.cache, "exec", hex.EncodeToString(sum[:16]))
}

// installAside installs packages into a folder of the cache that is theirs
// alone, and returns its .bin folder and the commands of the first package.
func (s *session) installAside(ctx context.Context, packages []string) (bin string, bins map[string]string, err error) {
	dir := s.asideDir(packages)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	p := newProject(dir, manifest.New(filepath.Join(dir, "package.json")))
	if lock, err := lockfile.Read(dir); err == nil {
		p.lock = lock
	}
	want := plan{edited: true}
	for _, arg := range packages {
		added, err := s.addOne(ctx, p, p.importers[0], addOptions{}, arg)
		if err != nil {
			return "", nil, fmt.Errorf("exec %s: %w", arg, err)
		}
		want.added = append(want.added, added)
	}
	s.bar = s.app.newProgressFor(s)
	out, err := s.install(ctx, p, want)
	s.bar.Close()
	if err != nil {
		return "", nil, err
	}
	if pkg := out.lock.Packages["node_modules/"+want.added[0].name]; pkg != nil {
		bins = pkg.Bin
	}
	return filepath.Join(dir, "node_modules", ".bin"), bins, nil
}
