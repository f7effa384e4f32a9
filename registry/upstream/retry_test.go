package upstream

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

func TestRetries(t *testing.T) {
	tests := []struct {
		name     string
		fault    registrytest.Fault
		ok       bool
		requests int
	}{
		{"503 twice", registrytest.Fault{Status: 503, Times: 2}, true, 3},
		{"503 three times", registrytest.Fault{Status: 503, Times: 3}, false, 3},
		{"429 with Retry-After", registrytest.Fault{Status: 429, Times: 1, Header: map[string]string{"Retry-After": "3600"}}, true, 2},
		{"408", registrytest.Fault{Status: 408, Times: 1}, true, 2},
		{"dropped", registrytest.Fault{Drop: true, Times: 2}, true, 3},
		{"truncated", registrytest.Fault{Truncate: true, Times: 1}, true, 2},
		{"404 is final", registrytest.Fault{Status: 404, Times: 1}, false, 1},
		{"401 is final", registrytest.Fault{Status: 401, Times: 1}, false, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := registrytest.New(t)
			p := pkg(s, "a", "1.0.0")
			s.Inject("a", tt.fault)
			c := client(t, s.URL, retries(2))
			if _, err := c.Packument(t.Context(), "a", false); (err == nil) != tt.ok {
				t.Errorf("document: %v", err)
			}
			// net/http itself repeats a GET on a kept connection that breaks.
			if n := s.Count("/"); n < tt.requests || n > tt.requests+1 || n != tt.requests && !tt.fault.Drop {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
			s.Heal()
			s.Inject("a", tt.fault)
			if _, err := c.Tarball(t.Context(), "a", p.File, 0); (err == nil) != tt.ok {
				t.Errorf("tarball: %v", err)
			}
		})
	}
}

func TestSilentServerTimesOut(t *testing.T) {
	s := registrytest.New(t)
	pkg(s, "a", "1.0.0")
	s.Inject("a", registrytest.Fault{Delay: time.Minute})
	c := client(t, s.URL, func(o *Options) { o.FetchTimeout = 30 * time.Millisecond })
	_, err := c.Packument(t.Context(), "a", false)
	if !is[*NetworkError](err) || !errors.Is(err, errSilent) {
		t.Errorf("err = %v", err)
	}
}

func TestCancelEndsTheWait(t *testing.T) {
	s := registrytest.New(t)
	s.Inject("", registrytest.Fault{Status: 500})
	c := client(t, s.URL, retries(5), func(o *Options) { o.MinTimeout, o.MaxTimeout = time.Hour, time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := c.Packument(ctx, "a", false); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
}

func TestDownHostGetsSingleAttempts(t *testing.T) {
	s := registrytest.New(t)
	p := pkg(s, "a", "1.0.0")
	s.Inject("", registrytest.Fault{Drop: true})
	c := client(t, s.URL, retries(2))
	attempts := func(name string) int {
		t.Helper()
		_, err := c.Packument(t.Context(), name, false)
		ne, ok := errors.AsType[*NetworkError](err)
		if !ok {
			t.Fatalf("%s: %v", name, err)
		}
		return ne.Attempts
	}
	if n := attempts("a"); n != 3 {
		t.Errorf("first: %d attempts", n)
	}
	if n := attempts("b"); n != 1 {
		t.Errorf("while down: %d attempts", n)
	}
	s.Heal()
	if _, err := c.Tarball(t.Context(), "a", p.File, 0); err != nil {
		t.Errorf("after healing: %v", err)
	}
	s.Inject("", registrytest.Fault{Drop: true})
	if n := attempts("c"); n != 3 {
		t.Errorf("after it answered once: %d attempts", n)
	}
}

func TestRefusedConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	_, err = client(t, "http://"+addr+"/?secret=1", retries(1)).Packument(t.Context(), "a", false)
	ne, ok := errors.AsType[*NetworkError](err)
	if !ok || ne.Attempts != 2 || strings.Contains(err.Error(), "secret") {
		t.Errorf("err = %v", err)
	}
}

func TestUnknownHostIsHopeless(t *testing.T) {
	if !isHopeless(&net.OpError{Err: &net.DNSError{IsNotFound: true}}) {
		t.Error("a name that does not exist is worth retrying?")
	}
	if isHopeless(&net.DNSError{IsTimeout: true}) {
		t.Error("a slow name server is not worth retrying?")
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		in   string
		want time.Duration
		ok   bool
	}{
		{"0", 0, true},
		{" 7 ", 7 * time.Second, true},
		{now.Add(time.Minute).Format(http.TimeFormat), time.Minute, true},
		{now.Add(-time.Minute).Format(http.TimeFormat), 0, true},
		{"", 0, false},
		{"-1", 0, false},
		{"99999999999999999999", 0, false},
		{"soon", 0, false},
	}
	for _, tt := range tests {
		if got, ok := retryAfter(tt.in, now); got != tt.want || ok != tt.ok {
			t.Errorf("retryAfter(%q) = %v, %v", tt.in, got, ok)
		}
	}
}

func TestDelayGrowsWithinBounds(t *testing.T) {
	c := client(t, "http://registry.example/", func(o *Options) {
		o.MinTimeout, o.MaxTimeout, o.RetryFactor = 10*time.Millisecond, 300*time.Millisecond, 10
	})
	for n, top := range map[int]time.Duration{1: 10 * time.Millisecond, 2: 100 * time.Millisecond, 3: 300 * time.Millisecond, 400: 300 * time.Millisecond} {
		for range 50 {
			if d := c.delay(n, nil); d < top/2 || d > top {
				t.Fatalf("delay(%d) = %v, want %v to %v", n, d, top/2, top)
			}
		}
	}
}
