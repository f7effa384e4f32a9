package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// flagLine is a line of what pflag tells of flags.
var flagLine = regexp.MustCompile(`^ +((?:-\w, )?--[\w-]+)(\S*(?: \S+)?) {2,}(.+)$`)

// command is what reference.md says of one.
type command struct {
	page
	words              []string // as they are typed
	synopsis, examples string
	flags              string
}

// readCommands reads reference.md, which has a part a command: what it is in a word,
// how it is called, what it does, other names, examples, flags.
func readCommands(file string, topics []page) ([]page, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var commands []*command
	for _, part := range strings.Split("\n"+string(data), "\n## ")[1:] {
		c, err := readCommand(part)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		commands = append(commands, c)
	}
	pages := make([]page, 0, len(commands))
	for _, c := range commands {
		c.finish(commands, topics)
		pages = append(pages, c.page)
	}
	return pages, nil
}

func readCommand(part string) (*command, error) {
	title, rest, _ := strings.Cut(part, "\n")
	short, rest, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	c := &command{words: strings.Fields(title)}
	c.name, c.section, c.short = strings.Join(c.words, "-"), 1, strings.TrimSuffix(short, ".")
	if c.name == "" || c.short == "" {
		return nil, fmt.Errorf("a part without name or text: %q", title)
	}
	var prose []string
	for _, block := range blocks(rest) {
		text, fenced := strings.CutPrefix(block, "```\n")
		text = strings.TrimSuffix(text, "\n```")
		last := len(prose) - 1
		switch {
		case fenced && c.synopsis == "" && strings.HasPrefix(text, title) && last < 0:
			c.synopsis = text
		case fenced && last >= 0 && prose[last] == "Examples:":
			prose, c.examples = prose[:last], block
		case fenced && flagLine.MatchString(strings.Split(text, "\n")[0]):
			if last >= 0 && prose[last] == "Flags of every command:" {
				prose = prose[:last]
			}
			flags, err := flagList(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", title, err)
			}
			c.flags = flags
		default:
			prose = append(prose, block)
		}
	}
	c.text = strings.Join(prose, "\n\n")
	return c, nil
}

// blocks are the paragraphs of a text; what is fenced is one.
func blocks(text string) []string {
	var out []string
	fenced := false
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if fenced {
			out[len(out)-1] += "\n\n" + part
		} else {
			out = append(out, part)
		}
		if strings.Count(part, "```")%2 == 1 {
			fenced = !fenced
		}
	}
	return out
}

// flagList makes a list of pflag's columns, which are made for wider screens.
func flagList(text string) (string, error) {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		m := flagLine.FindStringSubmatch(line)
		if m == nil {
			return "", fmt.Errorf("no flag in %q", line)
		}
		fmt.Fprintf(&b, "**%s**%s\n: %s\n\n", m[1], strings.NewReplacer("[", `\[`, "*", `\*`).Replace(m[2]), escape(m[3]))
	}
	return b.String(), nil
}

func escape(text string) string {
	return strings.NewReplacer("*", `\*`, "<", `\<`, "[", `\[`, "_", `\_`).Replace(text)
}

// finish puts the parts into the order of a manual page.
func (c *command) finish(all []*command, topics []page) {
	var b strings.Builder
	add := func(heading, text string) {
		if text != "" {
			fmt.Fprintf(&b, "# %s\n%s\n\n", heading, strings.TrimSpace(text))
		}
	}
	synopsis := c.synopsis
	if synopsis == "" {
		synopsis = strings.Join(c.words, " ") + " COMMAND"
	}
	add("SYNOPSIS", "```\n"+synopsis+"\n```")
	add("DESCRIPTION", c.text)
	related := []page{{name: "ipnpm", section: 1}}
	var below strings.Builder
	for _, other := range all {
		switch {
		case other.parent() == c.name:
			fmt.Fprintf(&below, "%s\n: %s.\n\n", other.reference(), escape(other.short))
		case other.name == c.parent() && other.name != "ipnpm":
			related = append(related, other.page)
		}
	}
	add("COMMANDS", below.String())
	add("OPTIONS", c.flags)
	add("EXAMPLES", c.examples)
	if c.name == "ipnpm" {
		related = topics
	}
	c.text = b.String() + seeAlso(related)
}

func (c *command) parent() string { return strings.Join(c.words[:max(0, len(c.words)-1)], "-") }
