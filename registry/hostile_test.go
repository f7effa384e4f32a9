package registry

import (
	"errors"
	"strings"
	"testing"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// index makes a root by hand of registry.json and the entries of packages.
func index(t testing.TB, m *memory, info string, packages map[string]unixfs.Link) cid.Cid {
	t.Helper()
	keep := func(l unixfs.Link, bs []blocks.Block, err error) unixfs.Link {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if err := m.PutBlocks(t.Context(), bs); err != nil {
			t.Fatal(err)
		}
		return l
	}
	var entries []unixfs.Link
	for name, l := range packages {
		l.Name = name
		entries = append(entries, l)
	}
	dir := keep(unixfs.Directory(entries))
	file := keep(unixfs.File([]byte(info)))
	tarballs := keep(unixfs.Directory(nil))
	dir.Name, file.Name, tarballs.Name = packagesDir, infoFile, TarballsDir
	return keep(unixfs.Directory([]unixfs.Link{dir, file, tarballs})).CID
}

func fileOf(t testing.TB, m *memory, text string) unixfs.Link {
	t.Helper()
	l, bs, err := unixfs.File([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.PutBlocks(t.Context(), bs); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestOpenRefuses(t *testing.T) {
	for name, info := range map[string]string{
		"truncated":    `{"format":1,"name":"x`,
		"no format":    `{"name":"x"}`,
		"format zero":  `{"format":0}`,
		"format text":  `{"format":"1"}`,
		"not JSON":     `hello`,
		"empty":        ``,
		"previous bad": `{"format":1,"previous":"../x"}`,
		"too long":     `{"format":1,"name":"` + strings.Repeat("x", maxInfo) + `"}`,
		"sequence bad": `{"format":1,"sequence":-1}`,
	} {
		m := newMemory()
		_, err := OpenReader(t.Context(), m, index(t, m, info, nil))
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNewerFormat(t *testing.T) {
	m := newMemory()
	// Whatever else a later format changes, its number is told.
	root := index(t, m, `{"format":2,"name":["changed"],"sequence":"many"}`, nil)
	_, err := OpenReader(t.Context(), m, root)
	e, ok := errors.AsType[*NewerFormatError](err)
	if !ok || e.Found != 2 || !strings.Contains(err.Error(), "newer ipnpm") {
		t.Errorf("got %v", err)
	}
}

func TestRootThatIsNoIndex(t *testing.T) {
	m := newMemory()
	empty, bs, err := unixfs.Directory(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.PutBlocks(t.Context(), bs); err != nil {
		t.Fatal(err)
	}
	for name, root := range map[string]cid.Cid{"file": fileOf(t, m, "x").CID, "empty directory": empty.CID} {
		_, err := OpenReader(t.Context(), m, root)
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadEntriesAreRefusedAlone(t *testing.T) {
	m := newMemory()
	folder, bs, err := unixfs.Directory([]unixfs.Link{{Name: "x", CID: fileOf(t, m, "{}").CID}})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.PutBlocks(t.Context(), bs); err != nil {
		t.Fatal(err)
	}
	root := index(t, m, `{"format":1}`, map[string]unixfs.Link{
		"good":      fileOf(t, m, `{"name":"good","versions":{}}`),
		"liar":      fileOf(t, m, `{"name":"good","versions":{}}`),
		"truncated": fileOf(t, m, `{"name":"trunc`),
		"folder":    folder,
		"@scope":    fileOf(t, m, `{"name":"@scope/x"}`),
	})
	r := open(t, m, root)
	for _, name := range []string{"liar", "truncated", "folder", "@scope/x"} {
		_, err := r.Packument(t.Context(), name)
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Packument(t.Context(), "good"); err != nil {
		t.Errorf("good: %v", err)
	}
	if _, err := r.Names(t.Context()); err == nil {
		t.Error("a scope that is a file is listed")
	}
}
