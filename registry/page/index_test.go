package page

import (
	"strings"
	"testing"
	"time"
)

func TestIndexEscapes(t *testing.T) {
	evil := `"><script>alert(1)</script>`
	list, files := List(nil).Apply(nil, map[string]string{evil: evil, "a": "1.0.0"})
	html := string(Index(About{Name: evil, Previous: evil, Upstream: evil, Sequence: 3, Time: time.Unix(0, 0)}, list, files[firstFile]))
	if strings.Contains(html, "alert(1)</script>") || strings.Count(html, "<script>") != 1 {
		t.Error("a stranger's text became markup")
	}
	for _, want := range []string{"2 packages", "state 3", "1 January 1970", `<li><a href="packages/a">a</a> 1.0.0`, hashOf(script), hashOf(style)} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestIndexIsBounded: of 50,000 names the page has the files alone.
func TestIndexIsBounded(t *testing.T) {
	list, _ := List(nil).Apply(nil, names(50_000))
	html := Index(About{Name: "large"}, list, nil)
	if len(html) > 64<<10 || strings.Contains(string(html), `id="list"`) {
		t.Errorf("the page has %d bytes", len(html))
	}
	if n := strings.Count(string(html), `href="browse/`); n < 50 || n > 200 {
		t.Errorf("it leads to %d files", n)
	}
	if strings.Contains(script, "</") {
		t.Error("the script could end its element")
	}
}
