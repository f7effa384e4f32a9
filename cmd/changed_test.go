package cmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// A project that is removed meanwhile is not made again in part.
func TestProjectRemovedMeanwhile(t *testing.T) {
	f := newForest(t, "hoisted")
	f.server.Inject("p2", registrytest.Fault{On: registrytest.Documents, Delay: time.Second})
	dir := f.project(filepath.Join(t.TempDir(), "p"), "p1", "p2")
	c, out := f.command(dir, t.TempDir())
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); f.server.Count("/p2") == 0 && time.Since(began) < time.Minute; {
		time.Sleep(time.Millisecond)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || !strings.Contains(out.String(), "the folder of the project is gone") || !strings.Contains(out.String(), "hint: it was removed or renamed") {
		t.Errorf("%v:\n%s", err, out)
	}
	if _, err := os.Lstat(dir); err == nil {
		t.Errorf("there is a %s again", dir)
	}
}

// What another command writes into package.json while one runs is not lost.
func TestChangedMeanwhile(t *testing.T) {
	f := newForest(t, "hoisted")
	f.server.Inject("p40", registrytest.Fault{On: registrytest.Documents, Delay: time.Second})
	dir := f.project(filepath.Join(t.TempDir(), "p"), "p1")
	c, out := f.command(dir, t.TempDir())
	c.Args = []string{"ipnpm", "add", "p40"}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); f.server.Count("/p40") == 0 && time.Since(began) < time.Minute; {
		time.Sleep(time.Millisecond)
	}
	f.project(dir, "p1", "p2")
	theirs, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil || !strings.Contains(out.String(), "was changed by something else") || !strings.Contains(out.String(), "hint: run the command again") {
		t.Errorf("%v:\n%s", err, out)
	}
	if now, err := os.ReadFile(filepath.Join(dir, "package.json")); err != nil || string(now) != string(theirs) {
		t.Errorf("package.json is %s, %v", now, err)
	}
	for _, name := range [...]string{"ipnpm-lock.json", "node_modules"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("there is a %s", name)
		}
	}
	c, out = f.command(dir, t.TempDir())
	c.Args = []string{"ipnpm", "add", "p40"}
	if err := c.Run(); err != nil {
		t.Errorf("again: %v:\n%s", err, out)
	}
}
