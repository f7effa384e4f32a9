package lockfile

import "strings"

// npmOne reads the dependencies of a package-lock.json of version 1 (npm 5 and
// 6) into packages by location. A package there has its version, digest and
// what it requires, and none of the rest (bins, engines, peers, platforms), so
// the result is Bare.
type npmOne struct {
	*decoder
	packages map[string]*Package
}

// oneEntry is a member of dependencies. Children come while it is being read,
// so they are kept by the location that it will have in any case.
type oneEntry struct {
	version, integrity string
	bundled            bool
	requires           map[string]string
}

func (d npmOne) dependencies(parent string) error {
	if d.peek() != '{' {
		return d.wrong("dependencies", "an object")
	}
	if strings.Count(parent, "node_modules/") > maxNesting {
		return d.fail("dependencies", "is nested too deep")
	}
	return d.object(func(name string) error {
		location := strings.TrimPrefix(parent+"/node_modules/"+name, "/")
		if d.peek() != '{' {
			return d.wrong(location, "an object")
		}
		var e oneEntry
		err := d.record(func(key string) error {
			switch key {
			case "version":
				return d.text(key, &e.version)
			case "integrity":
				return d.text(key, &e.integrity)
			case "bundled":
				return d.flag(key, &e.bundled)
			case "requires":
				return d.dict(key, &e.requires)
			case "dependencies":
				return d.dependencies(location)
			}
			return d.skip()
		})
		if err == nil {
			d.put(location, e)
		}
		return err
	})
}

// maxNesting bounds how deep dependencies may be in one another; a location is
// bounded likewise.
const maxNesting = 256

// put gives an entry its place. What npm 6 calls a version is one, or the
// address of what no registry has, or an alias's target.
func (d npmOne) put(location string, e oneEntry) {
	p := &Package{Version: e.version, Integrity: e.integrity, InBundle: e.bundled, Dependencies: e.requires}
	if target, ok := strings.CutPrefix(e.version, "npm:"); ok {
		if at := strings.LastIndexByte(target, '@'); at > 0 {
			p.Name, p.Version = target[:at], target[at+1:]
		}
	} else if path, ok := strings.CutPrefix(e.version, "file:"); ok && !isArchive(path) {
		d.link(location, strings.TrimSuffix(strings.TrimPrefix(path, "./"), "/"))
		return
	} else if strings.Contains(e.version, ":") {
		p.Version, p.Resolved = "", e.version
	}
	d.packages[location] = p
}

func (d npmOne) link(location, folder string) {
	d.packages[location] = &Package{Link: true, Resolved: folder}
	if d.packages[folder] == nil {
		d.packages[folder] = &Package{}
	}
}

func isArchive(path string) bool {
	for _, ending := range [...]string{".tgz", ".tar.gz", ".tar"} {
		if strings.HasSuffix(path, ending) {
			return true
		}
	}
	return false
}
