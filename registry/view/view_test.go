package view

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Printed by Node's util.inspect.
func TestText(t *testing.T) {
	for _, test := range []struct{ json, want string }{
		{`"it's"`, `"it's"`},
		{`{"a":{"b":{"c":{"d":1}}},"s":"x","x-y":[1,2,3]}`, "{ a: { b: { c: { d: 1 } } }, s: 'x', 'x-y': [ 1, 2, 3 ] }"},
		{`{"a":{"b":{"c":{"d":{"e":1}}}}}`, "{\n  a: {\n    b: { c: { d: { e: 1 } } }\n  }\n}"},
		{`[1,22,333,4,5,6,7,8]`, "[\n  1, 22, 333, 4,\n  5,  6,   7, 8\n]"},
		{`["1.0.0","1.1.0","1.2.0","1.3.0","1.4.0","1.5.0","1.10.0"]`,
			"[\n  '1.0.0',  '1.1.0',\n  '1.2.0',  '1.3.0',\n  '1.4.0',  '1.5.0',\n  '1.10.0'\n]"},
		{`[]`, "[]"},
		{`{"n":null,"y":true}`, "{ n: null, y: true }"},
	} {
		var v any
		if err := json.Unmarshal([]byte(test.json), &v); err != nil {
			t.Fatal(err)
		}
		if got := Text(v); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.json, got, test.want)
		}
	}
}

func TestLookup(t *testing.T) {
	var in map[string]any
	if err := json.Unmarshal([]byte(`{"dist":{"tarball":"u"},"time":{"1.0.0":"t"},"list":["a"],"none":[],
		"people":[{"name":"x","email":"e"},{"name":"y"}]}`), &in); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		path string
		keep bool
		want []Field
	}{
		{"dist.tarball", false, []Field{{"dist.tarball", "u"}}},
		{"time[1.0.0]", false, []Field{{"time[1.0.0]", "t"}}},
		{"people[1].name", false, []Field{{"people[1].name", "y"}}},
		{"people.email", false, []Field{{"people[0].email", "e"}}},
		{"list", false, []Field{{"list", "a"}}},
		{"list", true, []Field{{"list", []any{"a"}}}},
		{"none", false, nil},
		{"dist.nothing.there", false, nil},
		{"dist.tarball.length", false, nil},
		{"people[9]", false, nil},
	} {
		got, err := Lookup(in, test.path, test.keep)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, %v, want %v", test.path, got, err, test.want)
		}
	}
	for _, path := range []string{"list[]", "list[0"} {
		if got, err := Lookup(in, path, false); err == nil {
			t.Errorf("%s: %v", path, got)
		}
	}
}

// FuzzLookup takes paths from the command line over documents from registries.
func FuzzLookup(f *testing.F) {
	f.Add(`{"name":"a","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"dist":{"tarball":"u"}},"x":{}}}`, "dist.tarball")
	f.Add(`{"name":"a","versions":{"1.0.0":{"maintainers":[{"name":"x"}]}}}`, "maintainers[0].name")
	f.Add(`{"versions":[]}`, "versions[")
	f.Fuzz(func(t *testing.T, document, path string) {
		d, err := Parse([]byte(document))
		if err != nil {
			return
		}
		for _, v := range d.Match("*") {
			fields, err := Lookup(d.Version(v, false), path, true)
			if err != nil {
				return
			}
			for _, field := range fields {
				Text(Tidy(field.Value))
			}
		}
	})
}
