package cmd

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
)

// approvals decide which dependencies may run their install scripts. The
// policy is npm 12's: package.json's allowScripts, or else allow-scripts of
// the configuration; a key is a name, or name@version, or several versions
// with "||" between; false denies and wins. Beyond npm's keys a value may be
// the CID of the content that was looked at, and then other bytes under the
// same name and version do not run. A text that is no CID approves nothing.
type approvals struct {
	all   bool
	rules map[string]approval // by package name
}

// approval is what the rules for one name say.
type approval struct {
	denied   bool
	any      bool
	contents []string          // CIDs of any version
	versions map[string]string // exact version → CID, "" for any content
}

func (s *session) approvals(f *manifest.File) approvals {
	a := approvals{all: s.cfg.Bool("dangerously-allow-all-scripts"), rules: map[string]approval{}}
	var fields struct {
		AllowScripts map[string]any `json:"allowScripts"`
	}
	// The file was checked when it was loaded; a field of another type counts
	// as absent, which approves nothing.
	_ = json.Unmarshal(f.Bytes(), &fields)
	for key, value := range fields.AllowScripts {
		switch v := value.(type) {
		case bool:
			a.add(key, v, "")
		case string:
			a.add(key, true, v)
		}
	}
	if len(a.rules) == 0 {
		for _, key := range s.cfg.Strings("allow-scripts") {
			a.add(key, true, "")
		}
	}
	return a
}

// add enters one rule. A range or tag is no approval: what it will match
// tomorrow has not been looked at.
func (a approvals) add(key string, allow bool, cid string) {
	at := strings.LastIndex(key, "@")
	name, version := key, ""
	if at > 0 {
		name, version = key[:at], key[at+1:]
	}
	rule := a.rules[name]
	switch {
	case !allow:
		rule.denied = true
	case (version == "" || version == "*") && cid != "":
		rule.contents = append(rule.contents, cid)
	case version == "" || version == "*":
		rule.any = true
	default:
		if rule.versions == nil {
			rule.versions = map[string]string{}
		}
		for v := range strings.SplitSeq(version, "||") {
			rule.versions[strings.TrimSpace(v)] = cid
		}
	}
	a.rules[name] = rule
}

// approved judges a package of a registry.
func (a approvals) approved(name, version, cid string) bool {
	rule := a.rules[name]
	if rule.denied {
		return false
	}
	if a.all || rule.any || slices.Contains(rule.contents, cid) {
		return true
	}
	content, ok := rule.versions[version]
	return ok && (content == "" || content == cid)
}

// undecided are those of the scripts that did not run which somebody has yet to
// decide on: what was denied waits for nothing.
func (a approvals) undecided(blocked []install.BlockedScript) []install.BlockedScript {
	return slices.DeleteFunc(blocked, func(b install.BlockedScript) bool { return a.rules[b.Name].denied })
}

// forLock is install.Options.Approved for the packages of a lock. A name and a
// version are a registry's word; a package from a repository, a URL or a file
// gives itself what name it likes, and so only an approval of its very content
// counts, as npm has it match such packages by where they come from.
func (a approvals) forLock(lock *lockfile.Lockfile) func(name, version, cid string) bool {
	elsewhere := map[string]bool{}
	for _, pkg := range lock.Packages {
		if pkg.Resolved != "" && !pkg.Link {
			elsewhere[pkg.CID] = true
		}
	}
	return func(name, version, cid string) bool {
		if !elsewhere[cid] || a.all {
			return a.approved(name, version, cid)
		}
		rule := a.rules[name]
		return cid != "" && !rule.denied && (slices.Contains(rule.contents, cid) || rule.versions[version] == cid)
	}
}
