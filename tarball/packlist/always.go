package packlist

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// fields are what package.json says of its own packing, beyond what
// manifest.Manifest has.
type fields struct {
	// Files is nil where the field is absent; an empty list takes nothing.
	Files   []string        `json:"files"`
	Browser json.RawMessage `json:"browser"`
	// Patches are local fixes of dependencies, which are not published.
	Patches map[string]string `json:"patchedDependencies"`
}

// always are the rules at the top of a package that nothing overrides: the
// later ones, which take files in, come first, so that these cannot.
const always = `/.git
!/package.json
!/readme{,.*[^~$]}
!/copying{,.*[^~$]}
!/license{,.*[^~$]}
!/licence{,.*[^~$]}
/.git
/node_modules
.npmrc
/package-lock.json
/npm-shrinkwrap.json
/yarn.lock
/pnpm-lock.yaml
/bun.lockb
/bun.lock
/.npm-extension.mjs
/.npm-extension.cjs
`

// pkg is a package of the tree that is packed: the one itself, or one that it
// bundles.
type pkg struct {
	path     string // relative to the root, "" for the root itself
	manifest *manifest.Manifest
	fields   fields
}

// load reads the package.json of a folder; a folder without one is a package
// without fields.
func (l *list) load(path string) (*pkg, error) {
	p := &pkg{path: path, manifest: &manifest.Manifest{}}
	text, err := l.readManifest(joined(path, "package.json"))
	if err != nil || text == nil {
		return p, err
	}
	if p.manifest, err = manifest.Parse(text); err != nil {
		return nil, err
	}
	// A field of another type reads as absent.
	_ = json.Unmarshal(text, &p.fields)
	return p, nil
}

func (l *list) isFolder(path string) bool {
	info, err := os.Lstat(l.disk(path))
	return err == nil && info.IsDir()
}

func (l *list) readManifest(path string) ([]byte, error) {
	at := l.disk(path)
	info, err := os.Lstat(at)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil //nolint:nilerr // there is none
	}
	if info.Size() > manifest.MaxSize {
		return nil, &LimitError{"bytes of package.json", manifest.MaxSize}
	}
	return os.ReadFile(at)
}

// filesRules turns "files" into rules: nothing but what the globs find now.
// What they find is read as a pattern once more, as npm does it.
func (l *list) filesRules(p *pkg) ([]rule, error) {
	if p.fields.Files == nil {
		return nil, nil
	}
	var b strings.Builder
	b.WriteString("*\n")
	for _, entry := range p.fields.Files {
		pattern := strings.TrimLeft(entry, "!")
		sign := "!"
		if pattern != entry {
			sign = ""
		}
		pattern = strings.TrimRight(trimRoot(pattern), "/")
		if pattern == "" {
			continue
		}
		globs, err := parseGlobs(pattern)
		if err != nil {
			return nil, err
		}
		err = l.expand(p.path, globs, func(found string, folder bool) {
			b.WriteString(sign + "/" + found + "\n")
			if folder {
				b.WriteString(sign + "/" + found + "/**\n")
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return parseRules(b.String())
}

// trimRoot takes "/" or "./" off the beginning.
func trimRoot(pattern string) string {
	if rest, ok := strings.CutPrefix(pattern, "./"); ok {
		return rest
	}
	return strings.TrimPrefix(pattern, "/")
}

// strictRules are those that "files" and ignore files cannot override.
func (l *list) strictRules(p *pkg) ([]rule, error) {
	var b strings.Builder
	b.WriteString(always)
	take := func(path string) {
		if path != "" {
			b.WriteString("!/" + strings.ReplaceAll(path, "\n", "") + "\n")
		}
	}
	var browser string
	if json.Unmarshal(p.fields.Browser, &browser) == nil {
		take(browser)
	}
	take(string(p.manifest.Main))
	commands, err := l.commands(p)
	if err != nil {
		return nil, err
	}
	for target := range commands {
		take(target)
	}
	if p.path == "" {
		for _, patch := range p.fields.Patches {
			rel := strings.TrimRight(trimRoot(strings.ReplaceAll(patch, `\`, "/")), "/")
			if rel != "" && !strings.HasPrefix(rel, "/") && !strings.Contains("/"+rel+"/", "/../") {
				b.WriteString("/" + rel + "\n")
			}
		}
	}
	return parseRules(b.String())
}
