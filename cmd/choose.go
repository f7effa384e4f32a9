package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"
)

// choice is a list to choose from on a terminal: items under headings, of which
// the user marks some.
type choice struct {
	title  string
	items  []chosenItem
	cursor int
	drawn  []int // the columns that each line on the screen takes
}

// chosenItem is one of them; its text is printable.
type chosenItem struct {
	heading, text string
	marked        bool
}

// key is what the user pressed, as far as it means something here.
type key int

const (
	keyNone key = iota
	keyUp
	keyDown
	keyMark
	keyAll
	keyDone
	keyQuit
)

const chooseHelp = "space marks, a marks all, enter goes on, q leaves"

// terminal is where a choice can be made.
func (a *app) terminal() (*os.File, error) {
	if in, ok := a.In.(*os.File); ok && a.ErrTTY && term.IsTerminal(int(in.Fd())) {
		return in, nil
	}
	return nil, &hintError{err: errors.New("there is no terminal to choose on"), code: "EUSAGE",
		hint: "name the packages instead; `ipnpm outdated` lists which are not new"}
}

// choose lets the user mark items; false is for who left. The terminal is as it
// was before when it returns, whatever ends it.
func (a *app) choose(ctx context.Context, c *choice) (bool, error) {
	in, err := a.terminal()
	if err != nil {
		return false, err
	}
	before, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return false, fmt.Errorf("choose on the terminal: %w", err)
	}
	defer func() {
		fmt.Fprint(a.Err, "\x1b[?25h") // the cursor is shown again
		_ = term.Restore(int(in.Fd()), before)
	}()
	fmt.Fprint(a.Err, "\x1b[?25l")
	typed := typedOn(ctx, in)
	sizes, stop := resized()
	defer stop()
	for {
		columns, rows, err := term.GetSize(int(in.Fd()))
		if err != nil || columns == 0 || rows == 0 {
			columns, rows = 80, 24
		}
		a.drawChoice(c, columns, rows)
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-sizes:
		case text, more := <-typed:
			if !more {
				return false, nil // the terminal is gone
			}
			if last := c.pressAll(pressedOf(text)); last >= keyDone {
				return last == keyDone, nil
			}
		}
	}
}

// typedOn is what is typed. Who reads a terminal cannot be called back; the last
// read ends with the process, or with a key.
func typedOn(ctx context.Context, in *os.File) <-chan string {
	typed := make(chan string)
	go func() {
		defer close(typed)
		buffer := make([]byte, 64)
		for {
			n, err := in.Read(buffer)
			if err != nil {
				return
			}
			text := string(buffer[:n])
			select {
			case typed <- text:
			case <-ctx.Done():
				return
			}
			if keys := pressedOf(text); keys[len(keys)-1] >= keyDone {
				return // what follows is for others
			}
		}
	}()
	return typed
}

// pressedOf reads keys as terminals send them, up to the first that ends the choice.
// There is always one.
func pressedOf(text string) []key {
	meanings := [...]struct {
		sent string
		key  key
	}{
		{"\x1b[A", keyUp}, {"\x1bOA", keyUp}, {"k", keyUp}, {"\x1b[B", keyDown}, {"\x1bOB", keyDown}, {"j", keyDown},
		{" ", keyMark}, {"a", keyAll}, {"\r", keyDone}, {"\n", keyDone}, {"q", keyQuit}, {"\x03", keyQuit},
	}
	var keys []key
	for text != "" {
		if text == "\x1b" {
			return append(keys, keyQuit)
		}
		found, length := keyNone, 1
		for _, m := range meanings {
			if strings.HasPrefix(text, m.sent) {
				found, length = m.key, len(m.sent)
			}
		}
		keys, text = append(keys, found), text[length:]
		if found >= keyDone {
			return keys
		}
	}
	if keys == nil {
		return []key{keyNone}
	}
	return keys
}

// pressAll does what some keys mean, and returns the last.
func (c *choice) pressAll(keys []key) (last key) {
	for _, last = range keys {
		c.press(last)
	}
	return last
}

// press does what a key means.
func (c *choice) press(k key) {
	n := len(c.items)
	switch k {
	case keyUp:
		c.cursor = (c.cursor + n - 1) % n
	case keyDown:
		c.cursor = (c.cursor + 1) % n
	case keyMark:
		c.items[c.cursor].marked = !c.items[c.cursor].marked
	case keyAll:
		all := true
		for _, item := range c.items {
			all = all && item.marked
		}
		for i := range c.items {
			c.items[i].marked = !all
		}
	case keyNone, keyDone, keyQuit:
	}
}

// drawChoice draws the list over what it drew before: of a long one what is around
// the cursor, and of long lines what fits.
func (a *app) drawChoice(c *choice, columns, rows int) {
	lines, at := c.lines()
	room := max(1, rows-3)
	from := min(max(0, at-room/2), max(0, len(lines)-room))
	shown := append([]string{c.title}, lines[from:min(len(lines), from+room)]...)
	var b strings.Builder
	if up := c.height(columns); up > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", up)
	}
	b.WriteString("\r\x1b[J")
	c.drawn = c.drawn[:0]
	for i, line := range append(shown, chooseHelp) {
		line = cutTo(line, columns-1)
		c.drawn = append(c.drawn, columnsOf(line))
		switch i {
		case 0, len(shown):
			line = a.paint(dim, line)
		case at - from + 1:
			line = a.paint(cyan, line)
		}
		b.WriteString(line + "\r\n")
	}
	fmt.Fprint(a.Err, b.String())
}

// height is how many rows the drawn lines take, where the terminal was made
// narrower meanwhile and has broken some.
func (c *choice) height(columns int) int {
	rows := 0
	for _, taken := range c.drawn {
		rows += 1 + max(0, taken-1)/columns
	}
	return rows
}

// lines are the items under their headings, and which line the cursor is on.
func (c *choice) lines() (lines []string, at int) {
	heading := ""
	for i, item := range c.items {
		if item.heading != heading {
			heading = item.heading
			lines = append(lines, heading)
		}
		pointer, mark := " ", " "
		if i == c.cursor {
			pointer, at = ">", len(lines)
		}
		if item.marked {
			mark = "x"
		}
		lines = append(lines, pointer+" ["+mark+"] "+item.text)
	}
	return lines, at
}
