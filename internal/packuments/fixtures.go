package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ipnpm/ipnpm/manifest"
)

// readFixtures wants what the fixtures of a registry want.
func (c *cut) readFixtures(dir, registry string) error {
	root := os.DirFS(dir)
	return fs.WalkDir(root, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(file) != ".txtar" {
			return err
		}
		data, err := fs.ReadFile(root, file)
		if err != nil {
			return err
		}
		archive := txtar.Parse(data)
		comment := "\n" + string(archive.Comment)
		if strings.Contains(comment, "\nregistry: "+registry+"\n") {
			c.readFixture(archive, comment)
		}
		return nil
	})
}

func (c *cut) readFixture(archive *txtar.Archive, comment string) {
	before := len(c.wishes)
	for line := range strings.Lines(comment) {
		if command, ok := strings.CutPrefix(line, "run: "); ok {
			c.readCommand(strings.Fields(command))
		}
	}
	for _, file := range archive.Files {
		switch base := path.Base(file.Name); {
		case base == "registry":
			c.readLines(string(file.Data))
		case base == "package-lock.json":
			c.readLock(file.Data)
		case base == "yarn.lock":
			c.readYarnLock(string(file.Data))
		case strings.Contains(base, "package.json"):
			c.readManifest(file.Data)
		}
	}
	if strings.Contains(comment, "--before") || strings.Contains(comment, "min-release-age") {
		for _, w := range c.wishes[before:] {
			c.timed[w.name] = true
		}
	}
}

// readCommand takes each word for a package; a value of a flag is none that
// anybody has published.
func (c *cut) readCommand(words []string) {
	for _, word := range words[1:] {
		if strings.HasPrefix(word, "-") {
			continue
		}
		if spec, err := manifest.ParseArg(word); err == nil && spec.Registry() {
			c.want(spec.Name, spec.Raw)
		}
	}
}

// readLines reads the packages that a fixture adds.
func (c *cut) readLines(text string) {
	for line := range strings.Lines(text) {
		if _, extra, ok := strings.Cut(line, " "); ok {
			c.readManifest([]byte(extra))
		}
	}
}

func (c *cut) readManifest(data []byte) {
	m, err := manifest.Parse(data)
	if err != nil {
		return // that is what the fixture is about
	}
	for _, deps := range []map[string]string{m.Dependencies, m.DevDependencies, m.OptionalDependencies, m.PeerDependencies} {
		c.wantAll(deps)
	}
	var overrides any
	if json.Unmarshal(m.Overrides, &overrides) == nil {
		c.readOverrides("", overrides)
	}
}

func (c *cut) readOverrides(name string, rule any) {
	switch rule := rule.(type) {
	case string:
		c.want(name, rule)
	case map[string]any:
		for key, inner := range rule {
			if key == "." {
				key = name
			}
			if spec, err := manifest.ParseArg(key); err == nil && spec.Name != "" {
				key = spec.Name
			}
			c.readOverrides(key, inner)
		}
	}
}

// lockEntry is one of either generation of package-lock.json.
type lockEntry struct {
	Name, Version string
	Dependencies  json.RawMessage // of version 1: nested entries
}

func (c *cut) readLock(data []byte) {
	var lock struct {
		Packages     map[string]lockEntry
		Dependencies map[string]lockEntry
	}
	if json.Unmarshal(data, &lock) != nil {
		return
	}
	for location, entry := range lock.Packages {
		if _, name, ok := strings.Cut(location, "node_modules/"); ok && entry.Version != "" {
			if at := strings.LastIndex(name, "node_modules/"); at >= 0 {
				name = name[at+len("node_modules/"):]
			}
			if entry.Name != "" {
				name = entry.Name
			}
			c.want(name, entry.Version)
		}
	}
	c.readOldLock(lock.Dependencies)
}

func (c *cut) readOldLock(entries map[string]lockEntry) {
	for name, entry := range entries {
		c.want(name, entry.Version)
		var nested map[string]lockEntry
		if json.Unmarshal(entry.Dependencies, &nested) == nil {
			c.readOldLock(nested)
		}
	}
}

// readYarnLock looks for the name of each entry and its version.
func (c *cut) readYarnLock(text string) {
	entries := regexp.MustCompile(`(?m)^"?(@?[^@\n]+)@[^\n]*:\n  version "?([^"\n]+)"?`)
	for entry := range slices.Values(entries.FindAllStringSubmatch(text, -1)) {
		c.want(entry[1], entry[2])
	}
}
