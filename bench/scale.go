package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/ipnpm/ipnpm/bench/scale"
)

// The sizes that are looked at.
const (
	mostPackages   = 10_000
	mostWorkspaces = 300
	mostNames      = 50_000
)

// benchScale prints how costs grow.
func benchScale(ctx context.Context, o *options) error {
	if err := o.makeWork(); err != nil {
		return err
	}
	defer os.RemoveAll(o.work)
	d, err := newDisks(o.work, o.fs)
	if err != nil {
		return err
	}
	disks := scale.Disks{Fresh: d.fresh}
	fmt.Printf("%d CPUs, %s\n\n", runtime.NumCPU(), platform())
	for _, k := range []scale.Kind{scale.Packages(mostPackages), scale.Workspaces(mostWorkspaces)} {
		all, err := scale.Grow(ctx, k, o.runs, disks, told)
		if err != nil {
			return err
		}
		if err := scale.WriteGrowth(os.Stdout, k, all); err != nil {
			return err
		}
		fmt.Println()
	}
	indexes, err := scale.Indexes(ctx, mostNames, disks, told)
	if err == nil && o.names > 0 {
		var more *scale.Index
		if more, err = scale.MadeUpIndex(ctx, o.names, disks, told); err == nil {
			indexes = append(indexes, *more)
		}
	}
	if err != nil {
		return err
	}
	return scale.WriteIndexes(os.Stdout, indexes)
}
