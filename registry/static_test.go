package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

const (
	npmBase    = "https://registry.example/"
	staticBase = "http://127.0.0.1:8080/ipns/k51/static/"
)

func staticInfo(static string) Info {
	info := testInfo()
	info.NPM, info.Static = npmBase, static
	return info
}

// fileAt reads a file of an index by its path.
func fileAt(t *testing.T, m *memory, root cid.Cid, path string) []byte {
	t.Helper()
	tree := unixfs.NewTree(m)
	found := tree.Find(t.Context(), root, [][]string{strings.Split(path, "/")})[0]
	if found.Err != nil {
		t.Fatalf("%s: %v", path, found.Err)
	}
	content := tree.Read(t.Context(), []cid.Cid{found.Link.CID}, maxDocument)[0]
	if content.Err != nil {
		t.Fatalf("%s: %v", path, content.Err)
	}
	return content.Data
}

func TestStaticDocuments(t *testing.T) {
	m := newMemory()
	p := demo(t, "@s/b", "1.0.0")
	v, err := p.Version("1.0.0")
	if err != nil {
		t.Fatal(err)
	}
	v.Deprecated, v.Time = "</script><script>", testInfo().Time
	root := commit(t, m, cid.Undef, staticInfo(staticBase), p)
	for dir, base := range map[string]string{"npm": npmBase, "static": staticBase} {
		data := fileAt(t, m, root, dir+"/@s/b/index.html")
		if bytes.ContainsRune(data, '<') {
			t.Errorf("/%s has markup: %s", dir, data)
		}
		doc, err := Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		got, err := doc.Version("1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		if want := base + "@s/b/-/b-1.0.0.tgz"; got.Dist.Tarball != want || got.Deprecated != v.Deprecated {
			t.Errorf("/%s says %+v", dir, got)
		}
		var times struct{ Time map[string]string }
		if err := json.Unmarshal(data, &times); err != nil || times.Time["1.0.0"] != "2026-01-02T03:04:05.678Z" {
			t.Errorf("times %v, %v", times, err)
		}
	}
	found := unixfs.NewTree(m).Find(t.Context(), root, [][]string{{"static", "@s", "b", "-"}, {"npm", "@s", "b", "-"}, {"tarballs", "@s", "b", "-"}, {"tarballs", "@s", "b", "index.html"}})
	if files := found[2].Link.CID; !files.Defined() || found[0].Link.CID != files || found[1].Link.CID != files {
		t.Errorf("the tarballs are not the same in all three: %+v", found)
	}
	if !errors.Is(found[3].Err, unixfs.ErrNotFound) {
		t.Errorf("who fetches all tarballs gets the pages too: %+v", found[3])
	}
}

// TestStaticOfTheFirstDays edits an index whose /tarballs is /npm.
func TestStaticOfTheFirstDays(t *testing.T) {
	m := newMemory()
	a, b := demo(t, "a", "1.0.0"), demo(t, "@s/b", "1.0.0")
	info := staticInfo(staticBase)
	info.Previous = demoCID
	tree, first := unixfs.NewTree(m), commit(t, m, cid.Undef, info, a)
	npm := tree.Find(t.Context(), first, [][]string{{npmDir}})[0]
	if npm.Err != nil {
		t.Fatal(npm.Err)
	}
	old, bs, err := tree.Update(t.Context(), first, map[string]*unixfs.Link{TarballsDir: &npm.Link})
	if err == nil {
		err = m.PutBlocks(t.Context(), bs)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, want := commit(t, m, old.CID, info, b), commit(t, m, cid.Undef, info, a, b); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestStaticByAnyWay reaches one state at once, by edits, and by becoming
// static late or at another address.
func TestStaticByAnyWay(t *testing.T) {
	m := newMemory()
	a, b, c := demo(t, "a", "1.0.0"), demo(t, "@s/b", "1.0.0"), demo(t, "c", "1.0.0")
	info := staticInfo(staticBase)
	info.Previous = demoCID
	want := commit(t, m, cid.Undef, info, a, b, c)
	for way, from := range map[string]Info{"by edits": staticInfo(staticBase), "late": testInfo(), "without /static": staticInfo(""), "moved": staticInfo("https://other.example/")} {
		base := commit(t, m, cid.Undef, from, a, demo(t, "@s/b", "0.1.0"))
		if got := commit(t, m, base, info, b, c); got != want {
			t.Errorf("%s: %s, want %s", way, got, want)
		}
	}
	plain := testInfo()
	plain.Previous = demoCID
	back := commit(t, m, want, plain)
	if once := commit(t, m, cid.Undef, plain, a, b, c); back != once {
		t.Errorf("no longer static: %s, want %s", back, once)
	}
	if again := commit(t, m, want, info, b); again != want {
		t.Error("nothing new made a new state")
	}
}
