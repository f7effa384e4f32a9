package pick

import (
	"errors"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/registry"
)

func TestHeld(t *testing.T) {
	p := parse(t, document).Slice(func(string) bool { return true })
	p.Hold("1.2.0", "is held back by a test")
	for text, want := range map[string]string{"^1": "1.3.0", "latest": "1.0.0", "*": "3.1.0"} {
		v, err := Version(p, spec(t, text), Options{})
		if err != nil || v.Version != want {
			t.Errorf("%s: %v %v, want %s", text, v, err, want)
		}
	}
	_, err := Version(p, spec(t, "1.2.0"), Options{Before: day("2024-01-01")})
	none, ok := errors.AsType[*NoVersionError](err)
	if !ok || none.Hidden != "1.2.0" || none.BeforeHid || !strings.Contains(err.Error(), "1.2.0 is held back by a test") {
		t.Errorf("got %v", err)
	}
}

// What registries do not agree on is told, and not passed over for an older
// version, except where somebody asks for that.
func TestDisputed(t *testing.T) {
	one, other := parse(t, document), parse(t, document)
	for digest, p := range map[string]*registry.Packument{"sha512-A": one, "sha512-B": other} {
		v := &registry.Version{}
		v.Name, v.Version, v.Dist.Integrity = "foo", "1.2.0", digest
		if err := p.Set(v); err != nil {
			t.Fatal(err)
		}
	}
	p, _ := registry.Overlay([]registry.Layer{{Registry: "one", Document: one}, {Registry: "other", Document: other}})
	for _, text := range []string{"1.2.0", "latest", "~1.2.0", "<=1.2.0"} {
		v, err := Version(p, spec(t, text), Options{})
		if _, ok := errors.AsType[*registry.DisagreementError](err); !ok {
			t.Errorf("%s: %v %v", text, v, err)
		}
		if _, err := Version(p, spec(t, text), Options{DefaultTag: "gone"}); err == nil {
			t.Errorf("%s without a default tag: passed over", text)
		}
	}
	if v, err := Version(p, spec(t, "<1.2"), Options{}); err != nil || v.Version != "1.0.0" {
		t.Errorf("another version: %v %v", v, err)
	}
}
