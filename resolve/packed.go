package resolve

import (
	"context"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// With install-links a folder is packed and installed like any package. Who
// depends on such a package's own folders finds them beside where it came
// from, not beside where it is now.

// linksTo reports whether the folder that r asks for on behalf of from is
// linked to. Under install-links that is so for workspaces and, as in npm, for
// what the project itself has written as "file:./lib" or "file:../lib" and is
// inside the project: "file:lib" is packed. What a packed package asks for is
// packed too.
func (r *requirement) linksTo(from *Node) bool {
	spec := r.spec.Target()
	if r.err != nil || spec.Kind != manifest.KindDirectory {
		return false
	}
	if !r.packs {
		return true
	}
	if !strings.HasPrefix(r.raw, "file:./") && !strings.HasPrefix(r.raw, "file:../") || from.isFromDisk() {
		return false
	}
	where := localPath(from, spec)
	return where != ".." && !strings.HasPrefix(where, "../")
}

// readLocal asks for what no index holds, for a folder as it is or packed.
func (b *builder) readLocal(ctx context.Context, from string, spec manifest.Spec, pack bool) (LocalPackage, error) {
	if pack {
		return b.request.Local.Packed(ctx, from, spec)
	}
	return b.request.Local.Manifest(ctx, from, spec)
}

// isFolder reports whether node is the folder that r asks for on behalf of
// from. Under install-links it may have been packed for somebody else where
// from would link to it. Unlike npm, which then takes any package of the name
// for the folder, a registry's too, it insists on where it came from.
func (r *requirement) isFolder(node, from *Node) bool {
	where := localPath(from, r.spec.Target())
	if node.isLink() {
		return r.linksTo(from) && node.target.Location() == where
	}
	folder, ok := node.pkg.packedFolder()
	return ok && r.packs && folderPath(folder) == where
}

// isFromDisk reports whether the node, or what it stands for, was installed from
// a file or folder of this machine.
func (n *Node) isFromDisk() bool {
	if n.source != nil {
		return n.source.isFromDisk()
	}
	return strings.HasPrefix(n.pkg.resolved, "file:")
}

// packedFolder is the folder that a package was packed from; what else came
// from this machine is a tarball.
func (p *pkg) packedFolder() (string, bool) { return packedFolder(p.resolved) }

func packedFolder(resolved string) (string, bool) {
	if !strings.HasPrefix(resolved, "file:") {
		return "", false
	}
	spec, err := manifest.ParseSpec("", resolved)
	if err != nil || spec.Kind != manifest.KindDirectory {
		return "", false
	}
	return spec.Fetch, true
}

// isUnpinnedFolder tells a packed folder of which the lockfile does not say
// what was in it: npm's never does.
func isUnpinnedFolder(entry *lockfile.Package) bool {
	_, ok := packedFolder(entry.Resolved)
	return ok && !entry.Link && entry.Integrity == ""
}
