package install

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install/lifecycle"
	"github.com/ipnpm/ipnpm/install/virtual"
)

// build runs the approved scripts of an entry's packages in their draft, whose
// files are copies. All that they depend on is published, hence built, before:
// a script may use it. ok is false when the entry is not to be published,
// because an optional package's script failed.
func (m *maker) build(ctx context.Context, w *work) (ok bool, err error) {
	var queue []*buildable
	modulesOf := map[*buildable]string{}
	for _, member := range w.Members {
		t := m.targets[member.Package]
		if !mayBuild(m.o, t) {
			continue
		}
		dir, err := w.draft.Folder(m.layout, member)
		if err != nil {
			return false, err
		}
		b := readBuildable(t, dir)
		queue = append(queue, b)
		modulesOf[b] = w.draft.Modules(member)
	}
	if len(queue) == 0 {
		return true, nil
	}
	m.running <- struct{}{}
	defer func() { <-m.running }()
	m.o.Reporter.Phase("scripts", scriptsIn(queue))
	for _, member := range w.Members {
		if err := m.linkCommands(w, member); err != nil {
			return false, explain(err)
		}
	}
	for _, event := range [...]string{"preinstall", "install", "postinstall"} {
		for _, b := range queue {
			if b.scripts[event] == "" {
				continue
			}
			if err := m.runScript(ctx, b, event, modulesOf[b]); err != nil {
				return false, m.fail(ctx, b.target, err)
			}
		}
	}
	for _, member := range w.Members {
		if err := m.relistBuilt(w, member); err != nil {
			return false, explain(err)
		}
	}
	return true, nil
}

// rebuilds says whether the scripts of one of an entry's packages are to run again.
func (iso *isolation) rebuilds(e *virtual.Entry) bool {
	return slices.ContainsFunc(e.Members, func(member virtual.Member) bool {
		return rebuilds(iso.o, iso.targets[member.Package])
	})
}

// runScript runs one script. A command that it starts may be a file of another
// entry, and not find from there what the package finds: NODE_PATH leads there,
// as npm has it in this layout.
func (m *maker) runScript(ctx context.Context, b *buildable, event, modulesDir string) error {
	path := modulesDir
	for _, entry := range m.o.Scripts.Env {
		if more, ok := strings.CutPrefix(entry, "NODE_PATH="); ok && more != "" {
			path = modulesDir + string(os.PathListSeparator) + more
		}
	}
	_, err := m.o.Scripts.Run(ctx, lifecycle.Script{
		Dir: b.dir, Event: event, Command: b.scripts[event], PackageJSON: b.json,
		Env: append(dependencyEnv(b.pkg), "NODE_PATH="+path), Foreground: m.o.ForegroundScripts,
	})
	if err != nil {
		return &PackageError{b.loc, b.displayName(), b.pkg.Version, "running the " + event + " script of", err}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.res.Ran = append(m.res.Ran, b.loc+" "+event)
	m.o.Reporter.Step("scripts", b.loc+" "+event, 0)
	return nil
}

// linkCommands puts the commands of what a package depends on beside it, for
// its scripts. An entry without scripts needs none.
func (m *maker) linkCommands(w *work, member virtual.Member) error {
	dir := w.draft.Modules(member)
	for _, link := range m.layout.Package(member.Package).Links {
		if link.Folder != "" || strings.Contains(link.At, modules) {
			continue
		}
		to := m.targets[link.To]
		for name, file := range commandsOf(to.displayName(), to.pkg) {
			if err := os.MkdirAll(filepath.Join(dir, ".bin"), 0o755); err != nil {
				return err
			}
			at := filepath.Join(dir, ".bin", name)
			want := filepath.Join("..", filepath.FromSlash(link.At), filepath.FromSlash(file))
			if m.o.Shims {
				if err := writeShims(at, filepath.ToSlash(want), filepath.Join(dir, ".bin", want)); err != nil {
					return err
				}
			} else if err := replaceLink(want, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// relistBuilt lists what the scripts made of a package.
func (m *maker) relistBuilt(w *work, member virtual.Member) error {
	t := m.targets[member.Package]
	if !mayBuild(m.o, t) {
		return nil
	}
	dir, err := w.draft.Folder(m.layout, member)
	if err != nil {
		return err
	}
	if _, err := mendBins(dir, t); err != nil {
		return err
	}
	return relist(w.draft.Listing(member), dir, w.contents[member.Package].Integrity)
}

// relist writes the listing of a folder as it is.
func relist(at, dir, integrity string) error {
	c := &Contents{Integrity: integrity}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		c.Files = append(c.Files, File{Path: filepath.ToSlash(rel), Size: info.Size(), Exec: info.Mode()&0o111 != 0})
		return err
	})
	if err != nil {
		return err
	}
	c.sort()
	return os.WriteFile(at, c.encode(), 0o644)
}

// reportBlocked lists the scripts that nobody approved.
func (iso *isolation) reportBlocked(res *Result) {
	if iso.o.IgnoreScripts {
		return
	}
	for i, t := range iso.targets {
		if !t.pkg.HasInstallScript || mayBuild(iso.o, t) {
			continue
		}
		if b := readBuildable(t, iso.folder(i)); len(b.scripts) > 0 {
			res.Blocked = append(res.Blocked, b.blocked())
		}
	}
}
