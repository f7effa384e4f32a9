package recorder

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// answer is what is served for one request, made once and kept in memory:
// what a benchmark measures is its client. Documents are compressed for
// clients that take it, as registries do.
type answer struct {
	body []byte
	etag string

	once   sync.Once
	zipped []byte
}

func newAnswer(body []byte) *answer {
	sum := sha256.Sum256(body)
	return &answer{body: body, etag: `"` + hex.EncodeToString(sum[:8]) + `"`}
}

func (a *answer) serve(w http.ResponseWriter, req *http.Request) {
	head := w.Header()
	head.Set("ETag", a.etag)
	head.Set("Cache-Control", "public, max-age=300")
	body := a.body
	if isTarball(req.URL.EscapedPath()) {
		head.Set("Content-Type", "application/octet-stream")
	} else {
		head.Set("Content-Type", "application/json")
		head.Set("Vary", "Accept, Accept-Encoding")
		if strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
			head.Set("Content-Encoding", "gzip")
			body = a.compressed()
		}
	}
	if req.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Length", strconv.Itoa(len(body)))
	if req.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (a *answer) compressed() []byte {
	a.once.Do(func() {
		var buf bytes.Buffer
		zw := gzip.NewWriter(&buf)
		_, _ = zw.Write(a.body)
		_ = zw.Close()
		a.zipped = buf.Bytes()
	})
	return a.zipped
}

func isTarball(path string) bool { return strings.HasSuffix(path, ".tgz") }
