package registrytest

import (
	"bytes"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// DirHandler serves recorded documents and tarballs; see [ServeDir]. A
// document is read, given its tarball addresses and compressed when first
// asked for, and served from memory from then on, so that a benchmark
// measures its client.
func DirHandler(docs, tarballs string) http.Handler {
	return &dirHandler{docs: docs, tarballs: tarballs, loaded: make(map[string]*recorded)}
}

type dirHandler struct {
	docs, tarballs string

	mu     sync.Mutex
	loaded map[string]*recorded
}

type recorded struct {
	once         sync.Once
	body, zipped []byte
}

// ServeHTTP implements [http.Handler].
func (h *dirHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, file := splitPath(r.URL.EscapedPath())
	if !filepath.IsLocal(name) || file != "" && !filepath.IsLocal(file) {
		http.NotFound(w, r)
		return
	}
	if file != "" {
		http.ServeFile(w, r, filepath.Join(h.tarballs, name, "-", file))
		return
	}
	doc := h.document(name, origin(r))
	if doc.body == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	serveDocument(w, r, doc.body, doc.zipped)
}

func origin(r *http.Request) string {
	u := url.URL{Scheme: "http", Host: r.Host}
	if r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}

func (h *dirHandler) document(name, origin string) *recorded {
	h.mu.Lock()
	doc := h.loaded[origin+name]
	if doc == nil {
		doc = new(recorded)
		h.loaded[origin+name] = doc
	}
	h.mu.Unlock()
	doc.once.Do(func() {
		raw, err := os.ReadFile(filepath.Join(h.docs, strings.ReplaceAll(name, "/", "%2f")+".json"))
		if err != nil {
			return
		}
		doc.body = absolute(raw, origin+"/"+name+"/-/")
		doc.zipped = compress(doc.body)
	})
	return doc
}

// absolute puts prefix before every tarball that is a bare file name.
func absolute(doc []byte, prefix string) []byte {
	field := []byte(`"tarball":"`)
	var out bytes.Buffer
	for {
		before, after, found := bytes.Cut(doc, field)
		out.Write(before)
		if !found {
			return out.Bytes()
		}
		out.Write(field)
		if value, _, _ := bytes.Cut(after, []byte{'"'}); !bytes.Contains(value, []byte("/")) {
			out.WriteString(prefix)
		}
		doc = after
	}
}
