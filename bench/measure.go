package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// usage is what one process and all that it waited for took.
type usage struct {
	Millis    float64 `json:"ms"`
	CPUMillis float64 `json:"cpuMs"`
	PeakBytes int64   `json:"peakBytes"`
}

// measuredCommand is the hidden first argument that makes this program a
// launcher. A process starts with the peak memory of the one that made it, so
// the launcher is made anew for each run and holds nothing, while the recorded
// registry lies in the memory of this one.
const measuredCommand = "measured"

// measure runs argv in a process of its own and returns what it took.
func measure(ctx context.Context, dir string, env []string, argv []string) (usage, error) {
	var u usage
	self, err := os.Executable()
	if err != nil {
		return u, err
	}
	report, err := os.CreateTemp("", "ipnpm-bench-usage-")
	if err != nil {
		return u, err
	}
	_ = report.Close()
	defer os.Remove(report.Name())
	if err := run(ctx, dir, env, self, append([]string{measuredCommand, report.Name()}, argv...)...); err != nil {
		return u, err
	}
	data, err := os.ReadFile(report.Name())
	if err != nil {
		return u, err
	}
	return u, json.Unmarshal(data, &u)
}

// launch is the launcher's side of measure: it returns the exit code.
func launch(report string, argv []string) int {
	// The kernel's bond between parent and child is one of threads.
	runtime.LockOSThread()
	c := exec.Command(argv[0], argv[1:]...)
	c.Stdout, c.Stderr = os.Stdout, os.Stderr
	dieTogether(c)
	start := time.Now()
	err := c.Run()
	wall := time.Since(start)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	u := usage{
		Millis:    millis(wall),
		CPUMillis: millis(c.ProcessState.UserTime() + c.ProcessState.SystemTime()),
		PeakBytes: peakMemory(c.ProcessState),
	}
	data, err := json.Marshal(u)
	if err == nil {
		err = os.WriteFile(report, data, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// daemonCPU is the processor time that a process has taken so far, from what
// Linux says; elsewhere it is zero.
func daemonCPU(pid int) float64 {
	data, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(pid), "stat"))
	if err != nil {
		return 0
	}
	// utime and stime are the 14th and 15th field, in hundredths; the second
	// field, a name in brackets, may have blanks.
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	var user, system float64
	if len(fields) < 13 {
		return 0
	}
	_, _ = fmt.Sscan(string(fields[11]), &user)
	_, _ = fmt.Sscan(string(fields[12]), &system)
	return (user + system) * 10
}

// run starts a process and returns its output within the error when it fails.
func run(ctx context.Context, dir string, env []string, name string, args ...string) error {
	_, err := output(ctx, dir, env, name, args...)
	return err
}

func output(ctx context.Context, dir string, env []string, name string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Env = dir, env
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s%s", name, err, &stdout, &stderr)
	}
	return stdout.Bytes(), nil
}
