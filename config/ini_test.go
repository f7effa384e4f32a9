package config

import (
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"testing"
)

// npmGolden is what npm 12.2's own parts (ini, env-replace) make of texts:
// key, value and "[]" per line, and the expansion with X=x, EMPTY= and
// "A B"=ab set.
type npmGolden struct {
	Lines  map[string][]string
	Expand map[string]string
}

func golden(t *testing.T) npmGolden {
	t.Helper()
	data, err := os.ReadFile("testdata/npm.json")
	if err != nil {
		t.Fatal(err)
	}
	var g npmGolden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestParseRCAgreesWithNPM(t *testing.T) {
	for line, want := range golden(t).Lines {
		entries, err := ParseRC([]byte(line))
		if err != nil {
			t.Errorf("%q: %v", line, err)
			continue
		}
		var got []string
		for _, e := range entries {
			got = []string{e.Key, e.Value, ""}
			if e.Array {
				got[2] = "[]"
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %q, npm %q", line, got, want)
		}
	}
}

func TestExpandAgreesWithNPM(t *testing.T) {
	env := map[string]string{"X": "x", "EMPTY": "", "A B": "ab"}
	for text, want := range golden(t).Expand {
		if got, _ := expand(text, env); got != want {
			t.Errorf("%q: got %q, npm %q", text, got, want)
		}
	}
}

func TestParseRCPlaces(t *testing.T) {
	entries, err := ParseRC([]byte("\ufeffa=1\r\n\r\n; x\n[s]\nb=2\rc[]=3"))
	want := []Entry{
		{Key: "a", Value: "1", Line: 1},
		{Key: "b", Value: "2", Section: "[s]", Line: 5},
		{Key: "c", Value: "3", Array: true, Section: "[s]", Line: 6},
	}
	if err != nil || !reflect.DeepEqual(entries, want) {
		t.Errorf("got %+v, %v", entries, err)
	}
}

func TestParseRCErrors(t *testing.T) {
	for text, want := range map[string]string{
		"a=1\n=2":     ".npmrc:2: a value without a key",
		"a=\x00":      ".npmrc:1: a NUL character",
		"\n\na=\xff":  ".npmrc:3: not UTF-8 text",
		"a\n \"\" =x": ".npmrc:2: a value without a key",
	} {
		_, err := ParseRC([]byte(text))
		if _, ok := errors.AsType[*SyntaxError](err); !ok || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func FuzzParseRC(f *testing.F) {
	f.Add([]byte("a=b\n//h/:_authToken=${X}\nk[]='x' ; c\n[s]\nz"), "tag", "x;y # \"\\")
	f.Add([]byte("\ufeff\r\na = \"b\\n\"\r\ntag=1\rtag[]=2"), "tag", "'")
	f.Fuzz(func(t *testing.T, data []byte, key, val string) {
		before, err := ParseRC(data)
		if err != nil {
			return
		}
		for _, e := range before {
			_, _ = expand(e.Value, map[string]string{"X": "x"})
			if e.Key == "" || e.Line < 1 {
				t.Fatalf("%q: %+v", data, e)
			}
		}
		if Check(key, val) != nil {
			return
		}
		edited, err := Edit(data, key, []string{rcText(key) + "=" + rcText(val)})
		if err != nil {
			t.Fatalf("%q: %v", data, err)
		}
		after, err := ParseRC(edited)
		if err != nil {
			t.Fatalf("%q became %q: %v", data, edited, err)
		}
		checkEdit(t, before, after, key, val)
	})
}

// checkEdit says that the key has the one value and all else is as it was.
func checkEdit(t *testing.T, before, after []Entry, key, val string) {
	t.Helper()
	rest := func(entries []Entry) (kept []Entry, values []string) {
		for _, e := range entries {
			if e.Key == key && e.Section == "" {
				values = append(values, e.Value)
				continue
			}
			e.Line = 0
			kept = append(kept, e)
		}
		return kept, values
	}
	kept, _ := rest(before)
	now, values := rest(after)
	if !reflect.DeepEqual(kept, now) {
		t.Fatalf("set %q: %+v became %+v", key, kept, now)
	}
	if len(values) != 1 || values[0] != val {
		t.Fatalf("set %q to %q: got %q", key, val, values)
	}
}
