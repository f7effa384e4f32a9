package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestFetchAlone(t *testing.T) {
	t.Parallel()
	asked := map[string]int{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked[r.URL.Path]++; r.URL.Path == "/missing.tgz" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(make([]byte, 100_000))
	}))
	defer srv.Close()
	paths := []string{"/a.tgz", "/b.tgz", "/c.tgz"}
	size, _, err := fetchAlone(t.Context(), srv.URL+"/", paths)
	if err != nil || size != 300_000 {
		t.Errorf("%d bytes, %v", size, err)
	}
	for _, path := range paths {
		if asked[path] != 1 {
			t.Errorf("%s was asked for %d times", path, asked[path])
		}
	}
	if _, _, err := fetchAlone(t.Context(), srv.URL+"/", []string{"/a.tgz", "/missing.tgz"}); err == nil || !strings.Contains(err.Error(), "/missing.tgz") {
		t.Errorf("with a tarball missing: %v", err)
	}
}
