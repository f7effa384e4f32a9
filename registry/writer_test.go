package registry

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/registry/unixfs"
)

// TestRootDependsOnContentOnly reaches one state by two histories.
func TestRootDependsOnContentOnly(t *testing.T) {
	m := newMemory()
	a, b, c := demo(t, "a", "1.0.0"), demo(t, "@s/b", "1.0.0", "2.0.0"), demo(t, "c", "1.0.0")
	info := testInfo()
	info.Previous = demoCID
	once := commit(t, m, cid.Undef, info, a, b)
	steps := commit(t, m, cid.Undef, testInfo(), c, demo(t, "@s/b", "1.0.0"), demo(t, "@t/x", "1.0.0"))
	w, err := NewWriter(t.Context(), m, steps)
	if err != nil {
		t.Fatal(err)
	}
	w.Put(b)
	w.Delete("c")
	w.Put(New("@t/x")) // no versions: removed, and its scope with it
	w.Put(a)
	got, err := w.Commit(t.Context(), info)
	if err != nil {
		t.Fatal(err)
	}
	if got != once {
		t.Errorf("%s by steps, %s at once", got, once)
	}
	names, err := open(t, m, got).Names(t.Context())
	if err != nil || !slices.Equal(names, []string{"@s/b", "a"}) {
		t.Errorf("names %v %v", names, err)
	}
}

const demoCID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"

func TestCommitOfNothingNew(t *testing.T) {
	m := newMemory()
	first := commit(t, m, cid.Undef, testInfo(), demo(t, "a", "1.0.0"))
	second := commit(t, m, first, testInfo(), demo(t, "b", "1.0.0"))
	if second == first {
		t.Fatal("a new package changes nothing")
	}
	if got := open(t, m, second).Info().Previous; got != first.String() {
		t.Errorf("previous is %q, want %s", got, first)
	}
	if again := commit(t, m, second, testInfo(), demo(t, "a", "1.0.0")); again != second {
		t.Errorf("the same document makes a new root %s", again)
	}
	info := testInfo()
	info.Sequence++
	if next := commit(t, m, second, info); next == second {
		t.Error("a new sequence makes no new root")
	}
}

func TestTarballsAreLinked(t *testing.T) {
	m := newMemory()
	root := commit(t, m, cid.Undef, testInfo(), demo(t, "@s/b", "1.0.0", "2.0.0"))
	tree := unixfs.NewTree(m)
	found := tree.Find(t.Context(), root, [][]string{{"tarballs", "@s", "b", "-", "b-2.0.0.tgz"}})[0]
	want, _, err := unixfs.File(tarballOf("@s/b", "2.0.0"))
	if err != nil {
		t.Fatal(err)
	}
	if found.Err != nil || found.Link.CID != want.CID || found.Link.Size != want.Size {
		t.Errorf("got %+v, want %+v", found, want)
	}
}

func TestPutNeedsTheTarball(t *testing.T) {
	for name, dist := range map[string]Dist{
		"no cid":  {Integrity: "i", Size: 1},
		"bad cid": {Integrity: "i", CID: "x", Size: 1},
		"no size": {Integrity: "i", CID: demoCID},
	} {
		w, err := NewWriter(t.Context(), newMemory(), cid.Undef)
		if err != nil {
			t.Fatal(err)
		}
		p, v := New("a"), &Version{Dist: dist}
		v.Name, v.Version = "a", "1.0.0"
		if err := p.Set(v); err != nil {
			t.Fatal(err)
		}
		w.Put(p)
		if _, err := w.Commit(t.Context(), Info{}); err == nil || !strings.Contains(err.Error(), "a@1.0.0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestClosure(t *testing.T) {
	c := cid.MustParse(demoCID)
	refs := []TarballRef{{"b", "1.0.0", c, 5}, {"@s/a", "1.0.0", c, 7}, {"p", "1.0.0", c, 0}}
	one, out, err := Closure(refs)
	if err != nil || out[len(out)-1].Cid() != one {
		t.Fatalf("%v %v", out, err)
	}
	slices.Reverse(refs)
	if two, _, err := Closure(append(refs, refs[0])); err != nil || two != one {
		t.Errorf("%s, want %s: %v", two, one, err)
	}
	if none, out, err := Closure(nil); none.Defined() || out != nil || err != nil {
		t.Errorf("of nothing: %v %v %v", none, out, err)
	}
	if _, _, err := Closure(append(refs, TarballRef{"b", "1.0.0", c, 6})); err == nil {
		t.Error("one version with two sizes is accepted")
	}
	if _, _, err := Closure([]TarballRef{{"b", "1.0.0", cid.Undef, 6}}); err == nil {
		t.Error("no CID is accepted")
	}
}

func TestMerge(t *testing.T) {
	old := demo(t, "x", "1.0.0", "2.0.0")
	old.DistTags = map[string]string{"latest": "2.0.0", "old": "1.0.0"}
	new := mustParse(t, `{"name":"x","dist-tags":{"latest":"3.0.0"},"versions":{
		"2.0.0":{"deprecated":"no good","dist":{"integrity":"sha512-x2.0.0 sha1-zz"}},"3.0.0":{"dist":{"integrity":"sha512-3"}}}}`)
	got, err := Merge(old, new)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"1.0.0", "2.0.0", "3.0.0"}; !slices.Equal(got.VersionList(), want) {
		t.Errorf("versions %v", got.VersionList())
	}
	if len(got.DistTags) != 1 || got.DistTags["latest"] != "3.0.0" {
		t.Errorf("tags %v", got.DistTags)
	}
	was, _ := old.Version("2.0.0")
	is, err := got.Version("2.0.0")
	if err != nil || is.Dist.CID != was.Dist.CID || is.Dist.Size != was.Dist.Size || is.Deprecated != "no good" {
		t.Errorf("2.0.0 is %+v %v", is, err)
	}
	if was.Deprecated != "" || len(old.DistTags) != 2 || len(new.VersionList()) != 2 {
		t.Error("an argument has changed")
	}
}

func TestMergeKeepsTimesAndTags(t *testing.T) {
	old := mustParse(t, abbreviated)
	got, err := Merge(old, New("@s/demo"))
	if err != nil {
		t.Fatal(err)
	}
	if encode(t, got) != encode(t, old) {
		t.Errorf("got %s", encode(t, got))
	}
}

func TestMergeAlarms(t *testing.T) {
	for name, c := range map[string]struct {
		old, new Dist
		field    string
	}{
		"integrity":           {Dist{Integrity: "sha512-a"}, Dist{Integrity: "sha512-b"}, "integrity"},
		"strongest counts":    {Dist{Integrity: "sha512-a sha1-x"}, Dist{Integrity: "sha1-x sha512-b"}, "integrity"},
		"weaker in common":    {Dist{Integrity: "sha1-x"}, Dist{Integrity: "sha512-b sha1-y"}, "integrity"},
		"shasum":              {Dist{Shasum: "aa"}, Dist{Shasum: "bb", Integrity: "sha512-b"}, "shasum"},
		"cid":                 {Dist{Integrity: "sha512-a", CID: "c"}, Dist{Integrity: "sha512-a", CID: "d"}, "cid"},
		"equal":               {Dist{Integrity: "sha512-a?x", Shasum: "AA"}, Dist{Integrity: "sha512-a", Shasum: "aa"}, ""},
		"nothing in common":   {Dist{Shasum: "aa"}, Dist{Integrity: "sha512-a"}, ""},
		"one of several same": {Dist{Integrity: "sha512-a sha512-b"}, Dist{Integrity: "sha512-b"}, ""},
	} {
		docs := [2]*Packument{New("x"), New("x")}
		for i, d := range []Dist{c.old, c.new} {
			v := &Version{Dist: d}
			v.Name, v.Version = "x", "1.0.0"
			if err := docs[i].Set(v); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Merge(docs[0], docs[1])
		e, alarm := errors.AsType[*DigestError](err)
		if alarm != (c.field != "") || alarm && e.Field != c.field || !alarm && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Merge(New("x"), New("y")); err == nil {
		t.Error("two names are merged")
	}
}

func TestNear(t *testing.T) {
	among := []string{"react", "react-dom", "preact", "lodash", "lodash.merge", "@types/node", "express", "left-pad"}
	for name, want := range map[string][]string{
		"raect":    {"react"},
		"lodahs":   {"lodash"},
		"leftpad":  {"left-pad"},
		"reactdom": {"react-dom"},
		"Express":  {"express"},
		"react":    {"preact"},
		"zzz":      nil,
	} {
		if got := Near(name, among); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	for _, c := range []struct{ doc, name, version string }{
		{"a", "b", "1.0.0"}, {"../a", "../a", "1.0.0"}, {"a", "a", "../1"}, {"a", "a", ""}, {"a", "a", strings.Repeat("1", 300)},
	} {
		v := &Version{}
		v.Name, v.Version = c.name, c.version
		if err := New(c.doc).Set(v); err == nil {
			t.Errorf("%+v is accepted", c)
		}
	}
}

func TestSetDeleteSlice(t *testing.T) {
	p := demo(t, "x", "1.0.0", "2.0.0", "3.0.0")
	_ = p.VersionList()
	p.Delete("2.0.0")
	if got := p.VersionList(); !slices.Equal(got, []string{"1.0.0", "3.0.0"}) {
		t.Errorf("after Delete: %v", got)
	}
	s := p.Slice(func(v string) bool { return v == "1.0.0" })
	if !slices.Equal(s.VersionList(), []string{"1.0.0"}) || s.DistTags["latest"] != "3.0.0" {
		t.Errorf("slice: %v %v", s.VersionList(), s.DistTags)
	}
	if got := encode(t, s); strings.Contains(got, "latest") {
		t.Errorf("a tag without its version is encoded: %s", got)
	}
}
