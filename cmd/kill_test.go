package cmd

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// killRounds is how many installs are killed.
const killRounds = 24

// forest is a registry with enough packages that an install has all its
// phases, and two projects that need different parts of it.
type forest struct {
	t      *testing.T
	server *registrytest.Server
	// strategy is the layout.
	strategy string
}

const forestSize = 48

func newForest(t *testing.T, strategy string) *forest {
	f := &forest{t, registrytest.New(t), strategy}
	for i := range forestSize {
		for _, version := range [...]string{"1.0.0", "2.0.0"} {
			deps := ""
			for _, d := range [...]int{i*2 + 1, i*2 + 2, i + 7} {
				if d < forestSize && d > i {
					deps += fmt.Sprintf(`,"p%d":"%d"`, d, 1+(d+i)%2)
				}
			}
			files := map[string]string{
				"package.json": fmt.Sprintf(`{"name":"p%d","version":"%s","bin":"cli.js","dependencies":{%s}}`, i, version, strings.TrimPrefix(deps, ",")),
				"cli.js":       "#!/usr/bin/env node\n",
			}
			for n := range 4 {
				files[fmt.Sprintf("lib/%d.js", n)] = strings.Repeat(fmt.Sprintf("// %d %d %s\n", i, n, version), 50)
			}
			f.server.Add(files)
		}
	}
	return f
}

// command is an install as a process of its own.
func (f *forest) command(project, home string) (*exec.Cmd, *bytes.Buffer) {
	var out bytes.Buffer
	c := exec.Command("ipnpm", "install")
	c.Dir = project
	c.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "npm_config_registry=" + f.server.URL,
		"npm_config_install_strategy=" + f.strategy}
	c.Stdout, c.Stderr = &out, &out
	return c, &out
}

func (f *forest) install(project, home string) {
	f.t.Helper()
	if c, out := f.command(project, home); c.Run() != nil {
		f.t.Fatalf("install in %s failed:\n%s", project, out)
	}
}

// project makes a folder that asks for some packages.
func (f *forest) project(dir string, names ...string) string {
	f.t.Helper()
	deps := make([]string, len(names))
	for i, name := range names {
		deps[i] = fmt.Sprintf("%q: \"1\"", name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		f.t.Fatal(err)
	}
	text := "{\"name\": \"p\", \"dependencies\": {" + strings.Join(deps, ", ") + "}}\n"
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(text), 0o644); err != nil {
		f.t.Fatal(err)
	}
	return dir
}

// state is what an install leaves: the tree and the lockfile. The virtual store
// that a linked tree leads to must be sound; where it is does not count.
func (f *forest) state(project, home string) string {
	f.t.Helper()
	tree, err := listTree(filepath.Join(project, "node_modules"))
	if err != nil {
		f.t.Fatal(err)
	}
	lock, err := os.ReadFile(filepath.Join(project, "ipnpm-lock.json"))
	if err != nil {
		f.t.Fatal(err)
	}
	if f.strategy == "linked" {
		verify, out := f.command(project, home)
		if verify.Args = []string{"ipnpm", "cache", "verify"}; verify.Run() != nil {
			f.t.Errorf("the store that %s leads to:\n%s", project, out)
		}
		tree = strings.ReplaceAll(tree, home, "HOME")
	}
	return tree + string(lock)
}

// TestKilled kills installs (kill -9) at random moments: the first of a new
// machine, those of a machine whose store has been through it before, and
// those that change a tree. One more install must make of whatever was left
// the tree and the lockfile that an install which nobody killed makes.
func TestKilled(t *testing.T) {
	for _, strategy := range [...]string{"hoisted", "linked"} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			newForest(t, strategy).killed(t.TempDir())
		})
	}
}

func (f *forest) killed(base string) {
	t := f.t
	worn := filepath.Join(base, "worn")
	kinds := [...]func(dir, home string) (readyHome string){
		func(dir, home string) string { f.project(dir, "p0", "p3"); return home },
		func(dir, _ string) string { f.project(dir, "p0", "p3"); return worn },
		func(dir, _ string) string {
			f.project(dir, "p2", "p9")
			f.install(dir, worn)
			f.project(dir, "p0", "p3")
			return worn
		},
	}
	var want [len(kinds)]string
	var took [len(kinds)]time.Duration
	for kind, prepare := range kinds {
		dir := filepath.Join(base, fmt.Sprint("reference", kind))
		home := prepare(dir, dir+"-home")
		start := time.Now()
		f.install(dir, home)
		took[kind], want[kind] = time.Since(start), f.state(dir, home)
	}
	killed := 0
	for round := range killRounds {
		kind := round % len(kinds)
		dir := filepath.Join(base, fmt.Sprint("project", round))
		home := kinds[kind](dir, dir+"-home")
		after := rand.N(took[kind])
		if ran := f.kill(dir, home, after); ran == 0 {
			killed++
		} else {
			took[kind] = ran
		}
		f.install(dir, home)
		if got := f.state(dir, home); got != want[kind] {
			t.Errorf("round %d, killed after %v: the tree or lockfile is wrong\n%s", round, after, firstDifference(want[kind], got))
		}
	}
	t.Logf("installs take %v; %d of %d were killed before they ended", took, killed, killRounds)
	if killed < killRounds/3 {
		t.Errorf("only %d of %d were killed in time", killed, killRounds)
	}
}

// kill starts an install and kills it. When it ends before, kill returns how
// long it ran.
func (f *forest) kill(project, home string, after time.Duration) time.Duration {
	f.t.Helper()
	c, out := f.command(project, home)
	start := time.Now()
	if err := c.Start(); err != nil {
		f.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			f.t.Errorf("%v:\n%s", err, out)
		}
		return time.Since(start)
	case <-time.After(after):
		_ = c.Process.Kill()
		<-done
		return 0
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return fmt.Sprintf("line %d: want %s\ngot  %s", i, w[i], strings.Join(g[i:min(i+6, len(g))], "\n"))
		}
	}
	return "there is more than wanted"
}

// TestAtOnce runs installs of one project, and of two over one store, at the
// same time.
func TestAtOnce(t *testing.T) {
	for _, strategy := range [...]string{"hoisted", "linked"} {
		t.Run(strategy, func(t *testing.T) {
			t.Parallel()
			newForest(t, strategy).atOnce(t.TempDir())
		})
	}
}

func (f *forest) atOnce(base string) {
	t := f.t
	one := f.project(filepath.Join(base, "one"), "p1", "p4")
	two := f.project(filepath.Join(base, "two"), "p1", "p4")
	home := filepath.Join(base, "home")
	type process struct {
		*exec.Cmd
		out *bytes.Buffer
	}
	var running []process
	for _, dir := range [...]string{one, two, one, two, one} {
		c, out := f.command(dir, home)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, process{c, out})
	}
	for _, p := range running {
		if err := p.Wait(); err != nil {
			t.Errorf("%v:\n%s", err, p.out)
		}
	}
	reference := f.project(filepath.Join(base, "reference"), "p1", "p4")
	f.install(reference, filepath.Join(base, "home2"))
	want := f.state(reference, filepath.Join(base, "home2"))
	for _, dir := range [...]string{one, two} {
		if got := f.state(dir, home); got != want {
			t.Errorf("%s: %s", dir, firstDifference(want, got))
		}
	}
}
