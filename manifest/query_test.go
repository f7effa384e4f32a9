package manifest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const queried = `{
  "name": "p",
  "scripts": {"a.b": "x"},
  "list": [ "one", "two" ],
  "people": [
    {"name": "Ann"},
    {"mail": "b@example.com"},
    {"name": "Cem"}
  ],
  "empty": {},
  "nothing": null,
  "devDependencies": {
    "b": "1",
    "d": "1"
  }
}
`

func query(t *testing.T, text string) Query {
	t.Helper()
	q, err := ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func asFile(text string) *File {
	f := &File{data: []byte(text), Manifest: new(Manifest)}
	return f
}

func TestGet(t *testing.T) {
	for text, want := range map[string]string{
		"name":           `name="p"`,
		"scripts[a.b]":   `scripts[a.b]="x"`,
		"list[1]":        `list[1]="two"`,
		"list.0":         `list.0="one"`,
		"people[2].name": `people[2].name="Cem"`,
		"people.name":    `people[0].name="Ann" people[2].name="Cem"`,
		"list[2]":        "",
		"name.x":         "",
		"none":           "",
		"empty":          `empty={}`,
	} {
		values, err := asFile(queried).Get(query(t, text))
		var got []string
		for _, v := range values {
			got = append(got, v.Name+"="+string(v.JSON))
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	var wrong *QueryError
	if _, err := asFile(queried).Get(query(t, "list[]")); !errors.As(err, &wrong) || wrong.Code != "EINVALIDSYNTAX" {
		t.Errorf("list[]: %v", err)
	}
	for text, code := range map[string]string{"": "EINVALIDSYNTAX", "a[": "EINVALIDSYNTAX", "a.__proto__": "EFORBIDDENKEY", strings.Repeat("a.", 600): "EINVALIDSYNTAX"} {
		if _, err := ParseQuery(text); !errors.As(err, &wrong) || wrong.Code != code {
			t.Errorf("%.20q: %v, want %s", text, err, code)
		}
	}
}

func TestPut(t *testing.T) {
	for name, test := range map[string]struct{ query, value, old, new string }{
		"a value":            {"name", `"q"`, `"name": "p"`, `"name": "q"`},
		"a key with a dot":   {"scripts[a.b]", `1`, `{"a.b": "x"}`, `{"a.b": 1}`},
		"another member":     {"scripts.c", `"y"`, `{"a.b": "x"}`, `{"a.b": "x","c": "y"}`},
		"an element":         {"list[1]", `{"x": [1]}`, `"two" ]`, "{\n      \"x\": [\n        1\n      ]\n    } ]"},
		"a new element":      {"list[]", `"three"`, `"two" ]`, `"two", "three" ]`},
		"the next element":   {"list[2]", `3`, `"two" ]`, `"two", 3 ]`},
		"a lined-up element": {"people[].name", `"Dee"`, "\"Cem\"}\n", "\"Cem\"},\n    {\n      \"name\": \"Dee\"\n    }\n"},
		"a new object":       {"a.b.c", `true`, "\"d\": \"1\"\n  }\n", "\"d\": \"1\"\n  },\n  \"a\": {\n    \"b\": {\n      \"c\": true\n    }\n  }\n"},
		"a new list":         {"a[0].b", `{}`, "\"d\": \"1\"\n  }\n", "\"d\": \"1\"\n  },\n  \"a\": [\n    {\n      \"b\": {}\n    }\n  ]\n"},
		"in what was empty":  {"empty[]", `1`, `"empty": {}`, "\"empty\": [\n    1\n  ]"},
		"in nothing":         {"nothing.x", `1`, `"nothing": null`, "\"nothing\": {\n    \"x\": 1\n  }"},
		"a dependency":       {"devDependencies.c", `"2"`, "\"b\": \"1\",\n", "\"b\": \"1\",\n    \"c\": \"2\",\n"},
	} {
		f := asFile(queried)
		if err := f.Put(query(t, test.query), json.RawMessage(test.value), false); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if want := strings.Replace(queried, test.old, test.new, 1); want == queried || string(f.data) != want {
			t.Errorf("%s: %s", name, f.data)
		}
	}
}

func TestPutRefuses(t *testing.T) {
	for text, want := range map[string]struct{ code, forced string }{
		"name.x":     {"EOVERRIDEVALUE", `"name": {`},
		"list.x":     {"ENOADDPROP", `"x": 1`},
		"scripts[]":  {"ENOAPPEND", ""},
		"list[7]":    {"EINVALIDSYNTAX", ""},
		"empty[3].x": {"EINVALIDSYNTAX", ""},
	} {
		f := asFile(queried)
		var refused *QueryError
		if err := f.Put(query(t, text), json.RawMessage("1"), false); !errors.As(err, &refused) || refused.Code != want.code || string(f.data) != queried {
			t.Errorf("%s: %v", text, err)
		}
		err := f.Put(query(t, text), json.RawMessage("1"), true)
		if (err == nil) != (want.forced != "") || !strings.Contains(string(f.data), want.forced) || !json.Valid(f.data) {
			t.Errorf("%s, forced: %v %s", text, err, f.data)
		}
	}
}

func TestDelete(t *testing.T) {
	for text, want := range map[string][2]string{
		"name":              {"\n  \"name\": \"p\",", ""},
		"list[0]":           {`"one", `, ""},
		"list[1]":           {`, "two"`, ""},
		"people[1].mail":    {`"mail": "b@example.com"`, ""},
		"devDependencies":   {",\n  \"devDependencies\": {\n    \"b\": \"1\",\n    \"d\": \"1\"\n  }", ""},
		"devDependencies.b": {"\"b\": \"1\",\n    ", ""},
	} {
		f := asFile(queried)
		if !f.Delete(query(t, text)) || string(f.data) != strings.Replace(queried, want[0], want[1], 1) {
			t.Errorf("%s: %s", text, f.data)
		}
	}
	for _, text := range [...]string{"none", "list[2]", "list[]", "name.x", "a.b.c"} {
		if f := asFile(queried); f.Delete(query(t, text)) || string(f.data) != queried {
			t.Errorf("%s: %s", text, f.data)
		}
	}
}

// FuzzPut holds what Put leaves to be JSON in which Get finds what was put.
func FuzzPut(f *testing.F) {
	for _, text := range [...]string{"name", "a.b[0].c", "people[].name", "list[1]", "exports[./x.js].import", "empty[]", "nothing[0]"} {
		f.Add(queried, text, "value")
		f.Add(`{"a":{}}`, text, "1")
	}
	f.Fuzz(func(t *testing.T, document, text, value string) {
		q, err := ParseQuery(text)
		if err != nil || len(document) > 1<<12 || checkJSON([]byte(document), "") != nil {
			return
		}
		file := asFile(document)
		if file.Put(q, json.RawMessage(quote(value)), true) != nil {
			return
		}
		if !json.Valid(trimBOM(file.data)) {
			t.Fatalf("%q = %q in %q: %s", text, value, document, file.data)
		}
		if strings.Contains(text, "[]") {
			return
		}
		got, err := file.Get(q)
		if err != nil || len(got) != 1 || string(got[0].JSON) != quote(value) {
			t.Fatalf("%q = %q in %q: %s gives %v, %v", text, value, document, file.data, got, err)
		}
	})
}
