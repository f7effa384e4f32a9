package cmd

import (
	"slices"
	"strings"
)

// npm has shorthands of more than a letter, -ws and -iwr, which the parser of
// flags would take for -w with the value "s", and -i -w -r.
func longForms() map[string]string {
	return map[string]string{"-ws": "--workspaces", "-iwr": "--include-workspace-root"}
}

// runsOthers says that what follows a command's first argument belongs to
// somebody else.
func runsOthers(command string) bool {
	return slices.Contains([]string{"run", "run-script", "rum", "urn", "exec", "x"}, command)
}

// expandShorthands replaces npm's long shorthands where they are ours: before
// "--", and for a command that runs another before that one's name.
func expandShorthands(args []string) []string {
	out := slices.Clone(args)
	words, valued := 0, []string{"-w", "--workspace", "-C", "--dir", "-p", "--package", "-c", "--call"}
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
// give to the script: those that say in which workspaces to run it, up to a
// "--", which goes too.
func (a *app) scriptArgs(args []string) []string {
	var own []string
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			return append(own, args[i+1:]...)
		}
		name, value, given := strings.Cut(firstNonEmpty(longForms()[args[i]], args[i]), "=")
		switch {
		case (name == "-w" || name == "--workspace") && given:
			a.flags["workspace"] = append(a.flags["workspace"], value)
		case (name == "-w" || name == "--workspace") && i+1 < len(args):
			i++
			a.flags["workspace"] = append(a.flags["workspace"], args[i])
		case name == "--workspaces", name == "--include-workspace-root", name == "--if-present":
			a.flags[name[2:]] = []string{firstNonEmpty(value, "true")}
		case name == "--no-workspaces":
			a.flags["workspaces"] = []string{"false"}
		default:
			own = append(own, args[i])
		}
	}
	return own
}
