//go:build acceptance

package acceptance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// killCount is how many installs are killed.
const killCount = 20

// killSeed makes the moments the same in every run.
const killSeed = 20260

// kills ends installs with SIGKILL at moments spread over what a whole one
// takes, one in each twentieth of it, and sees what the next install makes of
// the rest. Every other one starts with an empty HOME, and is killed while it
// fetches and unpacks for the most part; the others share a HOME that holds
// everything, and are killed while they link.
func (l *lab) kills(t *testing.T, project string) {
	k := &killing{lab: l, project: project, filled: l.user(t, "kills", "home-filled")}
	k.measure(t)
	random := rand.New(rand.NewPCG(killSeed, killSeed))
	for i := range killCount {
		moment := (float64(i) + random.Float64()) / killCount
		t.Run(fmt.Sprintf("%02d", i+1), func(t *testing.T) { k.one(t, i, moment) })
	}
}

type killing struct {
	*lab
	project string
	filled  user
	want    tree
	lock    []byte
	// cold and warm are how long a whole install takes, from an empty HOME and
	// from the filled one.
	cold, warm time.Duration
}

// measure makes the tree that is wanted and takes the times; the first run
// may have waited for the recording to fill and counts for neither.
func (k *killing) measure(t *testing.T) {
	t.Helper()
	for i, whole := range []struct {
		user user
		took *time.Duration
	}{{k.filled, new(time.Duration)}, {k.user(t, "kills", "home-whole"), &k.cold}, {k.filled, &k.warm}} {
		dir := k.checkout(t, k.project, "kills", fmt.Sprintf("whole-%d", i))
		*whole.took = whole.user.ipnpm(t, dir, "install", "--registry="+k.registry.URL()).took
		if i == 0 {
			k.want, k.lock = readTree(t, dir), readLock(t, dir)
		}
	}
	t.Logf("a whole install takes %s from an empty HOME and %s from a filled one", seconds(k.cold), seconds(k.warm))
}

// one kills an install at a part of its duration and repairs. An install that
// was done before that is no case: it is tried again, in a new place, with
// less patience.
func (k *killing) one(t *testing.T, i int, moment float64) {
	u, which, after := k.filled, "filled", time.Duration(moment*float64(k.warm))
	for attempt := 0; ; attempt++ {
		if i%2 == 0 {
			u, which = k.user(t, "kills", fmt.Sprintf("home-%02d-%d", i, attempt)), "empty"
			if attempt == 0 {
				after = time.Duration(moment * float64(k.cold))
			}
		}
		dir := k.checkout(t, k.project, "kills", fmt.Sprintf("project-%02d-%d", i, attempt))
		killed, err := k.kill(t.Context(), u, dir, after)
		if err != nil {
			t.Fatal(err)
		}
		if killed {
			k.repair(t, i, u, which, dir, after)
			return
		}
		after = after * 4 / 5
	}
}

// kill starts an install and ends it; false says that it was done before.
func (k *killing) kill(ctx context.Context, u user, dir string, after time.Duration) (bool, error) {
	c := exec.CommandContext(ctx, k.bin, "install", "--registry="+k.registry.URL())
	c.Dir, c.Env = dir, u.env()
	if err := c.Start(); err != nil {
		return false, err
	}
	time.Sleep(after)
	if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return false, err
	}
	var exit *exec.ExitError
	err := c.Wait()
	if err == nil {
		return false, nil
	}
	if errors.As(err, &exit) && exit.ExitCode() == -1 {
		return true, nil
	}
	return false, fmt.Errorf("the install failed before it was killed: %w", err)
}

// repair is what a user does after a power cut: the same command again.
func (k *killing) repair(t *testing.T, i int, u user, which, dir string, after time.Duration) {
	t.Helper()
	left := leftBehind(dir)
	out := u.exec(t.Context(), dir, k.bin, "install", "--registry="+k.registry.URL())
	if out.err != nil {
		out.err = fmt.Errorf("%w: %s", out.err, strings.TrimSpace(out.stderr))
		t.Errorf("the install after the kill: %v", out.err)
		k.report.kills = append(k.report.kills, fmt.Sprintf("%d | %s | %s | %s | %s | – | – | –", i+1, which, seconds(after), left, verdict(out.err)))
		return
	}
	got := readTree(t, dir)
	sameTree(t, "after the kill", k.want, got)
	if err := sameBytes(k.lock, readLock(t, dir)); err != nil {
		t.Errorf("after the kill: %v", err)
	}
	ls := u.npmLs(t, dir)
	verify := u.exec(t.Context(), dir, k.bin, "cache", "verify")
	if verify.err != nil {
		verify.err = fmt.Errorf("cache verify: %w\n%s%s", verify.err, tail(verify.stdout), tail(verify.stderr))
	}
	for _, err := range []error{ls, verify.err} {
		if err != nil {
			t.Error(err)
		}
	}
	k.report.kills = append(k.report.kills, fmt.Sprintf("%d | %s | %s | %s | ok, %s | %s | %s | %s",
		i+1, which, seconds(after), left, seconds(out.took), verdict(ls), verdict(verify.err), got.hash))
}

// leftBehind tells how far the killed install had come.
func leftBehind(dir string) string {
	var parts []string
	if _, err := os.Stat(filepath.Join(dir, "ipnpm-lock.json")); err == nil {
		parts = append(parts, "lockfile")
	}
	if top, err := os.ReadDir(filepath.Join(dir, "node_modules")); err == nil {
		parts = append(parts, fmt.Sprintf("node_modules of %d", len(top)))
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".ipnpm-state")); err == nil {
		parts = append(parts, "state")
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, ", ")
}
