package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

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

// record lets each tool that asks the registry do once, untimed, what makes it
// ask, so that all answers lie in memory. Kubo's tools find theirs published.
func (l *lab) record(ctx context.Context) error {
	asking := []string{clean, lockfile, update, updateOne}
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
			asked := l.rec.Tarballs()
			if s.Situation == lockfile && (t.ours || l.tarballs == nil) {
				l.tarballs = asked
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

// turn takes a tool through situations on a new file system.
func (l *lab) turn(ctx context.Context, t tool, wanted []situation, folder string, record func(sample)) (err error) {
	dir, remove, err := l.disks.fresh(ctx, t.folder()+"-"+folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	r := newRound(t, l.fixture, dir)
	r.settle = func() error { return l.disks.settle(dir) }
	r.daemon = l.daemonOf(t)
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
