package cmd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/manifest"
)

func newInitCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "init [INITIALIZER [ARGS...]]",
		Aliases: []string{"create", "innit"},
		GroupID: "project",
		Short:   "Start a package, or run an initializer",
		Long: `Init writes a package.json, with answers to its questions or with -y without
asking. In one that exists it adds what is missing and keeps the rest as it is
written. -w FOLDER starts a workspace there, names it in "workspaces" of the
project unless a pattern there has it already, and installs.

With an initializer it is ` + "`ipnpm exec`" + ` of the package that npm has for it: foo
runs create-foo, @acme runs @acme/create, @acme/foo runs @acme/create-foo, and
user/foo user/create-foo of GitHub. Its flags follow "--".

Unlike npm it makes up no "bugs" and "homepage" from the repository, and knows
no init-module.`,
		Example: `  ipnpm init -y
  ipnpm init -y --init-type=module -w packages/new
  ipnpm init vite my-app -- --template vue`,
		RunE: func(c *cobra.Command, args []string) error { return runInit(c.Context(), a, args) },
	}
	a.bindConfig(c.Flags(), "yes", "force", "scope", "init-author-name", "init-author-email", "init-author-url",
		"init-license", "init-private", "init-type", "init-version", "workspaces-update", "script-shell", "ignore-scripts", "allow-scripts")
	a.bindConfig(c.Flags(), workspaceKeys()...)
	return c
}

func runInit(ctx context.Context, a *app, args []string) error {
	folders := a.flags["workspace"]
	if len(folders) == 0 {
		return a.initIn(ctx, a.Dir, args)
	}
	root, err := a.openProjectAt(findRoot(a.Dir), false)
	if err != nil {
		return err
	}
	a.Dir = root.dir
	delete(a.flags, "workspace") // what follows is for each folder, or for all
	each := *a
	each.Out, each.json = a.talk(), false // the result is the install's
	for _, folder := range folders {
		dir := root.folderOf(folder)
		if root.relative(dir) == "" {
			return &hintError{err: fmt.Errorf("workspace %s is not within %s", folder, root.dir), hint: "name a folder below the project's"}
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := each.initIn(ctx, dir, args); err != nil {
			return err
		}
		if err := root.addWorkspace(root.relative(dir)); err != nil {
			return err
		}
	}
	cfg, err := a.loadConfig(root.dir)
	if err != nil || len(args) > 0 || !cfg.Bool("workspaces-update") {
		return err
	}
	return runInstall(ctx, a)
}

// initIn starts a package in a folder.
func (a *app) initIn(ctx context.Context, dir string, args []string) error {
	inside := *a
	inside.Dir = dir
	if len(args) == 0 {
		return inside.writeManifest()
	}
	pkg, err := initializer(args[0])
	if err != nil {
		return err
	}
	return runExec(ctx, &inside, execOptions{}, append([]string{pkg}, args[1:]...))
}

// initializer is the package whose command an initializer's name stands for.
func initializer(name string) (string, error) {
	if scope, ok := strings.CutPrefix(name, "@"); ok && !strings.Contains(name, "/") {
		scope, version, pinned := strings.Cut(scope, "@")
		if pinned {
			version = "@" + version
		}
		return "@" + scope + "/create" + version, nil
	}
	spec, err := manifest.ParseArg(name)
	switch {
	case err != nil:
		return "", err
	case spec.Kind == manifest.KindGit && strings.Count(strings.SplitN(name, "#", 2)[0], "/") == 1:
		user, repo, _ := strings.Cut(name, "/")
		return user + "/create-" + repo, nil
	case !spec.Registry() || spec.Name == "":
		return "", &hintError{err: fmt.Errorf("unrecognized initializer: %s", name), code: "EUNSUPPORTED", hint: "`ipnpm exec` runs the command of any package"}
	}
	scope, base := path.Split(spec.Name)
	return scope + "create-" + base + strings.TrimPrefix(name, spec.Name), nil
}

// addWorkspace names a folder among the project's workspaces, where no pattern
// has it.
func (p *project) addWorkspace(location string) error {
	found, err := manifest.FindWorkspaces(p.dir, p.foreign.Patterns(p.file.Manifest))
	if err != nil {
		return err
	}
	for _, w := range found {
		if w.Location == location {
			return nil
		}
	}
	if _, err := os.Stat(filepath.Join(p.folderOf(location), "package.json")); err != nil {
		return nil //nolint:nilerr // an initializer that made none made no workspace
	}
	field := "workspaces[]"
	if len(p.file.Keys("workspaces")) > 0 {
		field = "workspaces.packages[]"
	}
	q, err := manifest.ParseQuery(field)
	if err != nil {
		return err
	}
	if err := p.file.Put(q, manifest.Quote(location), false); err != nil {
		return err
	}
	return p.file.Save()
}

// writeManifest writes the package.json of the working folder.
func (a *app) writeManifest() error {
	cfg, err := a.loadConfig(a.Dir)
	if err != nil {
		return err
	}
	target := filepath.Join(a.Dir, "package.json")
	file, err := manifest.Load(target)
	if errors.Is(err, manifest.ErrNotFound) {
		file, err = manifest.New(target), nil
	}
	if err != nil {
		return err
	}
	d := draft{app: a, cfg: cfg, file: file, ask: !cfg.Bool("yes") && !cfg.Bool("force"), in: bufio.NewReader(a.In)}
	if err := d.fill(); err != nil {
		return err
	}
	if d.ask {
		fmt.Fprintf(a.talk(), "About to write to %s:\n\n%s\n", target, printable(string(file.Bytes())))
		answer, err := d.question("Is this OK?", "yes")
		if err != nil {
			return err
		}
		if !strings.HasPrefix(strings.ToLower(answer), "y") {
			return &hintError{err: errors.New("canceled, nothing was written"), hint: "-y takes all proposals"}
		}
	} else if a.says("notice") && !a.json {
		fmt.Fprintf(a.Out, "Wrote to %s:\n\n%s\n", target, printable(string(file.Bytes())))
	}
	if a.json {
		return errors.Join(file.Save(), a.printJSON(json.RawMessage(file.Bytes())))
	}
	return file.Save()
}

// draft is a package.json that init fills in.
type draft struct {
	app  *app
	cfg  *config.Config
	file *manifest.File
	ask  bool
	in   *bufio.Reader
}

// question asks with a proposal, which an empty answer takes. Without asking
// the proposal is the answer.
func (d *draft) question(text, proposal string) (string, error) {
	if !d.ask {
		return proposal, nil
	}
	if proposal != "" {
		text += " (" + printableLine(proposal) + ")"
	}
	fmt.Fprint(d.app.talk(), strings.TrimSuffix(text, ":")+" ")
	line, err := d.in.ReadString('\n')
	if answer := strings.TrimSpace(line); answer != "" {
		return answer, nil
	}
	if err != nil {
		fmt.Fprintln(d.app.talk())
		return "", &hintError{err: errors.New("canceled: there are no more answers, and nothing was written"), hint: "-y takes all proposals"}
	}
	return proposal, nil
}
