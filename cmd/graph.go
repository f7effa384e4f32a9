package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/tree/diagram"
)

// graphFlag is --graph of ls and why: how dependencies are drawn, "" for not.
type graphFlag struct{ format string }

func (g *graphFlag) bind(c *cobra.Command) {
	c.Flags().StringVar(&g.format, "graph", "", "draw who depends on whom instead, as `svg|dot`")
	_ = c.RegisterFlagCompletionFunc("graph", cobra.FixedCompletions([]string{"svg", "dot"}, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// check tells of a format that is none before any work is done.
func (g *graphFlag) check(a *app) error {
	switch {
	case g.format != "" && g.format != "svg" && g.format != "dot":
		return &hintError{err: fmt.Errorf("--graph=%s: graphs are drawn as svg or as dot", g.format), code: "EUSAGE",
			hint: "`--graph=svg > graph.svg` is a picture; Graphviz draws `--graph=dot`"}
	case g.format != "" && a.json:
		return &hintError{err: fmt.Errorf("--graph and --json exclude each other"), code: "EUSAGE",
			hint: "without --graph, --json has the same dependencies"}
	}
	return nil
}

func (g *graphFlag) tell(a *app, d *diagram.Diagram) error {
	draw := d.SVG
	if g.format == "dot" {
		draw = d.DOT
	}
	_, err := io.WriteString(a.Out, draw())
	return err
}
