package lockfile

import (
	"bytes"
	"testing"
)

func TestRoundTripSmall(t *testing.T) {
	l := &Lockfile{Name: "x", Version: "1.0.0", Packages: map[string]*Package{
		"":               {Name: "x", Version: "1.0.0", Dependencies: map[string]string{"a": "^1.0.0"}},
		"node_modules/a": {Version: "1.2.3", Size: 3, Bin: map[string]string{"a": "bin/a.js"}},
	}}
	data, err := l.Encode()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.Encode()
	if err != nil || !bytes.Equal(data, again) {
		t.Fatalf("%v\n%s\n%s", err, data, again)
	}
}
