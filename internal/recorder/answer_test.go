package recorder_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/recorder"
)

// request sends headers as they are; the transport adds none and unpacks
// nothing.
func request(t *testing.T, url, host string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// A document is compressed for who takes that, names the host by which it was
// asked for, and is not sent again to who has it.
func TestDocumentForEachClient(t *testing.T) {
	t.Parallel()
	r, err := recorder.Start(t.Context(), upstream(t).URL+"/", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	resp := request(t, r.URL()+"a", "proxy.example", "Accept-Encoding", "br, gzip")
	unzipped, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzipped)
	if err != nil || !strings.Contains(string(text), `"http://proxy.example/a/-/a-1.0.0.tgz"`) {
		t.Errorf("through a proxy: %s, %v", text, err)
	}
	plain := request(t, r.URL()+"a", "", "Accept-Encoding", "identity")
	if got := plain.Header.Get("Content-Encoding"); got != "" {
		t.Errorf("unasked it is encoded as %q", got)
	}
	if again := request(t, r.URL()+"a", "", "If-None-Match", plain.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("with its ETag: %s", again.Status)
	}
	if err := r.Prepare("http://other.example/"); err != nil {
		t.Fatal(err)
	}
	if answered, fetched := r.Requests(); answered != 3 || fetched != 1 {
		t.Errorf("%d requests, %d fetched, want 3 and 1", answered, fetched)
	}
}

// A tarball is one, however it is asked for, and is listed once.
func TestTarballs(t *testing.T) {
	t.Parallel()
	r, err := recorder.Start(t.Context(), upstream(t).URL+"/", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	const path = "/a/-/a-1.0.0.tgz"
	for _, accept := range []string{"*/*", "application/vnd.npm.install-v1+json"} {
		request(t, strings.TrimSuffix(r.URL(), "/")+path, "", "Accept", accept)
	}
	if _, fetched := r.Requests(); fetched != 1 {
		t.Errorf("the tarball was fetched %d times", fetched)
	}
	if got := r.Tarballs(); !slices.Equal(got, []string{path}) {
		t.Errorf("asked for %q", got)
	}
	if got := r.Tarballs(); len(got) != 0 {
		t.Errorf("asked for since: %q", got)
	}
}
