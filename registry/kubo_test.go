package registry

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/internal/kubotest"
	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// kuboAdd returns the CID that a real Kubo with the profile gives a folder.
func kuboAdd(t *testing.T, dir string) string {
	t.Helper()
	bin, err := kubotest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	repo := filepath.Join(t.TempDir(), "repo")
	run := func(args ...string) string {
		cmd := exec.Command(bin, args...)
		cmd.Env = append(os.Environ(), "IPFS_PATH="+repo, "IPFS_TELEMETRY=off")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("ipfs %v: %v", args, err)
		}
		return strings.TrimSpace(string(out))
	}
	run("init", "--empty-repo", "--profile", "unixfs-v1-2025,test")
	return run("add", "--recursive", "--quieter", "--only-hash", dir)
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestRootEqualsKubo writes indexes of a few and of many names, and lets Kubo
// add the same files from a folder.
func TestRootEqualsKubo(t *testing.T) {
	t.Parallel()
	for _, n := range []int{10, 5000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			dir, m := t.TempDir(), newMemory()
			var docs []*Packument
			for i := range n {
				name := fmt.Sprintf("package-%d", i)
				if i%7 == 0 {
					name = fmt.Sprintf("@scope%d/%s", i%3, name)
				}
				p := demo(t, name, "1.0.0", "2.0.0-rc.1")
				docs = append(docs, p)
				data, err := p.Encode()
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, filepath.Join(dir, "packages", filepath.FromSlash(name)), data)
				for _, v := range p.VersionList() {
					writeFile(t, filepath.Join(dir, "tarballs", filepath.FromSlash(name), "-", TarballFile(name, v)), tarballOf(name, v))
				}
			}
			info := testInfo()
			root := commit(t, m, cid.Undef, info, docs...)
			info.Format = Format
			writeFile(t, filepath.Join(dir, "registry.json"), info.Encode())
			if want := kuboAdd(t, dir); root.String() != want {
				t.Errorf("root is %s, Kubo has %s", root, want)
			}
		})
	}
}

// TestStaticRootEqualsKubo lets Kubo add what a gateway would show of an index
// that is a static registry, with its page.
func TestStaticRootEqualsKubo(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	a, b := demo(t, "a", "1.0.0"), demo(t, "@s/b", "1.0.0", "2.0.0")
	root := commit(t, m, cid.Undef, staticInfo(staticBase), a, b)
	files := []string{"registry.json", "index.html", "browse/list.json", "browse/0.html"}
	for _, p := range []*Packument{a, b} {
		files = append(files, "packages/"+p.Name)
		files = append(files, "npm/"+p.Name+"/index.html", "static/"+p.Name+"/index.html")
		for _, shelf := range []string{"tarballs/", "npm/", "static/"} {
			for _, v := range p.VersionList() {
				writeFile(t, filepath.Join(dir, filepath.FromSlash(shelf+p.Name+"/-/"+TarballFile(p.Name, v))), tarballOf(p.Name, v))
			}
		}
	}
	for _, f := range files {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(f)), fileAt(t, m, root, f))
	}
	if want := kuboAdd(t, dir); root.String() != want {
		t.Errorf("root is %s, Kubo has %s", root, want)
	}
}

// TestLargeDocumentEqualsKubo has a document and a tarball of several chunks.
func TestLargeDocumentEqualsKubo(t *testing.T) {
	t.Parallel()
	dir, m := t.TempDir(), newMemory()
	p := demo(t, "large")
	tarball := make([]byte, 3<<20+5)
	l, _, err := unixfs.File(tarball)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		v := &Version{}
		v.Name, v.Version = "large", fmt.Sprintf("1.0.%d", i)
		v.Dist = Dist{Integrity: "sha512-" + strings.Repeat("A", 30_000), CID: l.CID.String(), Size: int64(len(tarball))}
		if err := p.Set(v); err != nil {
			t.Fatal(err)
		}
	}
	data, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(data) < 2<<20 {
		t.Fatalf("the document has only %d bytes", len(data))
	}
	writeFile(t, filepath.Join(dir, "packages", "large"), data)
	first := filepath.Join(dir, "tarballs", "large", "-", "large-1.0.0.tgz")
	writeFile(t, first, tarball)
	for i := 1; i < 100; i++ {
		if err := os.Link(first, filepath.Join(filepath.Dir(first), fmt.Sprintf("large-1.0.%d.tgz", i))); err != nil {
			t.Fatal(err)
		}
	}
	info := testInfo()
	root := commit(t, m, cid.Undef, info, p)
	info.Format = Format
	writeFile(t, filepath.Join(dir, "registry.json"), info.Encode())
	if want := kuboAdd(t, dir); root.String() != want {
		t.Errorf("root is %s, Kubo has %s", root, want)
	}
	got, err := open(t, m, root).Packument(t.Context(), "large")
	if err != nil || len(got.VersionList()) != 100 {
		t.Errorf("reading it back: %v", err)
	}
}

// TestClosureEqualsKubo needs nothing of the tarballs but CIDs and sizes.
func TestClosureEqualsKubo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var refs []TarballRef
	for i := range 60 {
		name, data := fmt.Sprintf("p%d", i), make([]byte, i*50_000)
		if i%5 == 0 {
			name = "@s/" + name
		}
		l, _, err := unixfs.File(data)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, TarballRef{Name: name, Version: "1.2.3", CID: l.CID, Size: int64(len(data))})
		writeFile(t, filepath.Join(dir, ClosureFile(name, "1.2.3")), data)
	}
	got, _, err := Closure(refs)
	if err != nil {
		t.Fatal(err)
	}
	if want := kuboAdd(t, dir); got.String() != want {
		t.Errorf("closure is %s, Kubo has %s", got, want)
	}
}
