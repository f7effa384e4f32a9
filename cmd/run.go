package cmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
)

func newRunCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "run [SCRIPT] [ARGS...]",
		Aliases: []string{"run-script", "rum", "urn"},
		GroupID: "project",
		Short:   "Run a script of package.json",
		Long: `Run runs a script of package.json with npm's environment: every node_modules/.bin
above in PATH, npm_lifecycle_event, npm_package_* and INIT_CWD set, and the
scripts pre<SCRIPT> and post<SCRIPT> around it. Without a name it lists what
there is. The exit code is the script's.

With -w it runs in the workspaces that are named, with --workspaces (-ws) in
all of them, one after the other as npm does, and a failure in one does not keep
the others from their turn. These flags, and the following, may also stand after
SCRIPT. What follows "--" is for the script alone.

Beyond npm's there are pnpm's ways. --topological runs the script in a workspace
once it has run in those that it depends on, in as many at a time as there are
processors (--workspace-concurrency); --parallel in all at once. Workspaces
without the script are passed over, each line of output begins with the name of
the workspace, and the first failure ends the others. --filter chooses
workspaces and implies --topological:

  NAME            by name; "*" stands for anything, and a scope may be left away
  ./FOLDER        in that folder or below it
  [COMMIT]        with changes since that commit of git; also ./FOLDER[COMMIT]
  X...  X^...     X and what it depends on; only what it depends on
  ...X  ...^X     X and what depends on it; only what depends on it
  !X              all but X, or what else was chosen but X

As with npm, "restart" without a script of that name runs stop and start of
ipnpm, and "env" prints the environment of scripts.`,
		Example: `  ipnpm run build
  ipnpm run build -w packages/app
  ipnpm run test -- --watch
  ipnpm run build -ws --topological
  ipnpm run test --filter '...[origin/main]'
  ipnpm run lint --if-present`,
		RunE: func(c *cobra.Command, args []string) error { return runScript(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "parseable")
	a.bindRun(c)
	return c
}

// bindRun makes the flags of the commands that run scripts.
func (a *app) bindRun(c *cobra.Command) {
	c.Flags().SetInterspersed(false)
	a.bindConfig(c.Flags(), "if-present", "force", "ignore-scripts", "script-shell")
	a.bindConfig(c.Flags(), workspaceKeys()...)
	a.bindConfig(c.Flags(), runKeys()...)
}

func runScript(ctx context.Context, a *app, args []string) error {
	if len(args) > 0 {
		args = append(args[:1:1], a.scriptArgs(args[1:])...)
	}
	p, err := a.openFilteredUnlocked(ctx)
	if err != nil {
		return err
	}
	return a.withEngines(p, func(s *session) error {
		switch {
		case len(args) == 0:
			return a.listScripts(p, s.cfg.Bool("parseable"))
		case s.isOrdered():
			return s.runOrdered(ctx, p, args[0], args[1:])
		}
		return s.runEverywhere(ctx, p, args)
	})
}

// runEverywhere runs a script in every importer. In workspaces a failure does
// not keep the others from their turn, as in npm; its exit code is the
// command's.
func (s *session) runEverywhere(ctx context.Context, p *project, args []string) error {
	var failed error
	for _, m := range p.importers {
		err := s.runScript(ctx, p, m, nil, args[0], args[1:])
		if err == nil {
			continue
		}
		if len(p.importers) == 1 || ctx.Err() != nil {
			return err
		}
		failed = fmt.Errorf("in workspace %s: %w", p.title(m), err)
		if m != p.importers[len(p.importers)-1] {
			s.app.report(failed)
			failed = &silentError{exitCodeOf(failed)}
		}
	}
	return failed
}

// title is how a package of the project is called.
func (p *project) title(m *importer) string {
	return firstNonEmpty(m.file.Manifest.Name, m.location, p.dir)
}

// scriptsOf are the scripts of a package, with those that npm has for all.
func (s *session) scriptsOf(m *importer) map[string]string {
	scripts := map[string]string{"restart": `"$npm_execpath" stop --if-present && "$npm_execpath" start`, "env": "env"}
	if runtime.GOOS == "windows" {
		scripts = map[string]string{"restart": `"%npm_execpath%" stop --if-present && "%npm_execpath%" start`, "env": "SET"}
	}
	maps.Copy(scripts, m.file.Manifest.Scripts)
	return scripts
}

// runScript runs pre, the script and post; the first failure ends it. The
// lane is nil for a script that has the terminal to itself.
func (s *session) runScript(ctx context.Context, p *project, m *importer, l *lane, name string, args []string) error {
	scripts := s.scriptsOf(m)
	if _, ok := scripts[name]; !ok {
		if s.cfg.Bool("if-present") {
			return nil
		}
		return missingScript(m.file.Manifest.Scripts, name)
	}
	for _, event := range [...]string{"pre" + name, name, "post" + name} {
		script := lifecycle.Script{
			Dir: p.folderOf(m.location), Event: event, Command: scripts[event], PackageJSON: m.file.Bytes(), Foreground: l == nil,
		}
		if script.Command == "" || event != name && s.cfg.Bool("ignore-scripts") {
			continue
		}
		if event == name {
			script.Args = args
		}
		if err := s.runEvent(ctx, m, l, script); err != nil {
			return err
		}
	}
	return nil
}

// runEvent runs one script and says before what it runs.
func (s *session) runEvent(ctx context.Context, m *importer, l *lane, script lifecycle.Script) (err error) {
	a, text := s.app, printable(strings.Join(append([]string{script.Command}, script.Args...), " "))
	switch {
	case l != nil:
		if a.says("notice") {
			fmt.Fprintln(a.writer(l, script.Event, "$"), text)
		}
		out := a.writer(l, script.Event, ":")
		script.Watch = out
		defer func() { err = errors.Join(err, out.Flush()) }()
	case a.says("notice"):
		fmt.Fprintf(a.Err, "\n> %s %s\n> %s\n\n", printable(label(m.file.Manifest)), printable(script.Event), text)
	}
	runner := s.runner("run", s.app.Out)
	_, err = runner.Run(ctx, script)
	return err
}

// label is name@version as far as the manifest has them.
func label(m *manifest.Manifest) string {
	if m.Version == "" {
		return m.Name
	}
	return m.Name + "@" + m.Version
}

func missingScript(scripts map[string]string, name string) error {
	names := slices.Sorted(maps.Keys(scripts))
	err := fmt.Errorf("there is no script %q in package.json", name)
	if near := registry.Near(name, names); len(near) > 0 {
		return &hintError{err: err, hint: didYouMean(near), code: "EMISSINGSCRIPT"}
	}
	return &hintError{err: err, hint: "`ipnpm run` lists the scripts that there are", code: "EMISSINGSCRIPT"}
}
