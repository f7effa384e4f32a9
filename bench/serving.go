package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
)

// serving is a running `ipnpm serve`.
type serving struct {
	process *exec.Cmd
	gateway string // URL
}

// startServing shares the store below home, which publish has filled, and waits
// until it does. Nobody is told of it on the local network: those that are timed
// are given its address.
func startServing(ctx context.Context, b *binaries, home string) (*serving, error) {
	s := &serving{process: exec.CommandContext(ctx, b.ipnpm, "serve", "--json", "--no-ipfs-lan",
		"--listen=/ip4/127.0.0.1/tcp/0", "--gateway-listen=127.0.0.1:0")}
	s.process.Dir, s.process.Env = home, environment(home, nil)
	out, err := s.process.StdoutPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("ipnpm serve: %w", err)
	}
	var up struct{ Gateway string }
	if err := json.NewDecoder(out).Decode(&up); err != nil {
		s.kill()
		return nil, fmt.Errorf("ipnpm serve does not say where its gateway is: %w", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	s.gateway = up.Gateway
	return s, nil
}

func (s *serving) pid() int { return s.process.Process.Pid }

func (s *serving) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}
