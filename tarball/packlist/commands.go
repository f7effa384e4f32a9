package packlist

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"
)

// commands are the files of the package that are run: those of bin, or else
// all that are in directories.bin.
func (l *list) commands(p *pkg) (map[string]bool, error) {
	found := map[string]bool{}
	dir := path.Clean("/" + strings.ReplaceAll(p.manifest.Directories.Bin, `\`, "/"))[1:]
	if len(p.manifest.Bin) > 0 || dir == "" {
		for _, target := range p.manifest.Bins() {
			found[target] = true
		}
		return found, nil
	}
	globs, err := parseGlobs("**")
	if err != nil {
		return nil, err
	}
	if !l.isFolder(joined(p.path, dir)) {
		return found, nil
	}
	err = l.expand(joined(p.path, dir), globs, func(file string, _ bool) {
		if !strings.HasPrefix(file, ".") && !strings.Contains(file, "/.") {
			found[dir+"/"+file] = true
		}
	})
	return found, err
}

// withoutPatches cuts patchedDependencies out of the text of a package.json
// and leaves all else as its author wrote it.
func withoutPatches(text []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil { // the brace
		return text
	}
	first := true
	for d.More() {
		start := d.InputOffset()
		key, err := d.Token()
		if err != nil {
			return text
		}
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return text
		}
		end := d.InputOffset()
		if key != "patchedDependencies" {
			first = false
			continue
		}
		if first && d.More() { // the comma after it goes, not the one before
			end += int64(bytes.IndexByte(text[end:], ',')) + 1
			end = int64(len(text) - len(bytes.TrimLeft(text[end:], " \t\r\n")))
		}
		return withoutPatches(append(bytes.Clone(text[:start]), text[end:]...))
	}
	return text
}
