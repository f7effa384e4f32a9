package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	link = regexp.MustCompile(`\[([^]]+)\]\([^)]+\)`)
	rule = regexp.MustCompile(`^\|[-:| ]+\|$`)
)

// readTopics reads those pages of a folder that say that they are topics, as package
// docs does for the program.
func readTopics(docs string) ([]page, error) {
	files, err := filepath.Glob(filepath.Join(docs, "*.md"))
	if err != nil {
		return nil, err
	}
	var pages []page
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		first, rest, _ := strings.Cut(string(data), "\n")
		if !strings.HasPrefix(first, "<!--") {
			continue
		}
		var topic string
		p := page{}
		if _, err := fmt.Sscanf(strings.ReplaceAll(first, ";", " ;"), "<!-- ipnpm help %s ; man %d %s", &topic, &p.section, &p.name); err != nil {
			return nil, fmt.Errorf("%s: first line: %w", file, err)
		}
		heading, text, _ := strings.Cut(rest, "\n")
		p.short = strings.TrimPrefix(heading, "# ")
		p.text = "# DESCRIPTION\n" + topicText(text)
		pages = append(pages, p)
	}
	for i := range pages {
		pages[i].text += seeAlso(append([]page{{name: "ipnpm", section: 1}}, without(pages, pages[i].name)...))
	}
	return pages, nil
}

// topicText has headings be those of a manual page, tables lists, as they may be
// wider than a screen, and leaves the words of links, which lead to files that are
// not there.
func topicText(text string) string {
	var out, columns []string
	for line := range strings.SplitSeq(text, "\n") {
		line = link.ReplaceAllString(line, "$1")
		heading, isHeading := strings.CutPrefix(line, "## ")
		switch {
		case rule.MatchString(line):
		case strings.HasPrefix(line, "|") && columns == nil:
			columns = cells(line)
		case strings.HasPrefix(line, "|"):
			out = append(out, tableRow(columns, cells(line)))
		case isHeading:
			out = append(out, "# "+strings.ToUpper(heading))
		default:
			out, columns = append(out, line), nil
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n")) + "\n\n"
}

func cells(line string) []string {
	out := strings.Split(strings.Trim(line, "|"), "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// tableRow is an entry of a list: the first cell, and what the others say of it.
func tableRow(columns, row []string) string {
	said := row[1:]
	if len(row) > 2 {
		for i := range said {
			said[i] = columns[i+1] + " " + said[i]
		}
	}
	return row[0] + "\n: " + strings.Join(said, "; ") + "\n"
}

func without(pages []page, name string) []page {
	var others []page
	for _, p := range pages {
		if p.name != name {
			others = append(others, p)
		}
	}
	return others
}

// seeAlso is the end of a page.
func seeAlso(pages []page) string {
	var names []string
	for _, p := range pages {
		names = append(names, p.reference())
	}
	return "# SEE ALSO\n" + strings.Join(names, ", ") + "\n"
}
