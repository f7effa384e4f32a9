// Command man writes the manual pages of ipnpm:
//
//	man DOCS DATE OUT
//
// makes a page of each command in DOCS/reference.md and of each topic, a page whose
// first line says what it is called, below OUT as man1/ipnpm-install.1,
// man5/ipnpmrc.5 and so on. DATE is what stands at their feet.
//
// All that it reads is Markdown that tests hold to the program, and so it need not
// be linked with the program, nor the program with it or with go-md2man, which
// writes the roff. Here a page only gets its parts, in the order that a reader of
// manual pages looks for them.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/cpuguy83/go-md2man/v2/md2man"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: man DOCS DATE OUT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

func run(docs, date, out string) error {
	pages, err := readTopics(docs)
	if err != nil {
		return err
	}
	commands, err := readCommands(filepath.Join(docs, "reference.md"), pages)
	if err != nil {
		return err
	}
	for _, p := range append(pages, commands...) {
		if err := p.write(date, out); err != nil {
			return err
		}
	}
	return nil
}

// page is a manual page; its text is Markdown, headings and all.
type page struct {
	name, short string
	section     int
	text        string
}

// reference is how other pages speak of it.
func (p page) reference() string { return fmt.Sprintf("**%s**(%d)", p.name, p.section) }

func (p page) write(date, out string) error {
	kind := map[int]string{1: "Commands", 5: "File formats", 7: "Topics"}[p.section]
	source := fmt.Sprintf("%% %q \"%d\" %q \"ipnpm\" \"ipnpm: %s\"\n\n# NAME\n%s - %s\n\n%s",
		strings.ToUpper(p.name), p.section, date, kind, p.name, p.short, p.text)
	dir := filepath.Join(out, fmt.Sprintf("man%d", p.section))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	roff := bytes.TrimLeft(md2man.Render([]byte(literal(source))), "\n")
	return os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.%d", p.name, p.section)), roff, 0o644)
}

// literal has underscores be no marks, which to go-md2man they are within a word
// too; in code, which is fenced or in backquotes, they are none.
func literal(text string) string {
	lines := strings.Split(text, "\n")
	fenced := false
	for i, line := range lines {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		parts := strings.Split(line, "`")
		for j := 0; j < len(parts) && !fenced; j += 2 {
			parts[j] = strings.ReplaceAll(strings.ReplaceAll(parts[j], `\_`, "_"), "_", `\_`)
		}
		lines[i] = strings.Join(parts, "`")
	}
	return strings.Join(lines, "\n")
}
