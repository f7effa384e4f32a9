package peering

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	yamux "github.com/libp2p/go-yamux/v5"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

const (
	// startTime is what the other process has to start and to take its options:
	// a busy machine is allowed for.
	startTime = 20 * time.Second
	// endTime is what it has to end when it is no longer wanted.
	endTime = 2 * time.Second
)

// Process is peers that another process asks. It is started by the first
// question, and ended by Close.
type Process struct {
	program string
	opt     Options
	// patience is startTime, but in tests.
	patience time.Duration

	mu     sync.Mutex
	run    *running // nil before the start
	closed bool

	liarsMu sync.Mutex
	liars   []*ipfsstore.SourceError
}

// running is a process that was started.
type running struct {
	cmd     *exec.Cmd
	said    *tail
	session *yamux.Session
}

// New makes peers of a program that, with the argument [Protocol], does [Answer].
func New(program string, o Options) (*Process, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	o.Addrs = slices.Clone(o.Addrs) // Add adds to them
	return &Process{program: program, opt: o, patience: startTime}, nil
}

// Name is "peers".
func (p *Process) Name() string { return "peers" }

// Add implements Peers.
func (p *Process) Add(addrs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.run == nil {
		p.opt.Addrs = append(p.opt.Addrs, valid(addrs)...)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	_, _ = p.run.ask(ctx, question{Add: addrs}, nil) // the next question tells if it is gone
}

// valid are those that are addresses of peers.
func valid(addrs []string) []string {
	var out []string
	for _, addr := range addrs {
		if IsAddr(addr) {
			out = append(out, addr)
		}
	}
	return out
}

// started is the running process, begun by the first caller; nil where there is
// nobody to ask, which is no failure.
func (p *Process) started(ctx context.Context) (*running, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, errors.New("peers: closed")
	case p.run != nil || p.opt.Nobody():
		return p.run, nil
	}
	opt := p.opt
	opt.HeadStart = 0 // it has passed
	run, err := start(context.WithoutCancel(ctx), p.program)
	if err == nil {
		ctx, cancel := context.WithTimeoutCause(ctx, p.patience, fmt.Errorf("no answer within %s", p.patience))
		_, err = run.ask(ctx, question{Options: &opt}, nil)
		cancel()
	}
	if err != nil {
		run.end()
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(p.program), err)
	}
	p.run = run
	return run, nil
}

// start begins a process and the session with it. It outlives who asked first.
func start(ctx context.Context, program string) (*running, error) {
	r := &running{cmd: exec.CommandContext(ctx, program, Protocol), said: new(tail)}
	r.cmd.Stderr, r.cmd.WaitDelay = r.said, endTime
	in, err := r.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	if err := r.cmd.Start(); err != nil {
		return nil, err
	}
	r.session, err = yamux.Client(pipes{out, in, in.Close}, session(), nil)
	return r, err
}

// end asks the process to end, by the end of its input, and waits for it.
func (r *running) end() {
	if r == nil {
		return
	}
	late := time.AfterFunc(endTime, func() { _ = r.cmd.Process.Kill() })
	defer late.Stop()
	if r.session != nil {
		_ = r.session.Close()
	}
	_ = r.cmd.Wait() // how it ends is nobody's concern any more
}

// Close ends the process.
func (p *Process) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	run := p.run
	p.run, p.closed = nil, true
	run.end()
	return nil
}
