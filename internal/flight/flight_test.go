package flight

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

func TestDoSharesAndRemembers(t *testing.T) {
	var g Group[string, int]
	var calls atomic.Int32
	gate := make(chan struct{})
	fn := func(context.Context) (int, error) {
		calls.Add(1)
		<-gate
		return 7, nil
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if v, err := g.Do(t.Context(), "k", fn); v != 7 || err != nil {
				t.Errorf("Do = %d, %v", v, err)
			}
		})
	}
	close(gate)
	wg.Wait()
	if _, err := g.Do(t.Context(), "k", fn); err != nil {
		t.Fatal(err)
	}
	if n := calls.Load(); n != 1 {
		t.Errorf("fn ran %d times, want 1", n)
	}
	if v, ok := g.Get("k"); !ok || v != 7 {
		t.Errorf("Get = %d, %v", v, ok)
	}
}

func TestDoForgetsFailures(t *testing.T) {
	var g Group[string, int]
	boom := errors.New("boom")
	fail := true
	fn := func(context.Context) (int, error) {
		if fail {
			return 0, boom
		}
		return 1, nil
	}
	if _, err := g.Do(t.Context(), "k", fn); !errors.Is(err, boom) {
		t.Fatalf("err = %v, want boom", err)
	}
	if _, ok := g.Get("k"); ok {
		t.Error("Get found a failure")
	}
	fail = false
	if v, err := g.Do(t.Context(), "k", fn); v != 1 || err != nil {
		t.Errorf("second Do = %d, %v; want 1, nil", v, err)
	}
}

func TestForgetDropsSuccesses(t *testing.T) {
	g := Group[string, int]{Forget: true}
	n := 0
	fn := func(context.Context) (int, error) { n++; return n, nil }
	for want := 1; want <= 3; want++ {
		if v, _ := g.Do(t.Context(), "k", fn); v != want {
			t.Errorf("Do = %d, want %d", v, want)
		}
	}
}

func TestCancelledLeaderHandsOver(t *testing.T) {
	var g Group[string, string]
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	leader := make(chan error, 1)
	go func() {
		_, err := g.Do(ctx, "k", func(ctx context.Context) (string, error) {
			close(started)
			<-ctx.Done()
			return "", ctx.Err()
		})
		leader <- err
	}()
	<-started
	follower := make(chan string, 1)
	go func() {
		v, _ := g.Do(t.Context(), "k", func(context.Context) (string, error) { return "mine", nil })
		follower <- v
	}()
	cancel()
	if err := <-leader; !errors.Is(err, context.Canceled) {
		t.Errorf("leader: %v", err)
	}
	if v := <-follower; v != "mine" {
		t.Errorf("follower got %q", v)
	}
}

func TestWaiterLeavesWithItsContext(t *testing.T) {
	var g Group[string, int]
	gate, started := make(chan struct{}), make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.Do(t.Context(), "k", func(context.Context) (int, error) { close(started); <-gate; return 1, nil })
	}()
	<-started
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Do(ctx, "k", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("waiter: %v", err)
	}
	close(gate)
	<-done
}
