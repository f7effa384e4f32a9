package cmd

import (
	"context"
	"fmt"
	"maps"
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
all of them, one after the other; these flags may also follow SCRIPT. What
follows "--" is for the script alone.`,
		Example: `  ipnpm run build
  ipnpm run build -w packages/app
  ipnpm run test -- --watch
  ipnpm run lint --if-present`,
		RunE: func(c *cobra.Command, args []string) error { return runScript(c.Context(), a, args) },
	}
	c.Flags().SetInterspersed(false)
	a.bindConfig(c.Flags(), "if-present", "ignore-scripts", "script-shell")
	a.bindConfig(c.Flags(), workspaceKeys()...)
	return c
}

func runScript(ctx context.Context, a *app, args []string) error {
	if len(args) > 0 {
		args = append(args[:1:1], a.scriptArgs(args[1:])...)
	}
	p, err := a.openTree(false)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return a.listScripts(p)
	}
	return a.withSession(p, func(s *session) error { return s.runEverywhere(ctx, p, args) })
}

// runEverywhere runs a script in every importer. In workspaces a failure does
// not keep the others from their turn, as in npm; its exit code is the
// command's.
func (s *session) runEverywhere(ctx context.Context, p *project, args []string) error {
	var failed error
	for _, m := range p.importers {
		err := s.runScript(ctx, p, m, args[0], args[1:])
		if err == nil {
			continue
		}
		if len(p.importers) == 1 || ctx.Err() != nil {
			return err
		}
		failed = fmt.Errorf("in workspace %s: %w", firstNonEmpty(m.file.Manifest.Name, m.location), err)
		if m != p.importers[len(p.importers)-1] {
			s.app.report(failed)
			failed = &silentError{exitCodeOf(failed)}
		}
	}
	return failed
}

// runScript runs pre, the script and post; the first failure ends it.
func (s *session) runScript(ctx context.Context, p *project, m *importer, name string, args []string) error {
	scripts := m.file.Manifest.Scripts
	if _, ok := scripts[name]; !ok {
		if s.cfg.Bool("if-present") {
			return nil
		}
		return missingScript(scripts, name)
	}
	for _, event := range [...]string{"pre" + name, name, "post" + name} {
		command := scripts[event]
		if command == "" || event != name && s.cfg.Bool("ignore-scripts") {
			continue
		}
		own := args
		if event != name {
			own = nil
		}
		if err := s.runEvent(ctx, p, m, event, command, own); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) runEvent(ctx context.Context, p *project, m *importer, event, command string, args []string) error {
	if s.app.says("notice") {
		fmt.Fprintf(s.app.Err, "\n> %s %s\n> %s\n\n", printable(label(m.file.Manifest)), printable(event),
			printable(strings.Join(append([]string{command}, args...), " ")))
	}
	runner := s.runner("run-script")
	_, err := runner.Run(ctx, lifecycle.Script{
		Dir: p.folderOf(m.location), Event: event, Command: command, Args: args, PackageJSON: m.file.Bytes(), Foreground: true,
	})
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

// listScripts tells the scripts that there are, of several packages with
// their names.
func (a *app) listScripts(p *project) error {
	if a.json {
		return a.printJSON(p.allScripts())
	}
	for _, m := range p.importers {
		indent := ""
		if len(p.scope) > 0 {
			fmt.Fprintln(a.Out, printable(label(m.file.Manifest)))
			indent = "  "
		}
		scripts := m.file.Manifest.Scripts
		for _, name := range slices.Sorted(maps.Keys(scripts)) {
			fmt.Fprintf(a.Out, "%s%s\n%s    %s\n", indent, printable(name), indent, printable(scripts[name]))
		}
	}
	return nil
}

// allScripts are the scripts of the project, or where workspaces were chosen
// those of each, by its name.
func (p *project) allScripts() any {
	if len(p.scope) == 0 {
		return p.file.Manifest.Scripts
	}
	out := map[string]manifest.StringMap{}
	for _, m := range p.importers {
		out[m.file.Manifest.Name] = m.file.Manifest.Scripts
	}
	return out
}
