package cmd

import (
	"path/filepath"
	"strings"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/resolve"
)

// installedPackage is a package of the summary: npm's three fields, and the
// lockfile's key.
type installedPackage struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Path     string `json:"path"`
	Location string `json:"location"`
}

type changedPackage struct {
	From installedPackage `json:"from"`
	To   installedPackage `json:"to"`
}

// unreviewedPackage is one whose scripts did not run.
type unreviewedPackage struct {
	installedPackage
	CID     string            `json:"cid"`
	Scripts map[string]string `json:"scripts"`
}

type ranScript struct {
	Location string `json:"location"`
	Event    string `json:"event"`
}

// summaryJSON is the --json form: npm's keys, and those of what npm has not.
func (a *app) summaryJSON(s *session, out *outcome) map[string]any {
	m := tallyJSON(s.project, out.lock, out.result)
	m["packages"], m["took_ms"], m["sources"] = packagesIn(out.lock), out.took.Milliseconds(), sourceBytes(s.usage())
	m["warnings"] = warningsOf(s, out, func(resolve.Warning) bool { return true })
	if len(out.lock.Registries) > 0 {
		m["registries"] = out.lock.Registries
	}
	if out.dry {
		m["dryRun"] = true
	}
	if list := conflictsOf(out.warnings); len(list) > 0 {
		m["conflicts"] = list
	}
	if out.audit != nil {
		counts := out.audit.Metadata()
		m["audited"], m["audit"] = counts.Dependencies["total"]+1, counts
		if out.mended {
			m["audit"] = out.audit
		}
	}
	return m
}

// tallyJSON is what every summary has, also that of an install with nothing to
// do; without a result only a lockfile was made.
func tallyJSON(dir string, lock *lockfile.Lockfile, r *install.Result) map[string]any {
	if r == nil {
		r = &install.Result{}
	}
	t := summaryTree{dir, lock}
	add, change, remove := []installedPackage{}, []changedPackage{}, []installedPackage{}
	for _, c := range r.Added {
		add = append(add, t.at(c, c.Version))
	}
	for _, c := range r.Changed {
		to := t.at(c, c.Version)
		change = append(change, changedPackage{t.at(c, firstNonEmpty(c.From, to.Version)), to})
	}
	for _, c := range r.Removed {
		remove = append(remove, t.at(c, c.From))
	}
	m := map[string]any{
		"add": add, "added": len(add), "change": change, "changed": len(change), "remove": remove, "removed": len(remove),
		"audited": 0, "kept": r.Kept, "ran": ranJSON(r.Ran),
	}
	if len(r.Blocked) > 0 {
		m["unreviewedScripts"] = t.unreviewed(r.Blocked)
	}
	return m
}

// summaryTree is where the packages of a summary are.
type summaryTree struct {
	dir  string
	lock *lockfile.Lockfile
}

// at describes a package; a link has the version of what it leads to.
func (t summaryTree) at(c install.Change, version string) installedPackage {
	if link := t.lock.Packages[c.Location]; version == "" && link != nil && link.Link {
		if target := t.lock.Packages[link.Resolved]; target != nil {
			version = target.Version
		}
	}
	return installedPackage{c.Name, version, t.path(c.Location), c.Location}
}

func (t summaryTree) path(location string) string {
	return filepath.Join(t.dir, filepath.FromSlash(location))
}

func (t summaryTree) unreviewed(blocked []install.BlockedScript) []unreviewedPackage {
	out := make([]unreviewedPackage, 0, len(blocked))
	for _, b := range blocked {
		out = append(out, unreviewedPackage{installedPackage{b.Name, b.Version, t.path(b.Location), b.Location}, b.CID, b.Scripts})
	}
	return out
}

// ranJSON takes the installer's "location event" apart.
func ranJSON(ran []string) []ranScript {
	out := make([]ranScript, 0, len(ran))
	for _, text := range ran {
		at := strings.LastIndex(text, " ")
		out = append(out, ranScript{text[:max(at, 0)], text[at+1:]})
	}
	return out
}

func sourceBytes(usage []ipfsstore.Usage) map[string]int64 {
	m := map[string]int64{}
	for _, u := range usage {
		m[u.Source] += u.Bytes
	}
	return m
}
