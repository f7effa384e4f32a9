package cmd

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// release is set by the linker (-X) for releases.
var release = "" //nolint:gochecknoglobals // the only place a linker can reach

// now is the clock; one place, so that time-dependent policies are testable.
func (a *app) now() time.Time { return time.Now() }

// nodePath finds node on the user's PATH.
func (a *app) nodePath() (string, error) { return a.lookPath("node") }

// lookPath finds a program on the PATH of the streams' environment, which in
// a test is not the process's own.
func (a *app) lookPath(name string) (string, error) {
	names := [...]string{name, name + ".exe", name + ".cmd"}
	for _, dir := range filepath.SplitList(a.Getenv("PATH")) {
		for _, name := range names {
			candidate := filepath.Join(dir, name)
			info, err := os.Stat(candidate)
			if err == nil && !info.IsDir() && (info.Mode()&0o111 != 0 || runtime.GOOS == "windows") {
				return candidate, nil
			}
		}
	}
	return "", fmt.Errorf("%s is not on the PATH", name)
}

// nodeVersion is the version of the node that will run what is installed, ""
// without one. It is looked for once.
func (s *session) nodeVersion(ctx context.Context) string {
	s.nodeOnce.Do(func() { s.node = s.findNodeVersion(ctx) })
	return s.node
}

// askNode begins to look for node, for whoever wants to know: it is asked once a
// machine, and takes as long to answer as the lockfile to be read.
func (s *session) askNode(ctx context.Context) { go s.nodeVersion(ctx) }

// findNodeVersion looks for node on the PATH. Asking it costs tens of milliseconds,
// more than a warm resolve, so the answer is kept beside what identifies the binary.
func (s *session) findNodeVersion(ctx context.Context) string {
	path, err := s.app.nodePath()
	if err != nil {
		return ""
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return ""
	}
	info, err := os.Stat(real)
	if err != nil {
		return ""
	}
	stamp := fmt.Sprintf("%s %d %d\n", real, info.Size(), info.ModTime().UnixNano())
	memo := filepath.Join(s.dirs.cache, "node-version")
	if data, err := os.ReadFile(memo); err == nil {
		if version, ok := strings.CutPrefix(string(data), stamp); ok {
			return version
		}
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return ""
	}
	version := strings.TrimPrefix(strings.TrimSpace(string(out)), "v")
	if err := os.MkdirAll(s.dirs.cache, 0o755); err == nil {
		_ = os.WriteFile(memo, []byte(stamp+version), 0o644)
	}
	return version
}
