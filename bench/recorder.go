package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/singleflight"
)

// recorder is a registry on loopback that fetches from upstream what it does
// not have yet, and from then on serves it from disk.
type recorder struct {
	upstream *url.URL
	dir      string
	base     string
	client   *http.Client
	flight   singleflight.Group
}

// startRecorder serves until the context ends; it returns the base URL, with
// a slash at its end.
func startRecorder(ctx context.Context, upstream, dir string) (*recorder, error) {
	up, err := url.Parse(upstream)
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &recorder{upstream: up, dir: dir, base: "http://" + l.Addr().String() + "/",
		client: &http.Client{Timeout: 2 * time.Minute}}
	srv := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = srv.Close() })
	return r, nil
}

// ServeHTTP answers GET and HEAD for documents and tarballs.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		http.Error(w, "the recorder only reads", http.StatusMethodNotAllowed)
		return
	}
	path, accept := req.URL.EscapedPath(), req.Header.Get("Accept")
	if !strings.Contains(accept, "vnd.npm.install-v1") {
		accept = ""
	}
	got, err, _ := r.flight.Do(accept+path, func() (any, error) { return r.load(path, accept) })
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	data, _ := got.([]byte)
	sum := sha256.Sum256(data)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
	w.Header().Set("Cache-Control", "public, max-age=300")
	if !strings.HasSuffix(path, ".tgz") {
		w.Header().Set("Content-Type", "application/json")
	}
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(data))
}

// load reads the recorded answer, or records it. Documents are kept as they
// came, and get this server's base as tarball host when they are served.
func (r *recorder) load(path, accept string) ([]byte, error) {
	sum := sha256.Sum256([]byte(accept + path))
	file := filepath.Join(r.dir, hex.EncodeToString(sum[:16]))
	data, err := os.ReadFile(file)
	if err != nil {
		if data, err = r.fetch(path, accept); err != nil {
			return nil, err
		}
		if err := os.WriteFile(file, data, 0o644); err != nil {
			return nil, err
		}
	}
	if strings.HasSuffix(path, ".tgz") {
		return data, nil
	}
	return bytes.ReplaceAll(data, []byte(`"`+r.upstream.String()), []byte(`"`+r.base)), nil
}

func (r *recorder) fetch(path, accept string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, strings.TrimSuffix(r.upstream.String(), "/")+path, nil)
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
		return nil, fmt.Errorf("upstream says %s for %s", resp.Status, path)
	}
	return io.ReadAll(resp.Body)
}
