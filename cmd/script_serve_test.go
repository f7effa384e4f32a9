package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// testServe is a running `ipnpm serve`.
type testServe struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
	// Addrs and Gateway are where, as its --json says.
	Addrs   []string
	Gateway string
}

// startServe starts one and waits until it serves.
func startServe(t testing.TB, c *exec.Cmd) *testServe {
	t.Helper()
	s := &testServe{cmd: c}
	c.Stderr = &s.stderr
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	hang := time.AfterFunc(60*time.Second, func() { _ = c.Process.Kill() })
	defer hang.Stop()
	if err := json.NewDecoder(out).Decode(s); err != nil || len(s.Addrs) == 0 {
		t.Fatalf("serve says nothing: %v\n%s", err, s.stderr.Bytes())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return s
}

// stop ends it as systemd does, which it must take for success.
func (s *testServe) stop(t testing.TB) {
	t.Helper()
	err := s.cmd.Process.Signal(syscall.SIGTERM)
	if err == nil {
		err = s.cmd.Wait()
	}
	if err != nil {
		t.Errorf("serve ended with %v\n%s", err, s.stderr.Bytes())
	}
}

// serveCommand is
//
//	serve ARGS...   start `ipnpm serve` as the script's user, on free ports of loopback
//	serve stop      end it
//
// $PEER becomes its address, $SHARE that of its gateway.
func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	switch {
	case neg:
		ts.Fatalf("usage: serve [ARGS...] | serve stop")
	case slices.Equal(args, []string{"stop"}):
		w.serve.stop(w.t)
		return
	}
	args = append([]string{"serve", "--json", "--listen=/ip4/127.0.0.1/tcp/0", "--gateway-listen=127.0.0.1:0"}, args...)
	c := exec.CommandContext(context.Background(), "ipnpm", args...)
	c.Dir = ts.MkAbs(".")
	for _, key := range []string{"HOME", "PATH", "TMPDIR", "npm_config_ipfs_lan"} {
		c.Env = append(c.Env, key+"="+ts.Getenv(key))
	}
	w.serve = startServe(w.t, c)
	ts.Setenv("PEER", w.serve.Addrs[0])
	ts.Setenv("SHARE", w.serve.Gateway)
}
