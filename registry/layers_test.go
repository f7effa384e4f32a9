package registry

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
)

// layerOf makes one registry's document of a package: version → integrity.
func layerOf(t *testing.T, name string, versions map[string]string) Layer {
	t.Helper()
	p := New("x")
	for _, number := range slices.Sorted(maps.Keys(versions)) {
		v := &Version{}
		v.Name, v.Version = "x", number
		v.Dist.Integrity = versions[number]
		if err := p.Set(v); err != nil {
			t.Fatal(err)
		}
		p.DistTags["latest"] = number
		p.DistTags[name] = number
	}
	return Layer{Registry: name, Document: p}
}

func TestOverlay(t *testing.T) {
	layers := []Layer{
		layerOf(t, "top", map[string]string{"1.0.0": "sha512-A", "2.0.0": "sha512-B"}),
		layerOf(t, "base", map[string]string{"1.0.0": "sha512-X", "2.0.0": "sha512-B", "3.0.0": "sha512-C"}),
	}
	p, from := Overlay(layers)
	if want := map[string]int{"1.0.0": 0, "2.0.0": 0, "3.0.0": 1}; !maps.Equal(from, want) {
		t.Errorf("from %v, want %v", from, want)
	}
	if want := map[string]string{"latest": "2.0.0", "top": "2.0.0", "base": "3.0.0"}; !maps.Equal(p.DistTags, want) {
		t.Errorf("tags %v, want %v", p.DistTags, want)
	}
	if got := p.VersionList(); !slices.Equal(got, []string{"1.0.0", "2.0.0", "3.0.0"}) {
		t.Errorf("versions %v", got)
	}
	_, err := p.Version("1.0.0")
	clash, ok := errors.AsType[*DisagreementError](err)
	if !ok || clash.Says["top"] != "sha512-A" || clash.Says["base"] != "sha512-X" {
		t.Errorf("1.0.0: %v", err)
	}
	if _, err := layers[0].Document.Version("1.0.0"); err != nil || layers[0].Document.Has("3.0.0") {
		t.Errorf("the argument was changed: %v", err)
	}
}

func TestQuorum(t *testing.T) {
	sha1 := "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA="
	layers := []Layer{
		layerOf(t, "a", map[string]string{"1.0.0": "sha512-A", "2.0.0": "sha512-B", "3.0.0": "sha512-C", "4.0.0": sha1, "5.0.0": "sha512-E"}),
		layerOf(t, "b", map[string]string{"1.0.0": "sha512-A", "2.0.0": "sha512-X", "4.0.0": sha1, "5.0.0": "sha512-E sha1-other"}),
		layerOf(t, "c", map[string]string{"5.0.0": "sha512-F"}),
	}
	p, dissent := Quorum(layers[0].Document, layers, 2)
	for version, want := range map[string]string{
		"1.0.0": "",
		"2.0.0": "ALARM: x@2.0.0: the registries do not agree on its bytes: a has sha512-B, b has sha512-X",
		"3.0.0": "is in 1 of the 2 registries that registry-quorum asks for: a has sha512-C",
		"4.0.0": "is in 0 of the 2 registries that registry-quorum asks for", // SHA-1 vouches for nothing
		"5.0.0": "",                                                          // two of three
	} {
		got := p.Held(version)
		if _, err := p.Version(version); err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q, want %q", version, got, want)
		}
	}
	const want = "x@5.0.0: c has other bytes than the 2 registries that agree: a has sha512-E, b has sha512-E sha1-other, c has sha512-F"
	if len(dissent) != 1 || dissent["5.0.0"].String() != want {
		t.Errorf("dissent: %v, want %s", dissent, want)
	}
	if layers[0].Document.AnyHeld() {
		t.Error("the argument was changed")
	}
}
