package registry

import (
	"strings"
	"testing"
)

const someAdvisories = `{"weak":[{"id":2,"url":"u","title":"t","severity":"odd","cwe":["CWE-79"],"cvss":{"score":7.5}},` +
	`{"id":1,"url":"u","title":"t","severity":"low","vulnerable_versions":"<1.0.1","cvss":"no object"}],"none":[]}`

func TestParseAdvisories(t *testing.T) {
	all, err := ParseAdvisories([]byte(someAdvisories))
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	if a := all["weak"][0]; a.Severity != "high" || a.Vulnerable != "*" {
		t.Errorf("an unknown severity and no range: %+v", a)
	}
	data, err := all.Encode()
	const want = `{"weak":[{"id":1,"url":"u","title":"t","severity":"low","vulnerable_versions":"\u003c1.0.1"},` +
		`{"id":2,"url":"u","title":"t","severity":"high","vulnerable_versions":"*","cwe":["CWE-79"],"cvss":{"score":7.5}}]}`
	if err != nil || string(data) != want {
		t.Errorf("%s, %v", data, err)
	}
	if _, err := ParseAdvisories([]byte(strings.Repeat(" ", MaxAdvisories+1))); err == nil {
		t.Error("a list that is too long was read")
	}
}

// FuzzParseAdvisories: what is accepted is written in one form.
func FuzzParseAdvisories(f *testing.F) {
	f.Add([]byte(someAdvisories))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"a":null,"b":[{}],"\u2028":[{"id":-9e18,"severity":"info"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := ParseAdvisories(data)
		if err != nil {
			return
		}
		one, err := all.Encode()
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseAdvisories(one)
		if err != nil {
			t.Fatalf("%s does not come back: %v", one, err)
		}
		if two, err := again.Encode(); err != nil || string(two) != string(one) {
			t.Fatalf("%s and %s, %v", one, two, err)
		}
	})
}
