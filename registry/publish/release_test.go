package publish

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/tarball"
)

// packed is the tarball of a package with this package.json.
func packed(tb testing.TB, packageJSON string, files ...string) []byte {
	tb.Helper()
	list := []tarball.File{{Path: "package.json", Data: []byte(packageJSON)}}
	for _, f := range files {
		list = append(list, tarball.File{Path: f, Data: []byte(f)})
	}
	data, err := tarball.Pack(list)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func release(tb testing.TB, packageJSON string, files ...string) *Release {
	tb.Helper()
	r, err := Read(packed(tb, packageJSON, files...))
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// someCID stands for a tarball's.
func someCID(tb testing.TB) cid.Cid {
	tb.Helper()
	c, err := cid.Decode("bafkreif75idyttomfk46n2sfayaunoymf3lf4b3los7ry7pgzlrs2u3cri")
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestReadMeasures(t *testing.T) {
	r := release(t, `{"name":"@s/a","version":"1.0.0"}`, "index.js", "node_modules/b/package.json", "node_modules/@t/c/x.js")
	if r.ID() != "@s/a@1.0.0" || r.FileName() != "s-a-1.0.0.tgz" {
		t.Errorf("%s in %s", r.ID(), r.FileName())
	}
	if !slices.Equal(r.Bundled, []string{"@t/c", "b"}) || len(r.Files) != 4 || r.UnpackedSize != 33+8+27+22 {
		t.Errorf("bundles %q, %d files of %d bytes", r.Bundled, len(r.Files), r.UnpackedSize)
	}
	if r.Integrity != tarball.Sum512(r.Data) || len(r.Shasum) != 40 {
		t.Errorf("integrity %s, shasum %s", r.Integrity, r.Shasum)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{`{"name":"a"}`, `{"version":"1.0.0"}`, `{`} {
		if _, err := Read(packed(t, text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
	if _, err := Read([]byte("no tarball")); err == nil {
		t.Error("what is no tarball was read")
	}
}

func TestCheck(t *testing.T) {
	for text, reason := range map[string]string{
		`{"name":"a","version":"1.0.0"}`:                              "",
		`{"name":"a","version":" v1.0.0"}`:                            "",
		`{"name":"a","version":"1.0.0","private":true}`:               "EPRIVATE",
		`{"name":"a","version":"1.0.0","packageExtensions":{}}`:       "EPACKAGEEXTENSIONS",
		`{"name":"a","version":"1.0"}`:                                "EBADSEMVER",
		`{"name":"A","version":"1.0.0"}`:                              "name",
		`{"name":"node_modules","version":"1.0.0"}`:                   "name",
		`{"name":"../a","version":"1.0.0","private":"not a boolean"}`: "name",
	} {
		r := release(t, text)
		err := r.Check()
		refused, _ := errors.AsType[*RefusedError](err)
		_, badName := errors.AsType[*manifest.NameError](err)
		switch {
		case reason == "" && err == nil && r.Manifest.Version == "1.0.0":
		case reason == "name" && badName:
		case refused != nil && refused.Code() == reason && refused.Hint() != "":
		default:
			t.Errorf("%s: %v, want %q", text, err, reason)
		}
	}
}

// TestEntry holds the entry equal to what an npm registry's document would
// make of the same package.json.
func TestEntry(t *testing.T) {
	r := release(t, `{"name":"a","version":"1.0.0","bin":"cli.js","dependencies":{"b":"1","c":"2"},"optionalDependencies":{"c":"2"},
		"bundledDependencies":["b"],"devDependencies":{"d":"1"},"scripts":{"test":"x"},"os":"linux","dist":{"cid":"forged"},"time":"2001-01-01"}`, "binding.gyp")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	v, err := r.entry(someCID(t), at)
	if err != nil {
		t.Fatal(err)
	}
	if v.Dependencies["b"] != "1" || len(v.Dependencies) != 1 || v.OptionalDependencies["c"] != "2" || len(v.BundleDependencies.Names) != 1 {
		t.Errorf("dependencies %v %v %v", v.Dependencies, v.OptionalDependencies, v.BundleDependencies)
	}
	if !v.HasInstallScript || !v.Time.Equal(at) || v.Dist.CID != someCID(t).String() || v.Dist.FileCount != 2 || v.Dist.Size != int64(len(r.Data)) {
		t.Errorf("%+v", v)
	}
	if v.OS[0] != "linux" || v.Bins()["a"] != "cli.js" {
		t.Errorf("os %v, bin %v", v.OS, v.Bins())
	}
	for text, builds := range map[string]bool{
		`{"name":"a","version":"1.0.0","gypfile":false}`:           false,
		`{"name":"a","version":"1.0.0","scripts":{"install":"x"}}`: true,
	} {
		v, err := release(t, text, "binding.gyp").entry(someCID(t), at)
		if err != nil || v.HasInstallScript != builds {
			t.Errorf("%s: hasInstallScript is %t (%v)", text, !builds, err)
		}
	}
}

func TestCheckTag(t *testing.T) {
	for tag, good := range map[string]bool{"latest": true, "next-1": true, "": false, "1.0.0": false, "^1": false, "x": false, "a b": false, "v1": false} {
		if err := CheckTag(tag); (err == nil) != good {
			t.Errorf("%q: %v", tag, err)
		}
	}
}

// FuzzRead takes any bytes for a tarball: what is read can be checked and made
// an entry that an index can hold, or is refused.
func FuzzRead(f *testing.F) {
	f.Add(packed(f, `{"name":"a","version":"1.0.0","bin":{"a":"x"},"gypfile":true}`, "binding.gyp"))
	f.Add(packed(f, `{"name":"@s/a","version":"v1.0.0","private":1,"dist":{}}`, "node_modules/b/package.json"))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Read(data)
		if err != nil || r.Check() != nil {
			return
		}
		doc := registry.New(r.Manifest.Name)
		if err := r.Add(doc, Terms{CID: someCID(t), Tag: "next"}); err != nil {
			return
		}
		if _, err := doc.Encode(); err != nil {
			t.Errorf("%s cannot be encoded: %v", r.ID(), err)
		}
	})
}
