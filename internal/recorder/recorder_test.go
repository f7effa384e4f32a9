package recorder_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/ipnpm/ipnpm/internal/recorder"
)

// upstream is a registry of one document, one tarball and one outage.
func upstream(t *testing.T) *httptest.Server {
	t.Helper()
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			_, _ = io.WriteString(w, `{"accept":"`+r.Header.Get("Accept")+`","tarball":"`+srv.URL+`/a/-/a-1.0.0.tgz"}`)
		case "/a/-/a-1.0.0.tgz":
			_, _ = io.WriteString(w, "bytes that name \""+srv.URL+"/\"")
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

func get(t *testing.T, url, accept string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", accept)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// A recording outlives both its upstream and its recorder, its documents name
// whoever serves them and are the same whatever words ask for their short form,
// and its tarballs are left alone.
func TestRecordsAndReplays(t *testing.T) {
	t.Parallel()
	up, dir := upstream(t), t.TempDir()
	const short = "application/vnd.npm.install-v1+json"
	const full = short + "; q=1.0, application/json; q=0.8, */*"
	for _, round := range []string{"recording", "replaying"} {
		r, err := recorder.Start(t.Context(), up.URL+"/", dir)
		if err != nil {
			t.Fatal(err)
		}
		for accept, want := range map[string]string{short: full, full: full, "*/*": ""} {
			code, got := get(t, r.URL()+"a", accept)
			if code != 200 || want != "" && got != `{"accept":"`+want+`","tarball":"`+r.URL()+`a/-/a-1.0.0.tgz"}` {
				t.Errorf("%s a as %s: %d %s", round, accept, code, got)
			}
		}
		if code, got := get(t, r.URL()+"a/-/a-1.0.0.tgz", "*/*"); code != 200 || got != "bytes that name \""+up.URL+"/\"" {
			t.Errorf("%s the tarball: %d %s", round, code, got)
		}
		answered, fetched := r.Requests()
		if want := map[string]int64{"recording": 3}[round]; answered != 4 || fetched != want {
			t.Errorf("%s: %d requests, %d fetched, want 4 and %d", round, answered, fetched, want)
		}
		up.Close()
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 3 {
		t.Errorf("%d files are recorded (%v), want 3", len(left), err)
	}
}

// What is missing upstream is missing here, and stays so; an outage is not the
// same as that, and is not recorded.
func TestFailuresKeepTheirKind(t *testing.T) {
	t.Parallel()
	up, dir := upstream(t), t.TempDir()
	r, err := recorder.Start(t.Context(), up.URL+"/", dir)
	if err != nil {
		t.Fatal(err)
	}
	if code, got := get(t, r.URL()+"b", ""); code != http.StatusNotFound {
		t.Errorf("an unknown package: %d %s", code, got)
	}
	up.Close()
	if code, got := get(t, r.URL()+"b", ""); code != http.StatusNotFound {
		t.Errorf("the unknown package with upstream gone: %d %s", code, got)
	}
	if code, got := get(t, r.URL()+"a", ""); code != http.StatusBadGateway {
		t.Errorf("with upstream gone: %d %s", code, got)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files are recorded (%v), want what is known to be missing", len(left), err)
	}
}
