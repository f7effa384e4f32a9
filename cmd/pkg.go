package cmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/manifest"
)

func newPkgCmd(a *app) *cobra.Command {
	c := grouped(&cobra.Command{
		Use:     "pkg",
		GroupID: "project",
		Short:   "Read and change fields of package.json",
		Long: `Pkg gets, sets and deletes fields of package.json, in npm's syntax: a.b for what
is in an object, a[0] for an element of a list, a[] for a new one, and
exports[./x.js] where a key has dots in it. What is not changed keeps every
byte. With -w or --workspaces it works in those package.json files.

Unlike npm, get prints objects and lists as JSON (npm: as Node's console does),
set refuses to make a package.json of what no package manager reads, delete
makes nothing where there was nothing, and there is no fix: ipnpm publish says
what is wrong.`,
	})
	get := &cobra.Command{
		Use: "get [KEY...]", Short: "Print fields of package.json",
		Example: "  ipnpm pkg get name version\n  ipnpm pkg get contributors.email\n  ipnpm pkg get scripts --json -ws",
		RunE:    func(_ *cobra.Command, args []string) error { return runPkgGet(a, args) },
	}
	set := &cobra.Command{
		Use: "set KEY=VALUE...", Short: "Set fields of package.json, with --json to JSON values",
		Example: "  ipnpm pkg set scripts.build=tsc 'keywords[]=ipfs'\n  ipnpm pkg set private=true --json",
		RunE: func(_ *cobra.Command, args []string) error {
			return a.editManifests(args, "set needs KEY=VALUE", setField)
		},
	}
	remove := &cobra.Command{
		Use: "delete KEY...", Short: "Remove fields of package.json",
		Example: "  ipnpm pkg delete scripts.build 'keywords[0]'",
		RunE: func(_ *cobra.Command, args []string) error {
			return a.editManifests(args, "delete needs the keys to remove", deleteField)
		},
	}
	for _, sub := range [...]*cobra.Command{get, set, remove} {
		a.bindConfig(sub.Flags(), workspaceKeys()...)
		c.AddCommand(sub)
	}
	a.bindConfig(set.Flags(), "force")
	return c
}

func runPkgGet(a *app, keys []string) error {
	p, err := a.openTreeUnlocked(false)
	if err != nil {
		return err
	}
	all := map[string]any{}
	for _, m := range p.importers {
		values, err := valuesOf(m.file, keys)
		if err != nil {
			return err
		}
		if !a.json {
			a.printValues(p, m, keys, values)
			continue
		}
		object := map[string]json.RawMessage{}
		for _, v := range values {
			object[v.Name] = v.JSON
		}
		if !p.isForWorkspaces() {
			return a.printJSON(object)
		}
		all[p.title(m)] = object
	}
	if a.json {
		return a.printJSON(all)
	}
	return nil
}

// valuesOf are the fields that keys ask for, without any all of them.
func valuesOf(f *manifest.File, keys []string) ([]manifest.Value, error) {
	var queries []manifest.Query
	for _, key := range keys {
		q, err := manifest.ParseQuery(key)
		if err != nil {
			return nil, err
		}
		queries = append(queries, q)
	}
	if len(keys) == 0 {
		for _, name := range f.Keys() {
			queries = append(queries, manifest.FieldQuery(name))
		}
	}
	var out []manifest.Value
	for _, q := range queries {
		values, err := f.Get(q)
		if err != nil {
			return nil, err
		}
		out = append(out, values...)
	}
	return out, nil
}

// printValues prints a single value that was asked for bare, so that a shell
// can take it, and otherwise each with its name.
func (a *app) printValues(p *project, m *importer, keys []string, values []manifest.Value) {
	before := ""
	if p.isForWorkspaces() {
		before = p.title(m) + " "
	}
	for _, v := range values {
		text := string(v.JSON)
		if len(keys) == 1 && v.Name == keys[0] {
			_ = json.Unmarshal(v.JSON, &text) // what is no text stays JSON
		} else {
			text = v.Name + " = " + text
		}
		fmt.Fprintln(a.Out, printable(before+text))
	}
}

// editManifests makes a change for each argument in all chosen package.json
// files, and writes them when all of it could be made.
func (a *app) editManifests(args []string, usage string, change func(*app, *manifest.File, string) error) error {
	if len(args) == 0 {
		return &hintError{err: errors.New(usage), hint: "`ipnpm pkg --help` has examples", code: "EUSAGE"}
	}
	p, err := a.openTreeUnlocked(false)
	if err != nil {
		return err
	}
	for _, m := range p.importers {
		for _, arg := range args {
			if err := change(a, m.file, arg); err != nil {
				return err
			}
		}
		if _, _, err := manifest.ParseProject(m.file.Bytes(), m.file.Path); err != nil {
			return &hintError{err: fmt.Errorf("%s was not changed: %w", m.file.Path, err), hint: "with --json the value is JSON: true is then no text"}
		}
	}
	for _, m := range p.importers {
		if err := m.file.Save(); err != nil {
			return err
		}
	}
	return nil
}

func setField(a *app, f *manifest.File, arg string) error {
	key, value, _ := strings.Cut(arg, "=")
	if key == "" || value == "" {
		return &hintError{err: fmt.Errorf("%q is no KEY=VALUE", arg), hint: "`ipnpm pkg set --help` has examples", code: "EUSAGE"}
	}
	q, err := manifest.ParseQuery(key)
	if err != nil {
		return err
	}
	text := json.RawMessage(value)
	switch {
	case !a.json:
		text = manifest.Quote(value)
	case !json.Valid(text):
		return &hintError{err: fmt.Errorf("the value of %s is no JSON: %s", key, value), hint: "a text is quoted in JSON; without --json every value is one", code: "EJSONPARSE"}
	}
	return f.Put(q, text, len(a.flags["force"]) > 0 && a.flags["force"][0] == "true")
}

func deleteField(_ *app, f *manifest.File, key string) error {
	q, err := manifest.ParseQuery(key)
	if err != nil {
		return err
	}
	f.Delete(q)
	return nil
}

func adviceOnQuery(e *manifest.QueryError) string {
	if e.Code == "EOVERRIDEVALUE" || e.Code == "ENOADDPROP" {
		return "--force replaces what is there"
	}
	return "a.b, a[0], a[] for a new element, and exports[./x.js] for a key with dots in it"
}
