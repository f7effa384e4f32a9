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
func (a *app) paint(c color, text string) string { return a.paintOn(a.ErrTTY, c, text) }

// paintOut is paint for what goes to Out.
func (a *app) paintOut(c color, text string) string { return a.paintOn(a.OutTTY, c, text) }

func (a *app) paintOn(tty bool, c color, text string) string {
	if text == "" || !a.colours(tty) {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// colours says whether a stream gets colours: by NO_COLOR (of no-color.org; "0" is
// nothing, as for npm), then by the key color, where it is set to more than the
// default, by FORCE_COLOR, which as in npm colours pipes too, and by the terminal.
func (a *app) colours(tty bool) bool {
	key := "true"
	if a.cfg != nil && a.cfg.IsSet("color") {
		key = a.cfg.String("color")
	}
	none, force := a.Getenv("NO_COLOR"), a.Getenv("FORCE_COLOR")
	switch {
	case a.noColor || key == "false" || none != "" && none != "0":
		return false
	case key == "always":
		return true
	case force != "":
		return force != "0" && force != "false"
	}
	return tty && a.Getenv("TERM") != "dumb"
}
