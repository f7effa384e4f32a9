//go:build acceptance && linux

package acceptance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMirror mirrors the two thousand packages that two of the real projects
// need, from the recorded npm registry: into an empty HOME, again with nothing
// changed, and into another empty HOME with a SIGKILL or two, after half of the time
// that a whole run takes.
//
//	go test -tags acceptance -v -timeout 60m -run TestMirror ./internal/acceptance
func TestMirror(t *testing.T) {
	l := newLab(t)
	m := &mirrorLab{lab: l}
	for _, project := range []string{"gatsby", "webpack"} {
		m.args = append(m.args, "--package-json", filepath.Join(l.root, "testdata", "parity", "projects", project, "package.json"))
	}

	m.mirror(t, m.user(t, "mirror", "home-recording"), 0) // fills the recording
	_, before := l.registry.Requests()
	u := m.user(t, "mirror", "home")
	whole := m.mirror(t, u, 0)
	if _, after := l.registry.Requests(); after != before {
		t.Errorf("%d requests left the machine while the time was taken", after-before)
	}
	whole.log(t, "from an empty HOME")
	if whole.Fetched != whole.Versions || whole.Changed < 2000 {
		t.Errorf("%d of %d versions were fetched, of %d packages", whole.Fetched, whole.Versions, whole.Changed)
	}
	again := m.mirror(t, u, 0)
	again.log(t, "with nothing changed")
	if again.Changed != 0 || again.Fetched != 0 || again.Root != whole.Root {
		t.Errorf("the second run changed %d packages, fetched %d versions, made %s of %s", again.Changed, again.Fetched, again.Root, whole.Root)
	}

	killed := m.user(t, "mirror", "home-killed")
	var resumed mirrorRun
	for _, after := range []time.Duration{whole.took / 2, whole.took / 2, 0} {
		if resumed = m.mirror(t, killed, after); !resumed.killed {
			break
		}
		resumed.log(t, "killed after "+seconds(after))
	}
	resumed.log(t, "resumed")
	if resumed.Fetched >= whole.Fetched || resumed.Versions != whole.Versions || resumed.Bytes != whole.Bytes {
		t.Errorf("resumed %+v, whole %+v", resumed.mirrored, whole.mirrored)
	}
	verify := killed.ipnpm(t, killed.home, "registry", "verify")
	t.Logf("registry verify of what was resumed: %s in %s", strings.TrimSpace(verify.stdout), seconds(verify.took))
}

type mirrorLab struct {
	*lab
	args []string // what is mirrored
}

// mirrored is what `registry mirror --json` tells.
type mirrored struct {
	Root                               string
	Changed, Versions, Fetched, Signed int
	Bytes                              int64
}

// mirrorRun is one run, ended or not before its time, with the most memory that it held, in MiB.
type mirrorRun struct {
	mirrored
	took   time.Duration
	peak   int64
	killed bool
}

func (r mirrorRun) log(t *testing.T, what string) {
	t.Helper()
	if r.killed {
		t.Logf("%-22s peak memory %d MiB", what, r.peak)
		return
	}
	t.Logf("%-22s %s, peak memory %d MiB: %d packages changed, %d versions, %d fetched, %d signed, %.0f MB",
		what, seconds(r.took), r.peak, r.Changed, r.Versions, r.Fetched, r.Signed, float64(r.Bytes)/1e6)
}

// mirror runs the command, and ends it after a time unless that is 0.
func (m *mirrorLab) mirror(t *testing.T, u user, after time.Duration) mirrorRun {
	t.Helper()
	_ = u.exec(t.Context(), u.home, m.bin, "registry", "create", "team") // it may be there
	var stdout, stderr bytes.Buffer
	c := exec.CommandContext(t.Context(), m.bin, "registry", "mirror", "--json", "--no-progress", "--from", m.registry.URL())
	c.Args = append(c.Args, m.args...)
	c.Dir, c.Env, c.Stdout, c.Stderr = u.home, u.env(), &stdout, &stderr
	start := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		ending := time.AfterFunc(after, func() { _ = c.Process.Kill() })
		defer ending.Stop()
	}
	peak := watchMemory(c.Process.Pid)
	err := c.Wait()
	run := mirrorRun{took: time.Since(start), peak: peak() >> 10}
	var exit *exec.ExitError
	if run.killed = errors.As(err, &exit) && exit.ExitCode() == -1; run.killed {
		return run
	}
	if err == nil {
		err = json.Unmarshal(stdout.Bytes(), &run.mirrored)
	}
	if err != nil {
		t.Fatalf("registry mirror: %v\n%s", err, tail(stderr.String()))
	}
	return run
}

// watchMemory looks at the most memory that a process has held, until peak, in
// KiB, is called. What the system tells of a child that has ended counts this
// process in, which it was forked from and which has the recording in memory.
func watchMemory(pid int) (peak func() int64) {
	done, most := make(chan struct{}), make(chan int64)
	go func() {
		var high int64
		for {
			select {
			case <-done:
				most <- high
				return
			case <-time.After(5 * time.Millisecond):
			}
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if _, line, ok := strings.Cut(string(status), "VmHWM:"); ok {
				var now int64
				_, _ = fmt.Sscan(line, &now)
				high = max(high, now)
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-most
	}
}
