package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/ipnpm/ipnpm/bench/stages"
	"github.com/ipnpm/ipnpm/internal/recorder"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// benchStages prints what each stage of ours takes, and its limit.
func benchStages(ctx context.Context, o *options) error {
	f, err := readFixture(o.project, o.update)
	if err != nil {
		return err
	}
	if err := o.makeWork(); err != nil {
		return err
	}
	defer os.RemoveAll(o.work)
	d, err := newDisks(o.work, o.fs)
	if err != nil {
		return err
	}
	rec, err := recorder.Start(ctx, upstream.DefaultRegistry, filepath.Join(o.data, "recording"))
	if err != nil {
		return err
	}
	told("resolve and fetch " + f.name)
	p, err := stages.Load(ctx, rec.URL(), f.manifest, bytes.Contains(f.npmrc, []byte("legacy-peer-deps=true")))
	if err != nil {
		return err
	}
	started := time.Now()
	results, err := stages.Run(ctx, p, o.runs, stages.Disks{Fresh: d.fresh, Settle: d.settle}, told)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %v; median of %d, %.0f s; %v; %d CPUs, %s\n\n", f.name, p, o.runs, time.Since(started).Seconds(), d, runtime.NumCPU(), platform())
	return stages.Write(os.Stdout, results)
}

// told says what is being done.
func told(what string) { fmt.Fprintln(os.Stderr, what) }
