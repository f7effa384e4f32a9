package ipfsstore

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ipfs/go-cid"
)

func TestTamperingGateway(t *testing.T) {
	c := newContent()
	data := randomBytes(8, 50<<10)
	root := c.add(t, data)
	honest := gatewayHandler(c)
	for what, tamper := range map[string]func([]byte) []byte{
		"flipped bit": func(b []byte) []byte { return flip(b, 1000) },
		"shortened":   func(b []byte) []byte { return b[:len(b)-1] },
		"lengthened":  func(b []byte) []byte { return append(bytes.Clone(b), 0) },
		"replaced":    func([]byte) []byte { return []byte("<html>welcome to the hotel's network</html>") },
	} {
		t.Run(what, func(t *testing.T) {
			bad := newContent()
			bad.blocks[root.String()] = tamper(c.blocks[root.String()])
			evil := gatewayOf(t, gatewayHandler(bad), GatewayOptions{})
			s := openStore(t, Options{Sources: []Source{evil, gatewayOf(t, honest, GatewayOptions{})}})
			if got, err := s.File(testContext(t), Ref{CID: root}); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if d := s.Dropped(); len(d) != 1 || d[0].Source != evil.Name() {
				t.Errorf("dropped: %v", d)
			}
			alone := openStore(t, Options{Sources: []Source{evil}})
			_, err := alone.File(testContext(t), Ref{CID: root})
			if !errors.As(err, new(*MismatchError)) || !strings.Contains(err.Error(), evil.Name()) {
				t.Errorf("alone: %v", err)
			}
			if alone.Has(root) {
				t.Error("tampered bytes were stored")
			}
		})
	}
}

func TestGatewayRetries(t *testing.T) {
	cases := []struct {
		what    string
		status  int
		fails   int64
		asked   int64
		wantErr bool
	}{
		{"passes", http.StatusServiceUnavailable, 2, 3, false},
		{"busy", http.StatusTooManyRequests, 1, 2, false},
		{"stays", http.StatusBadGateway, 99, 3, true},
		{"forbidden", http.StatusForbidden, 99, 1, true},
		{"absent", http.StatusNotFound, 99, 1, false},
		{"gone", http.StatusGone, 99, 1, false},
		{"not found in time", http.StatusGatewayTimeout, 99, 1, false},
	}
	for _, tc := range cases {
		t.Run(tc.what, func(t *testing.T) {
			var asked atomic.Int64
			g := gatewayOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) <= tc.fails {
					w.WriteHeader(tc.status)
				}
			}), GatewayOptions{Backoff: time.Millisecond})
			err := g.Blocks(testContext(t), []cid.Cid{rawCID(nil)}, (&collect{}).yield)
			if (err != nil) != tc.wantErr || asked.Load() != tc.asked {
				t.Errorf("asked %d times, %v", asked.Load(), err)
			}
		})
	}
}

func TestGatewayStalls(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	g := gatewayOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "body") {
			_, _ = w.Write([]byte("some"))
			w.(http.Flusher).Flush()
		}
		<-release
	}), GatewayOptions{Wait: 30 * time.Millisecond})
	for _, path := range []string{"/header", "/body"} {
		var stall *StallError
		if _, err := g.get(testContext(t), path, "", 100); !errors.As(err, &stall) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}

func TestSlowIsNotStalled(t *testing.T) {
	t.Parallel()
	g := gatewayOf(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 25 {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			time.Sleep(100 * time.Millisecond)
		}
	}), GatewayOptions{Wait: 2 * time.Second})
	if data, err := g.get(testContext(t), "/", "", 100); err != nil || len(data) != 25 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}

func TestGatewayLimits(t *testing.T) {
	endless := gatewayOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	}), GatewayOptions{})
	if err := endless.Blocks(testContext(t), []cid.Cid{rawCID(nil)}, (&collect{}).yield); err == nil {
		t.Error("an endless body was taken")
	}
	var hops atomic.Int64
	loop := gatewayOf(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, fmt.Sprintf("/again/%d", hops.Add(1)), http.StatusFound)
	}), GatewayOptions{Retries: -1})
	if _, err := loop.get(testContext(t), "/", "", 100); err == nil || hops.Load() > maxRedirects+1 {
		t.Errorf("%d hops, %v", hops.Load(), err)
	}
	for _, bad := range []string{"", "ftp://x", "localhost:8080", "http://"} {
		if _, err := Gateway(bad, GatewayOptions{}); err == nil {
			t.Errorf("%q is taken for a gateway", bad)
		}
	}
}

// TestNotAKubo has answers that no Kubo gives become errors of the source.
func TestNotAKubo(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusForbidden, http.StatusInternalServerError} {
		k := kuboOf(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html>nginx</html>"))
		})), KuboOptions{})
		err := k.Blocks(testContext(t), []cid.Cid{rawCID(nil)}, (&collect{}).yield)
		if err == nil || errors.Is(err, ErrNotFound) {
			t.Errorf("status %d: %v", status, err)
		}
	}
	if _, err := Kubo("  ", KuboOptions{}); err == nil {
		t.Error("an empty address is accepted")
	}
}

func TestKuboAuthorization(t *testing.T) {
	var seen atomic.Value
	k := kuboOf(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"Version":"1"}`))
	})), KuboOptions{Authorization: "Bearer x"})
	if _, err := k.Version(testContext(t)); err != nil || seen.Load() != "Bearer x" {
		t.Errorf("header %v, %v", seen.Load(), err)
	}
}
