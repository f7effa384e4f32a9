package resolve

import (
	"path"
	"strings"

	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
)

// requirement is a parsed spec: what a package must be to satisfy it.
type requirement struct {
	raw  string
	spec manifest.Spec
	// versions is what a range, a version or the target of an alias asks for.
	versions *npmrange.Range
	any      bool   // "*": satisfied even by what has no version
	folder   string // of the workspace that "workspace:" names
	packs    bool   // a folder is not linked to, but for exceptions: see linksTo
	err      error  // the spec cannot be understood; nothing satisfies it
	// pin is set where this is what an imported lockfile has.
	pin *lockfile.Pin
}

func parseRequirement(name, raw string) *requirement {
	r := &requirement{raw: raw}
	if raw == "" {
		raw = "*"
	}
	if r.spec, r.err = manifest.ParseSpec(name, raw); r.err != nil {
		return r
	}
	target := r.spec.Target()
	switch target.Kind {
	case manifest.KindRange, manifest.KindVersion:
		r.setRange(target)
		r.any = r.any && target.Kind == manifest.KindRange
	case manifest.KindWorkspace:
		if !isWorkspacePath(target) {
			target.Fetch = workspaceRange(target.Fetch)
			r.setRange(target)
		}
	}
	return r
}

func (r *requirement) setRange(spec manifest.Spec) {
	r.any = spec.Fetch == "*" || spec.Fetch == ""
	r.versions, r.err = spec.Range()
}

// workspaceRange is the range that "workspace:" asks of the project's own
// package: "workspace:^" and its like take whatever version it has.
func workspaceRange(text string) string {
	if text == "^" || text == "~" {
		return "*"
	}
	return text
}

// satisfies reports whether node is what r asks for on behalf of from.
func (r *requirement) satisfies(node, from *Node) bool {
	if r.err != nil {
		return false
	}
	p := node.resolvedPkg()
	spec := r.spec.Target()
	switch spec.Kind {
	case manifest.KindRange, manifest.KindVersion:
		return r.any || p.semver != nil && r.versions.Test(p.semver)
	case manifest.KindWorkspace:
		return node.isLink() && node.target.Location() == r.workspaceFolder(from)
	case manifest.KindTag:
		return !node.isLink() && (p.origin == fromRegistry && p.failed == nil || isURL(p.resolved))
	case manifest.KindDirectory:
		return r.isFolder(node, from)
	case manifest.KindFile:
		return !node.isLink() && p.resolved == "file:"+localPath(from, spec)
	case manifest.KindRemote:
		return p.resolved == spec.Resolved("")
	case manifest.KindGit:
		return r.sameRepository(p)
	}
	return false
}

// allows reports whether r names versions, and the package's is one of them.
func (r *requirement) allows(p *pkg) bool {
	return r.versions != nil && p.semver != nil && r.versions.Test(p.semver)
}

// isMetBy is satisfies, as far as an entry of the lockfile tells: a link, a tag's version
// and what is from elsewhere count as what was wanted.
func (r *requirement) isMetBy(entry *lockfile.Package) bool {
	if r.any || r.versions == nil || entry.Link || entry.Resolved != "" {
		return true
	}
	v, err := npmrange.ParseVersion(entry.Version, true)
	return err == nil && r.versions.Test(v)
}

// sameRepository compares a git spec with what was resolved: the repository
// and the folder in it always, the commit only when the spec names one, and a
// semver: range with the package's version.
func (r *requirement) sameRepository(p *pkg) bool {
	spec := r.spec.Target()
	want, _, _ := strings.Cut(spec.Fetch, "#")
	have, haveCommit, _ := strings.Cut(p.resolved, "#")
	haveCommit, haveFolder, _ := strings.Cut(haveCommit, "::path:")
	if repositoryKey(want) != repositoryKey(have) || spec.Git.Subdir != haveFolder {
		return false
	}
	if spec.Git.Range != "" {
		versions, err := npmrange.Parse(spec.Git.Range, npmrange.Options{Loose: true})
		return err == nil && p.semver != nil && versions.Test(p.semver)
	}
	return !isCommit(spec.Git.Committish) || spec.Git.Committish == haveCommit
}

// repositoryKey removes from a git URL what does not change which repository
// it names: transport, user, and the .git at its end.
func repositoryKey(url string) string {
	url = strings.TrimPrefix(url, "git+")
	if _, rest, ok := strings.Cut(url, "://"); ok {
		url = rest
	}
	if _, rest, ok := strings.Cut(url, "@"); ok {
		url = rest
	}
	return strings.ToLower(strings.TrimSuffix(strings.Replace(url, ":", "/", 1), ".git"))
}

func isCommit(s string) bool {
	if len(s) < 40 || len(s) > 64 {
		return false
	}
	return strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// localPath is the path of a file or folder spec relative to the project.
func localPath(from *Node, spec manifest.Spec) string {
	if isMachinePath(spec) {
		return spec.Fetch
	}
	return folderPath(path.Join(from.baseFolder(), spec.Fetch))
}

// isMachinePath says that a file or folder is named independently of the
// project.
func isMachinePath(spec manifest.Spec) bool {
	local := spec.Kind == manifest.KindFile || spec.Kind == manifest.KindDirectory
	return local && (path.IsAbs(spec.Fetch) || strings.HasPrefix(spec.Fetch, "~/"))
}

// folderPath is a cleaned path with the project itself as "".
func folderPath(p string) string {
	if p == "." {
		return ""
	}
	return p
}
