package cmd

// color is an SGR code; see ECMA-48.
type color string

const (
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	bold   color = "1"
	dim    color = "2"
)

// paint colours a text where the terminal and the user want it. NO_COLOR is
// that of no-color.org.
func (a *app) paint(c color, text string) string {
	if a.noColor || !a.ErrTTY || a.Getenv("NO_COLOR") != "" || a.Getenv("TERM") == "dumb" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}
