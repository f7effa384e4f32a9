package packlist

import "strings"

// glob is one of the patterns that braces stand for: its portions, with
// globstar for "**". An empty first portion is a slash at the beginning, an
// empty last one a slash at the end.
type glob []portion

// globstar reports "**", which stands for any number of portions.
func (p portion) globstar() bool { return p.parts == nil && p.text == "**" }

// parseGlobs expands and compiles a pattern.
func parseGlobs(pattern string) ([]glob, error) {
	texts, err := expandBraces(pattern)
	if err != nil {
		return nil, err
	}
	globs := make([]glob, 0, len(texts))
	for _, text := range texts {
		var g glob
		for _, part := range reduce(splitSlashes(text)) {
			if part == "**" {
				g = append(g, portion{text: part})
				continue
			}
			g = append(g, parsePortion(part))
		}
		globs = append(globs, g)
	}
	return globs, nil
}

// splitSlashes splits at slashes, several in a row counting as one.
func splitSlashes(text string) []string {
	var parts []string
	for i, part := range strings.Split(text, "/") {
		if part == "" && i > 0 && len(parts) > 0 && parts[len(parts)-1] == "" && i > len(parts)-1 {
			continue
		}
		parts = append(parts, part)
	}
	return parts
}

// reduce makes "**/**" one, and does "name/.." away.
func reduce(parts []string) []string {
	var out []string
	for _, part := range parts {
		previous := ""
		if len(out) > 0 {
			previous = out[len(out)-1]
		}
		switch {
		case part == "**" && previous == "**":
		case part == ".." && previous != "" && previous != ".." && previous != "." && previous != "**":
			out = out[:len(out)-1]
		default:
			out = append(out, part)
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return out
}

// pathMatch is one test of a path against a glob.
type pathMatch struct {
	fold bool
	// partial is satisfied with a path that could be a folder above a match.
	partial bool
	budget  int
}

// match tests the glob on a path in portions.
func (m *pathMatch) match(g glob, file []string) bool {
	for i := 0; ; i++ {
		switch {
		case i == len(g):
			// a/* matches a/b/, too.
			return i == len(file) || i == len(file)-1 && file[i] == ""
		case g[i].globstar():
			return m.globstar(g[i+1:], file[i:])
		case i == len(file):
			return m.partial
		case !g[i].match(file[i], m.fold, &m.budget):
			return false
		}
	}
}

// globstar tests what follows a "**" on every rest of the path. At the end of
// a pattern it stands for one portion or more.
func (m *pathMatch) globstar(rest glob, file []string) bool {
	if m.partial {
		return true
	}
	if len(rest) == 0 {
		return len(file) > 0
	}
	for i := range len(file) + 1 {
		if m.budget--; m.budget <= 0 {
			return false
		}
		if m.match(rest, file[i:]) {
			return true
		}
	}
	return false
}
