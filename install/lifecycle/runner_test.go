//go:build !windows

package lifecycle

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const manifestText = `{
  "name": "@scope/thing", "version": "1.2.3",
  "config": {"port": 8080, "deep": {"er": "x y"}, "off": false, "on": true, "nil": null, "list": ["a", "b"]},
  "engines": {"node": ">=4"},
  "bin": "./cli.js",
  "scripts": {"show": "env"}
}`

// TestEnvAsNpm compares a script's environment with what the real npm gives
// the same script.
func TestEnvAsNpm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pkg")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifestText), 0o644); err != nil {
		t.Fatal(err)
	}
	base := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
	cmd := exec.Command("npm", "run", "--silent", "show")
	cmd.Dir, cmd.Env = dir, base
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Fatal(err)
	}
	gyp, gypBin, ok := GypOf(npm)
	if !ok {
		t.Fatal("npm's node-gyp was not found")
	}
	r := Runner{Env: base, Command: "run", InitCwd: dir, Tools: func() Tools { return Tools{Gyp: gyp, GypBin: gypBin} }}
	ours, err := r.Run(t.Context(), Script{Dir: dir, Event: "show", Command: "env", PackageJSON: []byte(manifestText)})
	if err != nil {
		t.Fatal(err)
	}
	want, got := parseEnv(string(out)), parseEnv(string(ours))
	for key, value := range want {
		if !strings.HasPrefix(key, "npm_package_") && !strings.HasPrefix(key, "npm_lifecycle_") &&
			key != "PATH" && key != "npm_command" && key != "INIT_CWD" && key != "npm_config_node_gyp" {
			continue
		}
		if clean(got[key]) != clean(value) {
			t.Errorf("%s = %q, npm has %q", key, got[key], value)
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok && strings.HasPrefix(key, "npm_") {
			t.Errorf("%s is not in npm's", key)
		}
	}
}

// clean takes the different ways to one folder for the same.
func clean(path string) string {
	parts := strings.Split(path, ":")
	for i, part := range parts {
		if strings.HasPrefix(part, "/") {
			parts[i] = filepath.Clean(part)
		}
	}
	return strings.Join(parts, ":")
}

func parseEnv(text string) map[string]string {
	env := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "="); ok {
			env[key] = value
		}
	}
	return env
}

func TestRunFailure(t *testing.T) {
	r := Runner{Env: os.Environ()}
	out, err := r.Run(t.Context(), Script{Dir: t.TempDir(), Event: "test", Command: "echo one; echo two >&2; exit 7"})
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Code != 7 || e.Event != "test" || string(e.Output) != "one\ntwo\n" || string(out) != "one\ntwo\n" {
		t.Errorf("%q %#v", out, err)
	}
}

func TestRunForeground(t *testing.T) {
	var stdout, stderr bytes.Buffer
	r := Runner{Env: os.Environ(), Stdin: strings.NewReader("in"), Stdout: &stdout, Stderr: &stderr}
	out, err := r.Run(t.Context(), Script{
		Dir: t.TempDir(), Command: "cat; printf %s, >&2", Args: []string{"a b", "it's", "$HOME", ""}, Foreground: true,
	})
	if err != nil || len(out) > 0 || stdout.String() != "in" || stderr.String() != "a b,it's,$HOME,," {
		t.Errorf("%q %q %q %v", out, stdout.String(), stderr.String(), err)
	}
}

// TestCancelKillsChildren cancels a script that ignores the polite signal and
// has a child.
func TestCancelKillsChildren(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	r := Runner{Env: os.Environ(), KillAfter: 100 * time.Millisecond}
	done := make(chan error)
	go func() {
		_, err := r.Run(ctx, Script{Dir: dir, Event: "x", Command: "trap '' TERM; sleep 600 & echo $! > pid; wait; sleep 600"})
		done <- err
	}()
	pid := writtenPID(t, dir)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	for range 100 {
		if alive(pid) {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		return
	}
	t.Errorf("the child %d lives", pid)
}

// writtenPID waits for the script in dir to write a child's number.
func writtenPID(t *testing.T, dir string) int {
	t.Helper()
	for t.Context().Err() == nil {
		data, _ := os.ReadFile(filepath.Join(dir, "pid"))
		if pid, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
			return pid
		}
		time.Sleep(5 * time.Millisecond)
	}
	return 0
}

// alive says that a process runs; a zombie that nobody has reaped does not.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// TestRunLeavesDaemons does not wait for what a script left behind.
func TestRunLeavesDaemons(t *testing.T) {
	r := Runner{Env: os.Environ(), KillAfter: 50 * time.Millisecond}
	dir := t.TempDir()
	out, err := r.Run(t.Context(), Script{Dir: dir, Command: "sleep 600 & echo $! > pid; echo done"})
	if err != nil || string(out) != "done\n" {
		t.Errorf("%q %v", out, err)
	}
	pid := writtenPID(t, dir)
	defer func() { _ = syscall.Kill(pid, syscall.SIGKILL) }()
	if !alive(pid) {
		t.Error("what the script left behind was waited for, or ended")
	}
}

func TestQuoteSh(t *testing.T) {
	for _, arg := range []string{"", "plain", "a b", "it's", `"`, `\`, "$x`y`", "*", "a\nb", "~", "!", "{a,b}", "-n", "=x"} {
		out, err := exec.Command("sh", "-c", "printf %s "+QuoteSh(arg)).Output()
		if err != nil || string(out) != arg {
			t.Errorf("%q is quoted as %s, read as %q (%v)", arg, QuoteSh(arg), out, err)
		}
	}
}

func TestQuoteCmd(t *testing.T) {
	for arg, want := range map[string]string{
		"plain":      "plain",
		"":           `^"^"`,
		"a b":        `^"a^ b^"`,
		`a"b`:        `^"a\^"b^"`,
		`c:\dir\`:    `c:\dir\`,
		`c:\my dir\`: `^"c:\my^ dir\\^"`,
		"%PATH%&x":   `^%PATH^%^&x`,
	} {
		if got := QuoteCmd(arg); got != want {
			t.Errorf("QuoteCmd(%q) = %s, want %s", arg, got, want)
		}
	}
}

func TestShell(t *testing.T) {
	for _, c := range []struct {
		shell string
		want  string
	}{
		{"", "sh -c run 'a b'"},
		{"/bin/bash", "/bin/bash -c run 'a b'"},
		{`C:\Windows\System32\CMD.EXE`, `C:\Windows\System32\CMD.EXE /d /s /c run ^"a^ b^"`},
	} {
		r := Runner{Shell: c.shell}
		_, shell, args := r.shell(Script{Command: "run", Args: []string{"a b"}})
		if got := shell + " " + strings.Join(args, " "); got != c.want {
			t.Errorf("%q: %s, want %s", c.shell, got, c.want)
		}
	}
}

func TestTail(t *testing.T) {
	w := &tail{max: 10}
	for i := range 1000 {
		_, _ = w.Write([]byte(strconv.Itoa(i % 10)))
	}
	if got := string(w.Bytes()); got != "0123456789" {
		t.Errorf("tail = %q", got)
	}
}

func FuzzPackageEnv(f *testing.F) {
	f.Add([]byte(manifestText))
	f.Add([]byte(`{"config":{"a=b":1,"n":"x\u0000y"},"bin":{"":{}},"name":7}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, entry := range packageEnv(data) {
			if !strings.HasPrefix(entry, "npm_package_") || strings.Contains(entry, "\x00") {
				t.Errorf("bad variable %q", entry)
			}
		}
	})
}
