package cmd

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/manifest/weblinks"
)

// bindBrowser makes npm's flags --browser COMMAND and --no-browser, of a key that
// is a command or false.
func (a *app) bindBrowser(c *cobra.Command) {
	a.bindConfig(c.Flags(), "browser")
	c.Flags().BoolFunc("no-browser", "print the address instead", func(string) error {
		a.flags["browser"] = []string{"false"}
		return nil
	})
}

// webPage is an address with what it is.
type webPage struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// open shows pages in the browser, or prints the addresses, as JSON one object or
// several in a list: without a browser, and of mail, for which there is none.
func (a *app) open(ctx context.Context, cfg *config.Config, pages []webPage) error {
	var printed []webPage
	for _, page := range pages {
		shown, err := a.browse(ctx, cfg.String("browser"), page.URL)
		if err != nil {
			return err
		}
		if !shown {
			printed = append(printed, page)
		}
	}
	switch {
	case a.json && len(printed) == 1:
		return a.printJSON(printed[0])
	case a.json && len(printed) > 1:
		return a.printJSON(printed)
	case a.json:
		return nil
	}
	for _, page := range printed {
		fmt.Fprintf(a.Out, "%s:\n%s\n", printableLine(page.Title), printableLine(page.URL))
	}
	return nil
}

// browse starts the browser, without a shell; false when there is none to start.
func (a *app) browse(ctx context.Context, browser, address string) (shown bool, err error) {
	if browser == "false" || strings.HasPrefix(address, "mailto:") {
		return false, nil
	}
	if address, err = weblinks.Check(address); err != nil {
		return false, err
	}
	command := strings.Fields(browser)
	if len(command) == 0 || browser == "true" {
		command = a.systemBrowser()
	}
	program := command[0]
	if !filepath.IsAbs(program) {
		if program, err = a.lookPath(program); err != nil {
			return false, nil //nolint:nilerr // the address is printed
		}
	}
	run := exec.CommandContext(ctx, program, append(command[1:], address)...)
	run.Env, run.Dir, run.Stderr = a.Env, a.Dir, a.stderr()
	if err := run.Run(); err != nil {
		return false, &hintError{err: fmt.Errorf("open %s with %s: %w", address, command[0], err),
			hint: "--no-browser prints the address, --browser=COMMAND opens it with something else"}
	}
	return true, nil
}

// systemBrowser is what opens a page on this system.
func (a *app) systemBrowser() []string {
	switch {
	case runtime.GOOS == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"} // and not cmd's start, which would parse the address
	case runtime.GOOS == "darwin":
		return []string{"open"}
	case a.Getenv("WSL_DISTRO_NAME") != "":
		return []string{"sensible-browser"}
	}
	return []string{"xdg-open"}
}
