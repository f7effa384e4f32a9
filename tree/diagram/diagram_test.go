package diagram

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/npmoracle"
)

var update = flag.Bool("update", false, "rewrite golden files")

// hostile are labels that would end a string, a tag or a line, or mean more
// than themselves to Graphviz.
var hostile = []string{
	`a"; b -> c; "`, `back\slash\`, `\N\G\l`, `<b>&amp;</b>`, `</text><script>x</script>`, `]]>`, "日本語", `"`, "",
}

// sample has a circle, a package that asks for itself, an arrow across columns,
// every kind of box and arrow, and hostile names.
func sample() *Diagram {
	d := &Diagram{Title: `shop "<1.0.0>"`, Nodes: []Node{
		{"shop@1.0.0", "", Project}, {"a@1.0.0", "node_modules/a", Package}, {"b@2.0.0", "node_modules/b", Named},
		{"w@1.0.0", "packages/w", Workspace}, {"gone@^3", "missing", Wrong}, {"self@1.0.0", "node_modules/self", Package},
		{strings.Repeat("long", 20), "", Package},
	}}
	d.Edges = []Edge{
		{0, 1, "prod", "prod a@1", false}, {1, 2, "prod", "prod b@2", false}, {2, 1, "peer", "peer a@1", false},
		{0, 3, "workspace", "workspace w@file:packages/w", false}, {3, 2, "dev", "dev b@2", false}, {2, 4, "prod", "prod gone@^3", true},
		{0, 5, "optional", "optional self@*", false}, {5, 5, "prod", "prod self@1", false}, {0, 4, "prod", "prod gone@^3", true},
		{1, 6, "peerOptional", "peerOptional long@*", false},
	}
	for _, label := range hostile {
		d.Nodes = append(d.Nodes, Node{label, label, Package})
		d.Edges = append(d.Edges, Edge{3, len(d.Nodes) - 1, "prod", label, false})
	}
	return d
}

func TestGolden(t *testing.T) {
	for name, got := range map[string]string{"sample.svg": sample().SVG(), "sample.dot": sample().DOT(), "empty.svg": (&Diagram{}).SVG()} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is another now:\n%s", name, got)
		}
	}
}

// TestGraphviz has Graphviz itself, as WebAssembly, draw the DOT: it shows each
// label as it is, and each arrow between the same boxes.
func TestGraphviz(t *testing.T) {
	d := sample()
	want := map[string]string{} // texts by title
	for i, n := range d.Nodes {
		want[fmt.Sprintf("n%d", i)] = n.Label
	}
	for _, e := range d.Edges {
		want[fmt.Sprintf("n%d->n%d", e.From, e.To)] = ""
	}
	got := graphviz(t, d.DOT())
	for title, text := range want {
		if shown, ok := got[title]; !ok || shown != text {
			t.Errorf("Graphviz shows %q at %s (%v), want %q", shown, title, ok, text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("Graphviz shows %d boxes and arrows, want %d: %q", len(got), len(want), got)
	}
}

// graphviz are the texts that Graphviz draws, by the title of what they belong to.
func graphviz(t *testing.T, dot string) map[string]string {
	const script = `
require('@viz-js/viz').instance().then(viz => {
  const text = require('node:fs').readFileSync(0, 'utf8')
  process.stdout.write(viz.renderString(text, { format: 'svg' }))
})`
	c := exec.CommandContext(t.Context(), npmoracle.Node(t), "-e", script)
	c.Dir = npmoracle.Install(t, "@viz-js/viz", "3.31.0")
	c.Stdin, c.Stderr = strings.NewReader(dot), os.Stderr
	out, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	title, whole := "", true // the first title is that of the whole
	readXML(t, string(out), func(element, text string) {
		switch {
		case element == "title" && whole:
			whole = false
		case element == "title":
			title, texts[text] = text, ""
		case element == "text":
			texts[title] += text
		}
	})
	return texts
}

// readXML reads as a strict reader does, and shows all texts.
func readXML(t *testing.T, text string, show func(element, text string)) {
	t.Helper()
	in := xml.NewDecoder(strings.NewReader(text))
	for open := ""; ; {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = token.Name.Local
		case xml.CharData:
			show(open, string(token))
		case xml.EndElement:
			open = ""
		}
	}
}

func TestLegible(t *testing.T) {
	for in, want := range map[string]string{"a\x1b[31mb": "a\ufffd[31mb", "a\u202eb": "a\ufffdb", "a\nb": "a\ufffdb", "a\xffb": "a\ufffdb", "ä 日": "ä 日"} {
		if got := legible(in); got != want {
			t.Errorf("legible(%q) is %q, want %q", in, got, want)
		}
	}
}

// random is a connected diagram of some size, with circles.
func random(seed uint64, nodes int) *Diagram {
	r := rand.New(rand.NewPCG(seed, 0))
	d := &Diagram{}
	for i := range nodes {
		d.Nodes = append(d.Nodes, Node{Label: fmt.Sprintf("%s@%d.0.0", strings.Repeat("x", r.IntN(20)), i), Kind: Package})
		if i > 0 {
			d.Edges = append(d.Edges, Edge{From: r.IntN(i), To: i, Kind: "prod"})
		}
	}
	for range nodes {
		d.Edges = append(d.Edges, Edge{From: r.IntN(nodes), To: r.IntN(nodes), Kind: "dev"})
	}
	return d
}

// TestReadable holds what makes a drawing readable: no box covers another, and
// no arrow runs through one.
func TestReadable(t *testing.T) {
	for seed := range uint64(30) {
		d := random(seed, 50)
		p := place(d)
		for _, column := range p.columns {
			for i, a := range column[1:] {
				if apart := p.y[a] - p.y[column[i]]; apart < p.distance(column[i], a)-1 { // heights are rounded
					t.Errorf("seed %d: two places of a column are %v apart", seed, apart)
				}
			}
		}
		for c := range p.columns[1:] {
			if end := p.left[c] + p.width[c]; end+minChannel > p.left[c+1] {
				t.Errorf("seed %d: column %d ends at %v, where the next begins at %v", seed, c, end, p.left[c+1])
			}
		}
		for _, w := range p.ways {
			e := d.Edges[w.edge]
			ends := []int{w.places[0], w.places[len(w.places)-1]}
			if w.back {
				slices.Reverse(ends)
			}
			if !slices.Equal(ends, []int{e.From, e.To}) {
				t.Errorf("seed %d: %v is drawn from %v", seed, e, ends)
			}
			for i, at := range w.places {
				if p.column[at] != p.column[w.places[0]]+i || i > 0 && i < len(w.places)-1 && at < p.boxes {
					t.Errorf("seed %d: %v leaves out a column, or runs through a box", seed, e)
				}
			}
		}
		if again := random(seed, 50).SVG(); again != d.SVG() {
			t.Errorf("seed %d: the same diagram is drawn in two ways", seed)
		}
	}
}

// TestXML finds every label in a drawing, and nothing that a label made.
func TestXML(t *testing.T) {
	d := sample()
	var texts []string
	readXML(t, d.SVG(), func(element, text string) {
		if element == "text" {
			texts = append(texts, text)
		}
		if element == "script" || element == "b" {
			t.Errorf("a label became the element %s", element)
		}
	})
	for _, n := range d.Nodes {
		if n.Label != "" && !slices.Contains(texts, shortened(n.Label)) {
			t.Errorf("%q is not in the picture", n.Label)
		}
	}
}
