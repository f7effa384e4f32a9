package virtual

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// parse makes a graph of lines "a@1 b c", each a package and what it links to,
// in their order. A package is named by its line's first word, "a@1", "a@1'"
// being another with the same name, version and content.
func parse(lines ...string) (packages []Package, index map[string]int) {
	index = map[string]int{}
	for i, line := range lines {
		index[strings.Fields(line)[0]] = i
	}
	for _, line := range lines {
		words := strings.Fields(line)
		name, version, _ := strings.Cut(strings.TrimRight(words[0], "'"), "@")
		p := Package{Name: name, Version: version, Content: "content of " + name + version}
		for _, to := range words[1:] {
			at, _, _ := strings.Cut(to, "@")
			p.Links = append(p.Links, Link{At: at, To: index[to]})
		}
		packages = append(packages, p)
	}
	return packages, index
}

// places maps each package of a graph to its place.
func places(lines ...string) map[string]string {
	packages, index := parse(lines...)
	l, out := Arrange(packages), map[string]string{}
	for word, i := range index {
		out[word] = l.At(i)
	}
	return out
}

func TestSharing(t *testing.T) {
	tests := []struct {
		name         string
		one, two     []string
		same, differ []string
	}{
		{"dependencies decide, near and far",
			[]string{"a@1 b@1", "b@1 c@1", "c@1", "d@1"},
			[]string{"a@1 b@1", "b@1 c@2", "c@2", "d@1"},
			[]string{"d@1"}, []string{"a@1", "b@1"}},
		{"dependents do not",
			[]string{"a@1 b@1", "b@1"}, []string{"b@1"}, []string{"b@1"}, nil},
		{"a missing optional dependency does",
			[]string{"a@1 b@1", "b@1"}, []string{"a@1", "b@1"}, []string{"b@1"}, []string{"a@1"}},
		{"circles, whoever comes first",
			[]string{"a@1 b@1", "b@1 c@1", "c@1 a@1"}, []string{"c@1 a@1", "a@1 b@1", "b@1 c@1"},
			[]string{"a@1", "b@1", "c@1"}, nil},
		{"what a circle leads to",
			[]string{"a@1 b@1", "b@1 a@1 c@1", "c@1"}, []string{"a@1 b@1", "b@1 a@1 c@2", "c@2"},
			nil, []string{"a@1", "b@1"}},
		{"a circle that is larger",
			[]string{"a@1 b@1", "b@1 a@1"}, []string{"a@1 b@1", "b@1 c@1", "c@1 a@1"},
			nil, []string{"a@1", "b@1"}},
		{"a circle that goes round twice is the same to those in it",
			[]string{"a@1 b@1", "b@1 a@1"}, []string{"a@1 b@1", "b@1 a@1'", "a@1' b@1'", "b@1' a@1"},
			[]string{"a@1", "b@1"}, nil},
		{"twins in a circle that see different things",
			[]string{"a@1 b@1", "b@1 a@1", "a@1' b@1'", "b@1' a@1' c@1", "c@1"}, []string{"a@1 b@1", "b@1 a@1"},
			[]string{"a@1", "b@1"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			one, two := places(test.one...), places(test.two...)
			for _, p := range test.same {
				if one[p] != two[p] {
					t.Errorf("%s is at %s and %s", p, one[p], two[p])
				}
			}
			for _, p := range test.differ {
				if one[p] == two[p] {
					t.Errorf("%s is at %s in both", p, one[p])
				}
			}
		})
	}
}

func TestTwins(t *testing.T) {
	at := places("a@1 b@1", "b@1 a@1", "a@1' b@1'", "b@1' a@1' c@1", "c@1")
	if at["a@1"] == at["a@1'"] || at["b@1"] == at["b@1'"] {
		t.Errorf("circles with different dependencies share a place: %v", at)
	}
	at = places("x@1 y@1", "y@1", "x@1' y@1'", "y@1'")
	if at["x@1"] != at["x@1'"] || at["y@1"] != at["y@1'"] {
		t.Errorf("packages that nothing tells apart have places of their own: %v", at)
	}
}

func TestKeyCovers(t *testing.T) {
	base := Package{Name: "a", Version: "1", Content: "c", Links: []Link{{At: "w", Folder: "/p/w"}}}
	keys := map[string]string{}
	for what, change := range map[string]func(*Package){
		"nothing": func(*Package) {},
		"name":    func(p *Package) { p.Name = "b" },
		"version": func(p *Package) { p.Version = "2" },
		"content": func(p *Package) { p.Content = "d" },
		"build":   func(p *Package) { p.Built = "linux x64 node-24" },
		"folder":  func(p *Package) { p.Links = []Link{{At: "w", Folder: "/q/w"}} },
		"place":   func(p *Package) { p.Links = []Link{{At: "a/node_modules/w", Folder: "/p/w"}} },
		"links":   func(p *Package) { p.Links = nil },
	} {
		p := base
		change(&p)
		key := Arrange([]Package{p}).Entry(0).Key
		if other, taken := keys[key]; taken {
			t.Errorf("%s and %s make no difference", what, other)
		}
		keys[key] = what
	}
}

// TestLinksFitInodes: ext4 keeps a link of up to 59 bytes in its inode, and takes a
// block for a longer one.
func TestLinksFitInodes(t *testing.T) {
	l := Arrange([]Package{
		{Name: "a", Version: "1.0.0", Content: "x", Links: []Link{{At: "thirteen-char", To: 1}}},
		{Name: "thirteen-char", Version: "10.10.10-beta.10", Content: "y"},
	})
	links, err := l.Links(l.Entry(0), l.Entry(0).Members[0])
	if err != nil || len(links) != 1 || len(links[0].Text) != 59 {
		t.Errorf("%q, %v", links, err)
	}
}

// TestAnyGraph holds arrangements of random graphs to what the store relies
// on: needs come first, keys do not depend on the order of the packages, and
// packages at one place lead to the same places.
func TestAnyGraph(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, seed))
		n := 2 + random.IntN(14)
		packages := make([]Package, n)
		for i := range packages {
			packages[i] = Package{Name: fmt.Sprint("p", random.IntN(4)), Version: "1"}
			for range random.IntN(3) {
				to := random.IntN(n)
				at := fmt.Sprint("d", to%3)
				if !slices.ContainsFunc(packages[i].Links, func(l Link) bool { return l.At == at }) {
					packages[i].Links = append(packages[i].Links, Link{At: at, To: to})
				}
			}
		}
		l := Arrange(packages)
		checkOrder(t, seed, l)
		at := map[string]string{}
		for i, p := range packages {
			var leads []string
			for _, link := range p.Links {
				leads = append(leads, link.At+"="+l.At(link.To))
			}
			slices.Sort(leads)
			text := p.Name + " " + strings.Join(leads, " ")
			if have, ok := at[l.At(i)]; ok && have != text {
				t.Errorf("seed %d: at one place are\n%s\n%s", seed, have, text)
			}
			at[l.At(i)] = text
		}
		order := random.Perm(n)
		shuffled := make([]Package, n)
		for from, to := range order {
			p := packages[from]
			p.Links = slices.Clone(p.Links)
			for i := range p.Links {
				p.Links[i].To = order[p.Links[i].To]
			}
			shuffled[to] = p
		}
		again := Arrange(shuffled)
		for i := range packages {
			if l.At(i) != again.At(order[i]) {
				t.Errorf("seed %d: package %d is at %s, and in another order at %s", seed, i, l.At(i), again.At(order[i]))
			}
		}
	}
}

func checkOrder(t *testing.T, seed uint64, l *Layout) {
	t.Helper()
	seen := map[*Entry]bool{}
	for _, e := range l.Entries {
		for _, need := range e.Needs {
			if !seen[need] {
				t.Errorf("seed %d: %s comes before %s, which it needs", seed, e.Key, need.Key)
			}
		}
		seen[e] = true
	}
}

func TestHostileNames(t *testing.T) {
	for _, text := range []string{"../../etc", "..", "a/b\\c:d", "\x00", strings.Repeat("x", 400), ".hidden", "ü"} {
		l := Arrange([]Package{{Name: "a", Version: text}})
		key := l.Entry(0).Key
		if strings.ContainsAny(key, "/\\:\x00") || strings.HasPrefix(key, ".") || len(key) > 250 {
			t.Errorf("version %q makes the key %q", text, key)
		}
	}
}
