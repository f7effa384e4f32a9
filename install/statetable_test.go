package install

import (
	"maps"
	"testing"
)

func TestTableRoundTrip(t *testing.T) {
	packages := map[string]installed{
		"node_modules/a":                      {Key: "sha512-x", Name: "a", Version: "1.0.0", Built: true},
		"node_modules/@s/b":                   {Key: "sha512-y", Name: "@s/b", Version: "2.0.0-rc.1+build", Modules: true, Built: true},
		"node_modules/link":                   {Link: "packages/with, comma", Name: "link"},
		"node_modules/odd":                    {Name: "odd", Resolved: "file:a \"quoted\"\nname.tgz"},
		"node_modules/a/node_modules/virtual": {Key: "k", Name: "virtual", Version: "1.0.0", Entry: "abc/node_modules/virtual"},
		"node_modules/alias":                  {Key: "k", Name: "@s/real", Version: "1.0.0", Entry: "abc/1/node_modules/@s/real"},
		"node_modules/@s/c":                   {Key: "k", Name: "@s/c", Version: "1.0.0", Entry: "abc/node_modules/other"},
		"packages/x":                          {Name: "x", Link: "packages/x", Version: "1.0.0"},
		"packages/y/node_modules/z":           {Name: "", Key: "k"},
		"node_modules/=":                      {Name: "=", Key: "k"},
	}
	table, err := encodeTable(packages)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseTable(table)
	if err != nil || !maps.Equal(got, packages) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTableRefusesAnotherShape(t *testing.T) {
	for _, table := range []string{"node_modules/a,key\n", "{}\n", "a,b,c,d,e,f,g,\"h\n"} {
		if got, err := parseTable([]byte(table)); err == nil {
			t.Errorf("%q: %v", table, got)
		}
	}
}
