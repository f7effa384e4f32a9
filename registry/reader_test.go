package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// many is an index of n names, every tenth in a scope.
func many(t testing.TB, n int) (*memory, cid.Cid, []string) {
	t.Helper()
	m := newMemory()
	names := make([]string, n)
	docs := make([]*Packument, n)
	for i := range n {
		names[i] = fmt.Sprintf("package-%d", i)
		if i%10 == 0 {
			names[i] = fmt.Sprintf("@scope%d/%s", i%4, names[i])
		}
		docs[i] = demo(t, names[i], "1.0.0")
	}
	root := commit(t, m, cid.Undef, testInfo(), docs...)
	m.count()
	return m, root, names
}

func TestReaderAnswers(t *testing.T) {
	m, root, names := many(t, 6000)
	r := open(t, m, root)
	if got := r.Info(); got.Name != "test" || got.Format != Format || got.Sequence != 1 {
		t.Errorf("info %+v", got)
	}
	for _, name := range []string{"package-1", "@scope0/package-20"} {
		p, err := r.Packument(t.Context(), name)
		if err != nil || p.Name != name || !p.Has("1.0.0") {
			t.Errorf("%s: %v %v", name, p, err)
		}
	}
	got, err := r.Names(t.Context())
	slices.Sort(names)
	if err != nil || !slices.Equal(got, names) {
		t.Errorf("%d names, want %d: %v", len(got), len(names), err)
	}
}

func TestReaderNotFound(t *testing.T) {
	m := newMemory()
	root := commit(t, m, cid.Undef, testInfo(), demo(t, "lodash", "1.0.0"), demo(t, "@s/x", "1.0.0"))
	r := open(t, m, root)
	for _, name := range []string{"lodahs", "@s/y", "@t/x", "s"} {
		_, err := r.Packument(t.Context(), name)
		if e, ok := errors.AsType[*NotFoundError](err); !ok || e.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := r.Packument(t.Context(), "lodahs")
	if e, _ := errors.AsType[*NotFoundError](err); !slices.Equal(e.Suggestions(), []string{"lodash"}) {
		t.Errorf("suggestions: %v", err)
	}
	if _, err := r.Packument(t.Context(), "../x"); !isName(err) {
		t.Errorf("a path: %v", err)
	}
	if err := r.Prefetch(t.Context(), []string{"gone", "lodash", "../x"}); err != nil {
		t.Errorf("prefetch: %v", err)
	}
}

// TestDocuments: what was read says where it stood, and in another state the same
// names are found without reading.
func TestDocuments(t *testing.T) {
	m := newMemory()
	root := commit(t, m, cid.Undef, testInfo(), demo(t, "a", "1.0.0"), demo(t, "@s/b", "1.0.0"), demo(t, "unasked", "1.0.0"))
	names := []string{"a", "@s/b", "gone", "@t/gone"}
	r := open(t, m, root)
	if err := r.Prefetch(t.Context(), names); err != nil {
		t.Fatal(err)
	}
	before, whole := r.Documents()
	if !whole || len(before) != len(names) || !before["a"].Defined() || !before["@s/b"].Defined() || before["gone"].Defined() || before["@t/gone"].Defined() {
		t.Fatalf("%v, %t", before, whole)
	}
	info := testInfo()
	info.Sequence = 2
	changed := commit(t, m, root, info, demo(t, "a", "1.0.0", "1.1.0"), demo(t, "@t/gone", "1.0.0"))
	after, err := open(t, m, changed).Locate(t.Context(), names)
	if err != nil || len(after) != len(names) || after["@s/b"] != before["@s/b"] || after["a"] == before["a"] ||
		after["gone"].Defined() || !after["@t/gone"].Defined() {
		t.Errorf("%v, then %v, %v", before, after, err)
	}
	if again, err := r.Locate(t.Context(), names); err != nil || !maps.Equal(again, before) {
		t.Errorf("%v, %v; want %v", again, err, before)
	}
	if _, err := r.Locate(t.Context(), []string{"../x"}); !isName(err) {
		t.Errorf("a path: %v", err)
	}
	if _, err := r.Packument(t.Context(), "../x"); err == nil {
		t.Error("a path was read")
	}
	if _, whole := r.Documents(); whole {
		t.Error("what could not be used is not told")
	}
}

func isName(err error) bool {
	_, ok := errors.AsType[*manifest.NameError](err)
	return ok
}

// TestPrefetchIsLevelWise counts: cold, the directory's levels and then all
// documents at once; warm, nothing.
func TestPrefetchIsLevelWise(t *testing.T) {
	m, root, names := many(t, 6000)
	r := open(t, m, root)
	if calls, served := m.count(); calls != 3 || served != 3 {
		t.Errorf("opening took %d calls for %d blocks", calls, served)
	}
	if err := r.Prefetch(t.Context(), names[:500]); err != nil {
		t.Fatal(err)
	}
	// Shards, their shards or a scope, documents.
	if calls, served := m.count(); calls > 4 || served > 500+256+300 {
		t.Errorf("500 names took %d calls for %d blocks", calls, served)
	}
	for _, name := range names[:500] {
		if _, err := r.Packument(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if calls, _ := m.count(); calls != 0 {
		t.Errorf("warm names took %d calls", calls)
	}
}

// TestCallsGather asks for many names one by one while the first batch waits:
// all of them share the next.
func TestCallsGather(t *testing.T) {
	m := newMemory()
	var docs []*Packument
	for i := range 40 {
		docs = append(docs, demo(t, fmt.Sprintf("p%d", i), "1.0.0"))
	}
	r := open(t, m, commit(t, m, cid.Undef, testInfo(), docs...))
	m.count()
	m.mu.Lock()
	m.gate = make(chan struct{})
	m.mu.Unlock()
	var wg sync.WaitGroup
	for _, p := range docs {
		wg.Go(func() {
			if got, err := r.Packument(t.Context(), p.Name); err != nil || got.Name != p.Name {
				t.Errorf("%s: %v", p.Name, err)
			}
		})
	}
	gathered := func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return r.current != nil && r.next != nil && len(r.current.names)+len(r.next.names) == len(docs)
	}
	for !gathered() {
		time.Sleep(time.Millisecond)
	}
	close(m.gate)
	wg.Wait()
	if calls, served := m.count(); calls != 2 || served != 40 {
		t.Errorf("%d calls for %d blocks; want one document, then 39", calls, served)
	}
}

// TestCancelLeavesOthers cancels one of two who wait for the same batch, then
// the last.
func TestCancelLeavesOthers(t *testing.T) {
	m := newMemory()
	r := open(t, m, commit(t, m, cid.Undef, testInfo(), demo(t, "a", "1.0.0"), demo(t, "b", "1.0.0")))
	m.mu.Lock()
	m.gate = make(chan struct{})
	m.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := r.Packument(ctx, "a"); first <- err }()
	for !waiting(r, 1) {
		time.Sleep(time.Millisecond)
	}
	go func() { _, err := r.Packument(t.Context(), "a"); second <- err }()
	for !waiting(r, 2) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled one got %v", err)
	}
	close(m.gate)
	if err := <-second; err != nil {
		t.Errorf("the other got %v", err)
	}

	m.mu.Lock()
	m.gate = make(chan struct{})
	m.mu.Unlock()
	ctx, cancel = context.WithCancel(t.Context())
	go func() { _, err := r.Packument(ctx, "b"); first <- err }()
	for !waiting(r, 1) {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the last one got %v", err)
	}
	m.mu.Lock()
	m.gate = nil
	m.mu.Unlock()
	if _, err := r.Packument(t.Context(), "b"); err != nil {
		t.Errorf("after everybody left: %v", err)
	}
}

func waiting(r *Reader, n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current != nil && r.current.waiters == n
}

// TestMissingBlocksAreNotForGood takes one document away and brings it back.
func TestMissingBlocksAreNotForGood(t *testing.T) {
	m := newMemory()
	p := demo(t, "a", "1.0.0")
	r := open(t, m, commit(t, m, cid.Undef, testInfo(), p, demo(t, "b", "1.0.0")))
	doc, _, err := unixfs.File([]byte(encode(t, p)))
	if err != nil {
		t.Fatal(err)
	}
	block := m.blocks[doc.CID]
	delete(m.blocks, doc.CID)
	err = r.Prefetch(t.Context(), []string{"a", "b"})
	if e, ok := errors.AsType[*unixfs.MissingError](err); !ok || e.CID != doc.CID {
		t.Errorf("got %v", err)
	}
	if _, err := r.Packument(t.Context(), "b"); err != nil {
		t.Errorf("its neighbour: %v", err)
	}
	m.blocks[doc.CID] = block
	if _, err := r.Packument(t.Context(), "a"); err != nil {
		t.Errorf("brought back: %v", err)
	}
}
