// Package docs holds those pages of this folder that `ipnpm help TOPIC` shows and
// that are manual pages as well, so that a text is written once. A page says in
// its first line, which no reader of Markdown sees, what it is called in both:
//
//	<!-- ipnpm help offline; man 7 ipnpm-offline -->
//
// The pages are part of the program and are read when somebody asks for one.
// reference.md, a page a command, is not among them: of a command the program
// itself knows the text that the page was made from.
package docs

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed config.md errors.md lockfile.md registries.md scripts.md workspaces.md offline.md
//go:embed availability.md ci.md docker.md migrate.md monorepo.md
var pages embed.FS

// Topic is one page.
type Topic struct {
	// Name is what `ipnpm help` takes.
	Name string
	// Section and Manual are those of the manual page.
	Section int
	Manual  string
	// Title is the page's heading.
	Title string
	// Text is Markdown, what follows the heading.
	Text string
}

// Topics are all of them, sorted by the names of their files.
func Topics() []Topic {
	files, _ := pages.ReadDir(".") // part of the program
	topics := make([]Topic, 0, len(files))
	for _, file := range files {
		data, _ := pages.ReadFile(file.Name())
		if t, ok := parse(string(data)); ok { // TestTopics holds that all are
			topics = append(topics, t)
		}
	}
	return topics
}

// parse reads a page; others than topics do not begin as these do.
func parse(page string) (t Topic, ok bool) {
	first, rest, _ := strings.Cut(page, "\n")
	title, text, _ := strings.Cut(rest, "\n")
	_, err := fmt.Sscanf(strings.ReplaceAll(first, ";", " ;"), "<!-- ipnpm help %s ; man %d %s", &t.Name, &t.Section, &t.Manual)
	t.Title, ok = strings.CutPrefix(title, "# ")
	t.Text = strings.TrimSpace(text) + "\n"
	return t, ok && err == nil
}
