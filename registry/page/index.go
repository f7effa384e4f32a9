package page

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"strconv"
	"strings"
	"time"
)

//go:embed index.css
var style string

//go:embed index.js
var script string

// Short is how many files a list may have to stand in the page itself.
const Short = 4

// About is what the page says of the registry.
type About struct {
	Name     string
	Sequence uint64
	// Previous is the root before this one, "" for none.
	Previous string
	Time     time.Time
	Upstream string
}

// Index returns index.html. entries are those of all files when the list is
// short.
func Index(about About, list List, entries []Entry) []byte {
	var b strings.Builder
	title := html.EscapeString(about.Name)
	fmt.Fprintf(&b, `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; connect-src http: https:; style-src '%s'; script-src '%s'">
<link rel="icon" href="data:,">
<title>%s</title>
<style>%s</style>
<header><h1><a href="#">%s</a></h1>
`, hashOf(style), hashOf(script), title, style, title)
	about.facts(&b, list.Count())
	b.WriteString(`</header>
<form id="find" hidden role="search"><input id="query" type="search" placeholder="Search packages" aria-label="Search packages" autocomplete="off" spellcheck="false"></form>
<main id="main">
`)
	if len(list) <= Short {
		listed(&b, entries)
	} else {
		divided(&b, list)
	}
	b.WriteString("</main>\n")
	about.history(&b)
	fmt.Fprintf(&b, "<script>%s</script>\n</html>\n", script)
	return []byte(b.String())
}

// hashOf is a source of the content security policy that lets one text pass.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// facts says what the registry is, and how to install from it.
func (a About) facts(b *strings.Builder, packages int) {
	fmt.Fprintf(b, `<p class="facts"><span>%s</span> <span>state %d</span>`, plural(packages), a.Sequence)
	if !a.Time.IsZero() {
		at := a.Time.UTC().Format(time.RFC3339)
		fmt.Fprintf(b, ` <time datetime="%s">%s</time>`, at, a.Time.UTC().Format("2 January 2006, 15:04 UTC"))
	}
	if a.Upstream != "" {
		fmt.Fprintf(b, ` <span>mirrors %s</span>`, html.EscapeString(a.Upstream))
	}
	b.WriteString(` <a href="registry.json">registry.json</a></p>
<p class="how">Install from here with <code id="npm">npm install --registry=<i>this address</i>npm/</code></p>
`)
}

func plural(packages int) string {
	if packages == 1 {
		return "1 package"
	}
	return strconv.Itoa(packages) + " packages"
}

// listed writes a short list whole.
func listed(b *strings.Builder, entries []Entry) {
	b.WriteString(`<ul id="list">` + "\n")
	for _, e := range entries {
		name := html.EscapeString(e.Name)
		fmt.Fprintf(b, "<li><a href=\"packages/%s\">%s</a> %s\n", name, name, html.EscapeString(e.Version))
	}
	b.WriteString("</ul>\n")
}

// divided writes where the files of a long list begin.
func divided(b *strings.Builder, list List) {
	b.WriteString(`<ul id="files">` + "\n")
	for _, s := range list {
		if s.Count > 0 {
			fmt.Fprintf(b, "<li><a href=\"browse/%s\">from %s</a> %d\n", html.EscapeString(s.File),
				html.EscapeString(orFirst(s.First)), s.Count)
		}
	}
	b.WriteString("</ul>\n")
}

func orFirst(name string) string {
	if name == "" {
		return "the first"
	}
	return name
}

// history leads to the states before; the script finds out more.
func (a About) history(b *strings.Builder) {
	b.WriteString(`<section id="history"><h2>History</h2><ol id="states">` + "\n")
	if a.Previous == "" {
		b.WriteString("<li>This is the first state.\n")
	} else {
		cid := html.EscapeString(a.Previous)
		fmt.Fprintf(b, "<li>Before this: <a href=\"/ipfs/%s/\">%s</a>\n", cid, cid)
	}
	b.WriteString("</ol></section>\n")
}
