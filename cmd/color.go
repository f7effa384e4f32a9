package cmd

// color is an SGR code; see ECMA-48.
type color string

const (
	red       color = "31"
	green     color = "32"
	yellow    color = "33"
	blue      color = "34"
	magenta   color = "35"
	cyan      color = "36"
	bold      color = "1"
	dim       color = "2"
	underline color = "4"
)

// paint colours a text for Err where the terminal and the user want it.
// NO_COLOR is that of no-color.org.
func (a *app) paint(c color, text string) string { return a.paintOn(a.ErrTTY, c, text) }

// paintOut is paint for what goes to Out; npm's --color=always colours that on a
// pipe too.
func (a *app) paintOut(c color, text string) string {
	return a.paintOn(a.OutTTY || a.cfg != nil && a.cfg.String("color") == "always", c, text)
}

func (a *app) paintOn(tty bool, c color, text string) string {
	if a.noColor || !tty || text == "" || a.Getenv("NO_COLOR") != "" || a.Getenv("TERM") == "dumb" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}
