package resolve

import (
	"cmp"
	"context"
	"strings"

	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// loadLock makes the lockfile's tree the one to begin with. Entries that hang
// in the air (no parent, no target) are left out: what needed them becomes a
// problem and is resolved anew.
func (b *builder) loadLock(ctx context.Context) error {
	if b.request.Lock == nil || b.options.UpdateAll {
		return nil
	}
	l := lockLoader{b: b, nodes: make(map[string]*Node, len(b.request.Lock.Packages))}
	l.nodes[""] = b.tree.root
	if b.request.Lock.Bare {
		if err := b.askForBare(ctx); err != nil {
			return err
		}
	}
	locations := b.request.Lock.Locations() // parents before their children
	l.prepare(locations)
	for _, location := range locations {
		entry := b.request.Lock.Packages[location]
		if location == "" || entry.Link {
			continue
		}
		if err := l.load(ctx, location, entry); err != nil {
			return err
		}
	}
	for _, location := range locations {
		if entry := b.request.Lock.Packages[location]; entry.Link {
			l.link(location, entry)
		}
	}
	if b.tree.root.rules != nil {
		return nil // all is in place already, see load
	}
	reloadEvery(b.tree.root)
	for _, top := range b.tree.folders() {
		if top.owner == nil {
			reloadEvery(top)
		}
	}
	return nil
}

type lockLoader struct {
	b     *builder
	nodes map[string]*Node
	// ready has by location the nodes of which the lockfile alone tells all.
	ready map[string]*Node
}

// prepare reads the entries that need nothing but the lockfile, on all
// processors: most of what loading it costs is parsing versions and ranges.
func (l *lockLoader) prepare(locations []string) {
	nodes := make([]*Node, len(locations))
	par.Each(len(locations), func(i int) {
		entry := l.b.request.Lock.Packages[locations[i]]
		if _, name := splitLocation(locations[i]); name != "" && !entry.Link && l.tellsAll(entry) {
			p := l.b.source.lockedPkg(cmp.Or(entry.Name, name), entry)
			nodes[i] = newNode(name, p, p.plain)
		}
	})
	l.ready = make(map[string]*Node, len(locations))
	for i, location := range locations {
		l.ready[location] = nodes[i]
	}
}

// splitLocation separates a location into that of the node whose node_modules
// it is in, and its name there; name is empty for a folder outside.
func splitLocation(location string) (parent, name string) {
	name = lockfile.NameOf(location)
	parent, inModules := strings.CutSuffix(location[:len(location)-len(name)], "node_modules/")
	if !inModules || parent != "" && !strings.HasSuffix(parent, "/") {
		return "", ""
	}
	return strings.TrimSuffix(parent, "/"), name
}

func (l *lockLoader) load(ctx context.Context, location string, entry *lockfile.Package) error {
	parentAt, name := splitLocation(location)
	if name == "" {
		m, err := l.folderManifest(ctx, location, entry)
		if err != nil {
			return err
		}
		n := l.b.newFolder(location, m)
		l.nodes[location] = n
		l.b.tree.addFolder(n)
		return nil
	}
	parent := l.nodes[parentAt]
	if parent == nil || parent.children[fold(name)] != nil {
		return nil
	}
	pkgName := cmp.Or(entry.Name, name)
	if l.b.outdated(pkgName, entry) {
		return nil
	}
	n := l.ready[location]
	if n == nil {
		p, err := l.pkg(ctx, pkgName, entry)
		if p == nil || err != nil {
			return err
		}
		n = newNode(name, p, p.plain)
	}
	l.nodes[location] = n
	if l.b.tree.root.rules != nil {
		// Which override a node is under depends on who came first.
		l.b.tree.addBare(n, parent)
		return nil
	}
	l.b.tree.put(n, parent)
	return nil
}

// folderManifest reads a linked folder's own package.json, since its author
// may have changed it; what the lockfile says of it is second best.
func (l *lockLoader) folderManifest(ctx context.Context, location string, entry *lockfile.Package) (*manifest.Manifest, error) {
	for _, ws := range l.b.request.Workspaces {
		if ws.Location == location {
			return ws.Manifest, nil
		}
	}
	if l.b.request.Local != nil {
		spec, err := manifest.ParseSpec("", "file:"+location)
		if err == nil {
			local, err := l.b.request.Local.Manifest(ctx, "", spec)
			if err == nil && local.Manifest != nil {
				return local.Manifest, nil
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
	}
	name := entry.Name
	if name == "" {
		name = baseName(location, "")
	}
	return l.b.source.lockedPkg(name, entry).manifest, nil
}

func (l *lockLoader) link(location string, entry *lockfile.Package) {
	parentAt, name := splitLocation(location)
	parent, target := l.nodes[parentAt], l.nodes[strings.TrimPrefix(entry.Resolved, "file:")]
	if name == "" || parent == nil || target == nil || parent.children[fold(name)] != nil {
		return
	}
	link := newLink(name, target)
	l.nodes[location] = link
	if l.b.tree.root.rules != nil {
		l.b.tree.add(link, parent)
		return
	}
	l.b.tree.put(link, parent)
	target.links = append(target.links, link)
}

// baseName is the name that a folder suggests: its last part, with the scope
// folder around it.
func baseName(location, otherwise string) string {
	parts := strings.Split(location, "/")
	last := parts[len(parts)-1]
	switch {
	case last == "" || last == "..":
		return otherwise
	case len(parts) > 1 && strings.HasPrefix(parts[len(parts)-2], "@"):
		return parts[len(parts)-2] + "/" + last
	}
	return last
}
