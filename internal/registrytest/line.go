package registrytest

import (
	"encoding/json"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// AddLines publishes one package a line, see [LineFiles]; empty lines and
// those that begin with # are passed over.
func (s *Server) AddLines(text string) {
	s.t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		files, err := LineFiles(line)
		if err != nil {
			s.t.Fatalf("registrytest: %v", err)
		}
		s.Add(files)
	}
}

// LineFiles makes the files of a package of one line: name@version and what
// its package.json has beyond these, where "_meta" is for [Meta] and "_files"
// are more files. There is an index.js that exports "name@version", and for
// each command a script that prints it.
func LineFiles(line string) (map[string]string, error) {
	id, extra, _ := strings.Cut(line, " ")
	at := strings.LastIndex(id, "@")
	if at <= 0 {
		return nil, fmt.Errorf("%q does not begin with name@version", line)
	}
	m := map[string]any{}
	if extra = strings.TrimSpace(extra); extra != "" {
		if err := json.Unmarshal([]byte(extra), &m); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
	}
	m["name"], m["version"] = id[:at], id[at+1:]
	more, _ := m["_files"].(map[string]any)
	delete(m, "_files")
	meta, hasMeta := m["_meta"]
	delete(m, "_meta")
	files, err := stubFiles(id, m)
	if err != nil {
		return nil, err
	}
	for name, text := range more {
		files[name], _ = text.(string)
	}
	if hasMeta {
		text, err := json.Marshal(meta)
		if err != nil {
			return nil, err
		}
		files[MetaFile] = string(text)
	}
	return files, nil
}

// stubFiles makes what a package needs to be installed, of its manifest.
func stubFiles(id string, m map[string]any) (map[string]string, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, err
	}
	files := map[string]string{
		"package.json": string(text) + "\n",
		"index.js":     "module.exports = " + strconv.Quote(id) + "\n",
	}
	for _, target := range binTargets(m["bin"]) {
		files[path.Clean(target)] = "#!/usr/bin/env node\nconsole.log(" + strconv.Quote(id) + ", process.argv.slice(2).join(' '))\n"
	}
	return files, nil
}

// binTargets are the files of a bin field that lie in the package.
func binTargets(bin any) []string {
	var out []string
	switch b := bin.(type) {
	case string:
		out = append(out, b)
	case map[string]any:
		for _, target := range b {
			if target, ok := target.(string); ok {
				out = append(out, target)
			}
		}
	}
	return slices.DeleteFunc(out, func(target string) bool { return !filepath.IsLocal(target) })
}

// ParseFault reads what a script or fixture says of a fault:
//
//	STATUS|corrupt|truncate|drop|slow|body=TEXT [docs|tarballs] [times=N] [version=V]
func ParseFault(words []string) (Fault, error) {
	if len(words) == 0 {
		return Fault{}, fmt.Errorf("a fault needs a word")
	}
	f, err := parseFaultKind(words[0])
	if err != nil {
		return f, err
	}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "docs":
			f.On = Documents
		case "tarballs":
			f.On = Tarballs
		case "version":
			f.Version = value
		case "times":
			if f.Times, err = strconv.Atoi(value); err != nil {
				return f, err
			}
		default:
			return f, fmt.Errorf("unknown word %s", word)
		}
	}
	return f, nil
}

func parseFaultKind(what string) (f Fault, err error) {
	text, isBody := strings.CutPrefix(what, "body=")
	switch {
	case isBody:
		f.Body = []byte(text)
	case what == "corrupt":
		f.Corrupt = true
	case what == "truncate":
		f.Truncate = true
	case what == "drop":
		f.Drop = true
	case what == "slow":
		f.Delay = 20 * time.Second
	default:
		if f.Status, err = strconv.Atoi(what); err != nil {
			return f, fmt.Errorf("unknown fault %s", what)
		}
	}
	return f, nil
}
