package kubotest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/gofrs/flock"
)

// Binary returns the path of the Kubo binary, building it when it is missing.
// Test processes that need it at once wait for one of them.
func Binary() (string, error) {
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	dir := os.Getenv("IPNPM_TOOLS")
	if dir == "" {
		dir = filepath.Join(root, ".cache", "tools")
	}
	bin := filepath.Join(dir, "ipfs")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	return bin, build(root, dir, bin)
}

func build(root, dir, bin string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	lock := flock.New(bin + ".lock")
	if err := lock.Lock(); err != nil {
		return err
	}
	defer func() { _ = lock.Unlock() }()
	if _, err := os.Stat(bin); err == nil {
		return nil
	}
	temp := bin + ".new"
	cmd := exec.Command("go", "build", "-C", filepath.Join(root, "tools", "kubo"), "-trimpath", "-o", temp,
		"github.com/ipfs/kubo/cmd/ipfs")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building Kubo: %w\n%s", err, out)
	}
	return os.Rename(temp, bin)
}

// moduleRoot walks up from the working directory, which for a test is its
// package's, to the directory that holds tools/kubo.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "tools", "kubo", "go.mod"))
		if err == nil {
			return dir, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no tools/kubo above the working directory")
		}
		dir = parent
	}
}
