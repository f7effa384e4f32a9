package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/internal/recorder"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// lab is what all runs share.
type lab struct {
	o       *options
	fixture *fixture
	disks   *disks
	rec     *recorder.Recorder
	// ways are loopback and the link, as far as they are wanted.
	ways    []way
	kubo    *kubotest.Node // nil where nobody wants it
	results *results
	// failures counts what makes the result incomplete.
	failures int
	// tarballs are the paths of those that an install fetches.
	tarballs []string
}

// way is how the tools reach the servers, and the tools set to go that way.
type way struct {
	name    string
	servers servers
	tools   []tool
}

func bench(ctx context.Context, o *options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l := &lab{o: o}
	defer l.close()
	if err := l.prepare(ctx); err != nil {
		return err
	}
	if err := l.record(ctx); err != nil {
		return err
	}
	_, before := l.rec.Requests()
	for n := 1; n <= o.runs; n++ {
		if err := l.round(ctx, n); err != nil {
			return err
		}
	}
	if _, after := l.rec.Requests(); after > before {
		l.fail(fmt.Errorf("%d requests of timed runs left the machine: run it again", after-before))
	}
	return l.report(os.Stdout)
}

// fail notes what spoils a part of the result, and says it at once.
func (l *lab) fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	l.failures++
}

// prepare starts the servers and gathers the tools.
func (l *lab) prepare(ctx context.Context) error {
	o := l.o
	var err error
	if l.fixture, err = readFixture(o.project, o.update); err != nil {
		return err
	}
	if l.fixture.updated == nil {
		o.situations = slices.DeleteFunc(o.situations, func(s situation) bool { return s.name == update })
	}
	if len(o.situations) == 0 {
		return errors.New("nothing to time: an update of this project takes -update NAME@RANGE")
	}
	data, err := filepath.Abs(o.data)
	if err != nil {
		return err
	}
	if err := o.makeWork(); err != nil {
		return err
	}
	if l.disks, err = newDisks(o.work, o.fs); err != nil {
		return err
	}
	if l.rec, err = recorder.Start(ctx, upstream.DefaultRegistry, filepath.Join(data, "recording")); err != nil {
		return err
	}
	b, err := prepareBinaries(ctx, filepath.Join(data, "tools"))
	if err != nil {
		return err
	}
	return l.waysTo(ctx, b)
}

func (l *lab) close() {
	if l.kubo != nil {
		l.kubo.Kill()
	}
}

// makeWork has -work at hand, as an absolute path.
func (o *options) makeWork() (err error) {
	if o.work == "" {
		o.work, err = os.MkdirTemp("", "ipnpm-bench-")
		return err
	}
	if o.work, err = filepath.Abs(o.work); err != nil {
		return err
	}
	return os.MkdirAll(o.work, 0o755)
}

// waysTo sets up Kubo where it is wanted, and the link.
func (l *lab) waysTo(ctx context.Context, b *binaries) error {
	near, name := servers{registry: l.rec.URL()}, ""
	if slices.Contains(l.o.sources, kuboSource) || slices.Contains(l.o.sources, gatewaySource) {
		var err error
		if l.kubo, err = kubotest.StartIn(filepath.Join(l.o.work, "kubo"), kubotest.Options{}); err != nil {
			return err
		}
		near.api, near.gateway = l.kubo.API, l.kubo.Gateway
		if name, err = publish(ctx, b, l.rec, l.fixture, filepath.Join(l.o.work, "publisher"), near.api); err != nil {
			return err
		}
	}
	if l.o.loopback {
		l.ways = append(l.ways, way{name: "loopback", servers: near})
	}
	if l.o.overLink {
		far, err := near.far(ctx, newLink(l.o.roundTrip, l.o.mbits))
		if err != nil {
			return err
		}
		l.ways = append(l.ways, way{name: fmt.Sprintf("link of %v and %g Mbit/s", l.o.roundTrip, l.o.mbits), servers: far})
	}
	for i, w := range l.ways {
		tools := b.peers(w.servers.registry)
		for _, source := range l.o.sources {
			tools = append(tools, b.ours(source, w.servers.flags(source, name))...)
		}
		l.ways[i].tools = slices.DeleteFunc(tools, func(t tool) bool { return !t.chosen(l.o.only) })
		if len(l.ways[i].tools) == 0 {
			return fmt.Errorf("no tool is called %q", l.o.only)
		}
	}
	l.results = l.empty(ctx)
	return nil
}

func (l *lab) empty(ctx context.Context) *results {
	r := &results{Fixture: l.fixture.name, Runs: l.o.runs, Disk: l.disks.String(), CPUs: runtime.NumCPU(), Platform: platform(),
		Versions: map[string]string{}, Situations: names(l.o.situations)}
	for _, w := range l.ways {
		r.Links = append(r.Links, w.name)
	}
	for _, t := range l.ways[0].tools {
		r.Tools = append(r.Tools, t.name)
		if t.ours {
			r.Ours = append(r.Ours, t.name)
		}
		if said, err := output(ctx, "", environment(os.TempDir(), t.env), t.install[0], "--version"); err == nil {
			r.Versions[t.name] = string(said[:len(said)-1])
		}
	}
	return r
}

// record lets each tool that asks the registry do once, untimed, what makes it
// ask, so that all answers lie in memory. Kubo's tools find theirs published.
func (l *lab) record(ctx context.Context) error {
	asking := []string{clean, lockfile, update}
	wanted := slices.DeleteFunc(slices.Clone(l.o.situations), func(s situation) bool { return !slices.Contains(asking, s.name) })
	if len(l.o.situations) == 1 && l.o.situations[0].name == lockfileOnly {
		wanted = l.o.situations
	} else {
		wanted = withBase(wanted)
	}
	for _, t := range l.ways[0].tools {
		if t.ours && t.source != registrySource {
			continue
		}
		if err := l.turn(ctx, t, wanted, "record", func(s sample) {
			if paths := l.rec.Tarballs(); s.Situation == clean && (l.tarballs == nil || len(paths) < len(l.tarballs)) {
				l.tarballs = paths
			}
		}); err != nil {
			return err
		}
	}
	for _, w := range l.ways {
		if err := l.rec.Prepare(w.servers.registry); err != nil {
			return err
		}
	}
	return nil
}

// round times every tool once, by every way.
func (l *lab) round(ctx context.Context, n int) error {
	for i, t := range l.ways[0].tools {
		for _, w := range l.ways {
			fmt.Fprintf(os.Stderr, "round %d of %d: %s, %s\n", n, l.o.runs, t.name, w.name)
			err := l.turn(ctx, w.tools[i], l.o.situations, fmt.Sprintf("%d-%s", n, w.folder()), func(s sample) {
				s.Link, s.Round = w.name, n
				l.results.Samples = append(l.results.Samples, s)
			})
			if err != nil {
				l.fail(err)
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	if err := l.alone(ctx, n); err != nil || l.o.json == "" {
		return err
	}
	return l.results.writeJSON(l.o.json) // a later round may fail
}

func (w way) folder() string {
	if w.name == "loopback" {
		return w.name
	}
	return "link"
}

// turn takes a tool through situations on a new file system.
func (l *lab) turn(ctx context.Context, t tool, wanted []situation, folder string, record func(sample)) (err error) {
	dir, remove, err := l.disks.fresh(ctx, t.folder()+"-"+folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	r := newRound(t, l.fixture, dir)
	r.settle = func() error { return l.disks.settle(dir) }
	if t.ours && t.source != registrySource {
		r.daemon = l.kubo.PID()
	}
	return r.run(ctx, wanted, record)
}

// alone times the tarballs alone, where there is an install to compare.
func (l *lab) alone(ctx context.Context, n int) error {
	if len(l.tarballs) == 0 || !slices.Contains(names(l.o.situations), lockfile) {
		return nil
	}
	for _, w := range l.ways {
		size, took, err := fetchAlone(ctx, w.servers.registry, l.tarballs)
		if err != nil {
			return fmt.Errorf("the tarballs alone: %w", err)
		}
		l.results.Tarballs, l.results.TarballBytes = len(l.tarballs), size
		l.results.Samples = append(l.results.Samples, sample{Link: w.name, Situation: lockfile, Tool: bytesAlone, Round: n,
			usage: usage{Millis: millis(took.Round(time.Microsecond))}})
	}
	return nil
}

func (l *lab) report(w io.Writer) error {
	if l.o.svg != "" {
		if err := l.results.writeSVG(l.o.svg); err != nil {
			return err
		}
	}
	if err := l.results.write(w); err != nil {
		return err
	}
	if l.failures > 0 {
		return fmt.Errorf("%d things went wrong, see above", l.failures)
	}
	return nil
}
