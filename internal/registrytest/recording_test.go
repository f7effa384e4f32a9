package registrytest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

func record(t *testing.T, lines string) *Recording {
	t.Helper()
	file := filepath.Join(t.TempDir(), "r.jsonl.zst")
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, w.EncodeAll([]byte(lines), nil), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := OpenRecording(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRecording(t *testing.T) {
	s := New(t)
	s.ServeRecording(record(t, `{"name":"@s/a","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"@s/a","version":"1.0.0",`+
		`"bin":{"a":"cli.js"},"dependencies":{"z":"1","b":"2"},"bundleDependencies":["b"],"hasInstallScript":true,`+
		`"_bundled":{"node_modules/b":{"name":"b","version":"2.0.0"}},`+
		`"dist":{"integrity":"sha512-AA==","tarball":"elsewhere.tgz"}}}}
{"name":"added","versions":{"1.0.0":{"name":"added","version":"1.0.0"}}}
`))
	s.AddLines("# what is added counts more\n\nadded@2.0.0 {\"_meta\":{\"deprecated\":\"old\"}}\n")

	status, _, body := get(t, s.URL+"@s%2fa", nil)
	doc, err := registry.Parse([]byte(body))
	if status != 200 || err != nil {
		t.Fatalf("status %d, %v: %s", status, err, body)
	}
	v, err := doc.Version("1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	if !v.HasInstallScript || v.Dist.Tarball != s.URL+"@s/a/-/a-1.0.0.tgz" {
		t.Errorf("version is %+v", v)
	}
	_, _, data := get(t, v.Dist.Tarball, nil)
	if got := tarball.Sum512([]byte(data)); got != v.Dist.Integrity {
		t.Errorf("the document says %s of a tarball with %s", v.Dist.Integrity, got)
	}
	unpacked, err := tarball.Extract(t.Context(), []byte(data), t.TempDir(), tarball.DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range unpacked {
		names = append(names, e.Path)
	}
	slices.Sort(names)
	want := []string{"cli.js", "index.js", "node_modules/b/index.js", "node_modules/b/package.json", "package.json"}
	if !slices.Equal(names, want) {
		t.Errorf("tarball has %v, want %v", names, want)
	}
	if _, _, body = get(t, s.URL+"added", nil); !strings.Contains(body, `"2.0.0"`) || !strings.Contains(body, `"deprecated":"old"`) {
		t.Errorf("added: %s", body)
	}
	for _, path := range []string{"absent", "@s/a/-/a-9.0.0.tgz"} {
		if status, _, _ := get(t, s.URL+path, nil); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
	}
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"404 docs":               {Status: 404, On: Documents},
		"corrupt tarballs":       {Corrupt: true, On: Tarballs},
		"drop times=2 version=1": {Drop: true, Times: 2, Version: "1"},
	} {
		got, err := ParseFault(strings.Fields(text))
		if err != nil || got.Status != want.Status || got.On != want.On || got.Corrupt != want.Corrupt ||
			got.Drop != want.Drop || got.Times != want.Times || got.Version != want.Version {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "bad", "404 sometimes", "404 times=x"} {
		if f, err := ParseFault(strings.Fields(text)); err == nil {
			t.Errorf("%q: %+v, want an error", text, f)
		}
	}
}
