package registrytest

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

func get(t *testing.T, url string, header map[string]string) (int, http.Header, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(body)
}

func TestDocumentForms(t *testing.T) {
	s := New(t)
	s.Add(map[string]string{
		"package.json": `{"name":"@s/a","version":"1.0.0","description":"d","dependencies":{"b":"1"},"scripts":{"install":"x"}}`,
		MetaFile:       `{"time":"2021-02-03T04:05:06Z","deprecated":"old","tags":["next"],"dist":{"integrity":null}}`,
	})
	for accept, full := range map[string]bool{abbreviated + "; q=1.0, */*": false, "application/json": true} {
		status, _, body := get(t, s.URL+"@s%2fa", map[string]string{"Accept": accept})
		if status != http.StatusOK {
			t.Fatalf("%s: status %d", accept, status)
		}
		doc, err := registry.Parse([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		v, err := doc.Version("1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		if v.Dist.Integrity != "" || v.Dist.Shasum == "" || v.Deprecated != "old" || !v.HasInstallScript || v.Dependencies["b"] != "1" {
			t.Errorf("full=%v: version is %+v", full, v)
		}
		if v.Dist.Tarball != s.URL+"@s/a/-/a-1.0.0.tgz" {
			t.Errorf("tarball is at %s", v.Dist.Tarball)
		}
		if doc.DistTags["latest"] != "1.0.0" || doc.DistTags["next"] != "1.0.0" {
			t.Errorf("dist-tags: %v", doc.DistTags)
		}
		if at, ok := doc.Time("1.0.0"); ok != full || full && at.Year() != 2021 {
			t.Errorf("full=%v: time %v, %v", full, at, ok)
		}
		if got := strings.Contains(body, `"description"`); got != full {
			t.Errorf("full=%v, but description present: %v", full, got)
		}
	}
}

func TestETagAndCount(t *testing.T) {
	s := New(t)
	s.Add(map[string]string{"package.json": `{"name":"a","version":"1.0.0"}`})
	_, h, _ := get(t, s.URL+"a", nil)
	if status, _, _ := get(t, s.URL+"a", map[string]string{"If-None-Match": h.Get("ETag")}); status != http.StatusNotModified {
		t.Errorf("revalidation: %d", status)
	}
	s.Add(map[string]string{"package.json": `{"name":"a","version":"1.1.0"}`})
	if status, _, _ := get(t, s.URL+"a", map[string]string{"If-None-Match": h.Get("ETag")}); status != http.StatusOK {
		t.Errorf("after a change: %d", status)
	}
	if n := s.Count("/a"); n != 3 {
		t.Errorf("%d requests counted, want 3", n)
	}
	if got := s.Requests()[1].Status; got != http.StatusNotModified {
		t.Errorf("second request recorded as %d", got)
	}
}

func TestLatestIsHighestRelease(t *testing.T) {
	s := New(t)
	for _, v := range []string{"1.10.0", "1.9.0", "2.0.0-rc.1"} {
		s.Add(map[string]string{"package.json": `{"name":"a","version":"` + v + `"}`})
	}
	var doc struct {
		Tags map[string]string `json:"dist-tags"`
	}
	_, _, body := get(t, s.URL+"a", nil)
	if err := json.Unmarshal([]byte(body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Tags["latest"] != "1.10.0" {
		t.Errorf("latest = %q", doc.Tags["latest"])
	}
	s.Unpublish("a", "1.10.0")
	s.Tag("a", "beta", "2.0.0-rc.1")
	if _, _, body := get(t, s.URL+"a", nil); !strings.Contains(body, `"latest":"1.9.0"`) || !strings.Contains(body, `"beta":"2.0.0-rc.1"`) {
		t.Errorf("after the edits: %s", body)
	}
}

func TestTarballFaults(t *testing.T) {
	s := New(t)
	p := s.Add(map[string]string{"package.json": `{"name":"a","version":"1.0.0"}`, "bin.js": "#!/usr/bin/env node\n"})
	url := strings.TrimSuffix(s.URL, "/") + p.Path

	if _, _, body := get(t, url, nil); tarball.Sum512([]byte(body)) != p.Integrity {
		t.Error("the tarball served is not the one added")
	}
	s.Inject("a", Fault{On: Tarballs, Version: "1.0.0", Corrupt: true, Times: 1})
	if _, _, body := get(t, url, nil); len(body) != len(p.Data) || tarball.Sum512([]byte(body)) == p.Integrity {
		t.Error("Corrupt did not")
	}
	if _, _, body := get(t, url, nil); tarball.Sum512([]byte(body)) != p.Integrity {
		t.Error("Times did not run out")
	}
	s.Inject("a", Fault{On: Tarballs, Version: "1.0.1", Status: 500})
	s.Inject("a", Fault{On: Documents, Status: 500})
	s.Inject("b", Fault{Status: 500})
	if status, _, _ := get(t, url, nil); status != http.StatusOK {
		t.Errorf("others' faults struck: %d", status)
	}
	s.Heal()
	s.Inject("", Fault{Truncate: true})
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("Truncate gave %d bytes without an error", len(body))
	}
}

func TestTxtarPackages(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("one.txtar", "-- package.json --\n{\"name\":\"one\",\"version\":\"1.0.0\"}\n-- lib/x.js --\nx\n")
	write("two.txtar", "-- a/package.json --\n{\"name\":\"a\",\"version\":\"1.0.0\"}\n-- a/node_modules/z/package.json --\n{\"name\":\"z\",\"version\":\"9.9.9\"}\n"+
		"-- b/package.json --\n{\"name\":\"b\",\"version\":\"1.0.0\"}\n-- b/.registry.json --\n{\"deprecated\":true}\n")
	s := New(t)
	var names []string
	for _, p := range s.AddTxtar(dir) {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); got != "one a b" {
		t.Errorf("packages: %s", got)
	}
	if _, _, body := get(t, s.URL+"b", nil); !strings.Contains(body, `"deprecated":true`) {
		t.Errorf("meta not applied: %s", body)
	}
}

func TestServeDir(t *testing.T) {
	docs, tarballs := t.TempDir(), t.TempDir()
	if err := os.MkdirAll(filepath.Join(tarballs, "@s/a/-"), 0o755); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(docs, "@s%2fa.json"):            `{"name":"@s/a","versions":{"1.0.0":{"dist":{"tarball":"a-1.0.0.tgz"}},"2.0.0":{"dist":{"tarball":"http://registry.example/x"}}}}`,
		filepath.Join(tarballs, "@s/a/-/a-1.0.0.tgz"): "bytes",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := ServeDir(t, docs, tarballs)
	_, _, body := get(t, s.URL+"@s%2fa", nil)
	if !strings.Contains(body, `"`+s.URL+`@s/a/-/a-1.0.0.tgz"`) || !strings.Contains(body, `"http://registry.example/x"`) {
		t.Errorf("document: %s", body)
	}
	if _, _, body := get(t, s.URL+"@s/a/-/a-1.0.0.tgz", nil); body != "bytes" {
		t.Errorf("tarball: %q", body)
	}
	for _, path := range []string{"nope", "..%2f..%2fetc%2fpasswd", "@s/a/-/..%2f..%2f..%2fx"} {
		if status, _, _ := get(t, s.URL+path, nil); status == http.StatusOK {
			t.Errorf("%s was served", path)
		}
	}
}
