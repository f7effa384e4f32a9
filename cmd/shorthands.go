package cmd

import (
	"slices"
	"strings"
)

// npm has shorthands of more than a letter, -ws and -iwr, which the parser of
// flags would take for -w with the value "s", and -i -w -r; and hooks of git are
// full of "npx --no" and, from before npm 7, "npx --no-install".
func longForms() map[string]string {
	return map[string]string{"-ws": "--workspaces", "-iwr": "--include-workspace-root", "--no": "--no-yes", "--no-install": "--no-yes"}
}

// runsOthers says that what follows a command's first argument belongs to
// somebody else.
func runsOthers(command string) bool {
	return slices.Contains([]string{"run", "run-script", "rum", "urn", "exec", "x", "start", "stop", "restart", "test", "t", "tst"}, command)
}

// expandShorthands replaces npm's long shorthands where they are ours: before
// "--", and for a command that runs another before that one's name.
func expandShorthands(args []string) []string {
	out := slices.Clone(args)
	words, valued := 0, []string{"-w", "--workspace", "-C", "--dir", "-p", "--package", "-c", "--call", "-F", "--filter", "--workspace-concurrency"}
	command := ""
	for i := 0; i < len(out) && out[i] != "--"; i++ {
		switch arg := out[i]; {
		case longForms()[arg] != "":
			out[i] = longForms()[arg]
		case slices.Contains(valued, arg):
			i++
		case !strings.HasPrefix(arg, "-"):
			if words++; words == 1 {
				command = arg
			} else if runsOthers(command) {
				return out
			}
		}
	}
	return out
}

// scriptArgs takes out of a script's arguments the flags that npm would not
// give to the script: those that say in which workspaces to run it and how, up
// to a "--", which goes too.
func (a *app) scriptArgs(args []string) []string {
	var own []string
	flags := runFlags()
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(own, args[i+1:]...)
		}
		name, value, given := strings.Cut(firstNonEmpty(longForms()[args[i]], args[i]), "=")
		key, known := flags[name]
		switch {
		case !known || key.valued && !given && i+1 == len(args):
			own = append(own, args[i])
			continue
		case key.valued && !given:
			i++
			value = args[i]
		case !key.valued:
			value = firstNonEmpty(value, key.value)
		}
		if key.list {
			a.flags[key.name] = append(a.flags[key.name], value)
		} else {
			a.flags[key.name] = []string{value}
		}
	}
	return own
}

// runFlag is a flag of run that may follow the script's name.
type runFlag struct {
	name         string // of the key
	value        string // without one on the command line
	valued, list bool
}

func runFlags() map[string]runFlag {
	workspace := runFlag{name: "workspace", valued: true, list: true}
	filter := runFlag{name: "filter", valued: true, list: true}
	flags := map[string]runFlag{
		"-w": workspace, "--workspace": workspace, "-F": filter, "--filter": filter,
		"--workspace-concurrency": {name: "workspace-concurrency", valued: true},
		"--no-workspaces":         {name: "workspaces", value: "false"},
	}
	for _, key := range [...]string{"workspaces", "include-workspace-root", "if-present", "topological", "parallel"} {
		flags["--"+key] = runFlag{name: key, value: "true"}
	}
	return flags
}
