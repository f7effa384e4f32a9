package ipfsstore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/boxo/ipns"
	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/tarball"
)

func TestOpenTouchesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not made")
	s := openStore(t, Options{Dir: dir})
	if s.Has(rawCID(nil)) {
		t.Error("an empty store has a block")
	}
	if _, _, ok := s.Known(tarball.Sum512(nil)); ok {
		t.Error("an empty store knows a digest")
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the directory was made: %v", err)
	}
}

func TestFileRoundTrip(t *testing.T) {
	s := openStore(t, Options{})
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 5*chunkSize + 17} {
		data := randomBytes(2, n)
		root, err := s.Import(testContext(t), data)
		if err != nil {
			t.Fatal(err)
		}
		if wantRaw := n <= chunkSize; (root.Prefix().Codec == cid.Raw) != wantRaw {
			t.Errorf("%d bytes: root %s, raw wanted: %v", n, root, wantRaw)
		}
		got, err := s.File(testContext(t), Ref{CID: root, Integrity: tarball.Sum512(data), Size: int64(n)})
		if err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d bytes: read %d back, %v", n, len(got), err)
		}
		if !s.Has(root) {
			t.Errorf("%d bytes: store denies its root", n)
		}
	}
}

func TestFetchWritesThrough(t *testing.T) {
	c := newContent()
	big := randomBytes(3, 4*chunkSize+5)
	root := c.add(t, big)
	src := &memory{content: c, name: "m"}
	dir := t.TempDir()
	s := openStore(t, Options{Dir: dir, Sources: []Source{src}})
	ref := Ref{CID: root, Integrity: tarball.Sum512(big), Size: int64(len(big))}
	for range 2 {
		if got, err := s.File(testContext(t), ref); err != nil || !bytes.Equal(got, big) {
			t.Fatalf("read %d bytes, %v", len(got), err)
		}
	}
	if n := src.asked.Load(); n != 2 {
		t.Errorf("source asked %d times, want once a level", n)
	}
	use := s.Usage()
	if use[0].Source != OwnStore || use[0].Blocks != 6 || use[1].Blocks != 6 || use[1].Bytes < int64(len(big)) {
		t.Errorf("usage %+v", use)
	}
	if c, n, ok := s.Known(ref.Integrity); !ok || !c.Equals(root) || n != ref.Size {
		t.Errorf("digest table has %v, %d, %v", c, n, ok)
	}
	alone := openStore(t, Options{Dir: dir})
	if got, err := alone.File(testContext(t), ref); err != nil || !bytes.Equal(got, big) {
		t.Errorf("without the source: %d bytes, %v", len(got), err)
	}
}

func TestBlocksOnceEach(t *testing.T) {
	c := newContent()
	var cids []cid.Cid
	for i := range 40 {
		cids = append(cids, c.add(t, fileOf(i)))
	}
	a := &memory{content: newContent(), name: "a"}
	b := &memory{content: c, name: "b"}
	s := openStore(t, Options{Sources: []Source{a, b}})
	if _, err := s.Import(testContext(t), fileOf(0)); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]int)
	inside := 0
	err := s.Blocks(testContext(t), append(cids, cids[:7]...), func(b blocks.Block) error {
		if inside++; inside != 1 {
			t.Error("yield called concurrently")
		}
		got[b.Cid().String()]++
		inside--
		return nil
	})
	if err != nil || len(got) != len(cids) {
		t.Fatalf("%d distinct blocks, %v", len(got), err)
	}
	for c, n := range got {
		if n != 1 {
			t.Errorf("%s handed over %d times", c, n)
		}
	}
}

func TestBlocksYieldError(t *testing.T) {
	c := newContent()
	one, two := c.add(t, fileOf(1)), c.add(t, fileOf(2))
	stop := errors.New("stop")
	for _, local := range []bool{true, false} {
		s := openStore(t, Options{Sources: []Source{&memory{content: c, name: "m"}}})
		if local {
			_, _ = s.Import(testContext(t), fileOf(1))
		}
		err := s.Blocks(testContext(t), []cid.Cid{one, two}, func(blocks.Block) error { return stop })
		if !errors.Is(err, stop) {
			t.Errorf("local %v: got %v", local, err)
		}
		var unavailable *UnavailableError
		if errors.As(err, &unavailable) {
			t.Errorf("local %v: the caller's error is disguised: %v", local, err)
		}
	}
}

func TestUnavailableNamesEverybody(t *testing.T) {
	down := errors.New("connection refused")
	sources := []Source{
		&memory{content: newContent(), name: "empty"},
		&memory{content: newContent(), name: "down", before: func(context.Context) error { return down }},
	}
	s := openStore(t, Options{Sources: sources})
	_, err := s.File(testContext(t), Ref{CID: rawCID([]byte("x")), Name: "left-pad@1.3.0"})
	var none *UnavailableError
	if !errors.As(err, &none) || len(none.Asked) != 2 || len(none.Missing) != 1 {
		t.Fatalf("got %v", err)
	}
	if !errors.Is(none.Asked[0], ErrNotFound) || !errors.Is(none.Asked[1], down) {
		t.Errorf("asked: %v", none.Asked)
	}
	for _, want := range []string{"left-pad@1.3.0", "empty: not found", "down: connection refused"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

func TestOfflineAsksLocalSourcesOnly(t *testing.T) {
	c := newContent()
	root := c.add(t, []byte("data"))
	far := &memory{content: c, name: "far"}
	near := &memory{content: c, name: "near", local: true}
	s := openStore(t, Options{Offline: true, Sources: []Source{far}})
	_, err := s.File(testContext(t), Ref{CID: root})
	if !errors.Is(err, ErrOffline) || far.asked.Load() != 0 {
		t.Errorf("far source: asked %d times, %v", far.asked.Load(), err)
	}
	s = openStore(t, Options{Offline: true, Sources: []Source{far, near}})
	if _, err := s.File(testContext(t), Ref{CID: root}); err != nil || far.asked.Load() != 0 {
		t.Errorf("near source: %v", err)
	}
}

func TestLiarIsDroppedAndTheNextAsked(t *testing.T) {
	good, bad := newContent(), newContent()
	one, two := good.add(t, []byte("one")), good.add(t, []byte("two"))
	bad.blocks[one.String()] = []byte("eno")
	bad.blocks[two.String()] = []byte("owt")
	liar := &memory{content: bad, name: "liar"}
	s := openStore(t, Options{Sources: []Source{liar, &memory{content: good, name: "honest"}}})
	for _, root := range []cid.Cid{one, two} {
		if _, err := s.File(testContext(t), Ref{CID: root}); err != nil {
			t.Fatal(err)
		}
	}
	if n := liar.asked.Load(); n != 1 {
		t.Errorf("the liar was asked %d times", n)
	}
	_, err := s.File(testContext(t), Ref{CID: rawCID([]byte("three"))})
	var lie *MismatchError
	if !errors.As(err, &lie) || lie.Source != "liar" || !lie.CID.Equals(one) {
		t.Errorf("the lie is not told: %v", err)
	}
	if dropped := s.Dropped(); len(dropped) != 1 || dropped[0].Source != "liar" {
		t.Errorf("dropped: %v", dropped)
	}
}

func TestFailingSourceRests(t *testing.T) {
	down := &memory{content: newContent(), name: "down", before: func(context.Context) error { return errors.New("refused") }}
	s := openStore(t, Options{Sources: []Source{down}})
	for i := range 3 * maxFailures {
		_, _ = s.File(testContext(t), Ref{CID: rawCID(fileOf(i))})
	}
	if n := down.asked.Load(); n != maxFailures {
		t.Errorf("asked %d times, want %d", n, maxFailures)
	}
}

func TestSlowSourceIsOvertaken(t *testing.T) { synctest.Test(t, slowSourceIsOvertaken) }

func slowSourceIsOvertaken(t *testing.T) {
	c := newContent()
	root := c.add(t, []byte("data"))
	slow := &memory{content: c, name: "slow", before: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	s := openStore(t, Options{Patience: 20 * time.Millisecond, Sources: []Source{slow, &memory{content: c, name: "fast"}}})
	start := time.Now()
	if _, err := s.File(testContext(t), Ref{CID: root}); err != nil || time.Since(start) > 20*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	if s.Usage()[2].Blocks != 1 {
		t.Errorf("usage %+v", s.Usage())
	}
}

func TestCancelledFetch(t *testing.T) {
	hang := &memory{content: newContent(), name: "hang", before: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	s := openStore(t, Options{Sources: []Source{hang}})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := s.File(ctx, Ref{CID: rawCID(nil)}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestDamagedBlockIsFetchedAgain(t *testing.T) {
	c := newContent()
	data := []byte("good bytes")
	root := c.add(t, data)
	dir := t.TempDir()
	s := openStore(t, Options{Dir: dir, Sources: []Source{&memory{content: c, name: "m"}}})
	if _, err := s.Import(testContext(t), data); err != nil {
		t.Fatal(err)
	}
	path := s.disk.path(root)
	for _, bad := range []string{"evil bytes", "", "good"} {
		if err := os.WriteFile(path, []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := s.File(testContext(t), Ref{CID: root}); err != nil || !bytes.Equal(got, data) {
			t.Errorf("damaged to %q: got %q, %v", bad, got, err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
			t.Errorf("damaged to %q: on disk afterwards %q, %v", bad, got, err)
		}
	}
}

func TestPutBlocksVerifies(t *testing.T) {
	s := openStore(t, Options{})
	b, err := blocks.NewBlockWithCid([]byte("not it"), rawCID([]byte("it")))
	if err != nil {
		t.Fatal(err)
	}
	var mismatch *MismatchError
	if err := s.PutBlocks(testContext(t), []blocks.Block{b}); !errors.As(err, &mismatch) {
		t.Errorf("got %v", err)
	}
	if s.Has(b.Cid()) {
		t.Error("a bad block was stored")
	}
}

func TestManyWritersOneDirectory(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s := openStore(t, Options{Dir: dir})
			for i := range 50 {
				data := fileOf(i)
				root, err := s.Import(testContext(t), data)
				if err == nil {
					err = s.Remember(tarball.Sum512(data), root, int64(len(data)))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	s := openStore(t, Options{Dir: dir})
	for i := range 50 {
		if got, err := s.File(testContext(t), Ref{Integrity: tarball.Sum512(fileOf(i))}); err != nil || !bytes.Equal(got, fileOf(i)) {
			t.Errorf("file %d: %v", i, err)
		}
	}
	if n, _, err := s.Size(testContext(t)); err != nil || n != 50 {
		t.Errorf("%d blocks, %v", n, err)
	}
}

// TestSourcesAreFoundLate wants nobody looked for while the disk has everything,
// and a failure to find anybody to be no lasting one.
func TestSourcesAreFoundLate(t *testing.T) {
	c := newContent()
	absent := c.add(t, []byte("at the source"))
	calls, failing := 0, true
	s := openStore(t, Options{Find: func() ([]Source, error) {
		if calls++; failing {
			return nil, errors.New("no daemon")
		}
		return []Source{&memory{content: c, name: "memory"}}, nil
	}})
	own, err := s.Import(testContext(t), []byte("on the disk"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.File(testContext(t), Ref{CID: own}); err != nil || calls != 0 || len(s.Usage()) != 1 {
		t.Errorf("%d calls for what is there, %v", calls, err)
	}
	if _, err := s.File(testContext(t), Ref{CID: absent}); err == nil || !strings.Contains(err.Error(), "no daemon") {
		t.Errorf("err = %v", err)
	}
	failing = false
	for range 2 {
		if _, err := s.File(testContext(t), Ref{CID: absent}); err != nil {
			t.Error(err)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls, want the one that failed and one more", calls)
	}
}

// lastOnes is a [Crowd] in memory.
type lastOnes struct{ *memory }

func (lastOnes) RecordFrom(context.Context, ipns.Name) ([]byte, string, error) {
	return nil, "", ErrNotFound
}
func (lastOnes) Liars() []*SourceError { return nil }

type mayHear struct{}

// TestAdd wants sources that come later behind those there were, and before peers,
// whether the others were found already or not.
func TestAdd(t *testing.T) {
	c := newContent()
	absent, inAdded := newContent().add(t, []byte("nowhere")), c.add(t, []byte("at the added"))
	s := openStore(t, Options{Find: func() ([]Source, error) {
		return []Source{&memory{content: newContent(), name: "found"}, lastOnes{&memory{content: newContent(), name: "crowd"}}}, nil
	}})
	s.Add(&memory{content: newContent(), name: "early"})
	deaf := &memory{content: newContent(), name: "deaf"}
	for i, want := range []string{"found early crowd", "found early late deaf crowd"} {
		if i > 0 {
			s.Add(&memory{content: c, name: "late"})
			s.Add(Restricted(deaf, func(ctx context.Context) bool { return ctx.Value(mayHear{}) != nil }))
		}
		_, err := s.File(testContext(t), Ref{CID: absent})
		var missing *UnavailableError
		if !errors.As(err, &missing) {
			t.Fatal(err)
		}
		var names []string
		for _, a := range missing.Asked {
			names = append(names, a.Source)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("asked %s, want %s", got, want)
		}
	}
	if _, err := s.File(testContext(t), Ref{CID: inAdded}); err != nil {
		t.Error(err)
	}
	if _, err := s.Resolve(testContext(t), testKey(t).ID(), ResolveOptions{}); err == nil || deaf.asked.Load() > 0 {
		t.Errorf("a source that may not hear was asked %d times; %v", deaf.asked.Load(), err)
	}
	_, _ = s.File(context.WithValue(testContext(t), mayHear{}, true), Ref{CID: absent})
	if n := deaf.asked.Load(); n != 1 {
		t.Errorf("a source that may hear was asked %d times", n)
	}
}
