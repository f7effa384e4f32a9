package lockfile

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The expected order was printed by Node 20 (ICU 78) with
// [...].sort((a, b) => a.localeCompare(b, "en")).
func TestCompareIsLocaleCompare(t *testing.T) {
	want := strings.Split(" |_|-|,|;|:|!|?|.|'|\"|(|)|[|]|{|}|@|*|/|\\|&|#|%|`|^|+|<|=|>|~|$|0|1|9|a|A|a_b|a-b|a.b|a@b|a/b|a1|ab|aB|Ab|AB|b|B|z|Z", "|")
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Compare)
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

func TestCompareIsAnOrder(t *testing.T) {
	words := []string{"", "a", "A", "aa", "aA", "Aa", "a/b", "a-b", "ä", "z", "Zé", "@s/x", "1", "10", "9"}
	for _, a := range words {
		for _, b := range words {
			if ab, ba := Compare(a, b), Compare(b, a); ab != -ba || (ab == 0) != (a == b) {
				t.Errorf("Compare(%q, %q) = %d, reversed %d", a, b, ab, ba)
			}
			for _, c := range words {
				if Compare(a, b) < 0 && Compare(b, c) < 0 && Compare(a, c) >= 0 {
					t.Errorf("not transitive: %q %q %q", a, b, c)
				}
			}
		}
	}
}

// many makes a lockfile of n packages out of the recorded one.
func many(b testing.TB, n int) *Lockfile {
	b.Helper()
	l, err := ImportPackageLock(recorded(b, "large.package-lock.json"))
	if err != nil {
		b.Fatal(err)
	}
	big := &Lockfile{Name: "big", Version: "1.0.0", Packages: map[string]*Package{"": {}}}
	locations := slices.Sorted(maps.Keys(l.Packages))
	for i := 0; len(big.Packages) < n; i++ {
		p := *l.Packages[locations[i%len(locations)]]
		p.CID, p.Size, p.Link, p.Resolved = sampleCID, int64(i), false, ""
		location := strings.TrimPrefix(locations[i%len(locations)], "node_modules/")
		if location != "" {
			big.Packages[fmt.Sprintf("packages/w%d/node_modules/%s", i/len(locations), location)] = &p
		}
	}
	return big
}

func BenchmarkParse10000(b *testing.B) {
	data, err := many(b, 10_000).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode10000(b *testing.B) {
	l := many(b, 10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := l.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	data, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(conflicted))
	f.Add([]byte(file("node_modules/a", `"version":"1.0.0"`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		_, _ = parseHead(string(data))
		l, err := Parse(data)
		if err != nil {
			requireTyped(t, err)
			return
		}
		out, err := l.Encode()
		if err != nil {
			t.Fatalf("parsed, but cannot be written: %v", err)
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("own output is refused: %v\n%s", err, out)
		}
		head, err := parseHead(string(out))
		if err != nil || head.Closure != again.Closure || !maps.Equal(head.Registries, again.Registries) {
			t.Fatalf("of its own output the head says %+v, %v", head, err)
		}
		if root := again.Packages[""]; head.Packages == nil && root != nil || head.Packages != nil && !reflect.DeepEqual(head.Packages[""], root) {
			t.Fatalf("of its own output the head has the project as %+v", head.Packages[""])
		}
		if twice, err := again.Encode(); err != nil || string(twice) != string(out) {
			t.Fatalf("not stable (%v):\n%s\n%s", err, out, twice)
		}
	})
}

func TestCollationKeyIsCompare(t *testing.T) {
	sorted := []string{"", "_a", "-a", ".a", "@s/a", "1a", "a", "A", "a-b", "a/b", "aa", "aB", "Ab0", "b"}
	for i, a := range sorted {
		for j, b := range sorted {
			if have := sign(Compare(a, b)); have != sign(i-j) {
				t.Errorf("Compare(%q, %q) = %d", a, b, have)
			}
			if have := bytes.Compare(CollationKey(a), CollationKey(b)); have != sign(i-j) {
				t.Errorf("keys of %q, %q: %d", a, b, have)
			}
		}
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

// The order itself, of which weights is the index.
func TestWeights(t *testing.T) {
	const order = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
	for c := range byte(0x80) {
		if want := strings.IndexByte(order, bytes.ToLower([]byte{c})[0]) + 1; int(weight(c)) != want {
			t.Errorf("weight(%q) = %d, want %d", c, weight(c), want)
		}
	}
}

// However packages came to be where they are, they are listed once and in order.
func TestLocations(t *testing.T) {
	l := &Lockfile{Packages: map[string]*Package{}}
	for _, at := range []string{"node_modules/b", "", "node_modules/a", "10", "9", "node_modules/a"} {
		l.Put(at, &Package{})
	}
	want := []string{"9", "10", "", "node_modules/a", "node_modules/b"}
	check := func(how string) {
		t.Helper()
		if got := l.Locations(); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", how, got, want)
		}
	}
	check("one put twice")
	l.Packages["node_modules/c"] = &Package{}
	want = append(want, "node_modules/c")
	check("one put twice, another by hand")
	delete(l.Packages, "9")
	check0 := want
	want = want[1:]
	check("one taken out")
	l.Put("9", &Package{})
	want = check0
	check("put back")

	head := l.Head(1)
	head.Put("node_modules/z", &Package{})
	check("its head has other packages")
	if got := head.Locations(); !slices.Equal(got, []string{"node_modules/z"}) {
		t.Errorf("the head has %q", got)
	}
}
