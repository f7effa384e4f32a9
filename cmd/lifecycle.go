package cmd

import (
	"github.com/spf13/cobra"
)

// newLifecycleCmds are the commands that run the script of their name.
func newLifecycleCmds(a *app) []*cobra.Command {
	var out []*cobra.Command
	for _, script := range [...]struct {
		name    string
		aliases []string
	}{{"start", nil}, {"stop", nil}, {"restart", nil}, {"test", []string{"t", "tst"}}} {
		c := &cobra.Command{
			Use:     script.name + " [-- ARGS...]",
			Aliases: script.aliases,
			GroupID: "project",
			Short:   "Run the script \"" + script.name + "\" of package.json",
			Long: "The same as `ipnpm run " + script.name + "`, with its flags. Arguments for the script follow\n" +
				"\"--\", or a word that is no flag. As with npm 12 nothing stands in for a script that there is not" + lifecycleDefault(script.name) + ".",
			Example: "  ipnpm " + script.name + "\n  ipnpm " + script.name + " -- --verbose",
			RunE: func(c *cobra.Command, args []string) error {
				return runScript(c.Context(), a, append([]string{script.name}, args...))
			},
		}
		a.bindRun(c)
		out = append(out, c)
	}
	return out
}

func lifecycleDefault(script string) string {
	if script == "restart" {
		return ",\nbut for restart, which is stop, where there is one, and start"
	}
	return ""
}

// newInstallTestCmd is install and then test.
func newInstallTestCmd(a *app) *cobra.Command {
	c := newInstallCmd(a)
	c.Use, c.Aliases = "install-test [PKG...]", []string{"it"}
	c.Example = "  ipnpm it\n  ipnpm it lodash"
	return thenTest(a, c, "install")
}

// newCITestCmd is ci and then test.
func newCITestCmd(a *app) *cobra.Command {
	c := newCICmd(a)
	c.Use, c.Aliases = "install-ci-test", []string{"cit", "clean-install-test", "sit"}
	c.Example = "  ipnpm cit"
	return thenTest(a, c, "ci")
}

// thenTest has a command that installs run the tests afterwards, if it
// succeeds.
func thenTest(a *app, c *cobra.Command, name string) *cobra.Command {
	c.Short = "The same as ipnpm " + name + " and then ipnpm test"
	c.Long = "This is `ipnpm " + name + "`, with its flags, and when that has succeeded `ipnpm test`, whose\nexit code it has."
	install := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := install(c, args); err != nil {
			return err
		}
		test := *a
		test.Out = a.talk() // the result is the install's
		return runScript(c.Context(), &test, []string{"test"})
	}
	return c
}
