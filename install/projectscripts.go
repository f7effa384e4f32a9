package install

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// runAfter runs the scripts that come after the tree is complete: those of
// the workspaces and linked folders, then the project's. It runs outside the
// project's lock, because such scripts may call the installer.
func runAfter(ctx context.Context, o Options, sel *selection, res *Result) error {
	if o.IgnoreScripts {
		return nil
	}
	if err := runLinked(ctx, o, sel, res); err != nil {
		return err
	}
	if len(res.Added)+len(res.Changed)+len(res.Removed) > 0 {
		ran, err := runFolder(ctx, o, "", []string{"predependencies", "dependencies", "postdependencies"})
		res.Ran = append(res.Ran, ran...)
		if err != nil {
			return err
		}
	}
	if !o.ProjectScripts {
		return nil
	}
	ran, err := RunProjectScripts(ctx, o)
	res.Ran = append(res.Ran, ran...)
	return err
}

// runLinked runs the scripts of linked folders, at every install as npm does:
// preinstall and prepare, then (their bins may exist only now) bins, install
// and postinstall. Workspaces are the project's own; other folders have to be
// approved as dependencies have. Which are workspaces is not the lockfile's to
// say: it, or a package with a file: dependency on some folder of the project,
// would have that folder's scripts run.
func runLinked(ctx context.Context, o Options, sel *selection, res *Result) error {
	var folders []string
	for _, t := range sel.links() {
		if t.link == "." || t.depth > 1 || t.beyond || slices.Contains(folders, t.link) {
			continue
		}
		if slices.Contains(o.Workspaces, t.link) || o.Approved(t.displayName(), linkedVersion(o.Lock, t), "") {
			folders = append(folders, t.link)
		} else if b := linkedScripts(o, t); len(b.Scripts) > 0 {
			res.Blocked = append(res.Blocked, b)
		}
	}
	slices.SortFunc(folders, lockfile.Compare)
	before := len(res.Ran)
	for _, events := range [][]string{{"preinstall"}, {"prepare"}, {"install"}, {"postinstall"}} {
		for _, folder := range folders {
			ran, err := runFolder(ctx, o, folder, events)
			res.Ran = append(res.Ran, ran...)
			if err != nil {
				return err
			}
		}
		if events[0] == "prepare" && len(res.Ran) > before {
			a := newApplier(o, sel, nil, &plan{})
			if err := a.linkBins(); err != nil {
				return err
			}
		}
	}
	return nil
}

func linkedVersion(lock *lockfile.Lockfile, t *target) string {
	if pkg := lock.Packages[t.link]; pkg != nil {
		return pkg.Version
	}
	return ""
}

// linkedScripts lists what a linked folder would run.
func linkedScripts(o Options, t *target) BlockedScript {
	b := BlockedScript{Location: t.loc, Name: t.displayName(), Version: linkedVersion(o.Lock, t), Scripts: map[string]string{}}
	data, err := manifest.ReadFolder(diskPath(o.Root, t.link))
	if err != nil {
		return b
	}
	m, err := manifest.Parse(data)
	if err != nil {
		return b
	}
	for _, event := range append(m.InstallScripts(), "prepare") {
		if command := m.Scripts[event]; command != "" {
			b.Scripts[event] = command
		}
	}
	return b
}

// RunProjectScripts runs the lifecycle scripts of the project itself, as npm
// does at the end of an install without arguments. They run on the runner's
// streams. It returns what ran, as "location event".
func RunProjectScripts(ctx context.Context, o Options) (ran []string, err error) {
	events := []string{"preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"}
	return runFolder(ctx, o, "", events)
}

// runFolder runs the given events of one project folder.
func runFolder(ctx context.Context, o Options, base string, events []string) (ran []string, err error) {
	dir := diskPath(o.Root, base)
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		return nil, nil //nolint:nilerr // A folder without a manifest has no scripts.
	}
	m, err := manifest.Parse(data)
	if err != nil {
		return nil, err
	}
	for _, event := range events {
		command := m.Scripts[event]
		if event == "install" {
			command = installCommand(m, dir)
		}
		if strings.TrimSpace(command) == "" {
			continue
		}
		if _, err := o.Scripts.Run(ctx, lifecycle.Script{
			Dir: dir, Event: event, Command: command, PackageJSON: data, Foreground: true,
		}); err != nil {
			return ran, err
		}
		ran = append(ran, base+" "+event)
	}
	return ran, nil
}
