package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// disks makes the folder of each tool's round.
type disks struct {
	work string
	ext4 bool
}

// newDisks takes "ext4", "dir", or nothing for the best that is possible.
func newDisks(work, kind string) (*disks, error) {
	switch kind {
	case "ext4", "dir", "":
	default:
		return nil, fmt.Errorf("no file system %q: ext4 or dir", kind)
	}
	able := canMount()
	if kind == "ext4" && !able {
		return nil, fmt.Errorf("a new ext4 takes Linux, root, loop devices and mkfs.ext4")
	}
	return &disks{work: work, ext4: able && kind != "dir"}, nil
}

// String is what the table says about it.
func (d *disks) String() string {
	if d.ext4 {
		return "each tool's round on a new ext4 of its own"
	}
	return "all on one file system, whose history counts too"
}

// fresh is a new place, and what removes it. A folder is left: on ext4 a
// recent deletion makes each new file dearer, for whoever comes next.
func (d *disks) fresh(ctx context.Context, name string) (string, func() error, error) {
	dir := filepath.Join(d.work, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	if !d.ext4 {
		return dir, func() error { return nil }, nil
	}
	return freshExt4(ctx, dir)
}

// settle is for a file system of our own; another's is not ours to wait for. What
// that one writes last ends in the memory of the one that its image lies on, and would
// be written out by whoever asks for a file to be on the disk next.
func (d *disks) settle(dir string) error {
	if !d.ext4 {
		return nil
	}
	return errors.Join(settle(dir), settle(d.work))
}
