package cmd

import (
	"fmt"
	"time"
)

// tell prints the outcome in npm's words. Exit code 1 when not all is well.
func (run *signatures) tell(took time.Duration) error {
	a := run.session.app
	if a.json {
		if !run.session.cfg.Bool("include-attestations") {
			run.Attested = nil
		}
		if err := a.printJSON(run); err != nil {
			return err
		}
	} else {
		run.print(took)
	}
	if len(run.Invalid)+len(run.Missing) > 0 {
		return &silentError{1}
	}
	return nil
}

func (run *signatures) print(took time.Duration) {
	a := run.session.app
	fmt.Fprintf(a.Out, "audited %d %s in %ds\n\n", run.audited, plural(run.audited, "package"), int(took.Seconds()))
	if n := run.signed; n > 0 {
		fmt.Fprintf(a.Out, "%d %s %s registry %s\n\n", n, pluralOf(n, "package has a", "packages have"), a.paintOut(bold, "verified"), plural(n, "signature"))
	}
	if n := len(run.Attested); n > 0 {
		fmt.Fprintf(a.Out, "%d %s %s, not verified here\n\n", n, pluralOf(n, "package has an", "packages have"), plural(n, "attestation"))
	}
	if n := len(run.Missing); n > 0 {
		fmt.Fprintf(a.Out, "%d %s %s registry %s but the registry is providing signing keys:\n\n",
			n, pluralOf(n, "package has a", "packages have"), a.paintOut(red, "missing"), plural(n, "signature"))
		for _, m := range run.Missing {
			a.nameUnsigned(m)
		}
		fmt.Fprintln(a.Out)
	}
	if n := len(run.Invalid); n > 0 {
		fmt.Fprintf(a.Out, "%d %s %s registry %s:\n\n",
			n, pluralOf(n, "package has an", "packages have"), a.paintOut(red, "invalid"), plural(n, "signature"))
		for _, m := range run.Invalid {
			a.nameUnsigned(m.unsigned)
		}
		fmt.Fprintf(a.Out, "\nSomeone might have tampered with %s published on the registry!\n",
			pluralOf(n, "this package since it was", "these packages since they were"))
	}
}

func (a *app) nameUnsigned(u unsigned) {
	fmt.Fprintf(a.Out, "%s (%s)\n", a.paintOut(red, printableLine(u.Name+"@"+u.Version)), printableLine(u.Registry))
}
