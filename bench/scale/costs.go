package scale

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/install/virtual"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
)

// cost is a step of an install. What open returns is timed.
type cost struct {
	name string
	open func(s *site) (func(context.Context) error, error)
}

// costs are the steps, in the order in which an install takes them.
func costs() []cost {
	return []cost{
		{"resolve", always((*site).resolveAnew)},
		{"resolve, with the lockfile", always((*site).resolveAgain)},
		{"lockfile against package.json (ci)", always((*site).frozen)},
		{"lockfile, encode", always((*site).encode)},
		{"lockfile, decode", always((*site).decode)},
		{"lockfile, in npm's form", always((*site).encodeNPM)},
		{"closure", always((*site).closure)},
		{"select", always((*site).choose)},
		{"plan, of an installed tree", always((*site).plan)},
		{"unpack and link", openInstall(func(s *site, o *install.Options) { o.Unpacked = install.OpenUnpacked(filepath.Join(o.Root + "-store")) })},
		{"link", openInstall(func(*site, *install.Options) {})},
		{"linked layout, from nothing", openInstall(func(_ *site, o *install.Options) { o.Virtual = virtual.Open(o.Root + "-virtual") })},
		{"linked layout, entries there", openLinkedAgain},
		{"install again, nothing changed", always((*site).again)},
		{"nothing to do", always((*site).upToDate)},
	}
}

// always is for what can be done any number of times.
func always(do func(*site, context.Context) error) func(*site) (func(context.Context) error, error) {
	return func(s *site) (func(context.Context) error, error) {
		return func(ctx context.Context) error { return do(s, ctx) }, nil
	}
}

func (s *site) resolveAnew(ctx context.Context) error  { return s.resolve(ctx, nil) }
func (s *site) resolveAgain(ctx context.Context) error { return s.resolve(ctx, s.lock) }

func (s *site) resolve(ctx context.Context, lock *lockfile.Lockfile) error {
	tree, err := resolve.Build(ctx, s.request(lock))
	if err != nil {
		return err
	}
	if got := len(tree.Lockfile().Packages) - 1; got != s.locations() {
		return fmt.Errorf("%d locations, at first there were %d", got, s.locations())
	}
	return nil
}

func (s *site) frozen(ctx context.Context) error {
	_, problems, err := resolve.Frozen(ctx, s.request(s.lock))
	if err == nil && len(problems) > 0 {
		err = errors.New(problems[0])
	}
	return err
}

func (s *site) encode(context.Context) error {
	_, err := s.lock.Encode()
	return err
}

func (s *site) decode(context.Context) error {
	_, err := lockfile.Parse(s.text)
	return err
}

func (s *site) encodeNPM(context.Context) error {
	_, err := s.lock.EncodeNPM(true, nil)
	return err
}

func (s *site) closure(context.Context) error {
	_, _, err := registry.Closure(s.refs)
	return err
}

func (s *site) choose(context.Context) error { return install.Check(s.installed) }

func (s *site) plan(context.Context) error {
	_, err := install.Preview(s.installed)
	return err
}

func (s *site) again(ctx context.Context) error {
	_, err := install.Run(ctx, s.installed)
	return err
}

func (s *site) upToDate(context.Context) error {
	if !install.UpToDate(s.installed) {
		return errors.New("the installed tree is not up to date")
	}
	return nil
}

// openInstall installs into a new folder each time.
func openInstall(change func(*site, *install.Options)) func(*site) (func(context.Context) error, error) {
	return func(s *site) (func(context.Context) error, error) {
		o, err := s.project()
		if err != nil {
			return nil, err
		}
		change(s, &o)
		return func(ctx context.Context) error {
			_, err := install.Run(ctx, o)
			return err
		}, nil
	}
}

// openLinkedAgain installs where another project has made the entries.
func openLinkedAgain(s *site) (func(context.Context) error, error) {
	store := filepath.Join(s.dir, "virtual")
	share := openInstall(func(_ *site, o *install.Options) { o.Virtual = virtual.Open(store) })
	first, err := share(s)
	if err != nil {
		return nil, err
	}
	if err := first(context.Background()); err != nil {
		return nil, err
	}
	return share(s)
}
