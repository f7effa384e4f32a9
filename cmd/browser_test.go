//go:build browser

package cmd

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestBrowser runs testdata/browser/*.txtar, scripts as those of TestScripts,
// with one command more: "browse URL" loads a page in a real Chromium, lets its
// script run, and prints what the page has become.
func TestBrowser(t *testing.T) {
	params := scriptParams(filepath.Join("testdata", "browser"))
	params.Cmds["browse"] = browseCommand
	testscript.Run(t, params)
}

// pageTime is how long a page's own clock runs, in milliseconds, before it is
// taken for finished.
const pageTime = "20000"

func browseCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: browse URL")
	}
	home := ts.MkAbs(".browser")
	ts.Check(os.MkdirAll(home, 0o755))
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	c := chromium(ctx, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+home,
		"--virtual-time-budget="+pageTime, "--dump-dom", args[0])
	c.Stdout, c.Stderr = &stdout, &stderr
	c.Env = append(c.Environ(), "HOME="+home)
	if err := c.Run(); err != nil {
		ts.Fatalf("chromium: %v\n%s", err, stderr.String())
	}
	_, err := ts.Stdout().Write(stdout.Bytes())
	ts.Check(err)
}

// chromium is the one that tools/get has unpacked, with its libraries, or else
// the system's.
func chromium(ctx context.Context, args ...string) *exec.Cmd {
	tools := os.Getenv("IPNPM_TOOLS")
	if tools == "" {
		tools, _ = filepath.Abs(filepath.Join("..", ".cache", "tools"))
	}
	root := filepath.Join(tools, "chromium", "usr", "lib")
	if _, err := os.Stat(root); err != nil {
		return exec.CommandContext(ctx, "chromium", args...)
	}
	c := exec.CommandContext(ctx, filepath.Join(root, "chromium", "chromium"), args...)
	found, _ := filepath.Glob(filepath.Join(root, "*-linux-gnu"))
	libraries := ""
	for _, dir := range found {
		libraries += dir + ":" + filepath.Join(dir, "pulseaudio") + ":"
	}
	c.Env = append(os.Environ(), "LD_LIBRARY_PATH="+libraries)
	return c
}
