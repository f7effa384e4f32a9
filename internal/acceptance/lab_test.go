//go:build acceptance

package acceptance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/recorder"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// lab is what all parts of the run share: the binary, built from this tree as
// a release is, the recorded registry, and a folder for every HOME and project.
// Nothing in the folder is removed before the end: on ext4 a recent deletion
// makes each new file many times dearer.
type lab struct {
	root     string // of the module
	work     string
	bin      string
	registry *recorder.Recorder
	report   *report
}

func newLab(t *testing.T) *lab {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	work, err := os.MkdirTemp("", "ipnpm-acceptance-")
	if err != nil {
		t.Fatal(err)
	}
	l := &lab{root: root, work: work, report: &report{}}
	t.Cleanup(func() { l.remove(t) })
	l.bin = filepath.Join(l.work, "bin", "ipnpm")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Dir(l.bin)+"/", "./cmd/ipnpm", "./cmd/ipnpm-peers")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build ipnpm: %v\n%s", err, out)
	}
	l.registry, err = recorder.Start(t.Context(), upstream.DefaultRegistry, filepath.Join(root, ".cache", "recording"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// remove leaves a failed run to look at, and lets another process remove a
// good one: a million files are minutes that nobody should wait for.
func (l *lab) remove(t *testing.T) {
	if t.Failed() {
		t.Logf("everything is left in %s", l.work)
		return
	}
	if err := exec.Command("rm", "-rf", l.work).Start(); err != nil {
		t.Error(err)
	}
}

// dir makes a new folder below the lab's.
func (l *lab) dir(t *testing.T, parts ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{l.work}, parts...)...)
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkout copies the sources of a project, and no lockfile, to a new folder.
func (l *lab) checkout(t *testing.T, project string, parts ...string) string {
	t.Helper()
	to := l.dir(t, parts...)
	from := filepath.Join(l.root, "testdata", "projects", project)
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name() != "ipnpm-lock.json" && e.Name() != "package-lock.json" {
			copyFile(t, filepath.Join(from, e.Name()), filepath.Join(to, e.Name()))
		}
	}
	return to
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// user is somebody with a HOME: the only state that their installs share.
type user struct {
	lab  *lab
	home string
	// cache is XDG_CACHE_HOME, and ipfsPath IPFS_PATH; empty leaves them
	// below HOME.
	cache, ipfsPath string
}

func (l *lab) user(t *testing.T, parts ...string) user {
	t.Helper()
	return user{lab: l, home: l.dir(t, parts...)}
}

// withoutCache is the same user after their cache was emptied: unpacked
// packages and documents are gone, and the store by CID is not.
func (u user) withoutCache(t *testing.T, parts ...string) user {
	t.Helper()
	u.cache = u.lab.dir(t, parts...)
	return u
}

// env is all that a command sees: no setting of the machine that runs this may
// decide how it ends.
func (u user) env() []string {
	env := []string{"HOME=" + u.home, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8",
		"npm_config_update_notifier=false"}
	if u.cache != "" {
		env = append(env, "XDG_CACHE_HOME="+u.cache)
	}
	if u.ipfsPath != "" {
		env = append(env, "IPFS_PATH="+u.ipfsPath)
	}
	return env
}

// ran is the outcome of one process.
type ran struct {
	took   time.Duration
	stdout string
	stderr string
	err    error
}

// patience bounds one process. A loaded machine needs minutes for a check.
const patience = 20 * time.Minute

func (u user) exec(ctx context.Context, dir, name string, args ...string) ran {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env, c.Stdout, c.Stderr = dir, u.env(), &stdout, &stderr
	start := time.Now()
	err := c.Run()
	if err == nil {
		err = ctx.Err()
	}
	return ran{took: time.Since(start), stdout: stdout.String(), stderr: stderr.String(), err: err}
}

// ipnpm runs the binary and fails the test when it fails.
func (u user) ipnpm(t *testing.T, dir string, args ...string) ran {
	t.Helper()
	r := u.exec(t.Context(), dir, u.lab.bin, args...)
	if r.err != nil {
		t.Fatalf("ipnpm %s: %v\n%s%s", strings.Join(args, " "), r.err, r.stdout, r.stderr)
	}
	return r
}

// npmLs is nil when `npm ls --all` has nothing to complain about: about what
// our hidden lockfile tells it, and, with that file out of the way, about what
// it reads from the folders themselves.
func (u user) npmLs(t *testing.T, dir string) error {
	t.Helper()
	hidden := filepath.Join(dir, "node_modules", ".package-lock.json")
	aside := filepath.Join(u.lab.work, "hidden-lockfile")
	told := u.ls(t, dir)
	if err := os.Rename(hidden, aside); err != nil {
		t.Fatal(err)
	}
	read := u.ls(t, dir)
	if err := os.Rename(aside, hidden); err != nil {
		t.Fatal(err)
	}
	if told.err == nil && read.err == nil && told.stdout != read.stdout {
		return fmt.Errorf("npm ls --all: the hidden lockfile tells another tree than the folders:\n%s\n-- and --\n%s", tail(told.stdout), tail(read.stdout))
	}
	return errors.Join(told.err, read.err)
}

func (u user) ls(t *testing.T, dir string) ran {
	t.Helper()
	r := u.exec(t.Context(), dir, "npm", "ls", "--all")
	if r.err != nil {
		r.err = fmt.Errorf("npm ls --all: %w\n%s", r.err, tail(r.stderr))
	} else if problem := npmProblem(r.stdout); problem != "" {
		r.err = errors.New("npm ls --all: " + problem)
	}
	return r
}

// npmProblem finds what npm 11 prints about a tree without an exit code.
func npmProblem(listing string) string {
	for line := range strings.Lines(listing) {
		for _, word := range []string{" invalid", " extraneous", "UNMET DEPENDENCY", "missing:"} {
			if strings.Contains(line, word) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}

// check runs the project's own script.
func (u user) check(t *testing.T, dir string) error {
	t.Helper()
	r := u.exec(t.Context(), dir, u.lab.bin, "run", "check")
	if r.err != nil {
		return fmt.Errorf("ipnpm run check: %w\n%s%s", r.err, tail(r.stdout), tail(r.stderr))
	}
	return nil
}

// tail keeps an error readable.
func tail(text string) string {
	const most = 3000
	if len(text) > most {
		return "…" + text[len(text)-most:]
	}
	return text
}
