package page

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// kept is a list with its files, as an index has them.
type kept struct {
	list  List
	files map[string][]byte
}

// edit applies edits with no more of the files than Touched names, and checks
// what comes out against the list that is made at once.
func (k *kept) edit(t *testing.T, edits map[string]string) {
	t.Helper()
	have := map[string][]Entry{}
	for _, file := range k.list.Touched(slices.Collect(maps.Keys(edits))) {
		entries, err := ParseFile(k.files[file])
		if err != nil {
			t.Fatal(err)
		}
		have[file] = entries
	}
	list, written := k.list.Apply(have, edits)
	files := map[string][]byte{}
	for _, s := range list {
		files[s.File] = k.files[s.File]
		if entries, is := written[s.File]; is {
			files[s.File] = EncodeFile(entries)
			delete(written, s.File)
		}
	}
	if len(written) > 0 {
		t.Errorf("%d files are written that the list does not name", len(written))
	}
	k.list, k.files = list, files
}

func names(n int) map[string]string {
	out := map[string]string{}
	for i := range n {
		out[fmt.Sprintf("package-%d", i)] = "1.0.0"
	}
	return out
}

// TestListByAnyWay adds, changes and removes at random, and gets the list and
// the files that one makes at once.
func TestListByAnyWay(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	all := names(4000)
	k := &kept{}
	k.edit(t, all)
	if len(k.list) < 4 || k.list.Count() != 4000 {
		t.Fatalf("%d files of %d names", len(k.list), k.list.Count())
	}
	for round := range 40 {
		edits := map[string]string{}
		for range 1 + random.IntN(300) {
			name := fmt.Sprintf("package-%d", random.IntN(6000))
			edits[name] = []string{"", "1.0.0", "2.0.0"}[random.IntN(3)]
		}
		if round%5 == 0 { // the names at the cuts are the delicate ones
			for _, s := range k.list[1:] {
				edits[s.First] = []string{"", "3.0.0"}[random.IntN(2)]
			}
		}
		for name, version := range edits {
			all[name] = version
			if version == "" {
				delete(all, name)
			}
		}
		k.edit(t, edits)
		once := &kept{}
		once.edit(t, all)
		if !reflect.DeepEqual(k.list, once.list) || !reflect.DeepEqual(k.files, once.files) {
			t.Fatalf("round %d: the list depends on how it came about", round)
		}
	}
}

// TestOneChangeTouchesOneFile holds an update to its own file.
func TestOneChangeTouchesOneFile(t *testing.T) {
	k := &kept{}
	k.edit(t, names(4000))
	before := k.files
	k.edit(t, map[string]string{"package-77": "9.9.9"})
	changed := 0
	for file := range k.files {
		if string(before[file]) != string(k.files[file]) {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d files changed", changed)
	}
}

func TestListRoundTrip(t *testing.T) {
	k := &kept{}
	k.edit(t, names(2000))
	data, err := k.list.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ParseList(data); err != nil || !reflect.DeepEqual(got, k.list) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{``, `[]`, `[{"file":"x.html","first":"","count":1}]`, `[{"file":"0.html","first":"","count":-1}]`,
		strings.Replace(string(data), `"first":"package`, `"first":"other`, 1)} {
		if _, err := ParseList([]byte(bad)); err == nil {
			t.Errorf("%.60s was read", bad)
		}
	}
}

func TestFileEscapes(t *testing.T) {
	entries := []Entry{{`"><script>x`, "1.0.0"}, {"a'b", "<b>"}, {"plain", "1.0.0"}}
	data := EncodeFile(entries)
	if strings.Contains(string(data), "<script") || strings.Contains(string(data), "<b>") {
		t.Errorf("markup passes: %s", data)
	}
	got, err := ParseFile(data)
	if err != nil || !slices.Equal(got, entries) {
		t.Errorf("%v, %v", got, err)
	}
}

// FuzzParseFile reads back what it takes, and nothing else.
func FuzzParseFile(f *testing.F) {
	f.Add(EncodeFile(nil))
	f.Add(EncodeFile([]Entry{{"@s/a", "1.0.0"}, {"b", "2.0.0-rc.1"}}))
	f.Add([]byte(fileHead + "<li><a href=\"../packages/a\">b</a> 1\n" + fileTail))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := ParseFile(data)
		if err == nil && string(EncodeFile(entries)) != string(data) {
			t.Errorf("%q is not what is written for %v", data, entries)
		}
	})
}

// FuzzParseList takes only lists that can be worked with.
func FuzzParseList(f *testing.F) {
	k := &kept{}
	list, _ := k.list.Apply(nil, names(2000))
	data, err := list.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data, "package-3")
	f.Add([]byte(`[{"file":"0.html","first":"","count":0}]`), "a")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		l, err := ParseList(data)
		if err != nil {
			return
		}
		have := map[string][]Entry{}
		for _, file := range l.Touched([]string{name}) {
			have[file] = nil
		}
		after, _ := l.Apply(have, map[string]string{name: "1.0.0"})
		if again, err := after.Encode(); err != nil || len(after) == 0 {
			t.Errorf("%s: %v", again, err)
		}
	})
}
