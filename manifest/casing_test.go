package manifest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestFieldNames(t *testing.T) {
	var want []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Manifest]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		want = append(want, name)
	}
	got := fieldNames()
	if !slices.Equal(got[:], want) {
		t.Errorf("fieldNames is %q, the struct has %q", got, want)
	}
}

// TestCaseMatters: encoding/json would read all of these.
func TestCaseMatters(t *testing.T) {
	for _, text := range []string{
		`{"Scripts": {"install": "evil"}, "Version": "2"}`,
		`{"scripts": {}, "SCRIPTS": {"install": "evil"}}`,
		`{"SCRIPTS": {"install": "evil"}, "scripts": {}}`,
		"{\"\u017fcripts\": {\"install\": \"evil\"}}",
		`{"\u0053cripts": {"install": "evil"}}`,
		`{ "x" : [1, {"scripts": "}"}, "a\\"] , "sCripts":{"install":"evil"} }`,
	} {
		m, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if m.Scripts["install"] != "" || m.Version != "" {
			t.Errorf("%s was read as %+v", text, m)
		}
	}
	m, err := Parse([]byte(`{"Name": "x", "name": "y", "\u0076ersion": "1"}`))
	if err != nil || m.Name != "y" || m.Version != "1" {
		t.Errorf("read %+v, %v", m, err)
	}
}
