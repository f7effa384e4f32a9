package cmd

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// followOptions are follow's own flags.
type followOptions struct {
	mirrorOptions
	interval      time.Duration
	once, publish bool
}

func newRegistryFollowCmd(a *app) *cobra.Command {
	var o followOptions
	c := &cobra.Command{
		Use:   "follow [SPEC...]",
		Short: "Keep what is mirrored current, by mirroring it again and again",
		Long: `Follow mirrors what is named as ` + "`ipnpm registry mirror`" + ` does, and again after each
interval, so that versions which were published since come into the registry. The
npm registry is asked for what changed (conditional requests); what is here is
not fetched again. A pass that fails is told, and the next one tries again; with
--once there is one pass, for a timer of the system's, and its failure is the
command's.`,
		Example: `  ipnpm registry follow express react --interval=1h --publish
  ipnpm registry follow --lockfile a/package-lock.json --lockfile b/ipnpm-lock.json --once`,
		RunE: func(c *cobra.Command, args []string) error {
			o.specs = args
			return runRegistryFollow(c.Context(), a, o)
		},
	}
	f := c.Flags()
	o.bind(a, f)
	f.DurationVar(&o.interval, "interval", time.Hour, "how long to wait between two passes")
	f.BoolVar(&o.once, "once", false, "make one pass")
	f.BoolVar(&o.publish, "publish", false, "publish after each pass, which also renews the IPNS record")
	return c
}

// leastInterval keeps a slip of the hand from being an attack on a registry.
const leastInterval = time.Second

func runRegistryFollow(ctx context.Context, a *app, o followOptions) error {
	if o.isEmpty() {
		return &hintError{err: errors.New("nothing to follow is named"), hint: "name packages, --package-json FILE or --lockfile FILE"}
	}
	a.flags["prefer-online"] = []string{"true"} // a pass that looks at nothing is none
	for {
		err := a.followOnce(ctx, o)
		if o.once || ctx.Err() != nil {
			return err
		}
		if err != nil {
			a.report(err)
		}
		if err := a.printLine(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(max(o.interval, leastInterval)):
		}
	}
}

// followOnce makes one pass; with --json each of its steps is a line.
func (a *app) followOnce(ctx context.Context, o followOptions) error {
	err := errors.Join(runRegistryMirror(ctx, a, o.mirrorOptions), a.printLine())
	if err != nil || !o.publish {
		return err
	}
	err = runRegistryPublish(ctx, a, publishOptions{lifetime: ipfsstore.DefaultLifetime, ttl: ipfsstore.DefaultTTL}, o.to)
	return errors.Join(err, a.printLine())
}
