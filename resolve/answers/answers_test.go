package answers

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/resolve"
)

func sample() (*Question, *Answer) {
	q := &Question{Program: "p", Registry: "ipns://k", Files: [][]byte{[]byte(`{"name":"a"}`), nil}}
	return q, &Answer{
		Root:      "bafyroot",
		Documents: map[string]string{"@s/b": "bafyb", "gone": ""},
		Warnings:  []resolve.Warning{{Code: "deprecated", Package: "b@1.0.0", Location: "node_modules/b", Message: "use c\nnot b"}},
		Lock:      []byte("{\n  \"packages\": {}\n}\n"),
	}
}

func TestKeptAnswer(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "answers"))
	q, want := sample()
	if _, ok := s.Find(q); ok {
		t.Fatal("an answer in no folder")
	}
	for range 2 { // the second takes the place of the first
		if err := s.Keep(q, want); err != nil {
			t.Fatal(err)
		}
		got, ok := s.Find(q)
		if !ok || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v; want %+v", got, ok, want)
		}
	}
	other, _ := sample()
	other.Registry = "ipns://l"
	if _, ok := s.Find(other); ok {
		t.Error("the answer to another question")
	}
	want.Warnings = append(want.Warnings, resolve.Warning{Code: "ERESOLVE", Conflict: &resolve.ConflictError{}})
	if err := s.Keep(q, want); err == nil {
		t.Error("a conflict was kept without its sides")
	}
}

// TestEveryPartCounts changes each part of a question, each field of the resolver's
// options among them, whatever there will be: an option that made no difference would
// bring the answer to another one.
func TestEveryPartCounts(t *testing.T) {
	seen := map[string]string{}
	note := func(what string, change func(*Question)) {
		q, _ := sample()
		change(q)
		if other, taken := seen[q.key()]; taken {
			t.Errorf("%s and %s make no difference", what, other)
		}
		seen[q.key()] = what
	}
	note("nothing", func(*Question) {})
	note("program", func(q *Question) { q.Program = "o" })
	note("registry", func(q *Question) { q.Registry = "ipns://o" })
	note("reading", func(q *Question) { q.Reading = "never" })
	note("a file", func(q *Question) { q.Files[0] = []byte("{}") })
	note("an empty file", func(q *Question) { q.Files[1] = []byte{} })
	note("files in another order", func(q *Question) { q.Files[0], q.Files[1] = q.Files[1], q.Files[0] })
	for field := range reflect.TypeFor[resolve.Options]().Fields() {
		if field.Type.Kind() == reflect.Func {
			continue
		}
		note(field.Name, func(q *Question) {
			fill(t, field.Name, reflect.ValueOf(&q.Options).Elem().FieldByIndex(field.Index))
		})
	}
	q, _ := sample()
	q.Options.OnPick, q.Options.Elsewhere = func(*registry.Version) {}, func(*registry.Version) string { return "" }
	if seen[q.key()] != "nothing" {
		t.Error("functions count")
	}
}

// fill gives a field another value than its zero value.
func fill(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, name, v.Index(0))
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		fill(t, name, value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("k"), value)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, name, v.Field(i))
		}
	default:
		t.Errorf("%s is a %v: how it is told from another, key has to say", name, v.Kind())
	}
}

// TestOtherFormats are no answers: what is kept may be an older program's, or none.
func TestOtherFormats(t *testing.T) {
	_, a := sample()
	data, err := encode(a)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := decode(data); !ok {
		t.Fatal("an answer is none")
	}
	for _, other := range []string{
		"", "\n", "{}\n", strings.Replace(string(data), `"format":1`, `"format":2`, 1),
		strings.Replace(string(data), `"documents":`, `"documents":-`, 1),
		strings.Replace(string(data), `"documents":`, `"documents":9`, 1),
	} {
		if got, ok := decode([]byte(other)); ok {
			t.Errorf("%q is an answer: %+v", other, got)
		}
	}
}
