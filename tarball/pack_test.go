package tarball

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func packFiles() []File {
	return []File{
		{Path: "package.json", Data: []byte(`{"name":"a","version":"1.0.0"}`)},
		{Path: "bin/a.js", Mode: 0o711, Data: []byte("#!/usr/bin/env node\n")},
		{Path: strings.Repeat("deep/", 50) + "größe", Data: []byte("x")},
		{Path: "empty"},
	}
}

// The digest is the promise that packing depends on nothing but the input; it
// changes only with the compressor's version, which go.mod pins.
func TestPackIsReproducible(t *testing.T) {
	const want = "sha512-ixvVcM68duuWKdR1DbewQQB2Q/fP6lH1Skz5K+dSBNCBeuSNdxfaxC4v32oXq6/9Ueja9KHnsowXtvbaNsAc1Q=="
	files := packFiles()
	first, err := Pack(files)
	if err != nil {
		t.Fatal(err)
	}
	for i, j := 0, len(files)-1; i < j; i, j = i+1, j-1 {
		files[i], files[j] = files[j], files[i]
	}
	second, err := Pack(files)
	if err != nil || !bytes.Equal(first, second) {
		t.Fatalf("order of the files changes the bytes (%v)", err)
	}
	if got := Sum512(first); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

// A foreign reader sees what npm would have written.
func TestPackIsNPMs(t *testing.T) {
	data, err := Pack(packFiles())
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !z.ModTime.IsZero() || z.Name != "" {
		t.Errorf("gzip header %+v", z.Header)
	}
	r := tar.NewReader(z)
	var names []string
	for {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		mode := int64(0o644)
		if strings.Contains(h.Name, "bin/") {
			mode = 0o755
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Mode != mode || !h.ModTime.Equal(time.Date(1985, 10, 26, 8, 15, 0, 0, time.UTC)) {
			t.Errorf("header %+v", h)
		}
	}
	if len(names) != 4 || names[0] != "package/bin/a.js" || names[3] != "package/package.json" {
		t.Errorf("names %q", names)
	}
}

func TestPackRefuses(t *testing.T) {
	for name, files := range map[string][]File{
		"..":        {{Path: "../x"}},
		"absolute":  {{Path: "/x"}},
		"unclean":   {{Path: "a//b"}},
		"empty":     {{Path: ""}},
		"duplicate": {{Path: "a"}, {Path: "a"}},
		"case":      {{Path: "a"}, {Path: "A"}},
	} {
		_, err := Pack(files)
		var bad *PathError
		if !errors.As(err, &bad) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestPackDir(t *testing.T) {
	dir := t.TempDir()
	for path, mode := range map[string]fs.FileMode{
		"package.json": 0o600, "bin/x": 0o755, "node_modules/dep/index.js": 0o644, "lib/node_modules/x": 0o644, ".git/config": 0o644, "lib/.hidden": 0o644,
	} {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(path), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	data, err := PackDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := unpack(t, data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if s := strings.Join(got, " "); s != "755 bin/x=bin/x 644 lib/.hidden=lib/.hidden 644 package.json=package.json" {
		t.Errorf("packed %s", s)
	}
	if _, err := PackDir(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
