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
there is. The exit code is the script's.`,
		Example: `  ipnpm run build
  ipnpm run test -- --watch
  ipnpm run lint --if-present`,
		RunE: func(c *cobra.Command, args []string) error { return runScript(c.Context(), a, args) },
	}
	c.Flags().SetInterspersed(false)
	bindConfig(c.Flags(), "if-present", "ignore-scripts", "script-shell")
	return c
}

func runScript(ctx context.Context, a *app, args []string) error {
	p, err := a.openProject(false)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return a.listScripts(p.file.Manifest)
	}
	return a.withSession(p, func(s *session) error {
		return s.runScript(ctx, p, args[0], trimDashes(args[1:]))
	})
}

// trimDashes drops the "--" that separates the script's own arguments.
func trimDashes(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// runScript runs pre, the script and post; the first failure ends it.
func (s *session) runScript(ctx context.Context, p *project, name string, args []string) error {
	scripts := p.file.Manifest.Scripts
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
		if err := s.runEvent(ctx, p, event, command, own); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) runEvent(ctx context.Context, p *project, event, command string, args []string) error {
	m := p.file.Manifest
	if s.app.says("notice") {
		fmt.Fprintf(s.app.Err, "\n> %s %s\n> %s\n\n", printable(label(m)), printable(event),
			printable(strings.Join(append([]string{command}, args...), " ")))
	}
	runner := s.runner("run-script")
	_, err := runner.Run(ctx, lifecycle.Script{
		Dir: p.dir, Event: event, Command: command, Args: args, PackageJSON: p.file.Bytes(), Foreground: true,
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
		return &hintError{err: err, hint: "did you mean " + strings.Join(near, ", ") + "?"}
	}
	return &hintError{err: err, hint: "`ipnpm run` lists the scripts that there are"}
}

func (a *app) listScripts(m *manifest.Manifest) error {
	if a.json {
		return a.printJSON(m.Scripts)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Scripts)) {
		fmt.Fprintf(a.Out, "%s\n    %s\n", printable(name), printable(m.Scripts[name]))
	}
	return nil
}
