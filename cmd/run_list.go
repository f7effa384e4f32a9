package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/manifest"
)

// listScripts tells the scripts that there are, in npm's words and order: those
// with a meaning of their own before the others.
func (a *app) listScripts(p *project, parseable bool) error {
	if a.json {
		return a.printJSON(p.allScripts())
	}
	list := a.describeScripts
	if parseable {
		list = parseableScripts
	}
	said := false
	for _, m := range p.importers {
		text := list(p, m)
		if said && text != "" && !parseable {
			fmt.Fprintln(a.Out)
		}
		fmt.Fprint(a.Out, text)
		said = said || text != ""
	}
	return nil
}

// parseableScripts is NAME:COMMAND a line, in workspaces with theirs before it.
func parseableScripts(p *project, m *importer) string {
	var b strings.Builder
	for _, name := range m.file.Keys("scripts") {
		if p.isForWorkspaces() {
			b.WriteString(p.title(m) + ":")
		}
		b.WriteString(name + ":" + m.file.Manifest.Scripts[name] + "\n")
	}
	return printable(b.String())
}

func (a *app) describeScripts(p *project, m *importer) string {
	var lifecycle, others []string
	for _, name := range m.file.Keys("scripts") {
		if hasMeaning(name) {
			lifecycle = append(lifecycle, name)
		} else {
			others = append(others, name)
		}
	}
	in := "in " + a.paintOut(cyan, printableLine(firstNonEmpty(label(m.file.Manifest), p.title(m))))
	via := "via `" + a.paintOut(blue, "ipnpm run") + "`:\n"
	var b strings.Builder
	list := func(names []string) {
		for _, name := range names {
			b.WriteString("  " + printableLine(name) + "\n    " + a.paintOut(dim, printable(m.file.Manifest.Scripts[name])) + "\n")
		}
	}
	if len(lifecycle) > 0 {
		b.WriteString(a.paintOut(bold, "Lifecycle scripts") + " included " + in + ":\n")
		list(lifecycle)
	}
	switch {
	case len(others) > 0 && len(lifecycle) > 0:
		b.WriteString("available " + via)
	case len(others) > 0:
		b.WriteString(a.paintOut(bold, "Scripts") + " available " + in + " " + via)
	}
	list(others)
	return b.String()
}

// hasMeaning says that npm, too, runs a script of that name.
func hasMeaning(script string) bool {
	around := []string{"prepublish", "prepublishOnly", "prepack", "postpack", "prepare", "dependencies"}
	plain := strings.TrimPrefix(strings.TrimPrefix(script, "pre"), "post")
	return slices.Contains(around, script) ||
		slices.Contains([]string{"install", "publish", "restart", "start", "stop", "test", "uninstall", "version"}, plain)
}

// allScripts are the scripts of the project, or where workspaces were chosen
// those of each, by its name.
func (p *project) allScripts() any {
	out := map[string]manifest.StringMap{}
	for _, m := range p.importers {
		scripts := m.file.Manifest.Scripts
		if scripts == nil {
			scripts = manifest.StringMap{}
		}
		if !p.isForWorkspaces() {
			return scripts
		}
		out[p.title(m)] = scripts
	}
	return out
}

// isForWorkspaces says that workspaces were chosen, by a flag or by where the
// command was started.
func (p *project) isForWorkspaces() bool {
	return slices.ContainsFunc(p.scope, func(location string) bool { return location != "" })
}
