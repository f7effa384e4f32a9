package cmd

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// globalKeys are the configuration keys that are flags of every command. Every
// other key can be given as npm_config_<key> or in an .npmrc.
func globalKeys() []string {
	return []string{"registry", "userconfig", "loglevel", "offline", "prefer-offline", "prefer-online",
		"ipfs", "ipfs-gateway", "ipfs-lan", "ipfs-peers", "ipfs-trace", "upstream", "allow-rollback", "store-dir"}
}

// treeKeys are those of the commands that change node_modules.
func treeKeys() []string {
	return append(filteredKeys(), "omit", "include", "legacy-peer-deps", "strict-peer-deps", "force",
		"install-strategy", "install-links", "prefer-dedupe", "engine-strict", "ignore-scripts", "allow-scripts",
		"allow-git", "allow-remote", "allow-file", "allow-directory", "foreground-scripts", "replace-registry-host", "before",
		"min-release-age", "os", "cpu", "libc", "package-lock", "package-lock-only", "bin-links", "progress", "timing", "audit",
		"allow-unused-patches", "ignore-patch-failures")
}

// oldTreeKeys are former names of some of these, which npm understands still.
// Help does not show them.
func oldTreeKeys() []string {
	return []string{"production", "only", "also", "optional", "dev", "global-style", "legacy-bundling"}
}

// workspaceKeys are those that choose workspaces, for the commands that change
// nothing.
func workspaceKeys() []string { return []string{"workspace", "workspaces", "include-workspace-root"} }

// filterKey is pnpm's way of choosing them, which is for the commands that
// pnpm has it for.
const filterKey = "filter"

// filteredKeys are workspaceKeys for these.
func filteredKeys() []string { return append(workspaceKeys(), filterKey) }

// runKeys are those that say how a script runs in workspaces.
func runKeys() []string {
	return []string{filterKey, "topological", "parallel", "workspace-concurrency"}
}

// saveKeys are those of the commands that write dependencies.
func saveKeys() []string { return []string{"save", "save-prefix", "tag", "dry-run"} }

// configFlag is a command-line flag that sets a configuration key. It keeps
// the texts; checking them is config's, which knows the types.
type configFlag struct {
	key   *config.Key
	name  string
	texts []string
}

// String implements pflag.Value.
func (f *configFlag) String() string { return strings.Join(f.texts, ",") }

// Set implements pflag.Value. It keeps the text unchecked.
func (f *configFlag) Set(text string) error {
	f.texts = append(f.texts, text)
	return nil
}

// Type implements pflag.Value: what help shows for the value.
func (f *configFlag) Type() string {
	switch f.key.Type {
	case config.TypeBool:
		return "bool"
	case config.TypeEnum, config.TypeEnumList:
		return "WORD"
	case config.TypeInt:
		return "N"
	case config.TypeDuration:
		return "DAYS"
	case config.TypePath:
		return "PATH"
	case config.TypeURL:
		return "URL"
	case config.TypeDate:
		return "DATE"
	case config.TypeList:
		return "LIST"
	}
	return "TEXT"
}

// lateFlags are the flags of configuration keys that commands will have. There
// are five hundred of them, and a command line needs those of one command.
type lateFlags map[*pflag.FlagSet][]func()

// bind makes those of one command.
func (l lateFlags) bind(flags *pflag.FlagSet) {
	for _, make := range l[flags] {
		make()
	}
	delete(l, flags)
}

// bindLate makes the flags of the command that args ask for, and those of all
// where that is none of ours: help and completion look at others.
func (a *app) bindLate(root *cobra.Command, args []string) {
	c, _, err := root.Find(args)
	if err == nil {
		a.late.bind(c.Flags())
		return
	}
	for flags := range a.late {
		a.late.bind(flags)
	}
}

// bindConfig has a command get flags of configuration keys, see makeFlags.
func (a *app) bindConfig(flags *pflag.FlagSet, names ...string) {
	a.late[flags] = append(a.late[flags], func() { a.makeFlags(flags, names...) })
}

// makeFlags makes flags of configuration keys: --key value, and for booleans
// --key and --no-key.
func (a *app) makeFlags(flags *pflag.FlagSet, names ...string) {
	if a.keys == nil {
		// The table is made anew at each look, and every command line comes by
		// here.
		a.keyTable, a.keys = config.Keys(), map[string]*config.Key{}
		for i := range a.keyTable {
			a.keys[a.keyTable[i].Name] = &a.keyTable[i]
		}
	}
	for _, name := range names {
		key := a.keys[name]
		if key == nil {
			panic("cmd: no configuration key " + name) // a typo above; TestFlags runs it
		}
		f := flags.VarPF(&configFlag{key: key, name: name}, name, shorthand(key), flagUsage(key))
		if key.Default != "null" {
			f.DefValue = key.Default // help shows it; nothing else reads it
		}
		if key.Type != config.TypeBool {
			continue
		}
		f.NoOptDefVal = "true"
		no := flags.VarPF(&configFlag{key: key, name: "no-" + name}, "no-"+name, "", "--"+name+"=false")
		no.NoOptDefVal, no.Hidden = "true", true
	}
}

// bindTree has a command get the flags of those that change node_modules.
func (a *app) bindTree(flags *pflag.FlagSet) {
	a.bindConfig(flags, treeKeys()...)
	a.late[flags] = append(a.late[flags], func() {
		a.makeFlags(flags, oldTreeKeys()...)
		for _, name := range oldTreeKeys() {
			flags.Lookup(name).Hidden = true
		}
	})
}

// shorthand is the letter that npm has for a key, where that is all that the
// letter says.
func shorthand(key *config.Key) string {
	if len(key.Flags) != 1 || len(key.Flags[0]) != len("-x") || key.Type != config.TypeBool && key.Type != config.TypeList && key.Type != config.TypeString {
		return ""
	}
	return key.Flags[0][1:]
}

// flagUsage is a flag's help on one line; docs/config.md has all of it. Of the
// description it takes what stands before the first full stop or colon, with
// the words to choose from. Backquotes would name the flag's value in pflag.
func flagUsage(key *config.Key) string {
	line, _, _ := strings.Cut(key.Description, ". ")
	line, _, _ = strings.Cut(line, ": ")
	line = strings.ReplaceAll(strings.TrimSuffix(line, "."), "`", "")
	if first, size := utf8.DecodeRuneInString(line); size < len(line) && !unicode.IsUpper(rune(line[size])) {
		line = string(unicode.ToLower(first)) + line[size:]
	}
	if len(key.Values) > 0 {
		line += ": " + strings.ReplaceAll(strings.Join(key.Values, ", "), "*", "…")
	}
	return line
}

// collectFlags gathers what was given on the command line as the top layer of
// the configuration.
func (a *app) collectFlags(c *cobra.Command) error {
	var err error
	c.Flags().Visit(func(f *pflag.Flag) {
		v, ok := f.Value.(*configFlag)
		if !ok {
			return
		}
		if v.key.Type != config.TypeBool || err != nil {
			a.flags[v.name] = v.texts
			return
		}
		name, value, e := boolFlag(v)
		if e != nil {
			err = e
			return
		}
		a.flags[name] = []string{value}
	})
	return err
}

// boolFlag resolves --x, --x=false and --no-x to one key and value.
func boolFlag(v *configFlag) (name, value string, err error) {
	value = v.texts[len(v.texts)-1]
	if value != "true" && value != "false" {
		return "", "", fmt.Errorf("--%s=%s: want true or false", v.name, value)
	}
	if v.name == v.key.Name {
		return v.name, value, nil
	}
	if value == "true" {
		return v.key.Name, "false", nil
	}
	return v.key.Name, "true", nil
}

// loadConfig reads all layers for a project folder, once, and says on Err what
// is wrong in them.
func (a *app) loadConfig(project string) (*config.Config, error) {
	if a.cfg != nil && a.cfgOf == project {
		return a.cfg, nil
	}
	cfg, warnings, err := config.Load(config.Sources{
		Project:  under(project, ".npmrc"),
		Table:    a.keyTable,
		Env:      a.Env,
		Flags:    a.flags,
		Dir:      a.Dir,
		Defaults: map[string]string{"registry": upstream.DefaultRegistry, "editor": systemEditor()},
	})
	if err != nil {
		return nil, err
	}
	a.loglevel = cfg.String("loglevel")
	if a.silent {
		a.loglevel = "silent"
	}
	for _, w := range warnings {
		a.warn("%s", w)
	}
	a.cfg, a.cfgOf = cfg, project
	return cfg, nil
}

// says tells whether messages of one of npm's log levels are wanted.
func (a *app) says(level string) bool {
	levels := [...]string{"silent", "error", "warn", "notice", "http", "info", "verbose", "silly"}
	want, have := 0, 3
	for i, l := range levels {
		if l == level {
			want = i
		}
		if l == a.loglevel {
			have = i
		}
	}
	if a.silent {
		have = 0
	}
	return want <= have
}

// warn prints to Err unless warnings are not wanted. Further lines are
// indented, so that no text from elsewhere passes for a line of ours.
func (a *app) warn(format string, args ...any) {
	if a.says("warn") {
		text := strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "\n  ")
		a.sayWrapped(yellow, "warning:", text)
	}
}
