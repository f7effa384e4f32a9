package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// dieTogether has the kernel end the tool when its launcher is ended.
func dieTogether(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

// imageSize is what ten trees of one project never fill; the image is sparse.
const imageSize = 24 << 30

// freshExt4 makes a new ext4 below dir, mounts it, and returns the folder and
// what takes it away again. The image is made without lazy initialisation, for
// which the kernel would otherwise write while the tools run.
func freshExt4(ctx context.Context, dir string) (string, func() error, error) {
	image, at := filepath.Join(dir, "image"), filepath.Join(dir, "fs")
	if err := os.Mkdir(at, 0o755); err != nil {
		return "", nil, err
	}
	f, err := os.Create(image)
	if err != nil {
		return "", nil, err
	}
	err = f.Truncate(imageSize)
	_ = f.Close()
	if err != nil {
		return "", nil, err
	}
	if err := run(ctx, "", nil, "mkfs.ext4", "-q", "-F", "-m", "0", image); err != nil {
		return "", nil, err
	}
	if err := run(ctx, "", nil, "mount", "-o", "loop,noinit_itable", image, at); err != nil {
		return "", nil, err
	}
	return at, func() error {
		// The context may have ended, and a tool may still be about to; the
		// mount has to go all the same, now or with its last process.
		if err := run(context.Background(), "", nil, "umount", "--lazy", at); err != nil {
			return err
		}
		return os.Remove(image)
	}, nil
}

// canMount is true for root with the tools at hand.
func canMount() bool {
	for _, name := range []string{"mkfs.ext4", "mount", "umount"} {
		if _, err := exec.LookPath(name); err != nil {
			return false
		}
	}
	_, err := os.Stat("/dev/loop-control")
	return err == nil && os.Geteuid() == 0
}

// settle writes out what earlier runs left in memory, so that the next one is
// not slowed down by it.
func settle(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}
