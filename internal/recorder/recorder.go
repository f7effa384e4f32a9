package recorder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// Recorder is a running registry.
type Recorder struct {
	upstream *url.URL
	dir      string
	base     string
	client   *http.Client
	flight   singleflight.Group
	answers  sync.Map // request → *answer
	tarballs sync.Map // asked for since the last call of Tarballs
	// answered and fetched count requests: all, and those that had to leave
	// the machine.
	answered, fetched atomic.Int64
}

// Start serves the registry at the URL upstream, as recorded in dir, which is
// made if missing, on a free port of loopback until the context ends.
// Processes may share a folder: a recording is put in place by a rename.
func Start(ctx context.Context, upstream, dir string) (*Recorder, error) {
	up, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	// A new handshake for every third request would make a recording slow.
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64}
	r := &Recorder{upstream: up, dir: dir, base: "http://" + l.Addr().String() + "/",
		client: &http.Client{Transport: transport, Timeout: 2 * time.Minute}}
	srv := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	return r, nil
}

// URL is the registry's base, with a slash at its end.
func (r *Recorder) URL() string { return r.base }

// Requests counts what was answered since the start, and how much of it had to
// be fetched from upstream.
func (r *Recorder) Requests() (answered, fetched int64) {
	return r.answered.Load(), r.fetched.Load()
}

// statusError is what upstream said instead of a document.
type statusError struct {
	code int
	path string
}

func (e *statusError) Error() string {
	return fmt.Sprintf("upstream says %d %s for %s", e.code, http.StatusText(e.code), e.path)
}

// abbreviated asks for the form of a document that installers read.
const abbreviated = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*"

// ServeHTTP answers GET and HEAD for documents and tarballs. What upstream
// refuses is refused with its status; an upstream that cannot be reached is a
// 502, which clients try again, and never a 404, which they believe.
func (r *Recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		http.Error(w, "the recorder only reads", http.StatusMethodNotAllowed)
		return
	}
	r.answered.Add(1)
	q := request{path: req.URL.EscapedPath()}
	// Every client words this differently; they are to see the same document.
	abridged := strings.Contains(req.Header.Get("Accept"), "vnd.npm.install-v1")
	if isTarball(q.path) {
		r.tarballs.Store(q.path, true)
	} else {
		q.base = "http://" + req.Host + "/"
		if abridged {
			q.accept = abbreviated
		}
	}
	a, err := r.answer(q)
	if err != nil {
		code := http.StatusBadGateway
		var refused *statusError
		if errors.As(err, &refused) {
			code = refused.code
		}
		http.Error(w, err.Error(), code)
		return
	}
	a.serve(w, req)
}

// request is what makes answers differ. The base is empty for tarballs.
type request struct{ base, accept, path string }

// answer looks in memory, then in the recording, and asks upstream last.
func (r *Recorder) answer(q request) (*answer, error) {
	if a, ok := r.answers.Load(q); ok {
		kept, _ := a.(*answer)
		return kept, nil
	}
	got, err, _ := r.flight.Do(q.base+q.accept+q.path, func() (any, error) {
		data, err := r.load(q.path, q.accept)
		if err != nil {
			return nil, err
		}
		if !isTarball(q.path) {
			data = bytes.ReplaceAll(data, []byte(`"`+r.upstream.String()), []byte(`"`+q.base))
		}
		a := newAnswer(data)
		r.answers.Store(q, a)
		return a, nil
	})
	a, _ := got.(*answer)
	return a, err
}

// Prepare makes everything that was asked for until now ready for clients that
// come by another base, a proxy's: the first of them must not be slower.
func (r *Recorder) Prepare(base string) error {
	var failed error
	r.answers.Range(func(key, _ any) bool {
		q, _ := key.(request)
		if isTarball(q.path) {
			return true
		}
		q.base = base
		a, err := r.answer(q)
		if err != nil {
			failed = err
			return false
		}
		a.compressed()
		return true
	})
	return failed
}

// Tarballs lists the paths of the tarballs that were asked for since the last
// call.
func (r *Recorder) Tarballs() []string {
	var paths []string
	r.tarballs.Range(func(key, _ any) bool {
		path, _ := key.(string)
		paths = append(paths, path)
		r.tarballs.Delete(key)
		return true
	})
	slices.Sort(paths)
	return paths
}

// load reads the recorded answer, or records it. Documents are kept as they
// came, and get the address that the client used as tarball host when they are
// served: it may have come through a proxy.
func (r *Recorder) load(path, accept string) ([]byte, error) {
	sum := sha256.Sum256([]byte(accept + path))
	file := filepath.Join(r.dir, hex.EncodeToString(sum[:16]))
	if data, err := os.ReadFile(file); err == nil {
		return data, nil
	}
	missing := &statusError{code: http.StatusNotFound, path: path}
	if _, err := os.Stat(file + notFound); err == nil {
		return nil, missing
	}
	data, err := r.fetch(path, accept)
	if refused := (*statusError)(nil); errors.As(err, &refused) && refused.code == missing.code {
		return nil, errors.Join(err, keep(file+notFound, nil))
	}
	if err != nil {
		return nil, err
	}
	return data, keep(file, data)
}

// notFound ends the name of a recording of what the registry does not have:
// one tool asks for the attestations of all packages, which few have.
const notFound = ".404"

// keep writes a recording so that a killed run leaves none that is cut short.
func keep(file string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// fetch asks upstream. It is not bound to the request that wants the answer,
// since others may have joined it.
func (r *Recorder) fetch(path, accept string) ([]byte, error) {
	r.fetched.Add(1)
	address := strings.TrimSuffix(r.upstream.String(), "/") + path
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		req.Header.Set("Accept", accept)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &statusError{code: resp.StatusCode, path: path}
	}
	return io.ReadAll(resp.Body)
}
