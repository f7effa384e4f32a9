package upstream

import (
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

// forwardProxy is an HTTP proxy that also tunnels, and counts what it served.
func forwardProxy(t *testing.T) (addr string, seen func() []string) {
	t.Helper()
	var mu sync.Mutex
	var log []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		log = append(log, r.Method+" "+r.Header.Get("Proxy-Authorization"))
		mu.Unlock()
		if r.Method == http.MethodConnect {
			tunnel(w, r.Host)
			return
		}
		r.Header.Del("Proxy-Authorization")
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		for k, v := range resp.Header {
			w.Header()[k] = v
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
	}))
	t.Cleanup(srv.Close)
	return srv.Listener.Addr().String(), func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(log) }
}

func tunnel(w http.ResponseWriter, host string) {
	back, err := net.Dial("tcp", host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	front, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = back.Close()
		return
	}
	_, _ = io.WriteString(front, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { defer back.Close(); defer front.Close(); _, _ = io.Copy(back, front) }()
	go func() { defer back.Close(); defer front.Close(); _, _ = io.Copy(front, back) }()
}

func TestProxy(t *testing.T) {
	addr, seen := forwardProxy(t)
	plain, secure := registrytest.New(t), registrytest.NewTLS(t)
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:pw"))
	for _, s := range []*registrytest.Server{plain, secure} {
		pkg(s, "a", "1.0.0")
		for _, noproxy := range []string{"", "localhost,127.0.0.1"} {
			before := len(seen())
			proxy, err := Proxies{HTTPS: "http://me:pw@" + addr, NoProxy: noproxy}.Func()
			if err != nil {
				t.Fatal(err)
			}
			c := client(t, s.URL, func(o *Options) {
				o.Proxy = proxy
				if s == secure {
					o.TLS.CA = []string{s.CA()}
				}
			})
			if _, err := c.Packument(t.Context(), "a", false); err != nil {
				t.Fatal(err)
			}
			log := seen()[before:]
			if noproxy != "" && len(log) != 0 || noproxy == "" && (len(log) != 1 || !strings.HasSuffix(log[0], " "+login)) {
				t.Errorf("%s noproxy=%q: the proxy saw %q", s.URL, noproxy, log)
			}
			if got := s.Requests()[0].Header.Get("Proxy-Authorization"); got != "" {
				t.Errorf("the registry saw the proxy's password: %q", got)
			}
		}
	}
}

func TestProxyRules(t *testing.T) {
	for _, bad := range []string{"ftp://x", "http://", "http://u:secret@[::1"} {
		if _, err := (Proxies{HTTP: bad}).Func(); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	fn, err := Proxies{HTTP: "plain.example:1", HTTPS: "https://secure.example:2", NoProxy: " .corp.example, local:8080 *.wild.example"}.Func()
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"http://registry.example/":     "plain.example:1",
		"https://registry.example/":    "secure.example:2",
		"https://corp.example/":        "",
		"https://a.b.Corp.example/":    "",
		"https://notcorp.example/":     "secure.example:2",
		"http://local:8080/":           "",
		"http://local:8081/":           "plain.example:1",
		"https://x.wild.example/":      "",
		"https://corp.example.evil.x/": "secure.example:2",
	} {
		u, err := fn(&http.Request{URL: mustURL(t, in)})
		got := ""
		if u != nil {
			got = u.Host
		}
		if err != nil || got != want {
			t.Errorf("%s goes by %q (%v), want %q", in, got, err, want)
		}
	}
	all, err := Proxies{HTTP: "p:1", NoProxy: "*"}.Func()
	if err != nil {
		t.Fatal(err)
	}
	if u, _ := all(&http.Request{URL: mustURL(t, "http://x/")}); u != nil {
		t.Errorf("noproxy=*: %v", u)
	}
}
