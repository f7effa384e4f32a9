package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// jsonPage is docs/json.md: sections of commands, each with the fields of its
// result.
type jsonPage struct {
	sections map[string]*jsonSection // by command
	apart    []string                // commands that have no result
}

// jsonSection is the table of a heading like "## `a`, `b`".
type jsonSection struct {
	heading string
	rows    []*jsonRow
}

// jsonRow is one field: a path as `add[].name` or `registries.<key>`, and types
// with "or" between. "list of strings" and "object of numbers" say what is in
// them; "any" may hold anything, "same" what the section's result holds.
type jsonRow struct {
	path  []string
	types []string
	text  string
	seen  bool
}

// readJSONPage takes the page apart and sees that it has each command once.
func readJSONPage(t *testing.T) *jsonPage {
	data, err := os.ReadFile(filepath.Join("..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := &jsonPage{sections: map[string]*jsonSection{}}
	var section *jsonSection
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "## "):
			section = &jsonSection{heading: line}
			for _, command := range quoted(line) {
				if page.sections[command] != nil {
					t.Errorf("docs/json.md has `%s` twice", command)
				}
				page.sections[command] = section
			}
		case strings.HasPrefix(line, "- `"): // of the sections that have no table
			page.apart = append(page.apart, quoted(line)...)
		case strings.HasPrefix(line, "| `"):
			cells := strings.Split(line, "|")
			if len(cells) != 5 || section == nil {
				t.Fatalf("docs/json.md: %s", line)
			}
			section.rows = append(section.rows, &jsonRow{
				path: splitPath(strings.Trim(cells[1], " `")), types: strings.Split(strings.TrimSpace(cells[2]), " or "), text: cells[3],
			})
		}
	}
	for _, c := range runnable(rootFor("help")) {
		if path := commandName(c); page.sections[path] == nil && !page.isApart(path) {
			t.Errorf("docs/json.md has no section for `%s`", path)
		}
	}
	return page
}

// isApart says that a command has no result, or its own way of one.
func (p *jsonPage) isApart(command string) bool { return slices.Contains(p.apart, command) }

// quoted are the texts between backquotes.
func quoted(line string) []string {
	var out []string
	for i, part := range strings.Split(line, "`") {
		if i%2 == 1 {
			out = append(out, part)
		}
	}
	return out
}

// splitPath takes "add[].name" apart into add, [] and name; "." is the result
// itself.
func splitPath(text string) []string {
	var out []string
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "[]", ".[]"), ".") {
		if part != "" {
			out = append(out, part)
		}
	}
	return out
}

// check sees that the section of a command names all that a result holds.
func (p *jsonPage) check(t *testing.T, name, command string, value any) {
	section := p.sections[command]
	if section == nil {
		t.Errorf("docs/json.md has no section for the result %s", name)
		return
	}
	for _, problem := range section.problems(nil, value) {
		t.Errorf("docs/json.md, %q, against %s: %s", section.heading, name, problem)
	}
}

func (s *jsonSection) problems(path []string, value any) []string {
	row := s.row(path)
	kind := jsonKind(value)
	switch {
	case row == nil && s.isElement(path, kind):
		row = new(jsonRow)
	case row == nil:
		return []string{fmt.Sprintf("%s is not named", strings.Join(path, "."))}
	case slices.Contains(row.types, "any"):
		row.seen = true
		return nil
	case slices.Contains(row.types, "same") && kind == "object":
		row.seen = true
		path = nil
	case !slices.ContainsFunc(row.types, func(is string) bool { return is == kind || strings.HasPrefix(is, kind+" of ") }):
		return []string{fmt.Sprintf("%s is of type %s", strings.Join(path, "."), kind)}
	}
	row.seen = true
	var out []string
	switch v := value.(type) {
	case map[string]any:
		for key, each := range v {
			out = append(out, s.problems(append(path[:len(path):len(path)], key), each)...)
		}
	case []any:
		for _, each := range v {
			out = append(out, s.problems(append(path[:len(path):len(path)], "[]"), each)...)
		}
	}
	return out
}

// isElement says that what is around a path holds values of a kind.
func (s *jsonSection) isElement(path []string, kind string) bool {
	if len(path) == 0 {
		return false
	}
	around := s.row(path[:len(path)-1])
	return around != nil && slices.ContainsFunc(around.types, func(is string) bool { return strings.HasSuffix(is, " of "+kind+"s") })
}

// row is that of a path: by its names, or else by those that stand for any.
func (s *jsonSection) row(path []string) *jsonRow {
	var loose *jsonRow
	for _, row := range s.rows {
		if slices.Equal(row.path, path) {
			return row
		}
		if loose == nil && len(row.path) == len(path) && fits(row.path, path) {
			loose = row
		}
	}
	return loose
}

func fits(pattern, path []string) bool {
	for i, step := range pattern {
		if step != path[i] && (path[i] == "[]" || !strings.HasPrefix(step, "<")) {
			return false
		}
	}
	return true
}

func jsonKind(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "list"
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	}
	return "null"
}

// unseen complains of fields that no result of the tour has, unless the page says
// when only there is one.
func (p *jsonPage) unseen(t *testing.T) {
	told := map[*jsonSection]bool{}
	for _, section := range p.sections {
		if told[section] {
			continue
		}
		told[section] = true
		for _, row := range section.rows {
			if !row.seen && !strings.Contains(row.text, "only") {
				t.Errorf("docs/json.md, %q: no result has %s, and it does not say when only there is one", section.heading, strings.Join(row.path, "."))
			}
		}
	}
}
