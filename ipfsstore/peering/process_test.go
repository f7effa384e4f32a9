package peering

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

// TestMain lets this test binary be the other process, with peers as crowd says.
func TestMain(m *testing.M) {
	if len(os.Args) != 2 || os.Args[1] != Protocol {
		os.Exit(m.Run())
	}
	err := Answer(context.Background(), os.Stdin, os.Stdout, func(o Options) (Peers, error) {
		if o.QUIC {
			return nil, errors.New("no QUIC here")
		}
		return &crowd{addrs: o.Addrs}, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const (
	addr  = "/ip4/127.0.0.1/tcp/4801/p2p/12D3KooWGC9iJHdUsStZjUpyrPjfTYZsVo3D1ZhQcHBdZKbQdW1c"
	other = "/ip4/127.0.0.1/tcp/4802/p2p/12D3KooWGC9iJHdUsStZjUpyrPjfTYZsVo3D1ZhQcHBdZKbQdW1c"
	name  = "k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r"
)

// crowd are peers that have what these tests ask for.
type crowd struct{ addrs []string }

func (*crowd) Name() string          { return "crowd" }
func (*crowd) Close() error          { return nil }
func (c *crowd) Add(addrs ...string) { c.addrs = append(c.addrs, addrs...) }
func (*crowd) Liars() []*ipfsstore.SourceError {
	return []*ipfsstore.SourceError{{Source: "peer X", Err: &LieError{Peer: "peer X", Err: errors.New("it lied")}}}
}

// endless is what there is no end of, and mortal what the process does not
// survive.
func endless() cid.Cid { return blocks.NewBlock([]byte("endless")).Cid() }
func mortal() cid.Cid  { return blocks.NewBlock([]byte("mortal")).Cid() }

// Blocks has the addresses, one block each, and of endless blocks without end.
func (c *crowd) Blocks(ctx context.Context, cids []cid.Cid, yield func(blocks.Block) error) error {
	if cids[0].Equals(mortal()) {
		fmt.Fprintln(os.Stderr, "one line\nthe peers are revolting")
		os.Exit(3)
	}
	for _, addr := range c.addrs {
		if err := yield(blocks.NewBlock([]byte(addr))); err != nil {
			return err
		}
	}
	for cids[0].Equals(endless()) {
		if err := yield(blocks.NewBlock(make([]byte, 1<<20))); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (c *crowd) Record(ctx context.Context, name ipns.Name) ([]byte, error) {
	record, _, err := c.RecordFrom(ctx, name)
	return record, err
}

func (*crowd) RecordFrom(_ context.Context, of ipns.Name) (record []byte, from string, err error) {
	if of.String() != name {
		return nil, "", fmt.Errorf("of %s: %w", of, ipfsstore.ErrNotFound)
	}
	return []byte("record"), "peer Y", nil
}

func process(t *testing.T, o Options) *Process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(program, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// TestProcess asks another process, for blocks, for names, and about more peers.
func TestProcess(t *testing.T) {
	t.Parallel()
	p := process(t, Options{Addrs: []string{addr}})
	p.Add("http://no.peer")
	want := []string{addr}
	for range 2 {
		var got []string
		if err := p.Blocks(t.Context(), []cid.Cid{blocks.NewBlock(nil).Cid()}, func(b blocks.Block) error {
			got = append(got, string(b.RawData()))
			return nil
		}); err != nil || !slices.Equal(got, want) {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
		p.Add(other)
		want = append(want, other)
	}
	of, _ := ipns.NameFromString(name)
	if record, from, err := p.RecordFrom(t.Context(), of); string(record) != "record" || from != "peer Y" || err != nil {
		t.Errorf("record %q from %q, %v", record, from, err)
	}
	nobodys, _ := ipns.NameFromString("12D3KooWGC9iJHdUsStZjUpyrPjfTYZsVo3D1ZhQcHBdZKbQdW1c")
	if _, err := p.Record(t.Context(), nobodys); !errors.Is(err, ipfsstore.ErrNotFound) || !strings.HasPrefix(err.Error(), "of k51") {
		t.Errorf("a name that nobody has: %v", err)
	}
	if liars := p.Liars(); len(liars) != 1 || liars[0].Error() != "peer X: peer X: it lied" {
		t.Errorf("liars %v", liars)
	}
}

// TestProcessEnds has answers end when they are no longer wanted, while others
// go on, and the process with its session.
func TestProcessEnds(t *testing.T) {
	t.Parallel()
	p := process(t, Options{Addrs: []string{addr}})
	enough := errors.New("enough")
	some := func(cancel func() error) func(blocks.Block) error {
		n := 0
		return func(blocks.Block) error {
			if n++; n < 40 {
				return nil
			}
			return cancel()
		}
	}
	if err := p.Blocks(t.Context(), []cid.Cid{endless()}, some(func() error { return enough })); err != enough {
		t.Errorf("an error of yield became %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := p.Blocks(ctx, []cid.Cid{endless()}, some(func() error { cancel(); return nil })); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	// One that takes nothing does not hold up another.
	slow := make(chan error)
	stuck, free := context.WithCancel(t.Context())
	go func() {
		slow <- p.Blocks(stuck, []cid.Cid{endless()}, func(blocks.Block) error { <-stuck.Done(); return stuck.Err() })
	}()
	if err := p.Blocks(t.Context(), []cid.Cid{blocks.NewBlock(nil).Cid()}, func(blocks.Block) error { return nil }); err != nil {
		t.Error(err)
	}
	free()
	if err := <-slow; err != context.Canceled {
		t.Errorf("the slow one: %v", err)
	}
	run := p.run
	if err := p.Close(); err != nil || !run.cmd.ProcessState.Success() {
		t.Errorf("closing: %v, %v", err, run.cmd.ProcessState)
	}
	if err := p.Blocks(t.Context(), []cid.Cid{endless()}, nil); err == nil {
		t.Error("asked after its end, it answers")
	}
}

// TestProcessFails tells of a program that is none, that does not want to, and
// that ends in the middle.
func TestProcessFails(t *testing.T) {
	t.Parallel()
	ask := func(p *Process, c cid.Cid) error {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return p.Blocks(ctx, []cid.Cid{c}, func(blocks.Block) error { return nil })
	}
	none, err := New("/no/such/program", Options{LAN: true})
	if err != nil {
		t.Fatal(err)
	}
	sulking := process(t, Options{LAN: true, QUIC: true})
	dying := process(t, Options{LAN: true})
	old, err := New("false", Options{LAN: true})
	if err != nil {
		t.Fatal(err)
	}
	sleeper := filepath.Join(t.TempDir(), "sleeper")
	if err := os.WriteFile(sleeper, []byte("#!/bin/sh\nexec sleep 60\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	mute, err := New(sleeper, Options{LAN: true})
	if err != nil {
		t.Fatal(err)
	}
	mute.patience = 200 * time.Millisecond
	for _, c := range []struct {
		p    *Process
		of   cid.Cid
		want string
	}{
		{none, endless(), "starting program: "},
		{sulking, endless(), "starting peering.test: no QUIC here"},
		{old, endless(), "starting false: false ended: "},
		{dying, mortal(), "peering.test ended: the peers are revolting"},
		{mute, endless(), "starting sleeper: no answer within 200ms"},
	} {
		if err := ask(c.p, c.of); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if err := ask(dying, mortal()); err == nil {
		t.Error("the dead answer")
	}
	if _, err := New("true", Options{Addrs: []string{"/ip4/127.0.0.1"}}); err == nil {
		t.Error("an address without a peer is taken")
	}
	quiet, err := New("/no/such/program", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := ask(quiet, endless()); err != nil {
		t.Errorf("with nobody to ask: %v", err)
	}
	if _, err := quiet.Record(t.Context(), ipns.Name{}); !errors.Is(err, ipfsstore.ErrNotFound) {
		t.Errorf("with nobody to ask: %v", err)
	}
}
