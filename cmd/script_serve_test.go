package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptServe is a running `ipnpm serve`.
type scriptServe struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

// serveCommand is
//
//	serve ARGS...   start `ipnpm serve` as the script's user, on free ports of loopback
//	serve stop      end it as systemd does, which it must take for success
//
// $PEER becomes its address, $SHARE that of its gateway.
func serveCommand(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if neg {
		ts.Fatalf("usage: serve [ARGS...] | serve stop")
	}
	if slices.Equal(args, []string{"stop"}) {
		ts.Check(w.serve.cmd.Process.Signal(syscall.SIGTERM))
		if err := w.serve.cmd.Wait(); err != nil {
			ts.Fatalf("serve: %v\n%s", err, w.serve.stderr.String())
		}
		return
	}
	s := &scriptServe{}
	args = append([]string{"serve", "--json", "--listen=/ip4/127.0.0.1/tcp/0", "--gateway-listen=127.0.0.1:0"}, args...)
	s.cmd = exec.CommandContext(context.Background(), "ipnpm", args...)
	s.cmd.Dir, s.cmd.Stderr = ts.MkAbs("."), &s.stderr
	for _, key := range []string{"HOME", "PATH", "TMPDIR", "npm_config_ipfs_lan"} {
		s.cmd.Env = append(s.cmd.Env, key+"="+ts.Getenv(key))
	}
	out, err := s.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	w.t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	hang := time.AfterFunc(60*time.Second, func() { _ = s.cmd.Process.Kill() })
	defer hang.Stop()
	var up struct {
		Addrs   []string
		Gateway string
	}
	if err := json.NewDecoder(out).Decode(&up); err != nil || len(up.Addrs) == 0 {
		ts.Fatalf("serve said nothing: %v\n%s", err, s.stderr.String())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	w.serve = s
	ts.Setenv("PEER", up.Addrs[0])
	ts.Setenv("SHARE", up.Gateway)
}
