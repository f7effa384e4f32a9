package registry

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/ipnpm/ipnpm/manifest"
)

// TestDecodeAsManifest holds the fast decoder to the manifest's own, field by
// field, on the shapes that published packages have.
func TestDecodeAsManifest(t *testing.T) {
	for _, raw := range []string{
		`{}`,
		`{"dependencies":{"a":"^1","b":"\u003e=2 <3","é":"ü"},"engines":{"node":">=4"}}`,
		`{"dependencies":{"a":1,"b":"2"},"optionalDependencies":[],"peerDependencies":"x","engines":["node"]}`,
		`{"dependencies":null,"engines":{},"os":"linux","cpu":["x64",1],"libc":{},"bin":["a/b"]}`,
		`{"bin":{"x":"y","z":1},"directories":{"bin":"b","lib":1},"peerDependenciesMeta":{"a":{"optional":true},"b":1}}`,
		`{"bundleDependencies":false,"license":{"type":"MIT"},"gypfile":"true","hasInstallScript":"yes","scripts":{"test":"x"}}`,
		`{"dependencies":{"a":"1","a":"2"}}`,
	} {
		got, err := decodeVersion("x", "1.0.0", []byte(raw))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		want, err := manifest.Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		want.Name, want.Version = "x", "1.0.0"
		a, errA := json.Marshal(got.Manifest)
		b, errB := json.Marshal(want)
		if string(a) != string(b) || errA != nil || errB != nil {
			t.Errorf("%s:\ngot  %s\nwant %s", raw, a, b)
		}
	}
}

func TestDistOfWrongTypes(t *testing.T) {
	v, err := decodeVersion("x", "1.0.0", []byte(`{"dist":{"integrity":7,"shasum":"ab","size":1e3,"fileCount":"9","unpackedSize":5,"tarball":null,"cid":"\u0062"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Dist{Shasum: "ab", UnpackedSize: 5, CID: "b"}); !reflect.DeepEqual(v.Dist, want) {
		t.Errorf("got %+v", v.Dist)
	}
	for _, raw := range []string{`{"dist":{"size":-1}}`, `{"dist":{"integrity":"x}}`, `{"dependencies":{"a" "b"}}`, `[]`} {
		if _, err := decodeVersion("x", "1.0.0", []byte(raw)); err == nil {
			t.Errorf("%s is accepted", raw)
		}
	}
	if v, err := decodeVersion("x", "1.0.0", []byte(`{"dist":"nothing"}`)); err != nil || !reflect.DeepEqual(v.Dist, Dist{}) {
		t.Errorf("got %+v %v", v, err)
	}
}

func TestUnreadableVersionFailsAlone(t *testing.T) {
	p := mustParse(t, `{"name":"x","versions":{"1.0.0":{"dist":{"size":-1}},"2.0.0":{}}}`)
	if _, err := p.Version("2.0.0"); err != nil {
		t.Error(err)
	}
	_, err := p.Version("1.0.0")
	if err == nil {
		t.Fatal("a negative size is accepted")
	}
	if _, again := p.Version("1.0.0"); !errors.Is(again, err) {
		t.Error("it is decoded again")
	}
	if _, err := p.Encode(); err == nil {
		t.Error("it is encoded")
	}
}
